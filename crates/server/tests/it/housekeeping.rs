//! What is deleted because nobody needs it any more, and what stays.

use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{Delivery, DeliveryState, DirectoryError, on_each_database};
use rollcall_policy::{EventId, WebhookId};
use rollcall_server::clock::{DAY, HOUR, SECOND};
use rollcall_server::jobs::housekeeping::tidy;
use serde_json::json;

use crate::saml_provider::{Message, Provider, Signed, post, trust};
use crate::site::Site;

on_each_database! {
    used_evidence_and_old_sessions_are_forgotten
    instances_may_tidy_at_once
    what_piled_up_goes_in_one_turn_however_much_it_is
}

async fn used_evidence_and_old_sessions_are_forgotten(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let provider = Provider::new();
    trust(&site, &acme, &provider, json!({})).await;
    let now = site.clock.now();
    let xml = provider.issue(&Message::about(&site, &acme.email("ada")), Signed::Assertion);
    assert_eq!(post(&site, &acme, &xml).await.status, 200);
    let before = directory.contents().await;
    // The assertion is good for six minutes, the session for a day.
    tidy(directory, now + HOUR).await.unwrap();
    assert_eq!(directory.contents().await, before, "both may still be asked for");
    assert_eq!(post(&site, &acme, &xml).await.body()["type"], "evidence_replayed");
    tidy(directory, now + 2 * HOUR).await.unwrap();
    let without_evidence = directory.contents().await;
    assert_ne!(without_evidence, before, "the record of the assertion is gone");
    tidy(directory, now + 2 * DAY).await.unwrap();
    assert_eq!(directory.contents().await, without_evidence, "a session that is over is kept for a day");
    tidy(directory, now + 2 * DAY + SECOND).await.unwrap();
    assert_ne!(directory.contents().await, without_evidence, "then it is gone, too");
}

async fn instances_may_tidy_at_once(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    for person in ["ada", "grace", "barbara"] {
        site.sign_in(&acme, person).await;
    }
    let before = directory.contents().await;
    let later = site.clock.now() + 10 * DAY;
    let (first, second) = tokio::join!(tidy(directory, later), tidy(directory, later));
    assert_eq!((first.ok(), second.ok()), (Some(()), Some(())));
    assert_ne!(directory.contents().await, before);
}

/// More comes in a minute than one batch has: deliveries do not pile up without end.
async fn what_piled_up_goes_in_one_turn_however_much_it_is(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, webhook, now) = (site.acme().await, WebhookId::from_u128(7), site.clock.now());
    let delivery = |number: u128| Delivery {
        company: acme.company,
        webhook,
        id: EventId::from_u128(number),
        at: now,
        kind: "person.joined".to_owned(),
        subject: "somebody".to_owned(),
        body: "{}".to_owned(),
        state: DeliveryState::Delivered,
        attempts: 1,
        next_at: None,
        tried_at: None,
        status: None,
        problem: None,
    };
    let deliveries = &(1..=10_007).map(delivery).collect::<Vec<_>>();
    let stored = directory.write(|unit| async move {
        unit.insert_deliveries(deliveries);
        Ok::<_, DirectoryError>(())
    });
    stored.await.unwrap();
    let left = async || directory.read().deliveries((acme.company, webhook), None, None, 20_000).await.unwrap().len();
    tidy(directory, now + 7 * DAY).await.unwrap();
    assert_eq!(left().await, 10_007, "they can be looked into for a week");
    tidy(directory, now + 7 * DAY + SECOND).await.unwrap();
    assert_eq!(left().await, 0);
}
