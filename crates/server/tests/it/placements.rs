//! Where a push puts people, and what refuses it without a trace: attributes, seats, owners, the switch (RC-15, RC-16).

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use serde_json::{Value, json};

use crate::pushes::{member, set_active};
use crate::site::{Site, group, id, patch, scim, user, user_with};

const OURS: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const DOCKER: &str = "urn:ietf:params:scim:schemas:extension:docker:2.0:User";

on_each_database! {
    attributes_place_people
    seats_and_last_owners_refuse
    without_scim_nothing_is_answered
}

/// RC-15, R-1 to R-5: from our extension or its documented aliases.
async fn attributes_place_people(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let rows = [
        ("RC-15", json!({}), json!(["member", "active", ["everyone"]])),
        ("R-3", json!({OURS: {"organization": "ACME"}}), json!(["member", "active", []])),
        ("R-4", json!({OURS: {"team": "Writers"}}), json!(["member", "active", ["Writers"]])),
        (
            "R-5",
            json!({OURS: {"organization": "acme", "team": "writers", "role": "owner"}}),
            json!(["owner", "active", ["Writers"]]),
        ),
        (
            "R-5 alias",
            json!({DOCKER: {"dockerOrg": "acme", "dockerTeam": "Readers", "dockerRole": "editor"}}),
            json!(["editor", "active", ["Readers"]]),
        ),
    ];
    for (index, (rule, further, expected)) in rows.into_iter().enumerate() {
        let person = format!("person{index}");
        let pushed = user_with(&acme.email(&person), further.clone());
        let stored = site.expect(&acme, "POST", "/Users", pushed, 201).await;
        assert_eq!(member(&site, &acme, &person).await, expected, "{rule}");
        for (urn, pushed) in further.as_object().unwrap() {
            assert_eq!(&stored[urn], pushed, "RC-15: the extension reads back as pushed");
        }
    }
    // the directory may change the role later.
    let path = "/Users?filter=userName eq \"person1@acme.example\"";
    let found = site.expect(&acme, "GET", path, Value::Null, 200).await;
    let path = format!("/Users/{}", id(&found["Resources"][0]));
    let answer =
        site.patch(&acme, &path, json!([{"op": "add", "path": format!("{OURS}:role"), "value": "editor"}])).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(member(&site, &acme, "person1").await[0], "editor", "R-8");
    let before = directory.contents().await;
    for further in [
        json!({OURS: {"organization": "globex"}}),
        json!({OURS: {"role": "emperor"}}),
        json!({DOCKER: {"dockerOrg": "nowhere"}}),
        json!({OURS: {"team": "x".repeat(101)}}),
    ] {
        let pushed = user_with("late@acme.example", further.clone());
        let refused = site.expect(&acme, "POST", "/Users", pushed, 400).await;
        assert_eq!(refused["scimType"], "invalidValue", "{further}");
    }
    assert_eq!(directory.contents().await, before, "a refused push leaves no trace");
}

/// U-15, P4-32.
/// RC-16, M-9.
async fn seats_and_last_owners_refuse(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let owner = user_with("owner@acme.example", json!({OURS: {"role": "owner"}}));
    let owner = id(&site.expect(&acme, "POST", "/Users", owner, 201).await);
    let ada = site.push(&acme, "ada").await;
    let gone = site.push(&acme, "gone").await;
    set_active(&site, &acme, &ada, false).await;
    site.expect(&acme, "DELETE", &format!("/Users/{gone}"), Value::Null, 204).await;
    site.seats(&acme, Some(1)).await;
    // But that the organization is full, which its owners hear of.
    let stored = async || {
        let mut contents = directory.contents().await;
        contents.remove("outbox");
        contents
    };
    let before = stored().await;
    let activate = json!([{"op": "replace", "path": "active", "value": true}]);
    let attempts = [
        ("create", scim(&acme, "POST", "/Users", &user("new@acme.example"))),
        ("reactivate", scim(&acme, "PATCH", &format!("/Users/{ada}"), &patch(activate))),
        ("reactivate by POST", scim(&acme, "POST", "/Users", &user("ada@acme.example"))),
        ("restore", scim(&acme, "POST", "/Users", &user("gone@acme.example"))),
    ];
    for (attempt, request) in &attempts {
        let answer = site.send(request).await;
        assert_eq!((answer.status, answer.body().get("scimType")), (403, None), "RC-16 {attempt}: {}", answer.text);
        assert!(answer.body()["detail"].as_str().unwrap().contains("`acme`"), "RC-16 names it: {}", answer.text);
    }
    let leaves = json!([{"op": "replace", "path": "active", "value": false}]);
    let demoted = json!([{"op": "replace", "path": format!("{OURS}:role"), "value": "member"}]);
    let path = format!("/Users/{owner}");
    let attempts = [
        ("deactivate", scim(&acme, "PATCH", &path, &patch(leaves))),
        ("demote", scim(&acme, "PATCH", &path, &patch(demoted))),
        ("delete", scim(&acme, "DELETE", &path, &Value::Null)),
    ];
    for (attempt, request) in &attempts {
        let answer = site.send(request).await;
        assert_eq!((answer.status, answer.body().get("scimType")), (409, None), "M-9 {attempt}: {}", answer.text);
    }
    assert_eq!(stored().await, before, "nothing stored");
    let told = site.directory().read().pending_events(None, 10).await.unwrap();
    assert_eq!(told.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["seats.exhausted"], "once for all");
    site.seats(&acme, None).await;
    assert_eq!(site.push(&acme, "gone").await, gone, "the refused restoring cost nothing");
}

/// RC-16: SCIM off.
async fn without_scim_nothing_is_answered(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let path = format!("/Users/{}", site.push(&acme, "ada").await);
    site.change(&acme, |record| record.policy.scim = false).await;
    let before = directory.contents().await;
    for (method, path, body) in [
        ("GET", path.as_str(), Value::Null),
        ("GET", "/Users", Value::Null),
        ("POST", "/Users", user("new@acme.example")),
        ("POST", "/Groups", group("Crew", &[])),
        ("DELETE", path.as_str(), Value::Null),
        ("POST", "/Bulk", json!({})),
    ] {
        site.expect(&acme, method, path, body, 403).await;
    }
    assert_eq!(directory.contents().await, before);
    assert_eq!(site.sign_in(&acme, "ada").await["decision"], "allow", "S-7: people stay");
}
