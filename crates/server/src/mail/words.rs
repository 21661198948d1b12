//! What letters say: what happened, to whom, what it means, what to do next.

use chrono::DateTime;

use super::plain::{address, name};
use crate::app::letters::{Item, Told};

/// A letter in words, before it is a message. Everything foreign in it is harmless text already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The subject line.
    pub subject: String,
    /// What happened.
    pub heading: String,
    /// Paragraphs before the list.
    pub before: Vec<String>,
    /// To whom, or what: one line each.
    pub lines: Vec<String>,
    /// Paragraphs after it: what it means, what to do.
    pub after: Vec<String>,
    /// Where to go: what is there, and the URL.
    pub links: Vec<(String, String)>,
    /// Why the reader gets this.
    pub why: String,
}

/// An invitation that still waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// The organization, for people.
    pub organization: String,
    /// Where the invitee goes.
    pub link: String,
    /// Until when the link is good, in UTC microseconds.
    pub good_until: i64,
}

const COMPANY_OWNER: &str = "You get this letter because you own the company in Rollcall.";
const OWNER: &str = "You get this letter because you own the company or the organization in Rollcall.";

/// The words of a letter; `None` if there is nothing to say any more.
pub fn words(told: &Told, invited: &[Invited], base_url: &str) -> Option<Words> {
    let mut words = match told.items.first()? {
        Item::Joined { .. } => joined(told),
        Item::Held { .. } => held(),
        Item::Full { .. } => full(),
        Item::DomainFailing { .. } => domain(),
        Item::TokenExpiring { .. } => token(told.items.len()),
        Item::CertificateExpiring { .. } => certificate(),
        Item::EndpointDead { .. } => endpoint(),
        Item::Claimed { company, .. } => claimed(company),
        Item::Invitation { .. } => return invitation(invited),
    };
    words.lines = told.items.iter().map(line).collect();
    if told.more > 0 {
        words.lines.push(format!("and {} more", told.more));
    }
    words.links.push(("Open Rollcall".to_owned(), base_url.to_owned()));
    Some(words)
}

/// The letter that `rollcall mail test` sends.
pub fn test_words(base_url: &str) -> Words {
    let after = ["If you can read this, letters to owners and invitees leave this server as they should."];
    write(
        "Test letter",
        "This is a test",
        &[],
        &after,
        "You get this letter because an operator of Rollcall sent it to you.",
    )
    .with(("This server", base_url))
}

fn write(subject: &str, heading: &str, before: &[&str], after: &[&str], why: &str) -> Words {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Words {
        subject: format!("Rollcall: {subject}"),
        heading: heading.to_owned(),
        before: owned(before),
        lines: Vec::new(),
        after: owned(after),
        links: Vec::new(),
        why: why.to_owned(),
    }
}

impl Words {
    fn with(mut self, (label, url): (&str, &str)) -> Self {
        self.links.push((label.to_owned(), url.to_owned()));
        self
    }
}

/// One thing in one line.
fn line(item: &Item) -> String {
    match item {
        Item::Joined { name: full, email, organization, at, .. } => {
            let who = if full.is_empty() { address(email) } else { format!("{} ({})", name(full), address(email)) };
            format!("{who} joined {} on {}", name(organization), instant(*at))
        }
        Item::Held { name: connection, .. } => format!("connection {}", name(connection)),
        Item::Full { organization } => format!("organization {}", name(organization)),
        Item::DomainFailing { domain } => address(domain),
        Item::TokenExpiring { token, kind, connection, expires_at } => {
            let whose = connection.as_deref().map(|connection| format!(" of connection {}", name(connection)));
            let kind = match kind.as_str() {
                "scim" => "SCIM token",
                "sign_in" => "sign-in key",
                _ => "admin token",
            };
            format!("{kind}{} ends on {} (id {token})", whose.unwrap_or_default(), instant(*expires_at))
        }
        Item::CertificateExpiring { connection, expires_at } => {
            format!("connection {}: the certificate ends on {}", name(connection), instant(*expires_at))
        }
        Item::EndpointDead { endpoint } => name(endpoint),
        Item::Claimed { company, at } => format!("company {}, on {}", name(company), instant(*at)),
        Item::Invitation { .. } => String::new(),
    }
}

fn joined(told: &Told) -> Words {
    let people = told.items.len() as u64 + told.more;
    let heading = if people == 1 { "Somebody joined".to_owned() } else { format!("{people} people joined") };
    write(
        &format!("{} by the domain of the address", heading.to_lowercase()),
        &heading,
        &["Your company lets people in whose address is in one of its domains (auto-provisioning):"],
        &[
            "Each of them is a member now and takes a seat.",
            "If you do not know somebody, remove them from the members, and turn auto-provisioning off for the domain if \
             that is not what you want.",
        ],
        OWNER,
    )
}

fn held() -> Words {
    write(
        "removals are held, please decide",
        "Your identity provider removes unusually many people",
        &["Rollcall has stopped at a number that looks like an accident. The removals beyond it are held:"],
        &[
            "The people concerned still come in. Look at the list of the brake and decide: release carries the removals \
             out, reject keeps the people.",
            "Without an answer the held removals are carried out 24 hours after they began.",
        ],
        COMPANY_OWNER,
    )
}

fn full() -> Words {
    write(
        "no free seats",
        "Somebody could not join: there is no free seat",
        &["All seats are taken in:"],
        &["Free a seat or raise the number of seats; whoever was kept out joins at the next sign-in."],
        OWNER,
    )
}

fn domain() -> Words {
    write(
        "a domain could not be verified",
        "The record of a domain was not found",
        &["Rollcall has looked for the TXT record for more than a month and looks no more:"],
        &[
            "Until the domain is verified, people with addresses in it are not linked.",
            "Publish the record that is shown with the domain and verify it by hand, or remove the domain.",
        ],
        COMPANY_OWNER,
    )
}

fn token(count: usize) -> Words {
    let what = if count == 1 { "a token ends soon" } else { "tokens end soon" };
    write(
        what,
        "Tokens end soon",
        &["Once a token has ended, whoever uses it is refused, and provisioning or sign-ins stop:"],
        &[
            "Make a new token, give it to whoever uses the old one, then revoke the old one. Both are good meanwhile.",
            "If nobody uses it any more, there is nothing to do.",
        ],
        COMPANY_OWNER,
    )
}

fn certificate() -> Words {
    write(
        "a signing certificate ends soon",
        "The certificate of an identity provider ends soon",
        &["The provider will sign with another certificate soon, and no later one is known here:"],
        &["Ask the provider for its next certificate and add it to the connection beside the present one. Otherwise \
             sign-ins fail from the day of the change."],
        COMPANY_OWNER,
    )
}

fn endpoint() -> Words {
    write(
        "a webhook is turned off",
        "A webhook is not delivered to any more",
        &["The receiver does not take what is sent to it:"],
        &["Mend the receiver, turn the webhook on again, and send again what was not delivered."],
        COMPANY_OWNER,
    )
}

fn claimed(company: &str) -> Words {
    let heading = format!("Your account belongs to {} now", name(company));
    let after = [
        "The company has proven that the domain of your address is its own, and nobody had proven the address before. \
         All sessions were ended; sign in again as your company tells you.",
        "If you do not know this company, ask whoever runs the service.",
    ];
    write(
        "your account was linked",
        &heading,
        &["Your account was linked to:"],
        &after,
        "You get this letter at the address of the account.",
    )
}

/// Every invitation with its own link.
fn invitation(invited: &[Invited]) -> Option<Words> {
    let first = invited.first()?;
    let place = name(&first.organization);
    let mut words = write(
        &format!("you are invited to {place}"),
        &format!("You are invited to {place}"),
        &[],
        &[
            "Follow the link to accept or decline. Nothing happens unless you do.",
            "If you did not expect this, you need not do anything.",
        ],
        "You get this letter because somebody entered your address or username as that of a new member.",
    );
    for invitation in invited {
        let until = instant(invitation.good_until);
        let label = format!("Join {} (the link is good until {until})", name(&invitation.organization));
        words.links.push((label, invitation.link.clone()));
    }
    Some(words)
}

/// An instant (UTC microseconds) for people.
fn instant(at: i64) -> String {
    DateTime::from_timestamp_micros(at).map_or_else(|| "?".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use rollcall_policy::AccountId;

    use super::*;

    /// P/A-6: who, where, when; names are text.
    #[test]
    fn a_letter_says_who_joined() {
        let mut told = Told::default();
        told.add(Item::Joined {
            account: AccountId::from_u128(1),
            name: "Ada\r\nBcc: eve@evil.example <script>".to_owned(),
            email: "ada@acme.example".to_owned(),
            organization: "Acme".to_owned(),
            at: 1_800_000_000_000_000,
        });
        let one = words(&told, &[], "https://rollcall.example").unwrap();
        assert_eq!(one.subject, "Rollcall: somebody joined by the domain of the address");
        let line = "Ada Bcc: eve at evil. example <script> (ada@acme.example) joined Acme on 2027-01-15 08:00 UTC";
        assert_eq!(one.lines, [line]);
        assert_eq!(one.links, [("Open Rollcall".to_owned(), "https://rollcall.example".to_owned())]);
        told.more = 11;
        let many = words(&told, &[], "https://rollcall.example").unwrap();
        assert_eq!((many.heading.as_str(), many.lines[1].as_str()), ("12 people joined", "and 11 more"));
        assert_eq!(words(&Told::default(), &[], ""), None);
    }

    #[test]
    fn an_invitation_that_is_over_has_no_words() {
        let mut told = Told::default();
        told.add(Item::Invitation { invitation: rollcall_policy::InvitationId::from_u128(1) });
        assert_eq!(words(&told, &[], ""), None);
    }
}
