//! Every route of the administration held against every kind of token (RO-1, RO-2; design.md 9). A route without a row
//! in [`ROWS`] fails.

use std::collections::BTreeSet;

use rollcall_conformance::client::Answer;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::admin::paths;
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::site::{Door, Site};

on_each_database! {
    every_route_asks_who_is_there
    every_route_asks_what_the_role_may
    what_is_not_yours_reads_like_what_is_not_there
    bodies_are_read_strictly
}

/// Whose a route is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// Everybody's, each of whom sees what is theirs.
    All,
    /// The operator's; auditors of everything may read.
    Installation,
    /// The company's owners'.
    Company,
    /// The organization's owners', too.
    Organization,
}

const ROWS: &[(&str, &str, Of)] = &[
    ("GET", "/companies", Of::All),
    ("POST", "/companies", Of::Installation),
    ("GET", "/companies/{company}", Of::Company),
    ("GET", "/organizations/{name}", Of::Organization),
    ("GET", "/accounts", Of::Installation),
];

/// A path of the row in the company of this door.
fn path(pattern: &str, door: &Door) -> String {
    let path = pattern.replace("{company}", &door.name).replace("{name}", &door.name);
    assert!(!path.contains('{'), "say in this function what stands for {path}");
    path
}

/// The same path with names and ids of nothing.
fn nowhere(pattern: &str) -> String {
    let path = pattern.replace("{company}", "nowhere").replace("{name}", "nowhere");
    assert!(!path.contains('{'), "say in this function what stands for {path}");
    path
}

fn body(method: &str) -> Value {
    if matches!(method, "GET" | "DELETE") { Value::Null } else { json!({}) }
}

fn check(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text);
    if status >= 400 {
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
        assert_eq!(answer.body()["status"], status, "{what}");
    }
}

/// The table is complete, and names nothing that is not there.
#[test]
fn every_route_has_a_row() {
    let rows: BTreeSet<(&str, &str)> = ROWS.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(rows, paths().into_iter().collect());
}

/// no token 401, a token for another door 403.
async fn every_route_asks_who_is_there(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    for (method, pattern, _) in ROWS {
        let path = path(pattern, &door);
        check(&site.api("", method, &path, body(method)).await, 401, &path);
        for key in [&door.scim, &door.sign_in, &site.product] {
            check(&site.api(key, method, &path, body(method)).await, 403, &path);
        }
    }
}

/// RO-1, RO-2: 403 where the role may not; whoever may read, reads.
async fn every_route_asks_what_the_role_may(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let all = site.admin(AdminRole::Auditor(None)).await;
    let auditor = site.admin(AdminRole::Auditor(Some(door.company))).await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    let organization_owner = site.admin(AdminRole::OrganizationOwner(door.company, door.organization)).await;
    for (method, pattern, of) in ROWS {
        let path = path(pattern, &door);
        let may = |readers: &[&String]| -> Vec<(String, bool)> {
            let everybody = [&operator, &all, &auditor, &owner, &organization_owner];
            everybody.iter().map(|token| ((*token).clone(), readers.contains(token))).collect()
        };
        let table = match (*method, of) {
            ("GET", Of::All | Of::Organization) => may(&[&operator, &all, &auditor, &owner, &organization_owner]),
            ("GET", Of::Installation) => may(&[&operator, &all]),
            ("GET", Of::Company) => may(&[&operator, &all, &auditor, &owner]),
            (_, Of::All) => panic!("a change that everybody may: {path}"),
            // Those who may are in the tests of each resource.
            (_, Of::Installation) => may(&[&operator]).into_iter().filter(|(_, may)| !may).collect(),
            (_, Of::Company) => may(&[&operator, &owner]).into_iter().filter(|(_, may)| !may).collect(),
            (_, Of::Organization) => {
                may(&[&operator, &owner, &organization_owner]).into_iter().filter(|(_, may)| !may).collect()
            }
        };
        for (token, may) in table {
            let answer = site.api(&token, method, &path, body(method)).await;
            check(&answer, if may { 200 } else { 403 }, &format!("{method} {path}"));
        }
    }
}

/// Design.md 9: another company's answers are those of nothing, to the letter.
async fn what_is_not_yours_reads_like_what_is_not_there(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (ours, theirs) = (site.acme().await, site.company("globex", 0x60).await);
    for role in [
        AdminRole::CompanyOwner(theirs.company),
        AdminRole::OrganizationOwner(theirs.company, theirs.organization),
        AdminRole::Auditor(Some(theirs.company)),
    ] {
        let token = site.admin(role).await;
        for (method, pattern, of) in ROWS.iter().filter(|(_, pattern, _)| pattern.contains('{')) {
            let foreign = site.api(&token, method, &path(pattern, &ours), body(method)).await;
            let unknown = site.api(&token, method, &nowhere(pattern), body(method)).await;
            check(&foreign, 404, &format!("{role:?} {method} {pattern} {of:?}"));
            assert_eq!(foreign.text, unknown.text, "{role:?} {method} {pattern}");
        }
    }
    let owner = site.admin(AdminRole::CompanyOwner(theirs.company)).await;
    let operator = site.admin(AdminRole::Operator).await;
    let lists =
        ROWS.iter().filter(|(method, pattern, of)| (*method, of) == ("GET", &Of::All) && !pattern.contains('{'));
    for (method, pattern, _) in lists {
        let seen = site.api(&owner, method, pattern, Value::Null).await;
        assert!(!seen.text.contains("acme"), "{pattern}: {}", seen.text);
        check(&site.api(&operator, method, pattern, Value::Null).await, 200, pattern);
    }
}

/// One object of known members, each named once.
async fn bodies_are_read_strictly(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    for (text, media_type, status, sentence) in [
        ("{\"name\":\"a\",\"nmae\":\"b\"}", "application/json", 400, "unknown field `nmae`"),
        ("{\"name\":\"a\",\"name\":\"b\"}", "application/json", 400, "name"),
        ("{}", "application/json", 400, "missing field `name`"),
        ("{\"name\":7}", "application/json", 400, "integer `7`"),
        ("[]", "application/json", 400, "a JSON object"),
        ("{\"name\":", "application/json", 400, "not acceptable JSON"),
        ("", "application/json", 400, "not acceptable JSON"),
        ("{\"name\":\"a\"}", "text/plain", 415, "application/json"),
    ] {
        let mut request = crate::site::api(&operator, "POST", "/companies", &Value::Null);
        request.headers.push(("content-type".to_owned(), media_type.to_owned()));
        request.body = Some(text.as_bytes().to_vec());
        let answer = site.send(&request).await;
        check(&answer, status, text);
        assert!(answer.body()["detail"].as_str().unwrap().contains(sentence), "{text}: {}", answer.text);
    }
    let none = site.manage(&operator, "GET", "/companies", Value::Null, 200).await;
    assert_eq!(none, json!({"items": [], "next_cursor": null}));
}
