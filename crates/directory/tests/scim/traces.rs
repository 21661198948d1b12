//! What a directory remembers of somebody: by account, and by what an earlier life was called (RC-4, RC-8, RC-11).

use rollcall_directory::testing::{Acme, TestDirectory, account};
use rollcall_directory::{Anchors, DirectoryError, Scope, Sought, Team, TraceState, Unit};
use rollcall_policy::{AccountId, ConnectionId, TeamId};
use serde_json::{Value, json};

use crate::population::{scope, user, user_id};
use crate::users::{insert, tombstone_of};

const ADA: AccountId = AccountId::from_u128(0xada);

/// The numbers of the users found.
async fn found(directory: &TestDirectory, here: Scope, accounts: &[AccountId], anchors: Anchors<'_>) -> Vec<u128> {
    let traces = directory.read().traces(here, accounts, anchors).await.unwrap();
    traces.iter().map(|trace| trace.id.uuid().as_u128() - user_id(0).uuid().as_u128()).collect()
}

async fn leave_tombstone(directory: &TestDirectory, here: Scope, number: u128, body: &Value, at: i64) {
    let tombstone = &tombstone_of(&user(here, number, body).0, at);
    let work = |unit: Unit| async move {
        unit.insert_tombstone(here, tombstone);
        Ok::<_, DirectoryError>(())
    };
    directory.write(work).await.unwrap();
}

/// RC-11: linked ones everywhere in the company; strangers only if they are inactive or gone, and here.
async fn traces_are_those_that_may_be_the_person(directory: &TestDirectory) {
    let (here, beside, elsewhere) = (scope(1, 1), scope(1, 2), scope(2, 1));
    let desk = json!([{"value": "desk@acme.example"}]);
    let bodies = [
        (here, 0, json!({"userName": "ada", "externalId": "x", "emails": desk})),
        (here, 1, json!({"userName": "bob", "externalId": "x", "active": false, "emails": desk})),
        (beside, 2, json!({"userName": "ada", "externalId": "x", "active": false, "emails": desk})),
        (elsewhere, 3, json!({"userName": "ada", "externalId": "x", "active": false, "emails": desk})),
    ];
    for (scope, number, body) in &bodies {
        insert(directory, &user(*scope, *number, body)).await.unwrap();
    }
    let mut linked = user(beside, 4, &json!({"userName": "carl"}));
    linked.0.account = Some(ADA);
    insert(directory, &linked).await.unwrap();
    leave_tombstone(directory, here, 5, &json!({"userName": "dora", "externalId": "x"}), 9).await;

    let none = Anchors::default();
    for (accounts, anchors, expected) in [
        (&[][..], none, &[][..]),
        (&[ADA], none, &[4]),
        (&[], Anchors { user_name: Some("ada"), ..none }, &[0]),
        (&[], Anchors { user_name: Some("dora"), ..none }, &[5]),
        (&[], Anchors { external_id: Some("x"), ..none }, &[1, 5]),
        (&[], Anchors { address: Some("desk@acme.example"), ..none }, &[1]),
        (&[], Anchors { address: Some("a@example.com"), ..none }, &[5]),
        (
            &[ADA],
            Anchors { user_name: Some("bob"), external_id: Some("x"), address: Some("desk@acme.example") },
            &[1, 4, 5],
        ),
    ] {
        assert_eq!(found(directory, here, accounts, anchors).await, expected, "{accounts:?} {anchors:?}");
    }
    assert_eq!(found(directory, elsewhere, &[ADA], none).await, [] as [u128; 0]);
}

/// RC-8: a provider that gives everybody the same `externalId` makes no push slower; the latest trace is among those read.
async fn of_endless_repetitions_the_latest_are_read(directory: &TestDirectory) {
    let here = scope(1, 1);
    for number in 0..20 {
        let body = json!({"userName": format!("u{number}"), "externalId": "0", "active": false});
        insert(directory, &user(here, number, &body)).await.unwrap();
        let at = 100 + i64::try_from(number).unwrap();
        leave_tombstone(directory, here, 50 + number, &body, at).await;
    }
    let anchors = Anchors { external_id: Some("0"), ..Anchors::default() };
    let traces = directory.read().traces(here, &[], anchors).await.unwrap();
    assert_eq!(traces.len(), 16);
    let gone = traces.iter().filter_map(|trace| match &trace.state {
        TraceState::Deleted { at, .. } => Some(*at),
        TraceState::Live { .. } => None,
    });
    assert_eq!(gone.max(), Some(119));
}

/// Accounts are found by id, address and subject, however many are asked for.
async fn persons_are_found_by_all_that_is_known_of_them(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let here = Scope { company: acme.company, connection: acme.connection };
    let people: Vec<_> = (1..=12).map(|number| account(number, &format!("p{number}@acme.example"))).collect();
    let ids: Vec<AccountId> = people.iter().map(|person| person.id).collect();
    let (people, ids) = (&people, &ids);
    let work = |unit: Unit| async move {
        for person in people {
            unit.insert_account(person);
        }
        unit.flush().await?;
        let mut sizes = Vec::new();
        for count in [0, 1, 4, 5, 11] {
            let sought = Sought { accounts: &ids[..count], email_folded: Some("p12@acme.example"), subject: Some("s") };
            sizes.push(unit.persons(here, sought).await?.len());
        }
        Ok::<_, DirectoryError>(sizes)
    };
    assert_eq!(directory.write(work).await.unwrap(), [1, 2, 5, 6, 12]);
}

/// RC-17: what a connection made within the hour is counted; what others or people made is not.
async fn teams_made_by_a_connection_are_counted(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let here = Scope { company: acme.company, connection: acme.connection };
    let team = |number: u128| Team {
        company: acme.company,
        id: TeamId::from_u128(number),
        organization: acme.organization,
        name: format!("Team {number}"),
        name_folded: format!("team {number}"),
    };
    let team = &team;
    let work = |unit: Unit| async move {
        for (number, at) in [(100, 10), (101, 20), (102, 30)] {
            unit.insert_team_made_by(&team(number), acme.connection, at);
        }
        unit.insert_team_made_by(&team(103), ConnectionId::from_u128(9), 30);
        unit.insert_team(&team(104));
        Ok::<_, DirectoryError>(())
    };
    directory.write(work).await.unwrap();
    for (since, most, made) in [(0, 1_000, 3), (10, 1_000, 2), (30, 1_000, 0), (0, 2, 2)] {
        assert_eq!(directory.read().teams_made_by(here, since, most).await.unwrap(), made, "{since} {most}");
    }
    let read = directory.read();
    let names = ["team 100", "everyone", "team 7"];
    assert_eq!(read.teams_named(here, &names).await.unwrap().len(), 2);
    // A connection says in one statement what has become of it.
    let state = read.connection_state(acme.company, acme.connection).await.unwrap().unwrap();
    let stored = read.connection(acme.company, acme.connection).await.unwrap().unwrap();
    assert_eq!(state.updated_at, stored.record.updated_at);
    assert_eq!(state.default_team.map(|team| team.id), stored.record.default_team);
}

rollcall_directory::on_each_database! {
    traces_are_those_that_may_be_the_person
    of_endless_repetitions_the_latest_are_read
    persons_are_found_by_all_that_is_known_of_them
    teams_made_by_a_connection_are_counted
}
