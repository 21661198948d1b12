//! What every answer has in common, whatever the route.

use serde_json::json;
use tempfile::TempDir;

use crate::support::{Answer, Server};

#[track_caller]
fn check(answer: &Answer, status: u16, media_type: Option<&str>) {
    assert_eq!((answer.status, answer.header("content-type")), (status, media_type), "{answer:?}");
    assert!(answer.header("x-request-id").is_some(), "{answer:?}");
    assert!(answer.header("cache-control").is_some(), "{answer:?}");
}

const SCIM: Option<&str> = Some("application/scim+json");
const PROBLEM: Option<&str> = Some("application/problem+json");

#[test]
fn health_readiness_and_figures_are_there() {
    let data = TempDir::new().unwrap();
    let server = Server::serve(data.path(), &[]);
    let health = server.ask("GET", "/healthz", &[]);
    check(&health, 200, Some("application/json"));
    assert_eq!(health.json(), json!({"status": "ok"}));
    let ready = server.ask("GET", "/readyz", &[]);
    assert_eq!((ready.status, ready.json()), (200, json!({"status": "ready"})));
    let figures = server.ask("GET", "/metrics", &[]);
    assert_eq!(figures.status, 200);
    for line in [
        "rollcall_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1",
        "rollcall_http_request_seconds_count{route=\"/readyz\"} 1",
    ] {
        assert!(figures.body.lines().any(|have| have == line), "no `{line}` in\n{}", figures.body);
    }
    for name in ["rollcall_http_connections ", "rollcall_build_info{version=", "rollcall_database_statements_total "] {
        assert!(figures.body.lines().any(|have| have.starts_with(name)), "no `{name}` in\n{}", figures.body);
    }
}

#[test]
fn unknown_paths_and_methods_answer_in_the_words_of_their_plane() {
    let data = TempDir::new().unwrap();
    let server = Server::serve(data.path(), &[]);

    let missing = server.ask("GET", "/scim/v2/Nothing", &[]);
    check(&missing, 404, SCIM);
    assert_eq!(missing.json()["status"], "404");
    let missing = server.ask("GET", "/nothing", &[]);
    check(&missing, 404, PROBLEM);
    assert_eq!(missing.json()["type"], "not_found");

    let version = server.ask("GET", "/scim/v1/Users", &[]);
    check(&version, 400, SCIM);
    assert_eq!(version.json()["scimType"], "invalidVers");

    let wrong = server.ask("POST", "/healthz", &[]);
    check(&wrong, 405, PROBLEM);
    assert_eq!(wrong.header("allow"), Some("GET,HEAD"));

    let unheard_of = server.ask("FOO", "/healthz", &[]);
    check(&unheard_of, 501, PROBLEM);
    check(&server.ask("TRACE", "/healthz", &[]), 405, PROBLEM);
    let options = server.ask("OPTIONS", "/healthz", &[]);
    check(&options, 204, None);
    assert_eq!((options.header("allow"), options.body.as_str()), (Some("GET,HEAD"), ""));

    let head = server.ask("HEAD", "/healthz", &[]);
    check(&head, 200, Some("application/json"));
    assert_eq!((head.header("content-length"), head.body.as_str()), (Some("15"), ""));
}

/// I-9, I-15.
#[test]
fn the_request_id_is_in_the_answer_and_in_the_log_and_personal_data_is_not() {
    let data = TempDir::new().unwrap();
    let server = Server::serve(data.path(), &[]);
    let answer = server.exchange(
        "POST /healthz?filter=ada@acme.example HTTP/1.1\r\nHost: a\r\nX-Request-Id: trace-42\r\nAuthorization: Bearer \
         hush\r\nContent-Length: 16\r\nConnection: close\r\n\r\nada@acme.example",
    );
    assert_eq!(answer.header("x-request-id"), Some("trace-42"));
    server.ask("GET", "/scim/v2/Users/ada@acme.example", &[]);
    let minted = server.ask("GET", "/healthz", &[("X-Request-Id", "not plain!")]);
    let minted = minted.header("x-request-id").unwrap();
    assert_eq!(minted.len(), 36);
    let log = server.log();
    assert!(log.contains("trace-42") && log.contains(minted), "{log}");
    assert!(!log.contains("ada") && !log.contains("hush"), "{log}");
}

#[test]
fn logs_can_be_json_lines() {
    let data = TempDir::new().unwrap();
    let config = data.path().join("rollcall.toml");
    std::fs::write(&config, "[log]\nformat = 'json'\n").unwrap();
    let home = data.path().join("data");
    let server = Server::serve(&home, &["--config", config.to_str().unwrap()]);
    server.ask("GET", "/healthz", &[("X-Request-Id", "trace-43")]);
    let log = server.log();
    let line = log.lines().find(|line| line.contains("trace-43")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&line["span"]["id"], &line["route"], &line["status"]),
        (&json!("trace-43"), &json!("/healthz"), &json!(200))
    );
}
