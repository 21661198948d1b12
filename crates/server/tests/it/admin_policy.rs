//! Changes of a connection's policy, below the plans that apply them (design.md 5; N-5, P4-25, S-6, S-7).

use rollcall_directory::testing::{Acme, TestDirectory};
use rollcall_directory::{Connection, Scope, on_each_database};
use rollcall_server::app::connections::policy::{PolicyChange, change_policy};
use rollcall_server::app::{Doer, Refusal};
use rollcall_server::ids::Ids;
use serde_json::{Value, json};

use crate::site::Site;

on_each_database! {
    the_two_switches_go_through_their_modes
    placement_changes_within_the_company
    a_switch_moves_nobody_and_holds_at_once
}

async fn change(directory: &TestDirectory, scope: Scope, change: Value) -> Result<Connection, Refusal> {
    let change: PolicyChange = serde_json::from_value(change).unwrap();
    let ids = &Ids::system();
    change_policy(directory, Doer { actor: "test", ids, now: 5 }, scope, &change).await
}

fn scope(acme: &Acme) -> Scope {
    Scope { company: acme.company, connection: acme.connection }
}

/// N-5: JIT off only while SCIM is on. P4-25: SCIM off while JIT is off leaves JIT off: invitation only.
async fn the_two_switches_go_through_their_modes(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    for (asked, expected) in [
        (json!({"jit": false}), Err("N-5")),
        (json!({"jit": false, "scim": false}), Err("N-5")),
        (json!({"scim": true}), Ok("scim_with_jit")),
        (json!({"jit": false, "scim": false}), Err("N-5")),
        (json!({"jit": false}), Ok("scim_authoritative")),
        (json!({"group_mapping": true}), Ok("scim_authoritative")),
        (json!({"scim": false}), Ok("invitation_only")),
        (json!({"jit": false}), Ok("invitation_only")),
        (json!({"jit": true}), Ok("jit")),
        (json!({"jit": false, "scim": true}), Ok("scim_authoritative")),
        (json!({"jit": true, "scim": false}), Ok("jit")),
    ] {
        let before = directory.read().connection(acme.company, acme.connection).await.unwrap().unwrap();
        match (change(directory, scope(&acme), asked.clone()).await, expected) {
            (Ok(after), Ok(mode)) => {
                assert_eq!(after.record.policy.mode().code(), mode, "{asked}");
                assert!(after.record.updated_at > before.record.updated_at, "{asked}");
            }
            (Err(Refusal::Rule { rule, .. }), Err(expected)) => {
                assert_eq!(rule, expected, "{asked}");
                let after = directory.read().connection(acme.company, acme.connection).await.unwrap().unwrap();
                assert_eq!(after, before, "a refused change leaves no trace");
            }
            (got, _) => panic!("{asked}: {got:?}"),
        }
    }
    let entries = directory.read().activities(acme.company, None, 50).await.unwrap();
    let noted = entries.iter().filter(|entry| entry.action == "connection_policy_changed").count();
    assert_eq!(noted, 8);
}

/// P/C-1, P/D-11.
async fn placement_changes_within_the_company(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let globex = Acme::store_as(directory, "globex", 0x60).await;
    let ids = &Ids::system();
    let new = rollcall_server::app::organizations::NewOrganization {
        name: "acme-eu".to_owned(),
        display_name: None,
        seats: None,
    };
    let doer = Doer { actor: "test", ids, now: 5 };
    rollcall_server::app::organizations::create(directory, doer, acme.company, new).await.unwrap();
    for (asked, rule) in [
        (json!({"domains": []}), "D-11"),
        (json!({"domains": ["globex.example"]}), "D-11"),
        (json!({"organizations": []}), "C-1"),
        (json!({"organizations": ["globex"]}), "C-1"),
        (json!({"organizations": ["acme-eu"]}), "C-1"),
        (json!({"default_organization": "acme-eu"}), "C-1"),
        (json!({"default_team": "nobody"}), "C-1"),
    ] {
        let refused = change(directory, scope(&acme), asked.clone()).await;
        assert!(matches!(&refused, Err(Refusal::Rule { rule: given, .. }) if *given == rule), "{asked}: {refused:?}");
    }
    let names = |connection: &Connection| -> Vec<String> {
        connection.organizations.iter().map(|served| served.name.clone()).collect()
    };
    let both = change(directory, scope(&acme), json!({"organizations": ["acme-eu", "acme"]})).await.unwrap();
    assert_eq!(
        (names(&both), both.record.default_team),
        (vec!["acme".to_owned(), "acme-eu".to_owned()], Some(acme.team))
    );
    // The default team belongs to the default organization: with another one there is none.
    let moved = change(directory, scope(&acme), json!({"default_organization": "acme-eu"})).await.unwrap();
    assert_eq!(moved.record.default_team, None);
    let back = json!({"organizations": ["acme"], "default_organization": "acme", "default_team": "EVERYONE"});
    let back = change(directory, scope(&acme), back).await.unwrap();
    assert_eq!((names(&back), back.record.default_team), (vec!["acme".to_owned()], Some(acme.team)));
    assert_eq!(change(directory, scope(&acme), json!({"default_team": null})).await.unwrap().record.default_team, None);
    let foreign = Scope { company: globex.company, connection: acme.connection };
    assert_eq!(change(directory, foreign, json!({"scim": true})).await, Err(Refusal::NotFound("connection")));
}

/// S-6, S-7, RC-16: people keep what they have; the door closes with the next request.
async fn a_switch_moves_nobody_and_holds_at_once(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let ada = site.sign_in(&door, "ada").await;
    let session = ada["session"]["id"].as_str().unwrap();
    site.push(&door, "bob").await;
    let before = site.members(&door).await;
    for (asked, pushed) in [(json!({"scim": false}), 403), (json!({"scim": true}), 200)] {
        change(directory, door.scope(), asked.clone()).await.unwrap();
        site.forget(&door);
        assert_eq!(site.scim(&door, "GET", "/Users", Value::Null).await.status, pushed, "{asked}");
        assert_eq!(site.members(&door).await, before, "{asked}");
        assert_eq!(site.introspect(&site.product, session).await["active"], true, "{asked}");
    }
}
