//! Decisions, activity, outbox, settings.

use rollcall_directory::testing::{Acme, TestDirectory};
use rollcall_directory::{Activity, DirectoryError, Event, StoredDecision, Unit};
use rollcall_policy::{ActivityId, ConnectionId, DecisionId, EventId, Outcome, Reason};

rollcall_directory::on_each_database! {
    decisions_read_back_byte_for_byte_latest_first
    activities_are_shown_to_their_company
    events_wait_until_they_are_delivered
    settings_are_put_and_inserted
}

type Done = Result<(), DirectoryError>;

/// Stores what `work` says, nothing read.
async fn store(directory: &TestDirectory, work: impl Fn(&Unit) + Send + Sync) -> Done {
    let work = &work;
    directory
        .write(|unit| async move {
            work(&unit);
            Ok(())
        })
        .await
}

async fn decisions_read_back_byte_for_byte_latest_first(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let decision = |number: u128, connection| StoredDecision {
        company: acme.company,
        id: DecisionId::from_u128(number),
        connection,
        account: None,
        at: 5,
        outcome: Outcome::Deny,
        reason: Reason::AccessDenied,
        facts: "{\"b\" : 1,  \"a\":\"\\u00e9\"}".to_owned(),
        decision: "{ }".to_owned(),
    };
    let elsewhere = ConnectionId::from_u128(9);
    let all = [decision(1, acme.connection), decision(2, elsewhere), decision(3, acme.connection)];
    store(directory, |unit| all.iter().for_each(|decision| unit.insert_decision(decision))).await.unwrap();
    let [first, second, third] = all;
    let read = directory.read();
    assert_eq!(read.decision(acme.company, first.id).await.unwrap().as_ref(), Some(&first));
    assert_eq!(read.decisions(acme.company, None, 2).await.unwrap(), [third.clone(), second.clone()]);
    assert_eq!(read.decisions(acme.company, Some(second.id), 2).await.unwrap(), std::slice::from_ref(&first));
    let of_connection = read.decisions_of_connection(acme.company, acme.connection, None, 9).await.unwrap();
    assert_eq!(of_connection, [third, first]);
}

async fn activities_are_shown_to_their_company(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let activity = |number: u128, company| Activity {
        company,
        id: ActivityId::from_u128(number),
        at: 5,
        action: "user_created".to_owned(),
        actor: "token:1".to_owned(),
        subject: "account:1".to_owned(),
        data: "{}".to_owned(),
    };
    let (ours, operators) = (activity(1, Some(acme.company)), activity(2, None));
    store(directory, |unit| {
        unit.insert_activity(&ours);
        unit.insert_activity(&operators);
    })
    .await
    .unwrap();
    let read = directory.read();
    assert_eq!(read.activities(acme.company, None, 9).await.unwrap(), std::slice::from_ref(&ours));
    assert_eq!(read.all_activities(None, 9).await.unwrap(), [operators, ours]);
}

async fn events_wait_until_they_are_delivered(directory: &TestDirectory) {
    let event = |number: u128| Event {
        company: None,
        id: EventId::from_u128(number),
        at: 5,
        kind: "account.claimed".to_owned(),
        subject: "account:1".to_owned(),
        payload: "{}".to_owned(),
        delivered_at: None,
    };
    store(directory, |unit| (1..=3).for_each(|number| unit.insert_event(&event(number)))).await.unwrap();
    store(directory, |unit| unit.mark_delivered(EventId::from_u128(1), 6)).await.unwrap();
    let read = directory.read();
    assert_eq!(read.pending_events(None, 9).await.unwrap(), [event(2), event(3)]);
    assert_eq!(read.pending_events(Some(EventId::from_u128(2)), 9).await.unwrap(), [event(3)]);
}

async fn settings_are_put_and_inserted(directory: &TestDirectory) {
    store(directory, |unit| unit.insert_setting("key", "1")).await.unwrap();
    let again = store(directory, |unit| unit.insert_setting("key", "2")).await;
    assert!(again.unwrap_err().violates("setting_pkey"));
    assert_eq!(directory.read().setting("key").await.unwrap().as_deref(), Some("1"));
    store(directory, |unit| unit.put_setting("key", "3")).await.unwrap();
    assert_eq!(directory.read().setting("key").await.unwrap().as_deref(), Some("3"));
    assert_eq!(directory.read().setting("none").await.unwrap(), None);
}
