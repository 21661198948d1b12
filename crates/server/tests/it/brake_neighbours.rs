//! What the brake has to do with everything else (RC-12): seats, owners, teams, other directories, the switches, plans,
//! the end of a connection, and whoever answers.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::{self, TestDirectory};
use rollcall_policy::Role;
use rollcall_server::clock::{DAY, HOUR};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::braking::{Scene, counts};
use crate::mapped_teams::people as people_of_team;
use crate::races::at_once;
use crate::site::{api, group, id};

on_each_database! {
    whom_nobody_holds_cannot_be_answered_for
    a_rejected_person_stays_until_the_directory_speaks_of_them
    held_people_keep_their_seats
    held_people_stay_in_their_teams
    the_last_owner_is_never_released
    two_directories_of_one_organization
    an_active_word_of_another_directory_drops_the_hold
    without_scim_people_stay_held_and_are_answered_for
    a_connection_that_holds_people_is_not_deleted
    plans_leave_held_people_alone
    unanswered_removals_act_once
    time_suspends_nobody_who_is_protected
    other_people_wait_for_nothing
}

/// RC-12: an answer that names somebody else changes nothing, and none is needed where nobody is held.
async fn whom_nobody_holds_cannot_be_answered_for(directory: &TestDirectory) {
    let scene = Scene::with(directory, 1).await;
    let people = scene.people(4).await;
    assert_eq!(scene.answer("release", Value::Null, 200).await["answered"], 0);
    scene.remove(&people[..3]).await;
    let (gone, held, active) = (scene.account("p0").await, scene.account("p1").await, scene.account("p3").await);
    let before = directory.contents().await;
    for (accounts, expected) in [
        (json!([held, active]), active.as_str()),
        (json!([gone]), gone.as_str()),
        (json!(["01900000-0000-7000-8000-000000000000"]), "01900000-0000-7000-8000-000000000000"),
        (json!(["ada@acme.example"]), "not as expected"),
        (json!([]), "leave it out"),
        (json!("all"), "not as expected"),
    ] {
        for how in ["release", "reject"] {
            let problem = scene.answer(how, json!({"accounts": accounts}), 400).await;
            assert!(problem["detail"].as_str().unwrap().contains(expected), "{accounts}: {problem}");
        }
    }
    scene.answer("release", json!({"people": [held]}), 400).await;
    assert_eq!(directory.contents().await, before);
    // A body without its media type is no absent one: that would answer for everybody.
    let path = format!("/connections/{}/brake/release", scene.door.connection);
    let mut odd = api(&scene.owner, "POST", &path, &json!({"accounts": [held, held]}));
    odd.headers.retain(|(name, _)| name != "content-type");
    assert_eq!(scene.site.send(&odd).await.body()["answered"], 1);
    assert_eq!(scene.held().await, ["p2"]);
}

/// RC-12: whatever the directory says of them then: the same again, something else, or that they are deleted.
async fn a_rejected_person_stays_until_the_directory_speaks_of_them(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(5).await;
    scene.remove(&people).await;
    scene.answer("reject", json!({}), 200).await;
    assert_eq!(scene.states().await, counts(&[("active", 5)]));
    scene.site.clock.advance(40 * DAY);
    scene.time_is_over().await;
    for person in ["p0", "p1", "p2", "p3", "p4"] {
        assert_eq!(scene.signs_in(person).await, ("allowed".to_owned(), true), "{person}");
    }
    // The brake judges the new word as it would any other.
    scene.remove(&people[..1]).await;
    assert_eq!((scene.held().await, scene.noted("brake.held").await), (vec!["p0".to_owned()], 2));
    scene.set(json!({"count": 10})).await;
    let path = |n: usize| format!("/Users/{}", people[n]);
    let version = scene.site.scim(&scene.door, "GET", &path(1), Value::Null).await.body()["meta"]["version"].clone();
    scene.remove(&people[1..2]).await;
    let after = scene.site.scim(&scene.door, "GET", &path(1), Value::Null).await.body()["meta"]["version"].clone();
    assert_eq!(after, version, "A-40: the resource did not change");
    let rename = json!([{"op": "add", "path": "displayName", "value": "P"}]);
    assert_eq!(scene.site.patch(&scene.door, &path(2), rename).await.status, 200);
    scene.site.expect(&scene.door, "DELETE", &path(3), Value::Null, 204).await;
    assert_eq!(scene.set_active(&people[4], true).await.status, 200);
    for (person, state) in [("p1", "suspended"), ("p2", "suspended"), ("p3", "suspended"), ("p4", "active")] {
        assert_eq!(scene.state(person).await, state, "{person}");
    }
    assert_eq!(scene.signs_in("p3").await, ("deactivated".to_owned(), false));
    assert_eq!(scene.signs_in("p4").await, ("allowed".to_owned(), false));
}

/// RC-12, RC-16, M-3.
async fn held_people_keep_their_seats(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(3).await;
    scene.site.seats(&scene.door, Some(3)).await;
    scene.remove(&people[..2]).await;
    let used = async || {
        scene.site.manage(&scene.owner, "GET", "/organizations/acme", Value::Null, 200).await["seats_used"].clone()
    };
    assert_eq!(used().await, 3);
    assert_eq!(scene.site.send(&scene.create("new")).await.status, 403, "RC-16");
    // Nobody needs a seat to stay.
    assert_eq!(scene.set_active(&people[0], true).await.status, 200);
    scene.remove(&people[..1]).await;
    let members = scene.site.manage(&scene.owner, "GET", "/organizations/acme/members", Value::Null, 200).await;
    let states: Vec<&str> =
        members["items"].as_array().unwrap().iter().map(|member| member["state"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "held").count(), 2, "{members}");
    scene.answer("release", json!({"accounts": [scene.account("p0").await]}), 200).await;
    assert_eq!(used().await, 2);
    assert_eq!(scene.site.send(&scene.create("new")).await.status, 201);
    assert_eq!(scene.set_active(&people[0], true).await.status, 403, "RC-16: the seat is taken");
}

/// RC-12, RC-14: in mapped teams as in others; released, they leave those that groups map to.
async fn held_people_stay_in_their_teams(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    scene.site.change(&scene.door, |record| record.policy.group_mapping = true).await;
    let people = scene.people(4).await;
    let members: Vec<&str> = people.iter().map(String::as_str).collect();
    let crew = id(&scene.site.expect(&scene.door, "POST", "/Groups", group("acme:dev", &members), 201).await);
    let dev = async || people_of_team(&scene.site, &scene.door, scene.door.organization, "dev").await.unwrap();
    scene.remove(&people[..2]).await;
    scene.site.expect(&scene.door, "DELETE", &format!("/Users/{}", people[2]), Value::Null, 204).await;
    assert_eq!(dev().await, ["p0", "p1", "p2", "p3"]);
    // Whatever their groups do meanwhile: the team is judged anew with everybody, and one of them is taken out.
    let crew = format!("/Groups/{crew}");
    for name in ["acme:ops", "acme:dev"] {
        let rename = json!([{"op": "replace", "path": "displayName", "value": name}]);
        assert!(scene.site.patch(&scene.door, &crew, rename).await.status < 300);
    }
    let remove = json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", people[0])}]);
    assert!(scene.site.patch(&scene.door, &crew, remove).await.status < 300);
    assert_eq!(dev().await, ["p0", "p1", "p2", "p3"]);
    scene.answer("reject", json!({"accounts": [scene.account("p2").await]}), 200).await;
    assert_eq!(dev().await, ["p0", "p1", "p2", "p3"]);
    scene.answer("release", json!({}), 200).await;
    assert_eq!(dev().await, ["p2", "p3"]);
    // Active again, they are where their groups say.
    assert_eq!(scene.set_active(&people[0], true).await.status, 200);
    assert_eq!(scene.set_active(&people[1], true).await.status, 200);
    assert_eq!(dev().await, ["p1", "p2", "p3"]);
}

/// RC-12, M-9: each of two owners may be held, since the other one is there; then one of them stays.
async fn the_last_owner_is_never_released(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(3).await;
    for person in ["p0", "p1"] {
        let path = format!("/organizations/acme/members/{}", scene.account(person).await);
        scene.site.manage(&scene.owner, "PATCH", &path, json!({"role": Role::Owner}), 200).await;
    }
    scene.remove(&people).await;
    assert_eq!(scene.held().await, ["p0", "p1", "p2"]);
    scene.site.clock.advance(DAY);
    let released = scene.answer("release", json!({}), 200).await;
    let stays = released["last_owners"][0].as_str().unwrap().to_owned();
    assert_eq!((&released["answered"], &released["holding"]), (&json!(3), &json!(false)), "{released}");
    assert_eq!(scene.states().await, counts(&[("active", 1), ("suspended", 2)]));
    let last = if scene.account("p0").await == stays { "p0" } else { "p1" };
    assert_eq!((scene.state(last).await, scene.signs_in(last).await), ("active", ("allowed".to_owned(), true)));
    let index: usize = last[1..].parse().unwrap();
    let refused = scene.set_active(&people[index], false).await;
    assert_eq!((refused.status, &refused.body()["scimType"]), (409, &Value::Null), "M-9: {}", refused.text);
}

/// RC-12, RC-4: each directory has a brake of its own; both hold the same person, and one answer ends it.
async fn two_directories_of_one_organization(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let other = scene.site.second_door(&scene.door, |record| drop(record.details.remove("brake"))).await;
    let people = scene.people(3).await;
    let mut twins = Vec::new();
    for person in ["p0", "p1", "p2"] {
        twins.push(scene.site.push(&other, person).await);
    }
    // While the other one says active, nobody loses anything, and nobody is held.
    scene.remove(&people).await;
    assert_eq!((scene.held().await, scene.states().await), (vec![], counts(&[("active", 3)])), "RC-4");
    let leave = async |n: usize| {
        let operation = json!([{"op": "replace", "path": "active", "value": false}]);
        scene.site.patch(&other, &format!("/Users/{}", twins[n]), operation).await
    };
    assert_eq!(leave(0).await.status, 200);
    assert_eq!(scene.state("p0").await, "suspended", "the other directory's brake lets it pass");
    let slow = json!({"brake": {"count": 1, "percent": 0}});
    let path = format!("/connections/{}", other.connection);
    scene.site.manage(&scene.owner, "PATCH", &path, slow, 200).await;
    assert_eq!(leave(1).await.status, 200);
    assert_eq!((scene.state("p1").await, scene.held().await), ("held", vec![]), "held by the other one alone");
    // This directory said so before the other one was braked; whoever is held comes in through either door.
    assert_eq!(scene.signs_in("p1").await, ("allowed".to_owned(), true));
    assert_eq!(scene.site.sign_in(&other, "p1").await["decision"], "allow");
    assert_eq!(scene.signs_in("p0").await, ("deactivated".to_owned(), false));
    scene.site.clock.advance(HOUR);
    assert_eq!(leave(2).await.status, 200);
    assert_eq!(scene.state("p2").await, "suspended");
    // The word of any directory that serves the place drops it (RC-4).
    assert_eq!(scene.set_active(&people[1], true).await.status, 200);
    assert_eq!(scene.state("p1").await, "active");
    let path = format!("/connections/{}/brake", other.connection);
    assert_eq!(scene.site.manage(&scene.owner, "GET", &path, Value::Null, 200).await["holding"], false);
}

/// RC-12, RC-4: somebody who is held here is pushed as active by another directory; the hold ends, and so does it by the
/// other one's removal that passes.
async fn an_active_word_of_another_directory_drops_the_hold(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let other = scene.site.second_door(&scene.door, |record| drop(record.details.remove("brake"))).await;
    let people = scene.people(2).await;
    scene.remove(&people).await;
    let twin = scene.site.push(&other, "p0").await;
    assert_eq!((scene.state("p0").await, scene.held().await), ("active", vec!["p1".to_owned()]));
    scene.site.clock.advance(DAY);
    scene.time_is_over().await;
    assert_eq!(scene.states().await, counts(&[("active", 1), ("suspended", 1)]));
    let operation = json!([{"op": "replace", "path": "active", "value": false}]);
    assert_eq!(scene.site.patch(&other, &format!("/Users/{twin}"), operation).await.status, 200);
    assert_eq!(scene.state("p0").await, "suspended", "now no directory says active");
    assert_eq!(scene.signs_in("p0").await, ("deactivated".to_owned(), false));
}

/// RC-12, RC-16: what was held while SCIM was on stays held, is answered for, and its time ends.
async fn without_scim_people_stay_held_and_are_answered_for(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(4).await;
    scene.remove(&people).await;
    scene.site.change(&scene.door, |record| record.policy.scim = false).await;
    assert_eq!(scene.set_active(&people[0], true).await.status, 403, "RC-16");
    assert_eq!(scene.signs_in("p0").await, ("allowed".to_owned(), true));
    scene.answer("release", json!({"accounts": [scene.account("p1").await]}), 200).await;
    scene.answer("reject", json!({"accounts": [scene.account("p2").await]}), 200).await;
    scene.site.clock.advance(DAY);
    scene.time_is_over().await;
    assert_eq!(scene.states().await, counts(&[("active", 1), ("suspended", 3)]));
    assert_eq!(scene.signs_in("p2").await, ("allowed".to_owned(), true));
    for person in ["p0", "p1", "p3"] {
        assert_eq!(scene.signs_in(person).await, ("deactivated".to_owned(), false), "{person}");
    }
}

/// RC-12, P/C-4: nobody could answer for them any more, so an administrator answers first.
async fn a_connection_that_holds_people_is_not_deleted(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(2).await;
    scene.remove(&people).await;
    let path = format!("/connections/{}", scene.door.connection);
    let refused = scene.site.manage(&scene.owner, "DELETE", &path, Value::Null, 409).await;
    assert_eq!((&refused["rule"], scene.held().await.len()), (&json!("RC-12"), 2), "{refused}");
    // The same for an organization that it would serve no more.
    let more = json!({"name": "labs"});
    scene.site.manage(&scene.owner, "POST", "/companies/acme/organizations", more, 201).await;
    let plans = format!("{path}/plans");
    let moved = json!({"organizations": ["labs"], "default_organization": "labs"});
    let refused = scene.site.manage(&scene.owner, "POST", &plans, moved.clone(), 409).await;
    assert_eq!(refused["rule"], "RC-12", "{refused}");
    let both = json!({"organizations": ["acme", "labs"], "default_organization": "acme"});
    scene.site.manage(&scene.owner, "POST", &plans, both, 201).await;
    scene.answer("reject", json!({}), 200).await;
    scene.site.manage(&scene.owner, "POST", &plans, moved, 201).await;
    scene.site.manage(&scene.owner, "DELETE", &path, Value::Null, 204).await;
    assert_eq!(scene.states().await, counts(&[("active", 2)]), "people stay members as they are");
}

/// RC-12, design.md 5.2: held people come in now and then.
async fn plans_leave_held_people_alone(directory: &TestDirectory) {
    let scene = Scene::with(directory, 1).await;
    let people = scene.people(3).await;
    scene.remove(&people).await;
    scene.answer("reject", json!({"accounts": [scene.account("p1").await]}), 200).await;
    let path = format!("/connections/{}/plans", scene.door.connection);
    for change in [json!({"jit": false}), json!({"scim": false}), json!({"group_mapping": true})] {
        let plan = scene.site.manage(&scene.owner, "POST", &path, change.clone(), 201).await;
        assert_eq!((&plan["affected"], &plan["summary"]["keeps"]), (&json!([]), &json!(2)), "{change}: {plan}");
    }
    assert_eq!(scene.held().await, ["p2"]);
}

/// RC-12: by one of several instances, told once; settings count as they are when the time is over.
async fn unanswered_removals_act_once(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(120).await;
    let removals = people.iter().enumerate().map(|(turn, person)| scene.removal(turn * 3, person));
    at_once(&scene.site, removals).await;
    scene.set(json!({"count": 0, "percent": 0, "release_after_seconds": 7_200})).await;
    scene.site.clock.advance(2 * HOUR - 1);
    scene.time_is_over().await;
    assert_eq!(scene.states().await, counts(&[("held", 120)]));
    scene.site.clock.advance(1);
    tokio::join!(scene.time_is_over(), scene.time_is_over(), scene.time_is_over());
    // Whoever came too late has left it to the one who was first, who may be at work still.
    scene.time_is_over().await;
    assert_eq!(scene.states().await, counts(&[("suspended", 120)]));
    assert_eq!((scene.told(directory, "brake.released").await, scene.noted("removal.released").await), (1, 120));
    let log = scene.site.directory().read().activities(scene.door.company, None, 1_000).await.unwrap();
    let entry = log.iter().find(|entry| entry.action == "brake.released").unwrap();
    assert!(entry.data.contains("\"unanswered\":true") && entry.actor == "job:unanswered_removals", "{entry:?}");
}

/// RC-12: whom the administrators protect while they are held stays, as if they had rejected the removal.
async fn time_suspends_nobody_who_is_protected(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(2).await;
    scene.remove(&people).await;
    let path = format!("/connections/{}", scene.door.connection);
    let protected = json!({"protected_accounts": [scene.account("p0").await]});
    scene.site.manage(&scene.owner, "PATCH", &path, protected, 200).await;
    scene.site.clock.advance(DAY);
    scene.time_is_over().await;
    assert_eq!((scene.state("p0").await, scene.state("p1").await), ("active", "suspended"));
    assert_eq!((scene.held().await, scene.noted("removal.rejected").await), (vec![], 1));
    assert_eq!(scene.signs_in("p0").await, ("allowed".to_owned(), true));
}

/// RC-12: a removal that has read which organizations the connection serves reads them again where they changed before
/// it had its place: nobody could answer for people who are held in one that is served no more. SQLite has one writer.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_held_where_the_connection_serves_no_more() {
    let directory = &testing::postgres().await;
    let scene = &Scene::with(directory, 0).await;
    let people = scene.people(1).await;
    let more = json!({"name": "labs"});
    scene.site.manage(&scene.owner, "POST", "/companies/acme/organizations", more, 201).await;
    let plans = format!("/connections/{}/plans", scene.door.connection);
    let both = json!({"organizations": ["acme", "labs"], "default_organization": "acme"});
    let plan = scene.site.manage(&scene.owner, "POST", &plans, both, 201).await;
    let apply = format!("/plans/{}/apply", plan["id"].as_str().unwrap());
    scene.site.manage(&scene.owner, "POST", &apply, Value::Null, 200).await;
    let member = json!({"account_id": scene.account("p0").await});
    scene.site.manage(&scene.owner, "POST", "/organizations/labs/members", member, 201).await;

    let (other, scope, site) = (&directory.open_again().await, scene.door.scope(), &scene.site);
    let holds = &Notify::new();
    let takes_labs_off = other.write(|unit| async move {
        unit.hold_connection(scope).await?;
        let before = site.directory().statements();
        holds.notify_one();
        // Until the removal has gathered its facts.
        while site.directory().statements() < before + 8 {
            tokio::task::yield_now().await;
        }
        let connection = unit.connection(scope.company, scope.connection).await?.unwrap();
        let mut record = connection.record.clone();
        record.updated_at += 1;
        unit.update_connection(&record, connection.record.updated_at)?;
        unit.set_connection_organizations(scope.company, scope.connection, &[record.default_organization]);
        Ok::<_, rollcall_directory::DirectoryError>(())
    });
    let leaves = async {
        holds.notified().await;
        scene.remove(&people).await;
    };
    let (taken, ()) = tokio::join!(takes_labs_off, leaves);
    taken.unwrap();
    assert_eq!(scene.state("p0").await, "held");
    let labs = scene.site.manage(&scene.owner, "GET", "/organizations/labs/members", Value::Null, 200).await;
    assert_eq!(labs["items"][0]["state"], "active", "{labs}");
}

/// RC-12: a push that takes nobody's access never asks the brake, nor does one of another connection.
async fn other_people_wait_for_nothing(directory: &TestDirectory) {
    let scene = Scene::with(directory, 1).await;
    let other = scene.site.company("globex", 0x60).await;
    let people = scene.people(2).await;
    let stranger =
        scene.site.expect(&scene.door, "POST", "/Users", crate::site::user("x@elsewhere.example"), 201).await;
    let foreign = scene.site.push(&other, "far").await;
    scene.site.expect(&scene.door, "DELETE", &format!("/Users/{}", id(&stranger)), Value::Null, 204).await;
    scene.site.expect(&other, "DELETE", &format!("/Users/{foreign}"), Value::Null, 204).await;
    scene.remove(&people[..1]).await;
    assert_eq!(scene.held().await, Vec::<String>::new());
    scene.remove(&people[1..]).await;
    assert_eq!(scene.held().await, ["p1"]);
    // Another company's administrator sees and answers nothing.
    let theirs = scene.site.admin(rollcall_server::auth::AdminRole::CompanyOwner(other.company)).await;
    let path = format!("/connections/{}/brake", scene.door.connection);
    scene.site.manage(&theirs, "GET", &path, Value::Null, 404).await;
    scene.site.manage(&theirs, "POST", &format!("{path}/release"), Value::Null, 404).await;
    assert_eq!(scene.held().await, ["p1"]);
}
