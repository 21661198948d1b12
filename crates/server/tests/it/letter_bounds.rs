//! What many, old or foreign events and letters cannot do: stop others, delay them, or tell whose an address is.

use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Event, LetterState, on_each_database};
use rollcall_policy::Role;
use rollcall_server::app::events::fan_out::fan_out;
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::{HOUR, SECOND};
use rollcall_server::ids::Ids;
use rollcall_server::jobs::dispatch::pass;
use serde_json::{Value, json};

use crate::letters::{Town, recipients};
use crate::mail_server::Manner;
use crate::sign_ins::insert_account;
use crate::site::{Door, Site, id};
use crate::webhook_receiver::{Receiver, Reply};
use crate::webhooks::start;

on_each_database! {
    an_open_letter_of_long_ago_takes_more
    webhooks_are_served_though_no_event_can_be_handed_on
    a_turn_hands_on_so_many_events
    a_turn_writes_so_many_letters
    a_company_floods_nobody_and_delays_no_alert
    letters_do_not_tell_whose_a_username_is
}

const MINUTE: i64 = 60 * SECOND;

/// So many events of the company, stored at once.
async fn happen(site: &Site, door: &Door, count: usize, kind: &str, payload: &Value) {
    let now = site.clock.now();
    let event = || Event {
        company: Some(door.company),
        id: Ids::system().uuid(now).into(),
        at: now,
        kind: kind.to_owned(),
        subject: "test".to_owned(),
        payload: payload.to_string(),
        delivered_at: None,
    };
    let events: &Vec<Event> = &(0..count).map(|_| event()).collect();
    site.write(|unit| async move {
        for event in events {
            unit.insert_event(event);
        }
        Ok(())
    })
    .await;
}

async fn waiting(site: &Site) -> usize {
    site.directory().read().pending_events(None, 10_000).await.unwrap().len()
}

/// The mail server was down for hours: the letter is added to, and events of all companies are handed on.
async fn an_open_letter_of_long_ago_takes_more(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    let globex = town.site.company("globex", 0x60).await;
    let invited = town.invite(json!({"email": "late@elsewhere.example"})).await;
    pass(town.site.state()).await.unwrap();
    town.site.clock.advance(2 * HOUR);
    let path = format!("/organizations/acme/invitations/{}/resend", id(&invited));
    town.site.manage(&town.operator, "POST", &path, json!({}), 200).await;
    happen(&town.site, &globex, 1, "ping", &json!({})).await;
    pass(town.site.state()).await.unwrap();
    assert_eq!(waiting(&town.site).await, 0);
    let letters = town.letters().await;
    assert_eq!(letters.iter().map(|letter| letter.state).collect::<Vec<_>>(), [LetterState::Open]);
    assert_eq!(recipients(&town.deliver().await), ["late@elsewhere.example"]);
}

/// An event that PostgreSQL cannot look up stays; what is due goes out on both databases.
async fn webhooks_are_served_though_no_event_can_be_handed_on(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    let receiver = Receiver::start().await;
    town.site.webhook(&town.operator, "acme", &receiver.url()).await;
    receiver.next([Reply::status(500)]);
    town.site.push(&town.acme, "ada").await;
    town.site.dispatch().await;
    assert_eq!(receiver.take().len(), 1);
    town.site.clock.advance(HOUR);
    happen(&town.site, &town.acme, 1, "seats.exhausted", &json!({"organization": "no\u{0}name"})).await;
    let outcome = pass(town.site.state()).await;
    assert_eq!(outcome.is_err(), waiting(&town.site).await == 1, "{outcome:?}");
    assert_eq!(receiver.take().len(), 1, "the second try");
}

/// The rest is for the next turn, which comes at once.
async fn a_turn_hands_on_so_many_events(directory: &TestDirectory) {
    let (site, acme, _owner) = start(directory).await;
    let before = waiting(&site).await;
    happen(&site, &acme, 2_001, "person.joined", &json!({})).await;
    assert!(fan_out(site.parts(), site.clock.now()).await.unwrap());
    assert_eq!(waiting(&site).await, before + 1);
    pass(site.state()).await.unwrap();
    assert_eq!(waiting(&site).await, 0);
}

/// Fifty recipients an event: two events fill a unit.
async fn a_turn_writes_so_many_letters(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    pass(town.site.state()).await.unwrap();
    for number in 0..50 {
        town.member(&account(10 + number, &format!("lead{number}@acme.example")), Role::Owner).await;
    }
    happen(&town.site, &town.acme, 21, "brake.held", &json!({"connection": town.acme.connection})).await;
    assert!(fan_out(town.site.parts(), town.site.clock.now()).await.unwrap());
    assert_eq!(waiting(&town.site).await, 1);
    assert_eq!(town.deliver().await.len(), 50);
    assert_eq!(waiting(&town.site).await, 0);
}

/// So many letters of a company to one address in an hour. Its alerts, and another company's letters, wait for none of them.
async fn a_company_floods_nobody_and_delays_no_alert(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    let globex = town.site.company("globex", 0x60).await;
    town.company_owner(1, "owner@acme.example").await;
    let invited = town.invite(json!({"email": "owner@acme.example"})).await;
    let again = format!("/organizations/acme/invitations/{}/resend", id(&invited));
    let mut sent = town.deliver().await.len();
    for _ in 0..25 {
        town.site.clock.advance(2 * MINUTE);
        town.site.manage(&town.operator, "POST", &again, json!({}), 200).await;
        sent += town.deliver().await.len();
    }
    assert_eq!(sent, 20);
    town.event("brake.held", json!({"connection": town.acme.connection})).await;
    let alert = town.deliver().await;
    assert_eq!(recipients(&alert), ["owner@acme.example"]);
    assert!(alert[0].header("Subject").contains("removals are held"), "{}", alert[0].text);
    let path = format!("/organizations/{}/invitations", globex.name);
    town.site.manage(&town.operator, "POST", &path, json!({"email": "owner@acme.example"}), 201).await;
    assert_eq!(recipients(&town.deliver().await), ["owner@acme.example"]);
    town.site.clock.advance(HOUR);
    assert_eq!(town.deliver().await.len(), 1, "what was too much");
}

/// RC-10: a letter to the address looks and leaves as if nobody had been invited by the username.
async fn letters_do_not_tell_whose_a_username_is(directory: &TestDirectory) {
    let town = Town::start(directory, Manner::Takes).await;
    insert_account(&town.site, &account(7, "someone@elsewhere.example")).await;
    let invited = town.invite(json!({"username": "someone"})).await;
    let again = format!("/organizations/acme/invitations/{}/resend", id(&invited));
    for _ in 0..20 {
        town.deliver().await;
        town.site.clock.advance(2 * MINUTE);
        town.site.manage(&town.operator, "POST", &again, json!({}), 200).await;
    }
    pass(town.site.state()).await.unwrap();
    town.invite(json!({"email": "someone@elsewhere.example"})).await;
    pass(town.site.state()).await.unwrap();
    let owner = town.site.admin(AdminRole::CompanyOwner(town.acme.company)).await;
    let seen = town.site.manage(&owner, "GET", "/letters", Value::Null, 200).await;
    let seen = seen["items"].as_array().unwrap();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!((&seen[0]["to"], &seen[0]["state"]), (&json!("someone@elsewhere.example"), &json!("open")));
    assert_eq!(seen[0]["next_try_at"], seen[0]["created_at"], "at once");
    assert!(!town.deliver().await.is_empty());
}
