//! What decisions rest on: addresses of unlinked users, seats, and a policy that has just changed.

use std::time::Duration;

use rollcall_directory::{Database, Directory, DirectoryError, Options, Organization};
use rollcall_policy::ConnectionPolicy;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, Server};

/// A quickstart server, and its database for what an administrator does.
struct Site {
    server: Server,
    directory: Directory,
    #[expect(dead_code, reason = "dropping it removes the files")]
    data: TempDir,
}

impl Site {
    async fn start() -> Self {
        let data = TempDir::new().unwrap();
        let server = Server::spawn("quickstart", data.path(), &[]);
        let database = Database::Sqlite(data.path().join(rollcall_directory::DATABASE_FILE));
        let options = Options { exclusive: false, busy_timeout: Duration::from_secs(20), ..Options::new(database) };
        Self { server, directory: Directory::open(options).await.unwrap(), data }
    }

    fn send(&self, method: &str, path: &str, key: &str, body: &Value) -> Answer {
        let (token, body) = (self.server.started[key].as_str().unwrap(), body.to_string());
        self.server.exchange(&format!(
            "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    fn push(&self, body: &Value) -> Answer {
        self.send("POST", "/scim/v2/Users", "scim_token", body)
    }

    fn sign_in(&self, subject: &str, email: &str) -> Value {
        let body = json!({"evidence": {"type": "attributes", "subject": subject, "attributes": {"email": email}}});
        let answer = self.send("POST", "/sso/sign-in", "sign_in_key", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    async fn set_policy(&self, change: impl Fn(&mut ConnectionPolicy) + Send + Sync) {
        let change = &change;
        let work = |unit: rollcall_directory::Unit| async move {
            let company = unit.company_by_name("acme").await?.unwrap().id;
            let mut connection = unit.connection_by_name(company, "acme-sso").await?.unwrap();
            let before = connection.updated_at;
            change(&mut connection.policy);
            connection.updated_at += 1;
            unit.update_connection(&connection, before)?;
            Ok::<_, DirectoryError>(())
        };
        self.directory.write(work).await.unwrap();
    }

    async fn set_seats(&self, seats: Option<u64>) {
        let work = |unit: rollcall_directory::Unit| async move {
            let organization = unit.organization_by_name("acme").await?.unwrap();
            let company = organization.company;
            unit.update_organization(&Organization { seats, ..organization });
            let mut connection = unit.connection_by_name(company, "acme-sso").await?.unwrap();
            let before = connection.updated_at;
            connection.updated_at += 1;
            unit.update_connection(&connection, before)?;
            Ok::<_, DirectoryError>(())
        };
        self.directory.write(work).await.unwrap();
    }
}

/// RC-6, RC-11, RC-13: who is inactive and linked to nobody is refused by the address all the same, which may be `userName`.
#[tokio::test]
async fn an_inactive_user_without_an_account_is_refused_by_the_address() {
    let site = Site::start().await;
    let bodies = [
        ("ada@acme.example", json!({"userName": "ada@acme.example", "active": false})),
        ("bob@acme.example", json!({"userName": "bob", "active": false, "emails": [{"value": "bob@acme.example"}]})),
    ];
    for (email, body) in bodies {
        assert_eq!(site.push(&body).status, 201);
        let decided = site.sign_in(email, email);
        assert_eq!((&decided["decision"], &decided["reason"]), (&json!("deny"), &json!("deactivated")), "{decided}");
        assert_eq!(decided["account"], Value::Null);
    }
    // A second address makes nobody the person: whoever has it as their own comes in.
    let shared = json!({"userName": "carl", "active": false,
        "emails": [{"value": "carl@acme.example", "primary": true}, {"value": "desk@acme.example"}]});
    assert_eq!(site.push(&shared).status, 201);
    assert_eq!(site.sign_in("desk", "desk@acme.example")["decision"], "allow");
}

/// RC-15: thousands may share a second address; none of them has a part in what is decided about one.
#[tokio::test]
async fn an_address_that_many_share_brings_none_of_them_into_the_facts() {
    let site = Site::start().await;
    for number in 0..12 {
        let body = json!({"userName": format!("u{number}@acme.example"), "externalId": "0",
            "emails": [{"value": format!("u{number}@acme.example"), "primary": true}, {"value": "desk@acme.example"}]});
        assert_eq!(site.push(&body).status, 201, "{number}");
    }
    let decided = site.sign_in("u3", "u3@acme.example");
    assert_eq!(decided["decision"], "allow", "{decided}");
    let company = site.directory.read().company_by_name("acme").await.unwrap().unwrap().id;
    let id = decided["decision_id"].as_str().unwrap().parse().unwrap();
    let stored = site.directory.read().decision(company, id).await.unwrap().unwrap();
    let facts: Value = serde_json::from_str(&stored.facts).unwrap();
    assert_eq!(facts["facts"]["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(facts["facts"]["directory"].as_array().unwrap().len(), 1);
}

/// N-3, RC-16: a connection that was read half a second ago is no policy to decide by.
#[tokio::test]
async fn a_changed_policy_holds_in_the_next_decision() {
    let site = Site::start().await;
    assert_eq!(site.sign_in("ada", "ada@acme.example")["decision"], "allow");
    assert_eq!(site.push(&json!({"userName": "bob@acme.example"})).status, 201);
    site.set_policy(|policy| policy.jit = false).await;
    let decided = site.sign_in("eve", "eve@acme.example");
    assert_eq!((&decided["reason"], &decided["message"]), (&json!("access_denied"), &json!("Access denied")));
    site.set_policy(|policy| policy.scim = false).await;
    assert_eq!(site.push(&json!({"userName": "carl@acme.example"})).status, 403);
}

/// J-12, RC-16: seats are counted where one is taken, and nowhere else.
#[tokio::test]
async fn the_last_seat_is_taken_once() {
    let site = Site::start().await;
    site.set_seats(Some(1)).await;
    assert_eq!(site.sign_in("ada", "ada@acme.example")["decision"], "allow");
    let refused = site.push(&json!({"userName": "bob@acme.example"}));
    assert_eq!((refused.status, refused.json()["detail"].as_str().unwrap().contains("`acme`")), (403, true));
    assert_eq!(site.sign_in("eve", "eve@acme.example")["reason"], "no_seats");
    // Who is in stays in, and somebody inactive takes none.
    assert_eq!(site.sign_in("ada", "ada@acme.example")["decision"], "allow");
    assert_eq!(site.push(&json!({"userName": "carl@acme.example", "active": false})).status, 201);
    let found = site.send("GET", "/scim/v2/Users?count=0", "scim_token", &json!({})).json();
    assert_eq!(found["totalResults"], 1);
}

/// RC-17: what the database refuses is refused before, in words.
#[tokio::test]
async fn texts_that_no_index_holds_are_refused() {
    let site = Site::start().await;
    for body in [
        json!({"userName": "a".repeat(2_049)}),
        json!({"userName": "a", "externalId": "\u{30a2}".repeat(700)}),
        json!({"userName": "a", "emails": [{"value": "a".repeat(2_049)}]}),
    ] {
        let answer = site.push(&body);
        assert_eq!((answer.status, answer.json()["scimType"].as_str()), (400, Some("invalidValue")));
    }
    let group = site.send("POST", "/scim/v2/Groups", "scim_token", &json!({"displayName": "g".repeat(2_049)}));
    assert_eq!(group.status, 400);
    let evidence =
        |subject: &str, kind: &str| json!({"evidence": {"type": kind, "subject": subject, "attributes": {}}});
    let sign_in = |body: &Value| site.send("POST", "/sso/sign-in", "sign_in_key", body).status;
    assert_eq!(sign_in(&evidence(&"\u{30a2}".repeat(400), "attributes")), 400);
    // Another kind of evidence than the connection's is forbidden, whatever it holds; no kind at all is malformed.
    for (kind, status) in [("oidc", 403), ("saml", 403), ("account", 403), ("password", 400)] {
        assert_eq!(sign_in(&evidence("ada", kind)), status, "{kind}");
    }
}
