//! Letters against mail servers that are down, slow, rude or liars: nothing is lost, and nothing comes twice that need not.

use std::time::Duration;

use rollcall_conformance::client::Request;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{LetterState, on_each_database};
use rollcall_server::app::events::{Data, Kind};
use rollcall_server::app::letters::{Notice, tell_once};
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::{DAY, HOUR, SECOND};
use rollcall_server::config::{Carrier, Mail};
use rollcall_server::jobs::housekeeping::tidy;
use rollcall_server::jobs::{expiries, letters};
use serde_json::{Value, json};

use crate::letters::{Town, by, deliver, through};
use crate::mail_server::{MailServer, Manner};
use crate::saml_provider::{Provider, trust};
use crate::sign_ins::insert_account;
use crate::site::{Site, api, id};

on_each_database! {
    a_bad_server_delays_letters_and_loses_none
    a_server_that_is_down_is_tried_for_three_days
    a_refused_letter_is_shown_and_can_be_sent_again
    requests_do_not_wait_for_mail
    instances_send_each_letter_once
    a_sender_that_died_is_replaced
    letters_go_encrypted_and_signed_in
    a_password_is_for_encrypted_lines
    letters_become_files
    tokens_that_end_are_told_of_three_times
    certificates_that_end_are_told_of
    a_domain_that_is_never_found_is_told_of
    letters_are_forgotten
    a_company_sees_its_letters_alone
}

const MINUTE: i64 = 60 * SECOND;
const INVITATIONS: &str = "/organizations/acme/invitations";

impl Town {
    /// Something to send: an invitation to this address.
    async fn invitation(&self, to: &str) {
        self.site.manage(&self.operator, "POST", INVITATIONS, json!({"email": to}), 201).await;
    }
}

/// Every way to misbehave: tried again once the server mends; whoever kept the letter without a word gets it twice, under
/// one `Message-ID`.
async fn a_bad_server_delays_letters_and_loses_none(directory: &TestDirectory) {
    let post = MailServer::start(Manner::Takes).await;
    let mail = Mail { timeout: Duration::from_secs(2), ..by(&post) };
    let town = Town::start_with(directory, post, mail).await;
    for (number, (manner, kept, said)) in [
        (Manner::Greets("421 4.3.2 too busy"), 0, "421"),
        (Manner::Greets("554 5.3.2 no mail here"), 0, "554"),
        (Manner::Mute, 0, "was not ready within"),
        (Manner::Babbles, 0, ""),
        (Manner::Refuses("450 4.2.1 mailbox is busy"), 0, "mailbox is busy"),
        (Manner::Answers("451 4.3.0 later please"), 0, "later please"),
        (Manner::Answers("nonsense"), 0, ""),
        (Manner::HangsAfterData, 1, "did not say that it has the letter"),
        (Manner::DropsAfterData, 1, ""),
    ]
    .into_iter()
    .enumerate()
    {
        town.post.behave(manner);
        town.invitation(&format!("p{number}@elsewhere.example")).await;
        let before = town.deliver().await;
        assert_eq!(before.len(), kept, "{manner:?}");
        let letter = town.letters().await.remove(0);
        assert_eq!((letter.state, letter.tries), (LetterState::Waiting, 1), "{manner:?}: {letter:?}");
        assert!(letter.answer.as_ref().is_some_and(|answer| answer.contains(said)), "{manner:?}: {letter:?}");
        town.post.behave(Manner::Takes);
        assert_eq!(town.deliver().await.len(), 0, "not before its time");
        town.site.clock.advance(MINUTE);
        let after = town.deliver().await;
        assert_eq!(after.len(), 1, "{manner:?}");
        for copy in &before {
            assert_eq!(copy.header("Message-ID"), after[0].header("Message-ID"));
        }
        assert_eq!(town.letters().await[0].state, LetterState::Sent);
        town.site.clock.advance(DAY);
        assert_eq!(town.deliver().await.len(), 0, "{manner:?}: nothing twice");
    }
}

/// With ever longer waits, then given up, and shown.
async fn a_server_that_is_down_is_tried_for_three_days(directory: &TestDirectory) {
    let post = MailServer::start(Manner::Takes).await;
    let mut mail = by(&post);
    // Nobody listens on a port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    mail.carrier = Carrier::Smtp { url: format!("smtp://{free}").into(), authorities: None };
    let town = Town::start_with(directory, post, mail).await;
    town.invitation("late@elsewhere.example").await;
    let mut tries = Vec::new();
    for minute in 0..(4 * 24 * 60) {
        if minute < 20 || minute % 30 == 0 {
            deliver(&town.site).await;
            tries.push(town.letters().await[0].tries);
        }
        town.site.clock.advance(MINUTE);
    }
    let letter = town.letters().await.remove(0);
    assert_eq!(letter.state, LetterState::Dead);
    assert!(letter.answer.unwrap().starts_with("cannot reach 127.0.0.1"));
    assert_eq!(tries[..8], [1, 2, 2, 3, 3, 3, 3, 4], "after one, two and four minutes");
    assert!((15..30).contains(&letter.tries), "{}", letter.tries);
    assert!(letter.settled_at.unwrap() - letter.due_since < 3 * DAY + 7 * HOUR);
}

/// 5xx is final, until somebody sends it again.
async fn a_refused_letter_is_shown_and_can_be_sent_again(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::KnowsNobody).await;
    town.invitation("late@elsewhere.example").await;
    town.deliver().await;
    let owner = town.site.admin(AdminRole::CompanyOwner(town.acme.company)).await;
    let dead = town.site.manage(&owner, "GET", "/letters?state=dead", Value::Null, 200).await;
    let shown = &dead["items"][0];
    assert_eq!((&shown["to"], &shown["kind"]), (&json!("late@elsewhere.example"), &json!("invitation")));
    // What the server said is the operator's: it tells how their mail is set up.
    let general = json!("the letter could not be delivered; the operator sees why");
    let auditor = town.site.admin(AdminRole::Auditor(Some(town.acme.company))).await;
    for (token, said) in [(&owner, &general), (&auditor, &general), (&town.operator, &json!("550"))] {
        let seen = town.site.manage(token, "GET", "/letters", Value::Null, 200).await;
        let answer = seen["items"][0]["answer"].as_str().unwrap();
        assert!(answer.contains(said.as_str().unwrap()), "{answer}");
    }
    town.site.clock.advance(DAY);
    town.post.behave(Manner::Takes);
    assert_eq!(town.deliver().await.len(), 0, "it is not tried again by itself");
    let path = format!("/letters/{}/resend", id(shown));
    let sent_again = town.site.manage(&owner, "POST", &path, json!({}), 200).await;
    assert_eq!(sent_again["state"], "waiting");
    assert_eq!(sent_again["answer"], "the letter could not be sent yet; that is tried again");
    assert_eq!(town.site.api(&owner, "POST", &path, json!({})).await.status, 409, "it is on its way");
    assert_eq!(town.deliver().await.len(), 1);
    assert_eq!(town.site.api(&owner, "POST", &path, json!({})).await.status, 409, "it was sent just now");
    town.site.clock.advance(10 * MINUTE);
    town.site.manage(&owner, "POST", &path, json!({}), 200).await;
    assert_eq!(town.deliver().await.len(), 1);
    assert_eq!(town.site.api(&owner, "GET", "/letters?state=lost", Value::Null).await.status, 400);
}

/// A server that hangs holds up its sender alone.
async fn requests_do_not_wait_for_mail(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Mute).await;
    town.invitation("one@elsewhere.example").await;
    rollcall_server::jobs::dispatch::pass(town.site.state()).await.unwrap();
    let request = api(&town.operator, "POST", INVITATIONS, &json!({"email": "two@elsewhere.example"}));
    let sending = letters::send_due(town.site.state());
    tokio::pin!(sending);
    // Whoever is ready first wins: the request, although it began later and needs the database.
    tokio::select! {
        biased;
        sent = &mut sending => panic!("the mute server was quicker: {sent:?}"),
        answer = answered(&town.site, &request) => assert_eq!(answer, 201),
    }
}

async fn answered(site: &Site, request: &Request) -> u16 {
    site.send(request).await.status
}

async fn instances_send_each_letter_once(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    for number in 0..40 {
        town.invitation(&format!("p{number:02}@elsewhere.example")).await;
    }
    let state = town.site.state();
    let one = || async {
        rollcall_server::jobs::dispatch::pass(state).await.unwrap();
        letters::send_due(state).await
    };
    let (first, second, third) = tokio::join!(one(), one(), one());
    assert!(first.is_ok() && second.is_ok() && third.is_ok(), "{first:?} {second:?} {third:?}");
    let mut taken = town.post.inbox();
    taken.extend(town.deliver().await);
    assert_eq!(taken.len(), 40);
    taken.dedup_by(|one, other| one.to == other.to);
    assert_eq!(taken.len(), 40, "each once");
}

/// Ten minutes after it took the letter; until then it is that sender's.
async fn a_sender_that_died_is_replaced(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Mute).await;
    town.invitation("late@elsewhere.example").await;
    rollcall_server::jobs::dispatch::pass(town.site.state()).await.unwrap();
    let (due, until) = (&town.letters().await[0], town.site.clock.now() + 10 * MINUTE);
    town.site
        .write(|unit| async move {
            unit.take_letter(due, until);
            Ok(())
        })
        .await;
    town.post.behave(Manner::Takes);
    town.site.clock.advance(9 * MINUTE);
    assert_eq!(town.deliver().await.len(), 0);
    town.site.clock.advance(MINUTE);
    assert_eq!(town.deliver().await.len(), 1);
    assert_eq!(town.letters().await[0].tries, 2);
}

/// STARTTLS with a certificate of a private authority, user and password; without that authority nothing is said to anybody.
async fn letters_go_encrypted_and_signed_in(directory: &TestDirectory) {
    let post = MailServer::start(Manner::Takes).await;
    let url = |password: &str| format!("smtp://u:{password}@127.0.0.1:{}?tls=required", post.address.port());
    for (url, authorities, said) in [
        (url("secret"), None, "does not encrypt"),
        (url("wrong"), Some(post.authority()), "does not let the user"),
        (url("secret"), Some(post.authority()), "250 2.0.0 queued"),
    ] {
        let fresh = rollcall_directory::testing::fresh(directory.backend()).await;
        let mail = through(Carrier::Smtp { url: url.into(), authorities });
        let town = Town::start_with(&fresh, post.clone(), mail).await;
        town.invitation("late@elsewhere.example").await;
        let taken = town.deliver().await;
        let answer = town.letters().await.remove(0).answer.unwrap();
        assert!(answer.contains(said) && !answer.contains("secret"), "{answer}");
        assert_eq!(taken.len(), usize::from(said.starts_with("250")));
        for letter in taken {
            assert!(letter.encrypted);
            assert_eq!(letter.credentials, "AHUAc2VjcmV0", "user and password, in base64");
        }
    }
}

/// Somebody in between can take STARTTLS out of what the server offers: then it gets neither the password nor the letter.
async fn a_password_is_for_encrypted_lines(directory: &TestDirectory) {
    let post = MailServer::start(Manner::Takes).await;
    // Spelled so that it does not count as this very machine.
    let url = format!("smtp://u:secret@127.1:{}", post.address.port());
    let mail = through(Carrier::Smtp { url: url.into(), authorities: None });
    let town = Town::start_with(directory, post, mail).await;
    town.invitation("late@elsewhere.example").await;
    assert_eq!(town.deliver().await.len(), 0);
    let letter = town.letters().await.remove(0);
    let said = "127.1 does not encrypt, so it does not get the password of `mail.smtp_url`";
    assert_eq!((letter.state, letter.answer.as_deref()), (LetterState::Waiting, Some(said)));
}

/// For nobody else to read: the link of an invitation lets people in.
async fn letters_become_files(directory: &TestDirectory) {
    let files = tempfile::tempdir().unwrap();
    let place = files.path().join("letters");
    let mail = through(Carrier::Directory(place.clone()));
    let town = Town::start_with(directory, MailServer::start(Manner::Mute).await, mail).await;
    town.invitation("late@elsewhere.example").await;
    deliver(&town.site).await;
    let written: Vec<_> = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(written.len(), 1, "{written:?}");
    assert!(written[0].extension().is_some_and(|end| end == "eml"));
    #[cfg(unix)]
    for (path, expected) in [(&place, 0o700), (&written[0], 0o600)] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions());
        assert_eq!(mode & 0o777, expected, "{}", path.display());
    }
    let text = std::fs::read_to_string(&written[0]).unwrap();
    assert!(text.contains("To: late@elsewhere.example\r\n") && text.contains("multipart/alternative"), "{text}");
}

/// Pain 79: 30, 7 and 1 days before, once each, however many instances look; a token of the operator is nobody's letter.
async fn tokens_that_end_are_told_of_three_times(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    town.company_owner(1, "owner@acme.example").await;
    let end = rollcall_scim::timestamp::to_rfc3339(town.site.clock.now() + 60 * DAY);
    let soon = rollcall_scim::timestamp::to_rfc3339(town.site.clock.now() + 5 * DAY);
    let path = format!("/connections/{}/tokens", town.acme.connection);
    for body in [json!({"kind": "scim", "expires_at": end}), json!({"kind": "sign_in", "expires_at": soon})] {
        town.site.manage(&town.operator, "POST", &path, body, 201).await;
    }
    let body = json!({"kind": "admin", "role": "operator", "expires_at": end});
    town.site.manage(&town.operator, "POST", "/tokens", body, 201).await;
    let mut told = Vec::new();
    for day in 0..62 {
        let looks = tokio::join!(expiries::look(town.site.parts()), expiries::look(town.site.parts()));
        assert!(looks.0.is_ok() && looks.1.is_ok(), "{looks:?}");
        for letter in town.deliver().await {
            assert_eq!(letter.to, "owner@acme.example");
            let scim = letter.readable().contains("SCIM token of connection acme-sso ends on");
            told.push((day, if scim { "scim" } else { "sign_in" }));
        }
        town.site.clock.advance(DAY);
    }
    assert_eq!(told, [(4, "sign_in"), (30, "scim"), (53, "scim"), (59, "scim")]);
}

/// The last certificate of a provider counts.
async fn certificates_that_end_are_told_of(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    town.company_owner(1, "owner@acme.example").await;
    trust(&town.site, &town.acme, &Provider::new(), json!({})).await;
    expiries::look(town.site.parts()).await.unwrap();
    assert_eq!(town.deliver().await.len(), 0, "those of tests end in the year 4096");
    let certificate = |year: i32| {
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.not_after = rcgen::date_time_ymd(year, 1, 20);
        parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
    };
    for (certificates, letters) in [(vec![certificate(2027), certificate(2030)], 0), (vec![certificate(2027)], 1)] {
        let certificates = &json!(certificates);
        town.site.change(&town.acme, |record| record.details["saml"]["certificates"] = certificates.clone()).await;
        expiries::look(town.site.parts()).await.unwrap();
        let taken = town.deliver().await;
        assert_eq!(taken.len(), letters);
        assert!(taken.iter().all(|letter| letter.readable().contains("ends on 2027-01-20")));
    }
}

/// P/D-2: when the last look-up by itself is over.
async fn a_domain_that_is_never_found_is_told_of(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    town.company_owner(1, "owner@acme.example").await;
    let notice = Notice {
        company: town.acme.company,
        name: "domain:late.example".to_owned(),
        kind: Kind::DomainFailing,
        subject: "late.example".to_owned(),
        data: Data::domain("late.example"),
    };
    let both = tokio::join!(tell_once(town.site.parts(), &notice), tell_once(town.site.parts(), &notice));
    assert_eq!([both.0.unwrap(), both.1.unwrap()].iter().filter(|told| **told).count(), 1);
    let taken = town.deliver().await;
    assert_eq!(taken.len(), 1);
    assert!(taken[0].readable().contains("- late.example"), "{}", taken[0].readable());
}

/// Kept for thirty days; what nobody takes is given up.
async fn letters_are_forgotten(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    town.invitation("one@elsewhere.example").await;
    town.deliver().await;
    town.site.clock.advance(SECOND);
    town.invitation("two@elsewhere.example").await;
    rollcall_server::jobs::dispatch::pass(town.site.state()).await.unwrap();
    let now = town.site.clock.now();
    let states = || async {
        let all = town.letters().await;
        all.into_iter().map(|letter| letter.state).collect::<Vec<_>>()
    };
    tidy(directory, now + 4 * DAY).await.unwrap();
    assert_eq!(states().await, [LetterState::Open, LetterState::Sent]);
    tidy(directory, now + 4 * DAY + 1).await.unwrap();
    assert_eq!(states().await, [LetterState::Dead, LetterState::Sent]);
    tidy(directory, now + 30 * DAY + 1).await.unwrap();
    assert_eq!(states().await, [LetterState::Dead]);
    tidy(directory, now + 40 * DAY).await.unwrap();
    assert_eq!(states().await, []);
}

/// Design.md 9.
async fn a_company_sees_its_letters_alone(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::KnowsNobody).await;
    let globex = town.site.company("globex", 0x60).await;
    town.invitation("late@elsewhere.example").await;
    insert_account(&town.site, &account(9, "boss@globex.example")).await;
    let body = json!({"email": "late@elsewhere.example"});
    town.site.manage(&town.operator, "POST", "/organizations/globex/invitations", body, 201).await;
    town.deliver().await;
    let site = &town.site;
    let seen = |role| async move {
        let token = site.admin(role).await;
        let list = site.manage(&token, "GET", "/letters", Value::Null, 200).await;
        let mut companies: Vec<String> = Vec::new();
        for letter in list["items"].as_array().unwrap() {
            companies.push(letter["company"].as_str().unwrap().to_owned());
        }
        (token, companies)
    };
    let ours = vec![town.acme.company.to_string()];
    assert_eq!(seen(AdminRole::CompanyOwner(town.acme.company)).await.1, ours);
    assert_eq!(seen(AdminRole::Auditor(Some(town.acme.company))).await.1, ours);
    let owner = AdminRole::OrganizationOwner(town.acme.company, town.acme.organization);
    assert_eq!(seen(owner).await.1, Vec::<String>::new());
    assert_eq!(seen(AdminRole::Auditor(None)).await.1.len(), 2);
    let (foreign, theirs) = seen(AdminRole::CompanyOwner(globex.company)).await;
    assert_eq!(theirs, [globex.company.to_string()]);
    let letter = town.letters().await.into_iter().find(|letter| letter.company == town.acme.company).unwrap();
    let path = format!("/letters/{}/resend", letter.id);
    assert_eq!(town.site.api(&foreign, "POST", &path, json!({})).await.status, 404);
}
