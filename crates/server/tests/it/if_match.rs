//! `If-Match`: nobody undoes what somebody else did meanwhile (RFC 9110 §13.1.1; design.md 6).

use rollcall_conformance::client::Answer;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::site::{Site, api, id};

on_each_database! {
    a_change_of_what_was_changed_meanwhile_is_refused
    whoever_names_a_version_removes_that_one_only
}

async fn change(site: &Site, token: &str, method: &str, path: &str, tag: &str, body: &Value) -> Answer {
    site.send(&api(token, method, path, body).header("if-match", tag)).await
}

async fn tag(site: &Site, token: &str, path: &str) -> String {
    let answer = site.api(token, "GET", path, Value::Null).await;
    answer.header("etag").unwrap_or_else(|| panic!("{path} has no version: {}", answer.text)).to_owned()
}

/// Paths of what has versions, with two changes of it.
async fn scene(site: &Site) -> (String, Vec<(String, Value, Value)>) {
    let door = site.acme().await;
    let account = id(&site.sign_in(&door, "ada").await["account"]);
    let operator = site.admin(AdminRole::Operator).await;
    let suspended = json!({"state": "suspended"});
    let named = |name: &str| json!({"display_name": name});
    let all = vec![
        ("/organizations/acme".to_owned(), named("one"), named("two")),
        (format!("/accounts/{account}"), json!({"full_name": "One"}), json!({"full_name": "Two"})),
        (format!("/organizations/acme/members/{account}"), suspended, json!({"state": "active"})),
        ("/domains/acme.example".to_owned(), json!({"auto_provisioning": true}), json!({"auto_provisioning": false})),
        (format!("/connections/{}", door.connection), json!({"strict": true}), json!({"strict": false})),
    ];
    (operator, all)
}

async fn a_change_of_what_was_changed_meanwhile_is_refused(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (operator, all) = scene(&site).await;
    for (path, one, two) in &all {
        let read = tag(&site, &operator, path).await;
        assert_eq!(tag(&site, &operator, path).await, read, "{path}: reading changes nothing");
        let changed = change(&site, &operator, "PATCH", path, &read, one).await;
        assert_eq!(changed.status, 200, "{path}: {}", changed.text);
        let now = tag(&site, &operator, path).await;
        assert_eq!(changed.header("etag"), Some(now.as_str()), "{path}");
        assert_ne!(now, read, "{path}");
        let stored = directory.contents().await;
        let refused = change(&site, &operator, "PATCH", path, &read, two).await;
        assert_eq!((refused.status, &refused.body()["type"]), (412, &json!("moved")), "{path}: {}", refused.text);
        assert_eq!(directory.contents().await, stored, "{path}: a refused change leaves no trace");
        for condition in [&format!("\"other\", {now}"), "*"] {
            let allowed = change(&site, &operator, "PATCH", path, condition, one).await;
            assert_eq!(allowed.status, 200, "{path} {condition}: {}", allowed.text);
        }
        let malformed = change(&site, &operator, "PATCH", path, "now", one).await;
        assert_eq!(malformed.status, 400, "{path}: {}", malformed.text);
        site.manage(&operator, "PATCH", path, two.clone(), 200).await;
    }
}

async fn whoever_names_a_version_removes_that_one_only(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (operator, all) = scene(&site).await;
    site.manage(&operator, "POST", "/companies/acme/domains", json!({"name": "corp.example"}), 201).await;
    for path in ["/domains/corp.example", &all[2].0] {
        let read = tag(&site, &operator, path).await;
        let stored = directory.contents().await;
        let refused = change(&site, &operator, "DELETE", path, "W/\"1\"", &Value::Null).await;
        assert_eq!((refused.status, &refused.body()["type"]), (412, &json!("moved")), "{path}: {}", refused.text);
        assert_eq!(directory.contents().await, stored, "{path}");
        let removed = change(&site, &operator, "DELETE", path, &read, &Value::Null).await;
        assert_eq!(removed.status, 204, "{path}: {}", removed.text);
    }
}
