//! `rollcall plan` beside a running server: shown first, made then, and refused in the words of the rule (N-5, N-6).

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, run};

fn plan(data: &Path, arguments: &[&str]) -> Output {
    let mut all = vec!["plan"];
    all.extend(arguments);
    all.extend(["--data-dir", data.to_str().unwrap()]);
    run(&all)
}

fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn post(server: &Server, path: &str, key: &str, body: &Value) -> Value {
    let (key, body) = (server.credential(key), body.to_string());
    let answer = server.exchange(&format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert!((200..300).contains(&answer.status), "{answer:?}");
    answer.json()
}

fn sign_in(server: &Server, email: &str) -> Value {
    let evidence = json!({"type": "attributes", "subject": email, "attributes": {"email": email}});
    post(server, "/sso/sign-in", "sign_in_key", &json!({"evidence": evidence}))
}

#[test]
fn a_plan_is_shown_and_then_made_beside_a_running_server() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    sign_in(&server, "ada@acme.example");
    let account = json!({"email": "stranger@acme.example", "email_verified": true});
    post(&server, "/api/v1/accounts", "admin_token", &account);

    let shown = lines(&plan(data.path(), &["--jit", "off", "--json"]));
    assert_eq!(shown[0]["change"], json!({"jit": false}));
    let summary = json!({"keeps": 1, "loses": 1, "gains": 0, "changes_teams": 0, "changes_role": 0});
    assert_eq!(shown[0]["summary"], summary);
    let stranger = json!({"email": "stranger@acme.example", "now": "allow", "then": "deny", "rules": ["N-1", "N-3"], "basis": "assumed"});
    assert_eq!(shown[1..], [stranger]);
    // Shown as a table and for people, too; and nothing is changed.
    let table = plan(data.path(), &["--connection", "acme-sso", "--jit", "off", "--csv"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert_eq!(table.lines().nth(1), Some("stranger@acme.example,allow,deny,N-1 N-3,assumed,sso,,,,"), "{table}");
    let people = plan(data.path(), &["--jit", "off"]);
    assert!(String::from_utf8_lossy(&people.stdout).starts_with("stranger@acme.example\tallow\tdeny\t"), "{people:?}");
    assert!(String::from_utf8_lossy(&people.stderr).contains("1 lose their access"), "{people:?}");

    // Nobody is at a terminal to be asked.
    let unasked = plan(data.path(), &["--jit", "off", "--apply"]);
    assert_eq!(unasked.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unasked.stderr).contains("--yes"), "{unasked:?}");
    let made = lines(&plan(data.path(), &["--jit", "off", "--apply", "--yes", "--json"]));
    assert!(made.last().unwrap()["applied_at"].is_string(), "{made:?}");
    // The server goes by it within a second.
    let decided = (0..100).map(|number| sign_in(&server, &format!("new{number}@acme.example"))).find(|decided| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        decided["decision"] == "deny"
    });
    assert_eq!(decided.unwrap()["message"], "Access denied");
    assert_eq!(sign_in(&server, "ada@acme.example")["decision"], "allow");

    // What a rule forbids: the exit code and the rule's id.
    lines(&plan(data.path(), &["--jit", "on", "--apply", "--yes", "--json"]));
    lines(&plan(data.path(), &["--scim", "off", "--apply", "--yes", "--json"]));
    let forbidden = plan(data.path(), &["--jit", "off"]);
    assert_eq!(forbidden.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&forbidden.stderr).contains("(N-5)"), "{forbidden:?}");
    assert_eq!(plan(data.path(), &[]).status.code(), Some(2), "nothing is to be changed");
}

#[test]
fn the_way_from_jit_to_scim_is_told() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    sign_in(&server, "ada@acme.example");
    let told = lines(&plan(data.path(), &["migration", "--json"]));
    assert_eq!((&told[0]["ready"], &told[0]["next"]["step"]), (&json!(false), &json!(1)));
    assert_eq!((&told[1]["state"], &told[1]["email"]), (&json!("not pushed"), &json!("ada@acme.example")));
    let people = plan(data.path(), &["migration", "--connection", "acme-sso"]);
    assert!(String::from_utf8_lossy(&people.stderr).contains("1 [to_do] Set up and test SCIM"), "{people:?}");
    assert!(String::from_utf8_lossy(&people.stdout).starts_with("not pushed\tada@acme.example\t"), "{people:?}");
}
