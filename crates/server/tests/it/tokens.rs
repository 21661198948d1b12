//! Tokens on the command line, and how the server receives good and bad ones.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, Server, outcome, run};

fn me(server: &Server, authorization: &[&str]) -> Answer {
    let headers: Vec<(&str, &str)> = authorization.iter().map(|value| ("Authorization", *value)).collect();
    server.ask("GET", "/scim/v2/Me", &headers)
}

fn token(arguments: &[&str], data: &str) -> Value {
    let mut all = vec!["token"];
    all.extend(arguments);
    all.extend(["--json", "--data-dir", data]);
    let output = run(&all);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_token_made_beside_a_running_server_opens_until_it_is_revoked() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    let place = data.path().to_str().unwrap();
    let made = token(&["create", "--kind", "scim", "--connection", "acme-sso", "--expires-in", "1d"], place);
    assert_eq!((&made["kind"], made["expires_at"].is_string()), (&json!("scim"), true));
    let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
    assert_eq!(me(&server, &[&bearer]).status, 501);

    let id = made["id"].as_str().unwrap();
    let revoked = token(&["revoke", id], place);
    assert!(revoked["revoked_at"].is_string(), "{revoked}");
    sleep(Duration::from_secs(1)); // I-10: within a second on every instance.
    assert_eq!(me(&server, &[&bearer]).status, 401);

    // By the connection's id, too; and the others live on.
    let connection = server.started["connection_id"].as_str().unwrap();
    let other = token(&["create", "--kind", "sign-in", "--connection", connection], place);
    assert_eq!(me(&server, &[&format!("Bearer {}", other["token"].as_str().unwrap())]).status, 403);
    let list = run(&["token", "list", "--json", "--data-dir", place]);
    let list = String::from_utf8(list.stdout).unwrap();
    assert_eq!(list.lines().count(), 6);
    let used: Value =
        list.lines().map(|line| serde_json::from_str(line).unwrap()).find(|line: &Value| line["id"] == id).unwrap();
    assert!(used["last_used_on"].is_string(), "{used}");
    assert!(!list.contains(made["token"].as_str().unwrap().rsplit('_').next().unwrap()), "the secret is listed");
}

#[test]
fn wrong_credentials_are_answered_as_the_rfcs_say() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    let good = format!("Bearer {}", server.started["scim_token"].as_str().unwrap());
    let (start, last) = good.split_at(good.len() - 1);
    let flipped = format!("{start}{}", if last == "0" { "1" } else { "0" });
    let invalid = "Bearer realm=\"rollcall\", error=\"invalid_token\"";
    for (authorization, status, challenge) in [
        (&[][..], 401, Some("Bearer realm=\"rollcall\"")),
        (&["Bearer nonsense"], 401, Some(invalid)),
        (&[flipped.as_str()], 401, Some(invalid)),
        (&["Basic YWRhOnNlY3JldA=="], 401, Some("Bearer realm=\"rollcall\"")),
        (&[&good, &good], 400, Some("Bearer realm=\"rollcall\", error=\"invalid_request\"")),
        (&[&good.replace("Bearer", "bearer")], 501, None),
    ] {
        let answer = me(&server, authorization);
        assert_eq!((answer.status, answer.header("www-authenticate")), (status, challenge), "{authorization:?}");
        assert_eq!(answer.header("content-type"), Some("application/scim+json"));
        assert_eq!(answer.json()["status"], status.to_string());
    }
    let in_query = good.replace("Bearer ", "/scim/v2/Me?access_token=");
    assert_eq!(server.ask("GET", &in_query, &[]).status, 401);
}

#[test]
fn the_answer_comes_in_the_media_type_that_was_asked_for() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    for (accept, status, media_type) in [
        ("application/json", 401, "application/json"),
        ("application/scim+json", 401, "application/scim+json"),
        ("*/*", 401, "application/scim+json"),
        ("text/html", 406, "application/scim+json"),
    ] {
        let answer = server.ask("GET", "/scim/v2/Me/", &[("Accept", accept)]);
        assert_eq!((answer.status, answer.header("content-type")), (status, Some(media_type)), "{accept}");
    }
}

#[test]
fn failed_authentication_is_throttled_and_good_tokens_still_pass() {
    let home = TempDir::new().unwrap();
    let config = home.path().join("rollcall.toml");
    std::fs::write(&config, "[limits]\nfailed_authentications = 5\n").unwrap();
    let server = Server::spawn("quickstart", &home.path().join("data"), &["--config", config.to_str().unwrap()]);
    let statuses: Vec<u16> = (0..8).map(|_| me(&server, &["Bearer wrong"]).status).collect();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
    let answer = me(&server, &["Bearer wrong"]);
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    let good = format!("Bearer {}", server.started["scim_token"].as_str().unwrap());
    assert_eq!(me(&server, &[&good]).status, 501);
    assert_eq!(me(&server, &[]).status, 401, "who forgot the token tries nothing");
}

#[test]
fn what_does_not_exist_is_named() {
    let data = TempDir::new().unwrap();
    let place = data.path().join("none");
    let place = place.to_str().unwrap();
    let (exit, stderr) = outcome(&run(&["token", "list", "--data-dir", place]));
    assert_eq!(exit, 1, "{stderr}");
    assert!(stderr.contains("does not exist"), "{stderr}");
    assert!(!std::path::Path::new(place).exists(), "asking created a directory");
    drop(Server::spawn("quickstart", data.path(), &[]));
    let place = data.path().to_str().unwrap();
    for (arguments, code, sentence) in [
        (&["create", "--kind", "scim"][..], 2, "--connection"),
        (&["create", "--kind", "scim", "--connection", "nobody"], 1, "there is no connection `nobody`"),
        (&["create", "--kind", "admin", "--connection", "acme-sso"], 2, "belongs to no connection"),
        (&["create", "--kind", "product", "--expires-in", "soon"], 2, "is no time span"),
        (&["create", "--kind", "admin", "--role", "company-owner"], 2, "names the --company"),
        (&["create", "--kind", "admin", "--role", "operator", "--company", "acme"], 2, "limited to nothing"),
        (&["create", "--kind", "product", "--role", "auditor"], 2, "only a token of kind `admin`"),
        (&["create", "--kind", "product", "--company", "acme"], 2, "--role or --connection"),
        (&["create", "--kind", "admin", "--role", "emperor"], 2, "possible values"),
        (&["revoke", "01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f"], 1, "there is no token"),
        (&["revoke", "abc"], 2, "invalid value"),
    ] {
        let mut all = vec!["token"];
        all.extend(arguments);
        all.extend(["--data-dir", place]);
        let (exit, stderr) = outcome(&run(&all));
        assert_eq!(exit, code, "{stderr}");
        assert!(stderr.contains(sentence), "{stderr}");
    }
}

/// an administrator's token opens what its role is limited to.
#[test]
fn an_administrators_token_has_the_role_it_was_made_for() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    let place = data.path().to_str().unwrap();
    for (role, limit, words) in [
        ("company-owner", ["--company", "acme"], "company_owner"),
        ("organization_owner", ["--organization", "acme"], "organization_owner:"),
        ("auditor", ["--company", "acme"], "auditor"),
    ] {
        let made = token(&[&["create", "--kind", "admin", "--role", role], limit.as_slice()].concat(), place);
        let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
        let ask = |method, path| server.ask(method, path, &[("Authorization", &bearer)]).status;
        assert_eq!(ask("GET", "/api/v1/organizations/acme"), 200, "{role}");
        let list = String::from_utf8(run(&["token", "list", "--json", "--data-dir", place]).stdout).unwrap();
        assert!(list.contains(&format!("\"role\":\"{words}")), "{list}");
    }
}
