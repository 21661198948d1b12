//! Every route of the administration held against every kind of token (RO-1, RO-2; design.md 9). A route without a row
//! in [`ROWS`] fails.

use std::collections::BTreeSet;

use rollcall_conformance::client::{Answer, Request};
use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{Letter, LetterState, on_each_database};
use rollcall_policy::LetterId;
use rollcall_server::admin::paths;
use rollcall_server::auth::{AdminRole, Presented};
use rollcall_server::clock::SECOND;
use serde_json::{Value, json};

use crate::site::{Door, Site, id};

on_each_database! {
    the_description_says_whose_each_route_is
    the_hook_asks_who_is_there
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
    /// Of everybody but auditors, each within what is theirs.
    Rank,
    /// The product's, and no administrator's.
    Product,
}

const ROWS: &[(&str, &str, Of)] = &[
    ("GET", "/companies", Of::All),
    ("POST", "/companies", Of::Installation),
    ("GET", "/companies/{company}", Of::Company),
    ("GET", "/companies/{company}/owners", Of::Company),
    ("GET", "/companies/{company}/owners/{account}", Of::Company),
    ("PUT", "/companies/{company}/owners/{account}", Of::Company),
    ("DELETE", "/companies/{company}/owners/{account}", Of::Company),
    ("GET", "/companies/{company}/organizations", Of::Company),
    ("POST", "/companies/{company}/organizations", Of::Company),
    ("GET", "/organizations/{name}", Of::Organization),
    ("PATCH", "/organizations/{name}", Of::Organization),
    ("GET", "/accounts", Of::All),
    ("POST", "/accounts", Of::Installation),
    ("GET", "/accounts/{account}", Of::Organization),
    ("PATCH", "/accounts/{account}", Of::Installation),
    ("GET", "/companies/{company}/connections", Of::Company),
    ("POST", "/companies/{company}/connections", Of::Company),
    ("GET", "/connections/{connection}", Of::Company),
    ("PATCH", "/connections/{connection}", Of::Company),
    ("DELETE", "/connections/{connection}", Of::Company),
    ("GET", "/connections/{connection}/tokens", Of::Company),
    ("POST", "/connections/{connection}/tokens", Of::Company),
    ("POST", "/tokens", Of::Rank),
    ("DELETE", "/tokens/{token}", Of::Company),
    ("GET", "/companies/{company}/domains", Of::Company),
    ("POST", "/companies/{company}/domains", Of::Company),
    ("GET", "/companies/{company}/domains/audit", Of::Company),
    ("GET", "/domains/{domain}", Of::Company),
    ("PATCH", "/domains/{domain}", Of::Company),
    ("DELETE", "/domains/{domain}", Of::Company),
    ("POST", "/domains/{domain}/verify", Of::Company),
    ("GET", "/organizations/{name}/members", Of::Organization),
    ("POST", "/organizations/{name}/members", Of::Organization),
    ("GET", "/organizations/{name}/members.csv", Of::Organization),
    ("GET", "/organizations/{name}/members/{account}", Of::Organization),
    ("PATCH", "/organizations/{name}/members/{account}", Of::Organization),
    ("DELETE", "/organizations/{name}/members/{account}", Of::Organization),
    ("GET", "/organizations/{name}/teams", Of::Organization),
    ("POST", "/organizations/{name}/teams", Of::Organization),
    ("DELETE", "/organizations/{name}/teams/{team}", Of::Organization),
    ("PUT", "/organizations/{name}/teams/{team}/members/{account}", Of::Organization),
    ("DELETE", "/organizations/{name}/teams/{team}/members/{account}", Of::Organization),
    ("GET", "/organizations/{name}/invitations", Of::Organization),
    ("POST", "/organizations/{name}/invitations", Of::Organization),
    ("POST", "/organizations/{name}/invitations/{invitation}/resend", Of::Organization),
    ("DELETE", "/organizations/{name}/invitations/{invitation}", Of::Organization),
    ("POST", "/invitations/{invitation}/accept", Of::Product),
    ("POST", "/invitations/{invitation}/decline", Of::Product),
    ("GET", "/connections/{connection}/directory-users", Of::Company),
    ("POST", "/connections/{connection}/directory-users/{user}/link", Of::Company),
    ("DELETE", "/connections/{connection}/identities/{account}", Of::Company),
    ("GET", "/activity", Of::All),
    ("GET", "/decisions", Of::All),
    ("GET", "/decisions/{decision}", Of::Organization),
    ("GET", "/connections/{connection}/brake", Of::Company),
    ("POST", "/connections/{connection}/brake/release", Of::Company),
    ("POST", "/connections/{connection}/brake/reject", Of::Company),
    ("POST", "/connections/{connection}/plans", Of::Company),
    ("POST", "/connections/{connection}/rehearsal", Of::Company),
    ("GET", "/connections/{connection}/rehearsal", Of::Company),
    ("DELETE", "/connections/{connection}/rehearsal", Of::Company),
    ("POST", "/connections/{connection}/rehearsal/plan", Of::Company),
    ("GET", "/connections/{connection}/journal", Of::Company),
    ("GET", "/connections/{connection}/journal/{entry}", Of::Company),
    ("GET", "/connections/{connection}/migration", Of::Company),
    ("GET", "/plans/{plan}", Of::Company),
    ("POST", "/plans/{plan}/apply", Of::Company),
    ("GET", "/companies/{company}/webhooks", Of::Company),
    ("POST", "/companies/{company}/webhooks", Of::Company),
    ("GET", "/webhooks/{webhook}", Of::Company),
    ("PATCH", "/webhooks/{webhook}", Of::Company),
    ("DELETE", "/webhooks/{webhook}", Of::Company),
    ("POST", "/webhooks/{webhook}/rotate-secret", Of::Company),
    ("POST", "/webhooks/{webhook}/test", Of::Company),
    ("GET", "/webhooks/{webhook}/deliveries", Of::Company),
    ("POST", "/webhooks/{webhook}/deliveries/{delivery}/resend", Of::Company),
    ("GET", "/letters", Of::All),
    ("POST", "/letters/{letter}/resend", Of::Company),
];

/// The id of nothing.
const NOTHING: &str = "01900000-0000-7000-8000-000000000000";

/// A company with what paths name.
struct Tenant {
    door: Door,
    /// A member, and an owner of the company.
    account: String,
    /// A decision about them.
    decision: String,
    plan: String,
    webhook: String,
    /// An exchange with its provider.
    entry: String,
    letter: String,
}

async fn tenant(site: &Site, name: &str, number: u128) -> Tenant {
    let door = site.company(name, number).await;
    let decided = site.sign_in(&door, "ada").await;
    let (account, decision) = (id(&decided["account"]), decided["decision_id"].as_str().unwrap().to_owned());
    let operator = site.admin(AdminRole::Operator).await;
    site.manage(&operator, "PUT", &format!("/companies/{name}/owners/{account}"), json!({}), 200).await;
    let plans = format!("/connections/{}/plans", door.connection);
    let plan = id(&site.manage(&operator, "POST", &plans, json!({"group_mapping": false}), 201).await);
    let webhooks = format!("/companies/{name}/webhooks");
    let url = json!({"url": "http://127.0.0.1:9/"});
    let webhook = id(&site.manage(&operator, "POST", &webhooks, url, 201).await);
    let rehearsal = format!("/connections/{}/rehearsal", door.connection);
    site.manage(&operator, "POST", &rehearsal, json!({"jit": false}), 201).await;
    site.expect(&door, "GET", "/Users", Value::Null, 200).await;
    let journal = format!("/connections/{}/journal", door.connection);
    let entry = id(&site.manage(&operator, "GET", &journal, Value::Null, 200).await["items"][0]);
    let letter = letter(site, &door).await;
    Tenant { door, account, decision, plan, webhook, entry, letter }
}

/// A letter of the company that was given up.
async fn letter(site: &Site, door: &Door) -> String {
    let id = LetterId::from(site.parts().ids.uuid(site.clock.now()));
    let letter = &Letter {
        company: door.company,
        id,
        kind: "no_seats".to_owned(),
        address: door.email("ada"),
        address_folded: door.email("ada"),
        is_private: false,
        items: "{}".to_owned(),
        state: LetterState::Dead,
        tries: 1,
        created_at: 1,
        due_since: 1,
        next_try_at: None,
        settled_at: Some(1),
        answer: None,
    };
    site.write(|unit| async move {
        unit.insert_letter(letter);
        Ok(())
    })
    .await;
    id.to_string()
}

/// A path of the row in a company.
fn path(pattern: &str, Tenant { door, account, decision, plan, webhook, entry, letter }: &Tenant) -> String {
    let pattern = &pattern.replace("{decision}", decision).replace("{team}", "everyone").replace("{plan}", plan);
    let pattern = &pattern.replace("{webhook}", webhook).replace("{entry}", entry);
    let pattern = &pattern.replace("{letter}", letter);
    let token = Presented::parse(&door.scim).unwrap().id.to_string();
    filled(pattern, &door.name, account, &door.connection.to_string(), &token)
}

/// The same path with names and ids of nothing.
fn nowhere(pattern: &str) -> String {
    let pattern = &pattern.replace("{decision}", NOTHING).replace("{team}", "nothing").replace("{plan}", NOTHING);
    let pattern = &pattern.replace("{webhook}", NOTHING).replace("{entry}", NOTHING).replace("{letter}", NOTHING);
    filled(pattern, "nowhere", NOTHING, NOTHING, NOTHING)
}

fn filled(pattern: &str, name: &str, account: &str, connection: &str, token: &str) -> String {
    let path = pattern.replace("{company}", name).replace("{name}", name).replace("{account}", account);
    let path = path.replace("{connection}", connection).replace("{token}", token);
    let path = path.replace("{domain}", &format!("{name}.example"));
    let path = path.replace("{invitation}", NOTHING).replace("{user}", NOTHING).replace("{delivery}", NOTHING);
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
    let rows: BTreeSet<(&str, String)> = ROWS.iter().map(|(method, path, _)| (*method, (*path).to_owned())).collect();
    assert_eq!(rows, paths().into_iter().collect());
}

/// The description and the table say the same of each operation, and of the same operations: what a route lets in is what
/// clients read of it. Every operation says how it refuses those who may not.
async fn the_description_says_whose_each_route_is(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let path = "origin:/api/openapi.json".to_owned();
    let request = Request { method: "GET".to_owned(), path, ..Request::default() };
    let document = site.send(&request).await.body().clone();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            let method = method.to_uppercase();
            let refusals = ["401", "403"].iter().chain(path.contains('{').then_some(&"404"));
            for status in refusals {
                let problem = &operation["responses"][status]["content"]["application/problem+json"];
                assert!(problem.is_object(), "{method} {path} does not say when it answers {status}");
            }
            if let Some(path) = path.strip_prefix("/api/v1") {
                let row = ROWS.iter().find(|(known, pattern, _)| (*known, *pattern) == (method.as_str(), path));
                let (.., of) = row.unwrap_or_else(|| panic!("{method} {path} has no row"));
                // What says nothing of itself yet is listed in `open_api`.
                if operation["summary"] != "Nothing is said of it yet." {
                    assert_eq!(operation["x-rollcall-who"], format!("{of:?}").to_lowercase(), "{method} {path}");
                }
                described.insert((method, path.to_owned()));
            }
        }
    }
    assert_eq!(described.len(), ROWS.len());
}

/// A-45 for the hook: no token 401, one for another door 403.
async fn the_hook_asks_who_is_there(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    for (path, body, media_type) in [
        ("origin:/sso/sign-in", "{}", "application/json"),
        ("origin:/sso/introspect", "token=a", "application/x-www-form-urlencoded"),
        ("origin:/sso/revoke", "token=a", "application/x-www-form-urlencoded"),
    ] {
        for (token, status) in [("", 401), ("rcadmin_1_2", 401), (&door.scim, 403), (&operator, 403)] {
            let mut request = Request::new("POST", path, token).header("content-type", media_type);
            request.body = Some(body.as_bytes().to_vec());
            check(&site.send(&request).await, status, path);
        }
    }
}

/// no token 401, a token for another door 403.
async fn every_route_asks_who_is_there(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let tenant = tenant(&site, "acme", 0xac).await;
    let door = &tenant.door;
    for (method, pattern, of) in ROWS {
        let path = path(pattern, &tenant);
        // Somebody without a token may ask sixty times a minute.
        site.clock.advance(2 * SECOND);
        check(&site.api("", method, &path, body(method)).await, 401, &path);
        for key in [&door.scim, &door.sign_in, &site.product] {
            if *of != Of::Product || *key != site.product {
                check(&site.api(key, method, &path, body(method)).await, 403, &path);
            }
        }
    }
}

/// RO-1, RO-2: 403 where the role may not; whoever may read, reads.
async fn every_route_asks_what_the_role_may(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let tenant = tenant(&site, "acme", 0xac).await;
    let door = &tenant.door;
    let operator = site.admin(AdminRole::Operator).await;
    let all = site.admin(AdminRole::Auditor(None)).await;
    let auditor = site.admin(AdminRole::Auditor(Some(door.company))).await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    let organization_owner = site.admin(AdminRole::OrganizationOwner(door.company, door.organization)).await;
    for (method, pattern, of) in ROWS {
        let path = path(pattern, &tenant);
        let may = |readers: &[&String]| -> Vec<(String, bool)> {
            let everybody = [&operator, &all, &auditor, &owner, &organization_owner];
            everybody.iter().map(|token| ((*token).clone(), readers.contains(token))).collect()
        };
        let may = match (*method, of) {
            ("GET", Of::All | Of::Organization) => may(&[&operator, &all, &auditor, &owner, &organization_owner]),
            ("GET", Of::Installation) => may(&[&operator, &all]),
            ("GET", Of::Company) => may(&[&operator, &all, &auditor, &owner]),
            (_, Of::Installation) => may(&[&operator]),
            (_, Of::Company) => may(&[&operator, &owner]),
            (_, Of::Organization | Of::Rank) => may(&[&operator, &owner, &organization_owner]),
            (_, Of::Product) => may(&[]),
            (_, Of::All) => panic!("a change that everybody may: {path}"),
        };
        // What those do who may change something, is in the tests of each resource.
        let table = may.into_iter().filter(|(_, may)| *method == "GET" || !may);
        for (token, may) in table {
            let answer = site.api(&token, method, &path, body(method)).await;
            check(&answer, if may { 200 } else { 403 }, &format!("{method} {path}"));
        }
    }
}

/// Design.md 9: another company's answers are those of nothing, to the letter.
async fn what_is_not_yours_reads_like_what_is_not_there(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let ours = tenant(&site, "acme", 0xac).await;
    let theirs = tenant(&site, "globex", 0x60).await.door;
    for role in [
        AdminRole::CompanyOwner(theirs.company),
        AdminRole::OrganizationOwner(theirs.company, theirs.organization),
        AdminRole::Auditor(Some(theirs.company)),
    ] {
        let token = site.admin(role).await;
        let rows = ROWS.iter().filter(|(_, pattern, of)| pattern.contains('{') && *of != Of::Product);
        for (method, pattern, of) in rows {
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
