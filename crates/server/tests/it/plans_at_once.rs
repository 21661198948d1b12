//! Administrators who apply plans at the same time (design.md 5.2): one wins, the others decide again.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use serde_json::{Value, json};

use crate::plans::Planner;
use crate::site::{Door, Site, api};

on_each_database! {
    of_two_plans_applied_at_once_one_wins
    of_a_connection_one_plan_is_made_at_a_time
    the_same_plan_applied_at_once_is_applied_once
    a_plan_is_applied_while_people_sign_in
}

async fn of_two_plans_applied_at_once_one_wins(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.sign_in(door, "member").await;
    site.sign_in(door, "stranger").await;
    planner.remove("stranger").await;
    for _round in 0..5 {
        site.change(door, |record| {
            record.policy.jit = true;
            record.policy.scim = true;
        })
        .await;
        // Both would hit the stranger; once one of them has, the other would hit nobody any more.
        let one = planner.plan(json!({"jit": false})).await;
        let other = planner.plan(json!({"jit": false, "default_team": null})).await;
        assert_eq!((&one["summary"]["loses"], &other["summary"]["loses"]), (&json!(1), &json!(1)));
        let path = |plan: &Value| format!("/plans/{}/apply", plan["id"].as_str().unwrap());
        let (one, other) = (path(&one), path(&other));
        let apply = |path| site.api(&planner.owner, "POST", path, Value::Null);
        let (first, second) = tokio::join!(apply(&one), apply(&other));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} and {}", first.text, second.text);
        let refused = if first.status == 409 { first } else { second };
        let fresh = &refused.body()["plan"];
        assert_eq!((&refused.body()["type"], &fresh["affected"]), (&json!("stale_plan"), &json!([])));
        // Who looked at that one may apply it.
        planner.apply(fresh, 200).await;
        site.change(door, |record| record.default_team = None).await;
    }
}

/// Everybody in a company is judged for a plan: one at a time for each connection, whoever asks.
async fn of_a_connection_one_plan_is_made_at_a_time(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    let other = site.second_door(door, |_| ()).await;
    let path = |door: &Door| format!("/connections/{}/plans", door.connection);
    let keyed = |door: &Door| {
        let body = json!({"group_mapping": false});
        api(&planner.owner, "POST", &path(door), &body).header("idempotency-key", "k")
    };
    let earlier = planner.plan(json!({"group_mapping": false})).await;
    let place = site.parts().plans_in_the_making.take(door.connection).unwrap();
    let before = directory.contents().await;
    let refused = site.send(&keyed(door)).await;
    assert_eq!((refused.status, &refused.body()["type"]), (409, &json!("plan_in_the_making")), "{}", refused.text);
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert_eq!(directory.contents().await, before, "nothing is stored, and the key is free");
    site.manage(&planner.owner, "POST", &path(&other), json!({"scim": true}), 201).await;
    // What nobody has to be judged for again does not wait.
    planner.apply(&earlier, 200).await;
    drop(place);
    assert_eq!(site.send(&keyed(door)).await.status, 201);
}

async fn the_same_plan_applied_at_once_is_applied_once(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.sign_in(door, "stranger").await;
    planner.remove("stranger").await;
    let plan = planner.plan(json!({"jit": false})).await;
    let path = format!("/plans/{}/apply", plan["id"].as_str().unwrap());
    let apply = || site.api(&planner.owner, "POST", &path, Value::Null);
    let (first, second, third) = tokio::join!(apply(), apply(), apply());
    for answer in [&first, &second, &third] {
        assert_eq!((answer.status, &answer.text), (200, &first.text));
    }
    let log = directory.contents().await["activity"]
        .iter()
        .filter(|row| format!("{row:?}").contains("policy_changed"))
        .count();
    assert_eq!(log, 1);
}

/// Whoever signs in and changes nobody by it holds up no plan; and a plan is never stale for one that is equal.
async fn a_plan_is_applied_while_people_sign_in(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    for person in ["ada", "stranger"] {
        site.sign_in(door, person).await;
    }
    planner.remove("stranger").await;
    let plan = planner.plan(json!({"jit": false})).await;
    let path = format!("/plans/{}/apply", plan["id"].as_str().unwrap());
    let applied = tokio::select! {
        answer = site.api(&planner.owner, "POST", &path, Value::Null) => answer,
        () = sign_in_for_ever(site, door) => panic!("they go on signing in"),
    };
    assert_eq!(applied.status, 200, "{}", applied.text);
    assert_eq!(site.sign_in(door, "stranger").await["decision"], "deny");
}

async fn sign_in_for_ever(site: &Site, door: &Door) {
    loop {
        site.sign_in(door, "ada").await;
    }
}
