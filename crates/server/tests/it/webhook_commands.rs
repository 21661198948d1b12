//! `rollcall webhook` beside a running server.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Server, outcome, run};

fn webhook(arguments: &[&str], data: &str) -> Vec<Value> {
    let mut all = vec!["webhook"];
    all.extend(arguments);
    all.extend(["--json", "--data-dir", data]);
    let output = run(&all);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn webhooks_are_added_listed_and_removed_beside_a_running_server() {
    let data = TempDir::new().unwrap();
    let _server = Server::spawn("quickstart", data.path(), &[]);
    let place = data.path().to_str().unwrap();
    assert_eq!(webhook(&["list"], place), Vec::<Value>::new());
    let made = webhook(&["add", "https://hooks.example/a", "--event", "person.joined"], place);
    let (id, secret) = (made[0]["id"].as_str().unwrap(), made[0]["secret"].as_str().unwrap());
    assert!(secret.starts_with("whsec_"), "{made:?}");
    let listed = webhook(&["list"], place);
    assert_eq!((listed.len(), &listed[0]["events"]), (1, &json!(["person.joined"])));
    assert!(!listed[0].to_string().contains(secret));
    assert_eq!(webhook(&["deliveries", id, "--state", "dead"], place), Vec::<Value>::new());
    assert_eq!(webhook(&["remove", id], place), [json!({"id": id, "state": "removed"})]);
    for (arguments, code, sentence) in [
        (vec!["remove", id], 1, "there is no webhook"),
        (vec!["add", "http://hooks.example/"], 1, "must use `https`"),
        (vec!["add", "https://10.0.0.1/"], 1, "outbound.allow"),
        (vec!["add", "https://hooks.example/", "--event", "person.left"], 1, "there is no kind `person.left`"),
        (vec!["deliveries", id, "--state", "lost"], 2, "expected pending, delivered or dead"),
        (vec!["resend", id, id], 1, "there is no webhook"),
    ] {
        let mut all = vec!["webhook"];
        all.extend(&arguments);
        all.extend(["--data-dir", place]);
        let (got, text) = outcome(&run(&all));
        assert_eq!(got, code, "{arguments:?}: {text}");
        assert!(text.contains(sentence), "{arguments:?}: {text}");
    }
}
