//! The description of our interfaces: complete, closed in itself, and open to all (design.md 6).

use rollcall_conformance::client::Request;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::admin::paths;
use rollcall_server::faults_of_the_description;
use serde_json::Value;

use crate::site::Site;

on_each_database! {
    the_description_is_open_to_all_and_names_every_route
}

#[test]
fn every_route_says_what_it_does_and_every_schema_has_a_name_of_its_own() {
    assert_eq!(faults_of_the_description(), [] as [&str; 0]);
}

async fn the_description_is_open_to_all_and_names_every_route(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let document = document(&site).await;
    assert_eq!(document["openapi"], "3.1.0");
    for (method, path) in paths() {
        let operation = &document["paths"][format!("/api/v1{path}")][method.to_ascii_lowercase()];
        assert!(operation["responses"]["401"].is_object(), "{method} {path}: {operation}");
    }
    for path in ["/sso/sign-in", "/sso/introspect", "/sso/revoke"] {
        assert!(document["paths"][path]["post"].is_object(), "{path}");
    }
    let mut references = Vec::new();
    references_in(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "nothing is at {reference}");
    }
}

async fn document(site: &Site) -> Value {
    let request =
        Request { method: "GET".into(), path: "origin:/api/openapi.json".into(), headers: Vec::new(), body: None };
    let answer = site.send(&request).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    answer.body().clone()
}

fn references_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references_in(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references_in(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
