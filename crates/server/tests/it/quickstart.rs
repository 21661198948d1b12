//! `rollcall quickstart`: one command, a server, credentials that work.

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Server, outcome, rollcall, run};

const NAMES: [&str; 9] = [
    "base_url",
    "scim_base_url",
    "scim_token",
    "sign_in_url",
    "sign_in_key",
    "product_key",
    "admin_url",
    "admin_token",
    "connection_id",
];

fn bearer(server: &Server, token: &Value) -> u16 {
    let value = format!("Bearer {}", token.as_str().unwrap());
    server.ask("GET", "/scim/v2/Me", &[("Authorization", &value)]).status
}

#[test]
fn it_prints_one_line_with_everything_and_serves() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", &data.path().join("new"), &[]);
    let started = &server.started;
    let names: Vec<&str> = started.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, NAMES);
    let base = format!("http://{}", server.address());
    assert_eq!(started["base_url"], base);
    assert_eq!(started["scim_base_url"], format!("{base}/scim/v2"));
    assert_eq!(started["sign_in_url"], format!("{base}/sso/sign-in"));
    assert_eq!(server.ask("GET", "/readyz", &[]).status, 200);
    // 501: the token is good, `/Me` is not for it (I-1).
    assert_eq!(bearer(&server, &started["scim_token"]), 501);
    for (name, prefix) in [
        ("scim_token", "rcscim_"),
        ("sign_in_key", "rcsignin_"),
        ("product_key", "rcproduct_"),
        ("admin_token", "rcadmin_"),
    ] {
        assert!(started[name].as_str().unwrap().starts_with(prefix), "{name}");
    }
    // A key for another door is known, and not enough.
    for name in ["sign_in_key", "product_key", "admin_token"] {
        assert_eq!(bearer(&server, &started[name]), 403, "{name}");
    }
    // Each opens its own: the administrator's, the administration.
    let bearer = format!("Bearer {}", server.credential("admin_token"));
    let companies = server.ask("GET", "/api/v1/companies", &[("Authorization", &bearer)]);
    assert_eq!((companies.status, &companies.json()["items"][0]["name"]), (200, &Value::from("acme")));
    assert!(!server.log().contains(started["scim_token"].as_str().unwrap()), "a secret is in the log");
}

#[test]
fn again_it_serves_the_same_data_with_new_credentials_and_keeps_the_old_ones() {
    let data = TempDir::new().unwrap();
    let first = Server::spawn("quickstart", data.path(), &[]).started.clone();
    let second = {
        let server = Server::spawn("quickstart", data.path(), &[]);
        assert_eq!(server.started["connection_id"], first["connection_id"]);
        assert_ne!(server.started["scim_token"], first["scim_token"]);
        assert_eq!(bearer(&server, &first["scim_token"]), 501); // I-10
        assert_eq!(bearer(&server, &server.started["scim_token"]), 501);
        server.started.clone()
    };
    let server = Server::spawn("quickstart", data.path(), &["--revoke-old"]);
    assert_eq!(bearer(&server, &server.started["scim_token"]), 501);
    for old in [&first, &second] {
        for name in ["scim_token", "sign_in_key", "product_key", "admin_token"] {
            assert_eq!(bearer(&server, &old[name]), 401, "{name}");
        }
    }
}

#[test]
fn a_directory_that_is_not_ours_is_refused() {
    let data = TempDir::new().unwrap();
    std::fs::write(data.path().join("thesis.odt"), "precious").unwrap();
    let (exit, stderr) =
        outcome(&run(&["quickstart", "--data-dir", data.path().to_str().unwrap(), "--listen", "127.0.0.1:0"]));
    assert_eq!(exit, 1, "{stderr}");
    assert!(stderr.contains("not a Rollcall data directory"), "{stderr}");
}

#[test]
fn people_get_a_page_they_can_read() {
    let data = TempDir::new().unwrap();
    let mut child = rollcall()
        .args(["quickstart", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    let _ = child.kill();
    let text = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(NAMES[1..].iter().all(|name| text.contains(&format!("  {name} "))), "{text}");
}
