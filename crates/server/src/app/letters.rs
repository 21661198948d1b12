//! Letters: owners hear of what they should know, invitees get their link (P/A-6, RC-10, RC-12; P4-29).
//!
//! A letter is a row. It is made of an event of the outbox, in the unit that delivers the event, so an event means its
//! letters once. What happens while a letter waits is gathered in it. Senders take due letters one by one (`jobs/letters.rs`);
//! how they read is a matter of `mail`. People whom a directory made get none.

mod again;
mod fan_out;
mod gather;
mod once;
mod told;

use rollcall_policy::{AccountId, ConnectionId, InvitationId, TokenId};
use serde::{Deserialize, Serialize};

pub use again::resend;
pub use fan_out::of_event;
pub use gather::{Recipient, add};
pub use once::{Notice, tell_once};
pub use told::Told;

/// One thing that a letter tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// Somebody joined because of their address's domain (P/A-6).
    Joined {
        /// Who.
        account: AccountId,
        /// Their name; a directory's word.
        name: String,
        /// Their address.
        email: String,
        /// Where; for people.
        organization: String,
        /// UTC microseconds.
        at: i64,
    },
    /// The brake holds removals (RC-12).
    Held {
        /// Whose.
        connection: ConnectionId,
        /// Its name.
        name: String,
    },
    /// An organization is full, and somebody was kept out (P4-29).
    Full {
        /// Which; for people.
        organization: String,
    },
    /// The record of a pending domain was not found as long as it was looked for (P/D-2).
    DomainFailing {
        /// Its name.
        domain: String,
    },
    /// A token ends.
    TokenExpiring {
        /// Which.
        token: TokenId,
        /// `scim`, `sign_in` or `admin`.
        kind: String,
        /// The connection that it speaks for, by name.
        connection: Option<String>,
        /// UTC microseconds.
        expires_at: i64,
    },
    /// The last signing certificate of a SAML provider ends.
    CertificateExpiring {
        /// The connection, by name.
        connection: String,
        /// UTC microseconds.
        expires_at: i64,
    },
    /// An endpoint of webhooks is given up.
    EndpointDead {
        /// Its URL or name.
        endpoint: String,
    },
    /// Somebody is asked into an organization (P4-43). The link is made when the letter is sent.
    Invitation {
        /// Which.
        invitation: InvitationId,
    },
    /// A company took over an account whose address nobody had proven (RC-10).
    Claimed {
        /// The company, by name.
        company: String,
        /// UTC microseconds.
        at: i64,
    },
}

impl Item {
    /// The kind of letter that tells this; a stable word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Joined { .. } => "members_joined",
            Self::Held { .. } => "brake_held",
            Self::Full { .. } => "no_seats",
            Self::DomainFailing { .. } => "domain_failing",
            Self::TokenExpiring { .. } => "token_expiring",
            Self::CertificateExpiring { .. } => "certificate_expiring",
            Self::EndpointDead { .. } => "webhook_dead",
            Self::Invitation { .. } => "invitation",
            Self::Claimed { .. } => "account_claimed",
        }
    }

    /// Whether both say the same to whoever reads them: one of them is enough.
    pub fn repeats(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Joined { account, organization, .. }, Self::Joined { account: known, organization: place, .. }) => {
                (account, organization) == (known, place)
            }
            (Self::Held { connection, .. }, Self::Held { connection: known, .. }) => connection == known,
            _ => self == other,
        }
    }
}
