//! Events on their way to receivers: what arrives, signed by what, in which order, and whose it is.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::app::webhooks::{NewWebhook, create};
use rollcall_server::app::{Doer, Refusal};
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::{Clock, DAY, HOUR, SECOND};
use rollcall_server::config;
use rollcall_server::ids::Ids;
use rollcall_server::jobs::dispatch::pass;
use rollcall_server::jobs::housekeeping::tidy;
use rollcall_server::outbound::Outbound;
use serde_json::{Value, json};

use crate::site::{Door, Site, id};
use crate::webhook_receiver::{Message, Receiver, Reply};

on_each_database! {
    an_event_arrives_signed_and_says_what_happened
    a_secret_that_was_replaced_signs_for_one_more_day
    only_wanted_kinds_arrive_and_none_of_another_company
    events_of_one_person_keep_their_order_and_hold_up_nobody_else
    two_dispatchers_deliver_each_event_once
    what_was_sent_and_not_noted_is_sent_again_under_the_same_id
    a_running_server_delivers_by_itself
    webhooks_are_made_changed_and_removed
    what_is_no_webhook_is_refused
    private_addresses_are_the_operators_to_allow
    old_events_are_forgotten
}

pub(crate) async fn start(directory: &TestDirectory) -> (Site, Door, String) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    (site, door, owner)
}

fn kinds(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| message.about().0).collect()
}

async fn an_event_arrives_signed_and_says_what_happened(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let receiver = Receiver::start().await;
    let (webhook, secret) = site.webhook(&owner, "acme", &receiver.url()).await;
    let ada = id(&site.sign_in(&acme, "ada").await["account"]);
    site.dispatch().await;
    let messages = receiver.take();
    assert_eq!(kinds(&messages), ["person.joined"]);
    let message = &messages[0];
    let data = json!({
        "account": ada, "organization": "acme", "connection": acme.connection, "role": "member", "state": "active",
        "reason": "jit",
    });
    assert_eq!(
        message.body(),
        json!({"type": "person.joined", "timestamp": "2027-01-15T08:00:00.000000Z", "data": data})
    );
    assert_eq!(
        (message.header("webhook-timestamp"), message.header("content-type")),
        ("1800000000", "application/json")
    );
    assert!(message.is_signed_by(&secret), "{message:?}");
    let other = site.webhook(&owner, "acme", &receiver.url()).await.1;
    assert!(!message.is_signed_by(&other));
    let delivered = site.deliveries(&owner, &webhook, "?state=delivered").await;
    assert_eq!((delivered.len(), &delivered[0]["id"]), (1, &json!(message.id())));
    assert_eq!((&delivered[0]["attempts"], &delivered[0]["last_status"]), (&json!(1), &json!(204)));
    site.dispatch().await;
    assert!(receiver.take().is_empty(), "each once");
}

async fn a_secret_that_was_replaced_signs_for_one_more_day(directory: &TestDirectory) {
    let (site, _acme, owner) = start(directory).await;
    let receiver = Receiver::start().await;
    let (webhook, old) = site.webhook(&owner, "acme", &receiver.url()).await;
    let rotated = site.api(&owner, "POST", &format!("/webhooks/{webhook}/rotate-secret"), json!({})).await;
    assert_eq!((rotated.status, rotated.header("cache-control")), (200, Some("no-store")));
    let fresh = rotated.body()["secret"].as_str().unwrap().to_owned();
    for (wait, signed_by_old) in [(0, true), (DAY - SECOND, true), (SECOND, false)] {
        site.clock.advance(wait);
        site.manage(&owner, "POST", &format!("/webhooks/{webhook}/test"), json!({}), 202).await;
        site.dispatch().await;
        let messages = receiver.take();
        assert_eq!(kinds(&messages), ["ping"]);
        assert_eq!(messages[0].body()["data"], json!({"webhook": webhook}));
        assert_eq!((messages[0].is_signed_by(&fresh), messages[0].is_signed_by(&old)), (true, signed_by_old), "{wait}");
    }
}

/// I-5.
async fn only_wanted_kinds_arrive_and_none_of_another_company(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let globex = site.company("globex", 0x60).await;
    let receiver = Receiver::start().await;
    let body = json!({"url": receiver.url(), "events": ["session.ended", "person.suspended"]});
    site.manage(&owner, "POST", "/companies/acme/webhooks", body, 201).await;
    for door in [&acme, &globex] {
        let user = site.push(door, "ada").await;
        site.sign_in(door, "ada").await;
        let leaves = json!([{"op": "replace", "path": "active", "value": false}]);
        assert_eq!(site.patch(door, &format!("/Users/{user}"), leaves).await.status, 200);
        site.clock.advance(SECOND);
    }
    site.dispatch().await;
    let messages = receiver.take();
    let mut told = kinds(&messages);
    told.sort();
    assert_eq!(told, ["person.suspended", "session.ended"]);
    assert!(messages.iter().all(|message| !message.text.contains("globex")), "{messages:?}");
}

async fn events_of_one_person_keep_their_order_and_hold_up_nobody_else(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let receiver = Receiver::start().await;
    site.webhook(&owner, "acme", &receiver.url()).await;
    let user = site.push(&acme, "ada").await;
    receiver.next([Reply::status(500)]);
    site.dispatch().await;
    assert_eq!(kinds(&receiver.take()), ["person.joined"]);
    for active in [false, true, false] {
        site.clock.advance(1_000);
        let change = json!([{"op": "replace", "path": "active", "value": active}]);
        assert_eq!(site.patch(&acme, &format!("/Users/{user}"), change).await.status, 200);
    }
    site.clock.advance(3 * SECOND);
    site.push(&acme, "grace").await;
    site.dispatch().await;
    let first = receiver.take();
    assert_eq!(kinds(&first), ["person.joined"], "grace's");
    site.clock.advance(10 * SECOND);
    site.dispatch().await;
    let ada: Vec<Message> = receiver.take();
    assert!(ada.iter().all(|message| message.about().1 != first[0].about().1));
    let changes: Vec<String> = kinds(&ada).into_iter().filter(|kind| kind != "session.ended").collect();
    assert_eq!(changes, ["person.joined", "person.suspended", "person.restored", "person.suspended"]);
}

async fn two_dispatchers_deliver_each_event_once(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let receivers = [Receiver::start().await, Receiver::start().await];
    for receiver in &receivers {
        site.webhook(&owner, "acme", &receiver.url()).await;
    }
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(site.push(&acme, &format!("p{number}")).await);
    }
    let state = site.state();
    let (one, other) = tokio::join!(pass(state), pass(state));
    assert!(one.unwrap() + other.unwrap() > 0);
    site.dispatch().await;
    for receiver in &receivers {
        let messages = receiver.take();
        let mut ids: Vec<&str> = messages.iter().map(Message::id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((messages.len(), ids.len()), (people.len(), people.len()));
    }
}

/// At least once: a crash between sending and noting loses nothing.
async fn what_was_sent_and_not_noted_is_sent_again_under_the_same_id(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let receiver = Receiver::start().await;
    site.webhook(&owner, "acme", &receiver.url()).await;
    site.push(&acme, "ada").await;
    receiver.next([Reply::Silence]);
    let state = site.state().clone();
    let crashed = tokio::spawn(async move { pass(&state).await.map(drop) });
    receiver.wait().await;
    crashed.abort();
    assert!(crashed.await.unwrap_err().is_cancelled());
    site.dispatch().await;
    let first = receiver.take();
    assert_eq!(first.len(), 1, "it is the other dispatcher's as long as that may be alive");
    site.clock.advance(61 * SECOND);
    site.dispatch().await;
    let second = receiver.take();
    assert_eq!((second.len(), second[0].id(), &second[0].text), (1, first[0].id(), &first[0].text));
    assert_ne!(first[0].header("webhook-timestamp"), second[0].header("webhook-timestamp"));
}

async fn a_running_server_delivers_by_itself(directory: &TestDirectory) {
    let site = Site::start_at(directory, Clock::system()).await;
    let acme = site.acme().await;
    let owner = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    let receiver = Receiver::start().await;
    let (_, secret) = site.webhook(&owner, "acme", &receiver.url()).await;
    site.push(&acme, "ada").await;
    receiver.wait().await;
    let messages = receiver.take();
    assert_eq!(kinds(&messages), ["person.joined"]);
    assert!(messages[0].is_signed_by(&secret));
}

async fn webhooks_are_made_changed_and_removed(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let receiver = Receiver::start().await;
    let auditor = site.admin(AdminRole::Auditor(Some(acme.company))).await;
    let url = json!({"url": receiver.url()});
    let made = site.manage(&owner, "POST", "/companies/acme/webhooks", url, 201).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    let path = format!("/webhooks/{}", id(&made));
    let shown = site.api(&auditor, "GET", &path, Value::Null).await;
    assert_eq!((shown.status, shown.text.contains(&secret)), (200, false));
    assert_eq!((&shown.body()["events"], &shown.body()["enabled"]), (&Value::Null, &json!(true)));
    let list = site.api(&auditor, "GET", "/companies/acme/webhooks", Value::Null).await;
    assert_eq!((list.body()["items"].as_array().unwrap().len(), list.text.contains("whsec_")), (1, false));
    let change = json!({"events": ["role.changed"], "description": "Hooks", "enabled": false});
    let changed = site.manage(&owner, "PATCH", &path, change, 200).await;
    assert_eq!((&changed["events"], &changed["description"]), (&json!(["role.changed"]), &json!("Hooks")));
    assert_eq!((&changed["enabled"], &changed["disabled_because"]), (&json!(false), &json!("administrator")));
    site.push(&acme, "ada").await;
    site.dispatch().await;
    assert!(receiver.take().is_empty(), "off");
    assert_eq!(site.api(&owner, "POST", &format!("{path}/test"), json!({})).await.status, 409);
    let changed = site.manage(&owner, "PATCH", &path, json!({"events": null, "enabled": true}), 200).await;
    assert_eq!((&changed["events"], &changed["enabled"]), (&Value::Null, &json!(true)));
    site.push(&acme, "grace").await;
    site.dispatch().await;
    assert_eq!(
        kinds(&receiver.take()),
        ["person.joined", "teams.changed"],
        "what happened while it was off is not sent"
    );
    site.manage(&owner, "DELETE", &path, Value::Null, 204).await;
    site.manage(&owner, "GET", &path, Value::Null, 404).await;
    site.push(&acme, "barbara").await;
    site.dispatch().await;
    assert!(receiver.take().is_empty());
    let log = site.directory().read().activities(acme.company, None, 100).await.unwrap();
    assert!(log.iter().all(|entry| !entry.data.contains("whsec_")), "L-3");
    for action in ["webhook_created", "webhook_changed", "webhook_deleted"] {
        assert!(log.iter().any(|entry| entry.action == action), "{action}");
    }
}

async fn what_is_no_webhook_is_refused(directory: &TestDirectory) {
    let (site, _acme, owner) = start(directory).await;
    let path = "/companies/acme/webhooks";
    let url = "http://127.0.0.1:9/";
    for (body, sentence) in [
        (json!({}), "missing field `url`"),
        (json!({"url": url, "secret": "mine"}), "unknown field `secret`"),
        (json!({"url": "hooks.example"}), "no absolute URL"),
        (json!({"url": "ftp://hooks.example/"}), "must use `https`"),
        (json!({"url": "https://ada:secret@hooks.example/"}), "user name or password"),
        (json!({"url": format!("https://hooks.example/{}", "a".repeat(2_048))}), "2048 characters"),
        (json!({"url": "https://hooks.example/\u{0}"}), "U+0000"),
        (json!({"url": "https://hooks.example/\u{7}"}), "control character"),
        (json!({"url": url, "events": []}), "at least one kind"),
        (json!({"url": url, "events": ["person.left"]}), "no kind `person.left`"),
        (json!({"url": url, "events": ["ping"]}), "no kind `ping`"),
        (json!({"url": url, "description": "a\nb"}), "control character"),
    ] {
        let refused = site.manage(&owner, "POST", path, body, 400).await;
        assert!(refused["detail"].as_str().unwrap().contains(sentence), "{refused}");
    }
    for _ in 0..20 {
        site.webhook(&owner, "acme", url).await;
    }
    let refused = site.manage(&owner, "POST", path, json!({"url": url}), 409).await;
    assert_eq!(refused["detail"], "a company has at most 20 webhooks; remove one first");
}

/// I-16: as a server without `outbound.allow` judges.
async fn private_addresses_are_the_operators_to_allow(directory: &TestDirectory) {
    let (site, acme, _owner) = start(directory).await;
    let (ids, strict) = (Ids::system(), Outbound::new(&config::Outbound::default()));
    let doer = Doer { actor: "test", ids: &ids, now: site.clock.now() };
    for url in
        ["https://127.0.0.1/", "https://10.0.0.1/a", "https://[::1]/", "https://169.254.169.254/", "http://8.8.8.8/"]
    {
        let new = NewWebhook { url: url.to_owned(), events: None, description: None };
        let refused = create(site.directory(), &strict, doer, acme.company, new).await;
        assert!(matches!(refused, Err(Refusal::Invalid(_))), "{url}: {refused:?}");
    }
    assert_eq!(site.directory().read().webhook_count(acme.company).await.unwrap(), 0);
}

async fn old_events_are_forgotten(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let receiver = Receiver::start().await;
    let (webhook, _) = site.webhook(&owner, "acme", &receiver.url()).await;
    receiver.next([Reply::status(410)]);
    site.push(&acme, "ada").await;
    site.dispatch().await;
    site.manage(&owner, "PATCH", &format!("/webhooks/{webhook}"), json!({"enabled": true}), 200).await;
    site.clock.advance(3 * SECOND);
    site.push(&acme, "grace").await;
    site.dispatch().await;
    let states = async || -> Vec<Value> {
        let all = site.deliveries(&owner, &webhook, "").await;
        all.into_iter().filter(|it| it["type"] == "person.joined").map(|it| it["state"].clone()).collect()
    };
    assert_eq!(states().await, ["delivered", "dead"]);
    for (age, left) in [(7 * DAY - HOUR, vec!["delivered", "dead"]), (8 * DAY, vec!["dead"]), (31 * DAY, vec![])] {
        tidy(site.directory(), site.clock.now() + age).await.unwrap();
        assert_eq!(states().await, left, "{age}");
    }
}
