//! What a decision is beside its effects: a dry run, what is stored of it, the session that it opens.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::clock::SECOND;
use serde_json::{Value, json};

use crate::sign_ins::invite;
use crate::site::{Site, evidence, rules, sign_in};

on_each_database! {
    a_dry_run_changes_no_row
    a_decision_is_stored_with_its_facts_and_trail
    sessions_last_as_long_as_asked
}

/// "a dry run returns the effects it would have and consumes nothing" (design.md 6).
async fn a_dry_run_changes_no_row(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    invite(&site, &acme, "invited", None, None).await;
    site.sign_in(&acme, "known").await;
    let before = directory.contents().await;
    for (person, kind) in [("stranger", "create_account"), ("invited", "accept_invitation"), ("known", "set_name")] {
        let mut body = evidence(&acme, person, &json!({"name": "New Name", "team": "brandnew"}));
        body["dry_run"] = json!(true);
        let answer = site.send(&sign_in(&acme, &body)).await;
        let decided = answer.body();
        assert_eq!((answer.status, &decided["decision"]), (200, &json!("allow")), "{decided}");
        assert_eq!((&decided["session"], &decided["decision_id"]), (&Value::Null, &Value::Null), "{decided}");
        let kinds: Vec<&Value> = decided["effects"].as_array().unwrap().iter().map(|effect| &effect["kind"]).collect();
        assert!(kinds.contains(&&json!(kind)), "{person}: {kinds:?}");
        assert!(!rules(decided).is_empty());
    }
    assert_eq!(directory.contents().await, before);
    // The same without `dry_run` does what was said.
    let done = site.sign_in_with(&acme, "stranger", json!({"name": "New Name", "team": "brandnew"})).await;
    assert_eq!(done["memberships"][0]["teams"], json!(["brandnew"]));
    assert_ne!(directory.contents().await, before);
}

/// SI-7.
/// What no other server has: every decision stored with its trail.
async fn a_decision_is_stored_with_its_facts_and_trail(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    for person in ["ada", "stranger"] {
        let answered = site.sign_in(&acme, person).await;
        let id = answered["decision_id"].as_str().unwrap().parse().unwrap();
        let stored = site.directory().read().decision(acme.company, id).await.unwrap().unwrap();
        let decision: Value = serde_json::from_str(&stored.decision).unwrap();
        for part in ["trail", "effects", "reason", "warnings"] {
            assert_eq!(decision[part], answered[part], "{part}");
        }
        // Deterministic: the stored facts and policy decide the same again, byte for byte.
        let recorded: Value = serde_json::from_str(&stored.facts).unwrap();
        let policy = serde_json::from_value(recorded["policy"].clone()).unwrap();
        let facts = serde_json::from_value(recorded["facts"].clone()).unwrap();
        let again = rollcall_policy::decide_sign_in(&policy, &facts);
        assert_eq!(serde_json::to_string(&again).unwrap(), stored.decision);
        site.change(&acme, |record| record.policy.jit = false).await;
    }
}

/// SS-1, SS-2, SS-3.
async fn sessions_last_as_long_as_asked(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let now = site.clock.now() / SECOND;
    let day = 24 * 3_600;
    for (rule, client, minutes, seconds, idle) in [
        ("SS-1", "web", Value::Null, day, Value::Null),
        ("SS-1", "desktop", Value::Null, 90 * day, json!(30 * day)),
        ("SS-2", "web", json!("60"), 3_600, Value::Null),
        ("SS-3", "web", json!("-5"), day, Value::Null),
        ("SS-3", "web", json!("soon"), day, Value::Null),
        ("SS-3", "web", json!(10_000_000), 90 * day, Value::Null),
    ] {
        let further = if minutes.is_null() { json!({}) } else { json!({"session_minutes": minutes}) };
        let mut body = evidence(&acme, "ada", &further);
        body["client"] = json!(client);
        let answer = site.send(&sign_in(&acme, &body)).await;
        let (decided, context) = (answer.body(), format!("{rule} {client} {minutes}: {}", answer.text));
        assert!(rules(decided).contains(&rule), "{context}");
        assert_eq!(decided["session"]["idle_seconds"], idle, "{context}");
        let seen = site.introspect(&acme.sign_in, decided["session"]["id"].as_str().unwrap()).await;
        assert_eq!((&seen["active"], &seen["exp"]), (&json!(true), &json!(now + seconds)), "{context}");
    }
}
