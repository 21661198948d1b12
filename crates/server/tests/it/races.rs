//! What many clients at once may not break (design.md 9): one person is one account, no member is lost, no seat is sold
//! twice, nobody who was deactivated stays in.

use std::collections::BTreeSet;

use rollcall_conformance::client::{Answer, Request};
use rollcall_directory::on_each_database;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_server::app::sessions::hash;
use serde_json::{Value, json};

use crate::site::{Door, Site, evidence, group, id, patch, scim, sign_in, user};

on_each_database! {
    of_64_creates_of_one_user_name_one_wins
    of_128_writers_without_a_version_none_is_lost
    of_200_members_added_at_once_none_is_lost
    a_push_and_a_sign_in_of_one_person_make_one_account
    of_many_that_restore_one_person_one_wins
    the_last_seat_is_given_once
    a_deactivated_person_has_no_session_left
    who_is_pushed_as_inactive_meanwhile_does_not_come_in
    of_two_lists_of_members_one_stays
}

/// Sends all at once and waits for all answers, in the order of the requests.
pub(crate) async fn at_once(site: &Site, requests: impl IntoIterator<Item = Request>) -> Vec<Answer> {
    let send = |request: Request| {
        let client = site.client.clone();
        tokio::spawn(async move { client.send(&request).await.unwrap() })
    };
    let running: Vec<_> = requests.into_iter().map(send).collect();
    let mut answers = Vec::with_capacity(running.len());
    for task in running {
        answers.push(task.await.unwrap());
    }
    answers
}

#[track_caller]
fn one_winner(answers: &[Answer]) {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    let mut expected = vec![409; answers.len()];
    expected[0] = 201;
    assert_eq!(statuses, expected);
}

async fn total(site: &Site, door: &Door, filter: &str) -> Value {
    let found = site.expect(door, "GET", &format!("/Users?filter={filter}"), Value::Null, 200).await;
    found["totalResults"].clone()
}

async fn accounts(site: &Site) -> usize {
    site.directory().read().accounts(None, 1_000).await.unwrap().len()
}

/// Spelled in two ways, because names are compared folded.
async fn of_64_creates_of_one_user_name_one_wins(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let bodies = (0..64).map(|turn| user(if turn % 2 == 0 { "ada@acme.example" } else { "ADA@Acme.Example" }));
    let answers = at_once(&site, bodies.map(|body| scim(&acme, "POST", "/Users", &body))).await;
    one_winner(&answers);
    let lost = answers.iter().filter(|answer| answer.status == 409);
    assert!(lost.into_iter().all(|answer| answer.body()["scimType"] == "uniqueness"));
    assert_eq!(total(&site, &acme, "userName eq \"ada@acme.example\"").await, 1);
    assert_eq!((accounts(&site).await, site.members(&acme).await.len()), (1, 1));
}

/// without `If-Match` a writer that was late tries again until its change is in, however many there are.
async fn of_128_writers_without_a_version_none_is_lost(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let path = format!("/Users/{}", site.push(&acme, "ada").await);
    let add = |turn: usize| {
        let operations = json!([{"op": "add", "path": "roles", "value": [{"value": format!("role{turn}")}]}]);
        scim(&acme, "PATCH", &path, &patch(operations))
    };
    let answers = at_once(&site, (0..128).map(add)).await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let stored = site.expect(&acme, "GET", &path, Value::Null, 200).await;
    assert_eq!(stored["roles"].as_array().unwrap().len(), 128);
    assert_eq!(stored["meta"]["version"], "W/\"129\"");
}

/// D-10, A-39.
async fn of_200_members_added_at_once_none_is_lost(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let pushed = at_once(&site, (0..200).map(|n| scim(&acme, "POST", "/Users", &user(&format!("p{n}@acme.example")))));
    let people: BTreeSet<String> = pushed.await.iter().map(|answer| id(answer.body())).collect();
    let crew = id(&site.expect(&acme, "POST", "/Groups", group("Crew", &[]), 201).await);
    let add = |person: &String| {
        let body = patch(json!([{"op": "add", "path": "members", "value": [{"value": person}]}]));
        scim(&acme, "PATCH", &format!("/Groups/{crew}"), &body)
    };
    let answers = at_once(&site, people.iter().map(add)).await;
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 204)));
    let stored = site.expect(&acme, "GET", &format!("/Groups/{crew}"), Value::Null, 200).await;
    let members = stored["members"].as_array().unwrap().iter().map(|member| member["value"].as_str().unwrap());
    assert_eq!(members.map(str::to_owned).collect::<BTreeSet<_>>(), people);
    // Every add is a version of its own, and its answer names that one: an `If-Match` with it is no spurious 412.
    assert_eq!(stored["meta"]["version"], json!("W/\"201\""));
    let tags: BTreeSet<&str> = answers.iter().filter_map(|answer| answer.header("etag")).collect();
    let versions: Vec<String> = (2..=201).map(|version| format!("W/\"{version}\"")).collect();
    assert_eq!(tags, versions.iter().map(String::as_str).collect());
}

/// SI-8, RC-7: whichever door is first, it is one account with one identity and one SCIM id, and the person is in.
async fn a_push_and_a_sign_in_of_one_person_make_one_account(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    for round in 0..30_u128 {
        let person = format!("round{round}");
        if round % 3 == 0 {
            // An account that came by another way: neither door makes it, both link it.
            let stored = &account(round + 1, &acme.email(&person));
            site.write(|unit| async move {
                unit.insert_account(stored);
                Ok(())
            })
            .await;
        }
        let body = evidence(&acme, &person, &json!({"name": "Ada Lovelace"}));
        let push = scim(&acme, "POST", "/Users", &user(&acme.email(&person)));
        let signs_in = || sign_in(&acme, &body);
        // Each order is the likelier one in half of the rounds.
        let requests = if round % 2 == 0 { [push, signs_in(), signs_in()] } else { [signs_in(), signs_in(), push] };
        let answers = at_once(&site, requests).await;
        let (mut scim_ids, mut account_ids) = (BTreeSet::new(), BTreeSet::new());
        for answer in &answers {
            if answer.status == 201 {
                scim_ids.insert(id(answer.body()));
            } else {
                assert_eq!((answer.status, &answer.body()["decision"]), (200, &json!("allow")), "{}", answer.text);
                account_ids.insert(answer.body()["account"]["id"].as_str().unwrap().parse().unwrap());
            }
        }
        assert_eq!((scim_ids.len(), account_ids.len()), (1, 1), "round {round}");
        let account = account_ids.pop_first().unwrap();
        let reader = site.directory().read();
        let identities = reader.identities(acme.company, account).await.unwrap();
        assert_eq!(identities.len(), 1, "round {round}");
        let kept = reader.scim_id(acme.scope(), account).await.unwrap().map(|id| id.to_string());
        assert_eq!(kept, scim_ids.pop_first(), "round {round}: RC-7");
    }
    let members = site.members(&acme).await;
    assert_eq!((accounts(&site).await, members.len()), (30, 30));
    assert!(members.iter().all(|(_, state)| *state == "active"));
}

/// RC-8: of N concurrent ones one restores, the rest get 409; after a deletion and after a deactivation.
async fn of_many_that_restore_one_person_one_wins(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let first = site.push(&acme, "ada").await;
    let path = format!("/Users/{first}");
    for round in 0..6 {
        if round % 2 == 0 {
            site.expect(&acme, "DELETE", &path, Value::Null, 204).await;
        } else {
            let answer = site.patch(&acme, &path, json!([{"op": "replace", "value": {"active": false}}])).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
        let again = (0..16).map(|_| scim(&acme, "POST", "/Users", &user("ada@acme.example")));
        let answers = at_once(&site, again).await;
        one_winner(&answers);
        let winner = answers.iter().find(|answer| answer.status == 201).unwrap();
        assert_eq!(id(winner.body()), first, "round {round}");
        assert_eq!(site.members(&acme).await, [("ada@acme.example".to_owned(), "active")]);
    }
    assert_eq!(accounts(&site).await, 1);
}

/// J-12, RC-16: by either door, and by both at once.
async fn the_last_seat_is_given_once(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    for round in 1..=8_u64 {
        site.seats(&acme, Some(round)).await;
        let requests = (0..6).map(|turn| {
            let person = format!("person{round}-{turn}");
            if turn % 2 == 0 {
                sign_in(&acme, &evidence(&acme, &person, &json!({})))
            } else {
                scim(&acme, "POST", "/Users", &user(&acme.email(&person)))
            }
        });
        let answers = at_once(&site, requests).await;
        let came = |answer: &&Answer| answer.status == 201 || answer.body()["decision"] == "allow";
        assert_eq!(answers.iter().filter(came).count(), 1, "round {round}");
        for answer in answers.iter().filter(|answer| !came(answer)) {
            let told = (answer.status, answer.body()["reason"].as_str());
            assert!(matches!(told, (403, None) | (200, Some("no_seats"))), "{}", answer.text);
        }
        assert_eq!(site.members(&acme).await.len() as u64, round);
    }
}

/// RC-2, RC-11: sign-ins that run while the directory deactivates somebody come before it or fail.
async fn a_deactivated_person_has_no_session_left(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    for round in 0..12 {
        let person = format!("person{round}");
        let path = format!("/Users/{}", site.push(&acme, &person).await);
        let body = evidence(&acme, &person, &json!({}));
        let mut requests: Vec<Request> = (0..8).map(|_| sign_in(&acme, &body)).collect();
        let leave = if round % 2 == 0 {
            scim(&acme, "PATCH", &path, &patch(json!([{"op": "replace", "path": "active", "value": false}])))
        } else {
            scim(&acme, "DELETE", &path, &Value::Null)
        };
        requests.insert(round % 8, leave);
        let answers = at_once(&site, requests).await;
        for answer in &answers {
            let told = (answer.status, answer.body()["reason"].as_str());
            assert!(matches!(told, (200, None | Some("allowed" | "deactivated")) | (204, None)), "{}", answer.text);
            if let Some(session) = answer.body()["session"]["id"].as_str() {
                // Not for want of a membership alone: the session itself has ended.
                let stored = site.directory().read().session(&hash(session)).await.unwrap().unwrap().session;
                assert!(stored.ended_at.is_some(), "round {round}: {stored:?}");
                assert_eq!(site.introspect(&site.product, session).await, json!({"active": false}), "round {round}");
            }
        }
        let late = site.sign_in(&acme, &person).await;
        assert_eq!((&late["reason"], &late["session"]), (&json!("deactivated"), &Value::Null));
    }
}

/// RC-11, RC-13: nobody has an account yet, so there is nothing of theirs at which a first sign-in and a push could meet.
async fn who_is_pushed_as_inactive_meanwhile_does_not_come_in(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    for round in 0..16 {
        let person = format!("person{round}");
        let mut inactive = user(&acme.email(&person));
        inactive["active"] = json!(false);
        let pushed = scim(&acme, "POST", "/Users", &inactive);
        let signs_in = sign_in(&acme, &evidence(&acme, &person, &json!({})));
        let answers = at_once(&site, if round % 2 == 0 { [pushed, signs_in] } else { [signs_in, pushed] }).await;
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 201)), "round {round}");
        for session in answers.iter().filter_map(|answer| answer.body()["session"]["id"].as_str()) {
            assert_eq!(site.introspect(&site.product, session).await, json!({"active": false}), "round {round}");
        }
        let late = site.sign_in(&acme, &person).await;
        assert_eq!((&late["reason"], &late["session"]), (&json!("deactivated"), &Value::Null), "round {round}");
    }
}

/// who replaces the list means the whole list, not one of two that were thrown together.
async fn of_two_lists_of_members_one_stays(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let (mut people, mut expected) = (Vec::new(), BTreeSet::new());
    for person in ["ada", "bob", "carl"] {
        people.push(site.push(&acme, person).await);
    }
    for (round, person) in people.iter().enumerate().cycle().take(24) {
        let crew =
            site.expect(&acme, "POST", "/Groups", group(&format!("Crew {}", expected.len()), &[person]), 201).await;
        let path = format!("/Groups/{}", id(&crew));
        let lists = people.iter().filter(|other| *other != person).map(|other| {
            let members = json!([{"value": other}]);
            let replace = json!([{"op": "replace", "path": "members", "value": members}]);
            let anew = json!([{"op": "remove", "path": "members"}, {"op": "add", "path": "members", "value": members}]);
            scim(&acme, "PATCH", &path, &patch(if round % 2 == 0 { replace } else { anew }))
        });
        let answers = at_once(&site, lists).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        let members = site.expect(&acme, "GET", &path, Value::Null, 200).await["members"].clone();
        assert_eq!(members.as_array().unwrap().len(), 1, "{members}");
        expected.insert(path);
    }
}
