//! Receivers that fail, lie, hang or are gone: when a delivery is tried again, and when it is given up.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::clock::{DAY, HOUR, SECOND};
use serde_json::{Value, json};

use crate::webhook_receiver::{Receiver, Reply};
use crate::webhooks::start;

on_each_database! {
    whatever_is_not_2xx_is_tried_again
    a_delivery_is_given_up_after_eight_tries_and_can_be_sent_again
    a_receiver_may_ask_for_more_time
    a_receiver_that_is_gone_turns_its_webhook_off
    one_that_hangs_holds_up_neither_requests_nor_others
}

const MINUTE: i64 = 60 * SECOND;

/// Failures, redirects and lies.
async fn whatever_is_not_2xx_is_tried_again(directory: &TestDirectory) {
    let (site, _acme, owner) = start(directory).await;
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let (webhook, _) = site.webhook(&owner, "acme", &receiver.url()).await;
    let says = |text: &str| Reply::Says(text.to_owned());
    let redirect = format!(
        "HTTP/1.1 307 Elsewhere\r\nconnection: close\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
        elsewhere.url()
    );
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "a".repeat(200_000));
    for (reply, status, problem) in [
        (Reply::status(500), json!(500), "status 500, not 2xx"),
        (Reply::status(404), json!(404), "status 404, not 2xx"),
        (says(&redirect), json!(307), "redirects are not followed"),
        (says("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort"), Value::Null, "failed"),
        (says("SSH-2.0-OpenSSH\r\n"), Value::Null, "failed"),
        (says(""), Value::Null, "failed"),
        (says(&endless), Value::Null, "more than 65536 bytes"),
    ] {
        receiver.next([reply]);
        let sent = site.manage(&owner, "POST", &format!("/webhooks/{webhook}/test"), json!({}), 202).await;
        site.dispatch().await;
        let noted = site.deliveries(&owner, &webhook, "?state=pending").await;
        assert_eq!((noted.len(), &noted[0]["id"], &noted[0]["last_status"]), (1, &sent["id"], &status), "{problem}");
        assert!(noted[0]["last_error"].as_str().unwrap().contains(problem), "{}", noted[0]);
        site.clock.advance(7 * SECOND);
        site.dispatch().await;
        let ids: Vec<String> = receiver.take().iter().map(|message| message.id().to_owned()).collect();
        assert_eq!(ids, [sent["id"].as_str().unwrap(); 2], "{problem}");
        assert!(site.deliveries(&owner, &webhook, "?state=pending").await.is_empty());
    }
    assert!(elsewhere.take().is_empty());
}

async fn a_delivery_is_given_up_after_eight_tries_and_can_be_sent_again(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let receiver = Receiver::start().await;
    let (webhook, _) = site.webhook(&owner, "acme", &receiver.url()).await;
    receiver.always(Reply::status(503));
    site.push(&acme, "ada").await;
    site.dispatch().await;
    assert_eq!(receiver.take().len(), 1);
    let pauses = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];
    for pause in pauses {
        assert_eq!(site.deliveries(&owner, &webhook, "?state=dead").await, Vec::<Value>::new());
        site.clock.advance(pause - SECOND);
        site.dispatch().await;
        assert!(receiver.take().is_empty(), "not before {pause}");
        // A fifth longer at most.
        site.clock.advance(pause / 5 + SECOND);
        site.dispatch().await;
        assert_eq!(receiver.take().len(), 1, "after {pause}");
    }
    let dead = site.deliveries(&owner, &webhook, "?state=dead").await;
    assert_eq!((dead.len(), &dead[0]["attempts"], &dead[0]["next_attempt_at"]), (1, &json!(8), &Value::Null));
    site.clock.advance(DAY);
    site.dispatch().await;
    assert!(receiver.take().is_empty());
    receiver.always(Reply::status(200));
    let again = format!("/webhooks/{webhook}/deliveries/{}/resend", dead[0]["id"].as_str().unwrap());
    site.manage(&owner, "POST", &again, json!({}), 202).await;
    site.dispatch().await;
    let messages = receiver.take();
    assert_eq!((messages.len(), messages[0].id()), (1, dead[0]["id"].as_str().unwrap()));
    assert_eq!(site.deliveries(&owner, &webhook, "?state=delivered").await.len(), 1);
}

async fn a_receiver_may_ask_for_more_time(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let receiver = Receiver::start().await;
    site.webhook(&owner, "acme", &receiver.url()).await;
    let busy = "HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\nretry-after: 600\r\ncontent-length: 0\r\n\r\n";
    receiver.next([Reply::Says(busy.to_owned())]);
    site.push(&acme, "ada").await;
    for (wait, arrives) in [(0, 1), (599 * SECOND, 0), (SECOND, 1)] {
        site.clock.advance(wait);
        site.dispatch().await;
        assert_eq!(receiver.take().len(), arrives, "{wait}");
    }
}

async fn a_receiver_that_is_gone_turns_its_webhook_off(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    let (webhook, _) = site.webhook(&owner, "acme", &receiver.url()).await;
    site.webhook(&owner, "acme", &other.url()).await;
    receiver.next([Reply::status(410)]);
    site.push(&acme, "ada").await;
    site.dispatch().await;
    site.push(&acme, "grace").await;
    site.dispatch().await;
    assert_eq!(receiver.take().len(), 1);
    let told: Vec<String> = other.take().iter().map(|message| message.about().0).collect();
    assert_eq!(told.iter().filter(|kind| *kind == "webhook.disabled").count(), 1, "{told:?}");
    assert_eq!(told.len(), 3);
    let shown = site.manage(&owner, "GET", &format!("/webhooks/{webhook}"), Value::Null, 200).await;
    assert_eq!((&shown["enabled"], &shown["disabled_because"]), (&json!(false), &json!("gone")));
    assert_eq!(site.deliveries(&owner, &webhook, "?state=dead").await.len(), 1);
}

/// Pains 5: time-outs are real here, so this takes as long as one of them.
async fn one_that_hangs_holds_up_neither_requests_nor_others(directory: &TestDirectory) {
    let (site, acme, owner) = start(directory).await;
    let (silent, drips, good) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    silent.always(Reply::Silence);
    drips.always(Reply::Drips);
    let (webhook, _) = site.webhook(&owner, "acme", &silent.url()).await;
    let (dripping, _) = site.webhook(&owner, "acme", &drips.url()).await;
    site.push(&acme, "ada").await;
    let state = site.state().clone();
    let waiting = tokio::spawn(async move { rollcall_server::jobs::dispatch::pass(&state).await.map(drop) });
    silent.wait().await;
    drips.wait().await;
    // While both hang: requests are answered, and another receiver hears of them.
    site.webhook(&owner, "acme", &good.url()).await;
    site.push(&acme, "grace").await;
    let state = site.state().clone();
    let second = tokio::spawn(async move { rollcall_server::jobs::dispatch::pass(&state).await.map(drop) });
    good.wait().await;
    assert!(!waiting.is_finished());
    assert_eq!(good.take().len(), 1);
    waiting.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    for webhook in [webhook, dripping] {
        let pending = site.deliveries(&owner, &webhook, "?state=pending").await;
        let problems: Vec<&str> = pending.iter().filter_map(|it| it["last_error"].as_str()).collect();
        assert!(problems.contains(&"`127.0.0.1` did not answer within 15 seconds"), "{problems:?}");
    }
}
