//! `rollcall brake` beside a running server.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, outcome, run};

/// Lines of an answer, or the sentence of a failure.
fn brake(arguments: &[&str], place: &str) -> Result<Vec<Value>, (i32, String)> {
    let mut all = vec!["brake"];
    all.extend(arguments);
    all.extend(["--json", "--data-dir", place]);
    let output = run(&all);
    if !output.status.success() {
        return Err(outcome(&output));
    }
    let text = String::from_utf8(output.stdout).unwrap();
    Ok(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn send(server: &Server, token: &str, method: &str, path: &str, body: &Value) -> Value {
    let (token, body) = (server.credential(token), body.to_string());
    let media = if path.starts_with("/scim") { "application/scim+json" } else { "application/json" };
    let answer = server.exchange(&format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: {media}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
    answer.json()
}

/// RC-12: as an operator would answer, without the administration API.
#[test]
fn an_operator_answers_for_people_who_are_held() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    let place = data.path().to_str().unwrap();
    let of = ["--connection", "acme-sso"];
    let connection = server.credential("connection_id");
    let never = json!({"brake": {"count": 0, "percent": 0}});
    send(&server, "admin_token", "PATCH", &format!("/api/v1/connections/{connection}"), &never);
    assert_eq!(brake(&[&["status"][..], &of].concat(), place), Ok(vec![]));
    for person in ["ada", "bob", "cyd"] {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("{person}@acme.example"),
        });
        let path = format!(
            "/scim/v2/Users/{}",
            send(&server, "scim_token", "POST", "/scim/v2/Users", &user)["id"].as_str().unwrap()
        );
        let operations = json!([{"op": "replace", "path": "active", "value": false}]);
        let deactivate =
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
        send(&server, "scim_token", "PATCH", &path, &deactivate);
    }
    let held = brake(&[&["status"][..], &of].concat(), place).unwrap();
    let emails: Vec<&str> = held.iter().map(|line| line["email"].as_str().unwrap()).collect();
    assert_eq!(emails, ["ada@acme.example", "bob@acme.example", "cyd@acme.example"]);
    assert!(held.iter().all(|line| line["since"].is_string() && line["releases_at"].is_string()), "{held:?}");
    let ada = ["--account", "Ada@Acme.example"];
    let answered = |word: &str, people: u64| Ok(vec![json!({"answer": word, "people": people, "last_owners": []})]);
    assert_eq!(brake(&[&["release"][..], &of, &ada].concat(), place), answered("released", 1));
    for (arguments, code, sentence) in [
        ([&["release"][..], &of, &ada].concat(), 1, "holds nobody of the id"),
        ([&["reject"][..], &of, &["--account", "nobody@acme.example"]].concat(), 1, "nobody has the address"),
        (vec!["status", "--connection", "other"], 1, "there is no connection `other`"),
        (vec!["status"], 2, "--connection"),
    ] {
        let (exit, stderr) = brake(&arguments, place).unwrap_err();
        assert_eq!((exit, stderr.contains(sentence)), (code, true), "{arguments:?}: {stderr}");
    }
    assert_eq!(brake(&[&["reject"][..], &of].concat(), place), answered("rejected", 2));
    assert_eq!(brake(&[&["status"][..], &of].concat(), place), Ok(vec![]));
}
