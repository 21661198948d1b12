//! Owners and invitees hear of it: from what happened to the letter on a real socket.

use std::time::Duration;

use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, Letter, LetterFilter, LetterState, Membership, on_each_database};
use rollcall_policy::{AccountId, MembershipState, Origin, Role};
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::{Clock, DAY, HOUR, SECOND};
use rollcall_server::config::{Carrier, Config, Mail};
use rollcall_server::jobs;
use serde_json::{Value, json};

use crate::account_sign_ins::{auto_provision, signs_in};
use crate::mail_server::{MailServer, Manner, Taken};
use crate::sign_ins::insert_account;
use crate::site::{Door, Site, id, user_with};

on_each_database! {
    a_member_by_domain_is_told_to_owners_once_and_gathered
    names_from_outside_are_text
    a_full_organization_is_told_of_once_a_day
    invitees_get_their_link
    who_is_invited_by_username_stays_unknown_to_the_company
    a_claimed_account_is_told_and_people_of_a_directory_are_not
    a_held_brake_is_told_of_at_once
    without_mail_there_are_no_letters
}

const MINUTE: i64 = 60 * SECOND;

/// A server with a mail server beside it.
pub(crate) struct Town {
    pub(crate) site: Site,
    pub(crate) acme: Door,
    pub(crate) post: MailServer,
    pub(crate) operator: String,
}

/// Mail by this server, in time for tests; nothing is sent unless a test says so.
pub(crate) fn by(post: &MailServer) -> Mail {
    through(Carrier::Smtp { url: format!("smtp://{}", post.address).into(), authorities: None })
}

pub(crate) fn through(carrier: Carrier) -> Mail {
    Mail {
        carrier,
        from: "Rollcall <rollcall@ours.example>".parse().unwrap(),
        reply_to: None,
        timeout: Duration::from_secs(20),
        invitations: true,
    }
}

pub(crate) async fn site_with(directory: &TestDirectory, mail: Option<Mail>) -> Site {
    let config = Config { mail, ..Config::default() };
    Site::start_as(directory, Clock::fixed(1_800_000_000 * SECOND), config).await
}

impl Town {
    pub(crate) async fn start(directory: &TestDirectory, manner: Manner) -> Self {
        let post = MailServer::start(manner).await;
        let mail = by(&post);
        Self::start_with(directory, post, mail).await
    }

    pub(crate) async fn start_with(directory: &TestDirectory, post: MailServer, mail: Mail) -> Self {
        let site = site_with(directory, Some(mail)).await;
        let acme = site.acme().await;
        let operator = site.admin(AdminRole::Operator).await;
        Self { site, acme, post, operator }
    }

    /// Delivers events, then what is due; what the mail server has taken.
    pub(crate) async fn deliver(&self) -> Vec<Taken> {
        deliver(&self.site).await;
        self.post.inbox()
    }

    pub(crate) async fn letters(&self) -> Vec<Letter> {
        self.site.directory().read().letters(LetterFilter::default(), None, 100).await.unwrap()
    }

    /// Makes an account with this address an owner of the company.
    pub(crate) async fn company_owner(&self, number: u128, email: &str) -> AccountId {
        let owner = account(number, email);
        insert_account(&self.site, &owner).await;
        let path = format!("/companies/acme/owners/{}", owner.id);
        self.site.manage(&self.operator, "PUT", &path, json!({}), 200).await;
        owner.id
    }

    /// A member of the organization with this role.
    pub(crate) async fn member(&self, account: &Account, role: Role) {
        insert_account(&self.site, account).await;
        let membership = &Membership {
            company: self.acme.company,
            organization: self.acme.organization,
            account: account.id,
            role,
            origin: Origin::Manual,
            state: MembershipState::Active,
            suspended_by: None,
            created_at: 1,
            updated_at: 1,
        };
        self.site
            .write(|unit| async move {
                unit.insert_membership(membership);
                Ok(())
            })
            .await;
    }

    pub(crate) async fn invite(&self, body: Value) -> Value {
        self.site.manage(&self.operator, "POST", "/organizations/acme/invitations", body, 201).await
    }
}

/// What jobs do in their turns: events become letters, due letters are sent.
pub(crate) async fn deliver(site: &Site) {
    jobs::dispatch::pass(site.state()).await.unwrap();
    jobs::letters::send_due(site.state()).await.unwrap();
}

pub(crate) fn recipients(taken: &[Taken]) -> Vec<&str> {
    taken.iter().map(|letter| letter.to.as_str()).collect()
}

/// P/A-6: all owners of company and organization with proven addresses, and nobody else; the first at once, then gathered.
async fn a_member_by_domain_is_told_to_owners_once_and_gathered(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    auto_provision(&town.site, &town.acme).await;
    town.company_owner(1, "owner@acme.example").await;
    town.member(&account(2, "lead@acme.example"), Role::Owner).await;
    town.member(&Account { email_verified: false, ..account(3, "unproven@acme.example") }, Role::Owner).await;
    town.member(&account(4, "plain@acme.example"), Role::Member).await;
    for (number, name) in [(10, "ada"), (11, "grace"), (12, "barbara"), (13, "edsger")] {
        let email = format!("{name}@acme.example");
        insert_account(&town.site, &Account { full_name: name.to_uppercase(), ..account(number, &email) }).await;
    }
    assert_eq!(signs_in(&town.site, "ada@acme.example", true).await["reason"], "allowed");
    let first = town.deliver().await;
    assert_eq!(recipients(&first), ["lead@acme.example", "owner@acme.example"]);
    let letter = &first[1];
    assert_eq!(letter.from, "rollcall@ours.example");
    assert_eq!(letter.header("Subject"), "Rollcall: somebody joined by the domain of the address");
    assert_eq!(
        (letter.header("To"), letter.header("Auto-Submitted")),
        ("owner@acme.example".into(), "auto-generated".into())
    );
    assert!(letter.header("Message-ID").ends_with("@ours.example>"), "{}", letter.text);
    assert_eq!(letter.header("Date"), "Fri, 15 Jan 2027 08:00:00 +0000");
    let said = "ADA (ada@acme.example) joined ACME on 2027-01-15 08:00 UTC";
    for part in ["text/plain", "text/html"] {
        let part = letter.part(part);
        assert!(part.contains(said) && part.contains(&town.site.base_url()), "{part}");
    }
    // Again without news: nothing. Further people within ten minutes: gathered.
    signs_in(&town.site, "ada@acme.example", true).await;
    for person in ["grace", "barbara", "edsger"] {
        town.site.clock.advance(MINUTE);
        signs_in(&town.site, &format!("{person}@acme.example"), true).await;
        assert_eq!(recipients(&town.deliver().await), Vec::<&str>::new());
    }
    town.site.clock.advance(7 * MINUTE);
    let gathered = town.deliver().await;
    assert_eq!(recipients(&gathered), ["lead@acme.example", "owner@acme.example"]);
    assert_eq!(gathered[0].header("Subject"), "Rollcall: 3 people joined by the domain of the address");
    assert!(["GRACE", "BARBARA", "EDSGER"].iter().all(|name| gathered[0].readable().contains(name)));
    assert!(!gathered[0].readable().contains("ADA"));
    town.site.clock.advance(DAY);
    assert_eq!(town.deliver().await.len(), 0, "nothing twice");
}

/// Names begin no header, no markup and no link.
async fn names_from_outside_are_text(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    auto_provision(&town.site, &town.acme).await;
    town.company_owner(1, "owner@acme.example").await;
    let full_name =
        "Eve\r\nBcc: all@acme.example\r\n\r\n.\r\n<script>alert(1)</script> https://evil.example/x".to_owned();
    insert_account(&town.site, &Account { full_name, ..account(10, "eve@acme.example") }).await;
    signs_in(&town.site, "eve@acme.example", true).await;
    let taken = town.deliver().await;
    assert_eq!(recipients(&taken), ["owner@acme.example"]);
    let text = taken[0].readable();
    assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    assert!(!text.contains("<script>alert") || !taken[0].part("text/html").contains("<script>"), "{text}");
    assert!(!text.contains("evil.example"), "no link is made of a name: {text}");
    assert!(taken[0].part("text/html").contains("Eve Bcc: all at acme. example . &#60;script&#62;"), "{text}");
    let body = json!({"email": "x@y.example\r\nBcc: all@acme.example"});
    assert_eq!(town.site.api(&town.operator, "POST", "/organizations/acme/invitations", body).await.status, 400);
}

/// P/A-7, P4-29.
async fn a_full_organization_is_told_of_once_a_day(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    auto_provision(&town.site, &town.acme).await;
    town.company_owner(1, "owner@acme.example").await;
    town.site.seats(&town.acme, Some(0)).await;
    for number in 0..3 {
        let email = format!("p{number}@acme.example");
        insert_account(&town.site, &account(10 + number, &email)).await;
        signs_in(&town.site, &email, true).await;
        town.site.clock.advance(HOUR);
    }
    let taken = town.deliver().await;
    assert_eq!(recipients(&taken), ["owner@acme.example"]);
    assert_eq!(taken[0].header("Subject"), "Rollcall: no free seats");
    town.site.clock.advance(DAY);
    signs_in(&town.site, "p1@acme.example", true).await;
    assert_eq!(recipients(&town.deliver().await), ["owner@acme.example"]);
}

/// M-6, P4-43: the link of the answer; sent again with a fresh one; what is taken back is not sent.
async fn invitees_get_their_link(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    let invited = town.invite(json!({"email": "late@elsewhere.example"})).await;
    let taken = town.deliver().await;
    assert_eq!(recipients(&taken), ["late@elsewhere.example"]);
    assert_eq!(taken[0].header("Subject"), "Rollcall: you are invited to ACME");
    let link = invited["link"].as_str().unwrap();
    assert!(taken[0].part("text/plain").contains(link), "{link}: {}", taken[0].readable());
    assert!(taken[0].part("text/html").contains(link));
    // The same wish again sends nothing; sending again does, two minutes after the first one at the earliest.
    let same = json!({"email": "late@elsewhere.example"});
    town.site.manage(&town.operator, "POST", "/organizations/acme/invitations", same, 200).await;
    assert_eq!(town.deliver().await.len(), 0);
    town.site.clock.advance(MINUTE);
    let path = format!("/organizations/acme/invitations/{}/resend", id(&invited));
    let again = town.site.manage(&town.operator, "POST", &path, json!({}), 200).await;
    assert_eq!(town.deliver().await.len(), 0);
    town.site.clock.advance(MINUTE);
    let taken = town.deliver().await;
    assert!(taken[0].part("text/plain").contains(again["link"].as_str().unwrap()), "{}", taken[0].readable());
    assert_ne!(again["link"], invited["link"]);
    // Taken back before the letter left: there is nothing to say.
    town.site.clock.advance(MINUTE);
    town.site.manage(&town.operator, "POST", &path, json!({}), 200).await;
    town.deliver().await;
    let path = format!("/organizations/acme/invitations/{}", id(&invited));
    town.site.manage(&town.operator, "DELETE", &path, Value::Null, 204).await;
    town.site.clock.advance(HOUR);
    assert_eq!(town.deliver().await.len(), 0);
    assert_eq!(town.letters().await[0].state, LetterState::Void);
}

/// RC-10: who invites a username learns neither its address nor whether somebody has it.
async fn who_is_invited_by_username_stays_unknown_to_the_company(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::KnowsNobody).await;
    insert_account(&town.site, &account(7, "someone@elsewhere.example")).await;
    town.invite(json!({"username": "someone"})).await;
    town.invite(json!({"username": "nobody1"})).await;
    town.deliver().await;
    let owner = town.site.admin(AdminRole::CompanyOwner(town.acme.company)).await;
    let seen = town.site.manage(&owner, "GET", "/letters", Value::Null, 200).await;
    assert_eq!(seen, json!({"items": [], "next_cursor": null}));
    let all = town.site.manage(&town.operator, "GET", "/letters?state=dead", Value::Null, 200).await;
    assert_eq!(all["items"][0]["to"], "someone@elsewhere.example");
    let path = format!("/letters/{}/resend", id(&all["items"][0]));
    assert_eq!(town.site.api(&owner, "POST", &path, json!({})).await.status, 404);
    town.post.behave(Manner::Takes);
    town.site.manage(&town.operator, "POST", &path, json!({}), 200).await;
    assert_eq!(recipients(&town.deliver().await), ["someone@elsewhere.example"]);
}

/// RC-10: who is taken over hears of it. Pain 83: nobody else whom a directory makes gets mail.
async fn a_claimed_account_is_told_and_people_of_a_directory_are_not(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    insert_account(&town.site, &Account { email_verified: false, ..account(7, "ada@acme.example") }).await;
    for person in ["ada", "grace", "barbara"] {
        town.site.push(&town.acme, person).await;
    }
    let further = json!({"emails": [{"value": "edsger@acme.example"}], "active": false});
    let body = user_with("edsger@acme.example", further);
    town.site.expect(&town.acme, "POST", "/Users", body, 201).await;
    town.site.sign_in(&town.acme, "linus").await;
    let taken = town.deliver().await;
    assert_eq!(recipients(&taken), ["ada@acme.example"]);
    assert_eq!(taken[0].header("Subject"), "Rollcall: your account was linked");
}

/// RC-12: the company's owners alone; many holds in a row are told once.
async fn a_held_brake_is_told_of_at_once(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    town.company_owner(1, "owner@acme.example").await;
    town.member(&account(2, "lead@acme.example"), Role::Owner).await;
    for _ in 0..5 {
        town.event("brake.held", json!({"connection": town.acme.connection})).await;
    }
    let taken = town.deliver().await;
    assert_eq!(recipients(&taken), ["owner@acme.example"]);
    assert!(taken[0].readable().contains("connection acme-sso"), "{}", taken[0].readable());
    town.site.clock.advance(20 * MINUTE);
    town.event("brake.held", json!({"connection": town.acme.connection})).await;
    assert_eq!(town.deliver().await.len(), 0);
    let owner = format!("/companies/acme/owners/{}", AccountId::from_u128(1));
    town.company_owner(3, "unproven@acme.example").await;
    town.site.manage(&town.operator, "DELETE", &owner, Value::Null, 204).await;
    let unproven = json!({"email_verified": false});
    town.site.manage(&town.operator, "PATCH", &format!("/accounts/{}", AccountId::from_u128(3)), unproven, 200).await;
    town.site.clock.advance(HOUR);
    town.event("brake.held", json!({"connection": town.acme.connection})).await;
    assert_eq!(recipients(&town.deliver().await), ["lead@acme.example"], "of a company of one");
    let foreign = town.site.company("globex", 0x60).await;
    town.event("brake.held", json!({"connection": foreign.connection})).await;
    town.site.clock.advance(HOUR);
    assert_eq!(town.deliver().await.len(), 0, "another company's connection means nothing here");
}

/// Letters are not piled up where nobody sends them.
async fn without_mail_there_are_no_letters(directory: &TestDirectory) {
    let site = site_with(directory, None).await;
    site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let path = "/organizations/acme/invitations";
    site.manage(&operator, "POST", path, json!({"email": "a@b.example"}), 201).await;
    deliver(&site).await;
    assert_eq!(directory.contents().await["letter"], Vec::<String>::new());
}

impl Town {
    /// An event of acme, as a use case would tell of it.
    pub(crate) async fn event(&self, kind: &str, payload: Value) {
        let now = self.site.clock.now();
        let event = &rollcall_directory::Event {
            company: Some(self.acme.company),
            id: rollcall_server::ids::Ids::system().uuid(now).into(),
            at: now,
            kind: kind.to_owned(),
            subject: "test".to_owned(),
            payload: payload.to_string(),
            delivered_at: None,
        };
        self.site
            .write(|unit| async move {
                unit.insert_event(event);
                Ok(())
            })
            .await;
    }
}
