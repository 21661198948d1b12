//! U+0000, which PostgreSQL cannot store, is refused at the door of the administration, wherever it stands.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::site::Site;

on_each_database! {
    a_null_character_is_refused_in_bodies_queries_and_paths
}

async fn a_null_character_is_refused_in_bodies_queries_and_paths(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    let connection = format!("/connections/{}", door.connection);
    let plans = format!("{connection}/plans");
    for (method, path, body, status) in [
        ("POST", "/companies/acme/organizations", json!({"name": "a\0b"}), 400),
        ("POST", plans.as_str(), json!({"domains": ["acme.example", "a\0b"]}), 400),
        ("POST", plans.as_str(), json!({"default_organization": "\0"}), 400),
        ("PATCH", connection.as_str(), json!({"tolerances": {"a\0b": true}}), 400),
        ("GET", "/activity?action=a%00b", Value::Null, 400),
        ("GET", "/organizations/a%00b", Value::Null, 404),
        ("GET", "/domains/a%00b", Value::Null, 404),
    ] {
        let refused = site.manage(&owner, method, path, body, status).await;
        assert!(status == 404 || refused["detail"].as_str().unwrap().contains("U+0000"), "{method} {path}: {refused}");
    }
}
