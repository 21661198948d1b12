//! The brake (RC-12): how many a directory removes before an administrator is asked, and what becomes of those beyond.

use rollcall_conformance::client::Request;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::{DAY, HOUR, SECOND};
use serde_json::{Value, json};

use crate::braking::{Scene, counts, inactive};
use crate::races::at_once;
use crate::site::{id, user};

on_each_database! {
    a_directory_that_removes_500_of_600_is_braked
    removals_that_race_do_not_pass_the_limit
    each_operation_of_a_bulk_is_a_removal_of_its_own
    the_window_slides
    the_share_is_counted_when_a_window_begins
    active_again_drops_the_hold
    a_restoring_post_drops_the_hold
    an_administrators_word_acts_at_once
    protected_accounts_stay
    owners_are_told_once_of_one_braking
}

/// RC-12, pains 70: a provider deactivates 500 of 600 people in ten minutes.
async fn a_directory_that_removes_500_of_600_is_braked(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    let people = scene.people(600).await;
    // One of the first and one of the last, signed in before.
    let session =
        async |person| scene.site.sign_in(&scene.door, person).await["session"]["id"].as_str().unwrap().to_owned();
    let (out, kept, late) = (session("p5").await, session("p300").await, session("p301").await);
    let live = async |session: &str| scene.site.introspect(&scene.site.product, session).await["active"] == json!(true);
    for (turn, some) in people[..500].chunks(10).enumerate() {
        let removals = some.iter().enumerate().map(|(n, person)| scene.removal(turn * 10 + n, person));
        for answer in at_once(&scene.site, removals).await {
            assert!(matches!(answer.status, 200 | 204), "the directory sees what it asked for: {}", answer.text);
        }
        scene.site.clock.advance(12 * SECOND);
    }
    assert_eq!(scene.states().await, counts(&[("active", 100), ("held", 440), ("suspended", 60)]));
    let read = scene.site.expect(&scene.door, "GET", "/Users?filter=active eq true&count=0", Value::Null, 200).await;
    assert_eq!(read["totalResults"], 100, "the SCIM state reads as pushed");
    scene.site.expect(&scene.door, "GET", &format!("/Users/{}", people[301]), Value::Null, 404).await;
    assert_eq!((live(&out).await, live(&kept).await, live(&late).await), (false, true, true));
    assert_eq!(scene.signs_in("p5").await, ("deactivated".to_owned(), false));
    for person in ["p300", "p301", "p302"] {
        assert_eq!(scene.signs_in(person).await, ("allowed".to_owned(), true), "{person}: RC-12");
    }
    assert_eq!((scene.told(directory, "brake.held").await, scene.noted("brake.held").await), (1, 1));

    let brake = scene.brake().await;
    assert_eq!((&brake["holding"], &brake["count"]), (&json!(true), &json!(440)));
    assert_eq!(brake["held"].as_array().unwrap().len(), 440);
    assert!(brake["releases_at"].as_str().unwrap() > brake["held"][0]["since"].as_str().unwrap(), "{brake}");
    let (leaver, stayer) = (scene.account("p300").await, scene.account("p301").await);
    let released = scene.answer("release", json!({"accounts": [leaver]}), 200).await;
    assert_eq!((&released["answered"], &released["count"]), (&json!(1), &json!(439)));
    assert!(!live(&kept).await, "their sessions end with it");
    assert_eq!(scene.signs_in("p300").await, ("deactivated".to_owned(), false));
    scene.answer("reject", json!({"accounts": [stayer]}), 200).await;
    assert_eq!((scene.state("p301").await, live(&late).await), ("active", true));
    assert_eq!(scene.signs_in("p301").await, ("allowed".to_owned(), true), "although the directory deleted them");
    assert_eq!(scene.told(directory, "brake.released").await + scene.told(directory, "brake.rejected").await, 2);

    // 24 hours after the first of them was held, none is over for the last.
    scene.site.clock.advance(DAY - 10 * 60 * SECOND);
    scene.time_is_over().await;
    assert_eq!(scene.brake().await["count"], 438);
    scene.site.clock.advance(10 * 60 * SECOND);
    scene.time_is_over().await;
    assert_eq!(scene.brake().await, json!({"holding": false, "held": [], "count": 0, "releases_at": null}));
    assert_eq!(scene.states().await, counts(&[("active", 101), ("suspended", 499)]));
    assert_eq!(scene.signs_in("p302").await, ("deactivated".to_owned(), false));
    assert_eq!(scene.told(directory, "brake.held").await, 1, "once for all of it");
}

/// RC-12: however they race, and by whatever method.
async fn removals_that_race_do_not_pass_the_limit(directory: &TestDirectory) {
    let scene = Scene::with(directory, 7).await;
    let people = scene.people(60).await;
    let removals: Vec<Request> = people.iter().enumerate().map(|(turn, person)| scene.removal(turn, person)).collect();
    let answers = at_once(&scene.site, removals).await;
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 204)));
    assert_eq!(scene.states().await, counts(&[("held", 53), ("suspended", 7)]));
    assert_eq!((scene.brake().await["count"].clone(), scene.told(directory, "brake.held").await), (json!(53), 1));
    // Answers race, too: each person is answered for once.
    let path = format!("/connections/{}/brake/release", scene.door.connection);
    let release = || crate::site::api(&scene.owner, "POST", &path, &json!({}));
    let answers = at_once(&scene.site, [release(), release(), release()]).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{}", answers[0].text);
    assert_eq!(scene.states().await, counts(&[("suspended", 60)]));
    assert_eq!(scene.noted("removal.released").await, 53);
}

/// RC-12, H-7.
async fn each_operation_of_a_bulk_is_a_removal_of_its_own(directory: &TestDirectory) {
    let scene = Scene::with(directory, 4).await;
    let people = scene.people(10).await;
    let operation = |(turn, person): (usize, &String)| {
        let path = format!("/Users/{person}");
        match turn % 3 {
            0 => json!({"method": "DELETE", "path": path}),
            1 => json!({"method": "PATCH", "path": path, "data": inactive()}),
            _ => {
                let mut data = user(&scene.door.email(&format!("p{turn}")));
                data["active"] = json!(false);
                json!({"method": "PUT", "path": path, "data": data})
            }
        }
    };
    let operations: Vec<Value> = people.iter().enumerate().map(operation).collect();
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let done = scene.site.expect(&scene.door, "POST", "/Bulk", body, 200).await;
    let statuses: Vec<&str> =
        done["Operations"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert!(statuses.iter().all(|status| ["200", "204"].contains(status)), "{done}");
    assert_eq!(scene.states().await, counts(&[("held", 6), ("suspended", 4)]));
}

/// RC-12: what left the window makes room; whoever is held by then stays held.
async fn the_window_slides(directory: &TestDirectory) {
    let scene = Scene::with(directory, 2).await;
    let people = scene.people(8).await;
    scene.remove(&people[..1]).await;
    scene.site.clock.advance(30 * 60 * SECOND);
    scene.remove(&people[1..3]).await;
    assert_eq!(scene.held().await, ["p2"]);
    scene.site.clock.advance(30 * 60 * SECOND);
    scene.remove(&people[3..5]).await;
    assert_eq!(scene.held().await, ["p2", "p4"], "the first one has left the window, the second has not");
    scene.site.clock.advance(HOUR);
    scene.remove(&people[5..]).await;
    assert_eq!(scene.held().await, ["p2", "p4", "p7"]);
}

/// RC-12: counted once, when the window begins.
async fn the_share_is_counted_when_a_window_begins(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    scene.set(json!({"count": 1, "percent": 30})).await;
    let people = scene.people(10).await;
    scene.remove(&people[..1]).await;
    for person in ["new0", "new1", "new2", "new3", "new4", "new5", "new6", "new7", "new8", "new9"] {
        scene.site.push(&scene.door, person).await;
    }
    // Unlinked users and inactive ones are no active linked people.
    scene.site.expect(&scene.door, "POST", "/Users", user("stranger@elsewhere.example"), 201).await;
    scene.remove(&people[1..4]).await;
    assert_eq!(scene.held().await, ["p3"], "30 % of 10, although there are 17 by now");
    scene.site.clock.advance(HOUR);
    scene.remove(&people[4..]).await;
    assert_eq!(scene.held().await, ["p3", "p8", "p9"], "30 % of 16 is 4.8: four more, and not a part of a person");
}

/// RC-12.
async fn active_again_drops_the_hold(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(2).await;
    scene.remove(&people).await;
    assert_eq!(scene.held().await, ["p0", "p1"]);
    // The same said again, or something else about somebody who is still gone, is no other removal.
    scene.remove(&people).await;
    let rename = json!([{"op": "add", "path": "displayName", "value": "P"}]);
    assert_eq!(scene.site.patch(&scene.door, &format!("/Users/{}", people[0]), rename).await.status, 200);
    assert_eq!(scene.held().await, ["p0", "p1"]);
    assert_eq!(scene.set_active(&people[0], true).await.status, 200);
    assert_eq!((scene.held().await, scene.state("p0").await), (vec!["p1".to_owned()], "active"));
    assert_eq!(scene.signs_in("p0").await, ("allowed".to_owned(), false));
    scene.site.clock.advance(DAY);
    scene.time_is_over().await;
    assert_eq!(scene.states().await, counts(&[("active", 1), ("suspended", 1)]));
}

/// RC-12, RC-8: with the id, the role and the teams that were never taken.
async fn a_restoring_post_drops_the_hold(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(3).await;
    let role = json!({"role": "owner"});
    for person in ["p0", "p1"] {
        let path = format!("/organizations/acme/members/{}", scene.account(person).await);
        scene.site.manage(&scene.owner, "PATCH", &path, role.clone(), 200).await;
    }
    scene.site.expect(&scene.door, "DELETE", &format!("/Users/{}", people[0]), Value::Null, 204).await;
    assert_eq!((scene.held().await, scene.signs_in("p0").await), (vec!["p0".to_owned()], ("allowed".to_owned(), true)));
    let again = scene.site.send(&scene.create("p0")).await;
    assert_eq!((again.status, id(again.body())), (201, people[0].clone()));
    let member = crate::pushes::member(&scene.site, &scene.door, "p0").await;
    assert_eq!(member, json!(["owner", "active", ["everyone"]]));
    assert_eq!((scene.held().await, scene.signs_in("p0").await), (vec![], ("allowed".to_owned(), false)));
    // First inactive, then deleted: one removal, held once.
    scene.remove(&people[2..]).await;
    scene.site.expect(&scene.door, "DELETE", &format!("/Users/{}", people[2]), Value::Null, 204).await;
    assert_eq!(scene.held().await, ["p2"]);
    scene.answer("release", Value::Null, 200).await;
    assert_eq!(scene.signs_in("p2").await, ("deactivated".to_owned(), false));
}

/// RC-12, RC-4: by hand nothing is held, and what was held is answered by it.
async fn an_administrators_word_acts_at_once(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(4).await;
    scene.remove(&people[..3]).await;
    let change = async |person: &str, body: Value, status| {
        let path = format!("/organizations/acme/members/{}", scene.account(person).await);
        let method = if body.is_null() { "DELETE" } else { "PATCH" };
        scene.site.manage(&scene.owner, method, &path, body, status).await
    };
    change("p0", json!({"state": "suspended"}), 200).await;
    change("p1", json!({"state": "active"}), 200).await;
    change("p2", Value::Null, 204).await;
    change("p3", json!({"state": "suspended"}), 200).await;
    assert_eq!(scene.held().await, Vec::<String>::new());
    assert_eq!(scene.signs_in("p0").await, ("deactivated".to_owned(), false));
    assert_eq!(scene.signs_in("p1").await, ("allowed".to_owned(), true), "an administrator keeps them");
    assert_eq!(scene.signs_in("p2").await.0, "deactivated");
    scene.site.clock.advance(2 * DAY);
    scene.time_is_over().await;
    assert_eq!(scene.states().await, counts(&[("active", 1), ("suspended", 2)]));
    // A directory lifts nothing that an administrator suspended, held or not.
    assert_eq!(scene.set_active(&people[0], true).await.status, 200);
    assert_eq!(scene.state("p0").await, "suspended");
}

/// RC-12, pains 69: no push removes them, whoever's administrator said so, and the answer says whose protection it is.
async fn protected_accounts_stay(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    let people = scene.people(2).await;
    let protected = json!({"protected_accounts": [scene.account("p0").await]});
    let path = format!("/connections/{}", scene.door.connection);
    scene.site.manage(&scene.owner, "PATCH", &path, protected, 200).await;
    let before = scene.site.expect(&scene.door, "GET", &format!("/Users/{}", people[0]), Value::Null, 200).await;
    let noted = scene.noted("user.changed").await;
    for turn in 0..3 {
        let answer = scene.site.send(&scene.removal(turn, &people[0])).await;
        let body = answer.body();
        assert_eq!((answer.status, &body["status"], &body["scimType"]), (409, &json!("409"), &Value::Null), "{turn}");
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains("protected by the administrators of this connection"), "{detail}");
    }
    let operations = json!([{"method": "DELETE", "path": format!("/Users/{}", people[0])}]);
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let done = scene.site.expect(&scene.door, "POST", "/Bulk", body, 200).await;
    assert_eq!(done["Operations"][0]["status"], "409");
    let after = scene.site.expect(&scene.door, "GET", &format!("/Users/{}", people[0]), Value::Null, 200).await;
    assert_eq!((after, scene.noted("user.changed").await), (before, noted), "nothing changed");
    // Their other attributes are the directory's, and other people are not protected.
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Boss"}]);
    assert_eq!(scene.site.patch(&scene.door, &format!("/Users/{}", people[0]), rename).await.status, 200);
    scene.remove(&people[1..]).await;
    assert_eq!(scene.states().await, counts(&[("active", 1), ("suspended", 1)]));
    // Another connection's list protects nobody here.
    let other = scene.site.second_door(&scene.door, |_| {}).await;
    scene.site.manage(&scene.owner, "PATCH", &path, json!({"protected_accounts": []}), 200).await;
    let list = json!({"protected_accounts": [scene.account("p0").await]});
    scene.site.manage(&scene.owner, "PATCH", &format!("/connections/{}", other.connection), list, 200).await;
    scene.remove(&people[..1]).await;
    assert_eq!(scene.states().await, counts(&[("suspended", 2)]));
}

/// RC-12: a braking is told once, an answered one is over, and a directory that changes its mind all the time is no flood.
async fn owners_are_told_once_of_one_braking(directory: &TestDirectory) {
    let scene = Scene::with(directory, 0).await;
    let people = scene.people(3).await;
    let told = async || (scene.told(directory, "brake.held").await, scene.noted("brake.held").await);
    for _ in 0..5 {
        scene.remove(&people).await;
        for person in &people {
            assert_eq!(scene.set_active(person, true).await.status, 200);
        }
    }
    assert_eq!((told().await, scene.held().await), ((1, 1), vec![]));
    scene.site.clock.advance(HOUR);
    scene.remove(&people[..2]).await;
    assert_eq!(told().await, (2, 2), "nobody was held for an hour: this is another one");
    scene.site.clock.advance(2 * HOUR);
    scene.remove(&people[2..]).await;
    assert_eq!(told().await, (2, 2), "somebody is held still: it is the same");
    scene.answer("reject", json!({}), 200).await;
    scene.remove(&people[..1]).await;
    assert_eq!(told().await, (3, 3), "an answer ends it");
    let auditor = scene.site.admin(AdminRole::Auditor(Some(scene.door.company))).await;
    let log = scene.site.manage(&auditor, "GET", "/activity?action=brake.held", Value::Null, 200).await;
    assert_eq!(log["items"].as_array().unwrap().len(), 3, "{log}");
}
