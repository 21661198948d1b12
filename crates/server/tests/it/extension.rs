//! Rollcall's own extension of User: what the server tells on request (design.md 6, A-72).

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::Server;

const URN: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";

fn send(server: &Server, method: &str, path: &str, token: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let token = server.started[token].as_str().unwrap();
    let answer = server.exchange(&format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {} {}", answer.status, answer.body))
}

#[test]
fn managed_by_and_last_sign_in_are_told_to_whoever_asks_and_only_then() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", &data.path().join("new"), &[]);
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@acme.example"});
    let created = send(&server, "POST", "/scim/v2/Users", "scim_token", &user);
    let path = format!("/scim/v2/Users/{}", created["id"].as_str().unwrap());
    let asked = format!("{path}?attributes={URN}:managedBy,{URN}:lastSignIn");

    let before = send(&server, "GET", &asked, "scim_token", &Value::Null);
    assert_eq!(before[URN], json!({"managedBy": "acme-sso"}), "A-72: nobody signed in yet");

    let evidence = json!({"type": "attributes", "subject": "ada", "attributes": {"email": "ada@acme.example"}});
    let decided = send(&server, "POST", "/sso/sign-in", "sign_in_key", &json!({"evidence": evidence}));
    assert_eq!(decided["decision"], "allow");

    let after = send(&server, "GET", &asked, "scim_token", &Value::Null);
    assert!(after[URN]["lastSignIn"].as_str().unwrap().ends_with('Z'), "{after}");
    let plain = send(&server, "GET", &path, "scim_token", &Value::Null);
    assert_eq!(plain.get(URN), None, "A-72: returned on request only");
    assert_eq!(plain["meta"], created["meta"], "outside version and lastModified");
}
