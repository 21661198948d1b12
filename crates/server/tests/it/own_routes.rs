//! The shell around routes that only tests have: panics, slow handlers, bodies.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use rollcall_directory::{Database, Directory, Options};
use rollcall_server::config::Config;
use rollcall_server::scim::{ScimAnswer, ScimBody, ScimRejection};
use rollcall_server::{AppState, Running, Sources, start_with};
use tempfile::TempDir;

use crate::support::Answer;

async fn start(data: &TempDir, change: impl FnOnce(&mut Config)) -> Running {
    let database = Database::Sqlite(data.path().join("rollcall.db"));
    rollcall_migrations::migrate(&database.url()).await.unwrap();
    let directory = Directory::open(Options::new(database)).await.unwrap();
    let mut config = Config { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Config::default() };
    change(&mut config);
    start_with(config, directory, Sources::default(), routes()).await.unwrap()
}

fn routes() -> Router<AppState> {
    Router::new()
        .route("/scim/v2/panic", get(panics))
        .route("/panic", get(panics))
        .route("/scim/v2/slow", get(slow))
        .route("/scim/v2/echo", post(echo))
        .route("/scim/v2/long", get(long))
}

async fn panics() -> ScimAnswer {
    panic!("a bug")
}

async fn slow() -> ScimAnswer {
    tokio::time::sleep(Duration::from_secs(30)).await;
    ScimAnswer::no_content()
}

async fn long() -> ScimAnswer {
    ScimAnswer::ok("a".repeat(32 * 1024 * 1024).into())
}

async fn echo(ScimBody(body): ScimBody) -> Result<ScimAnswer, ScimRejection> {
    Ok(ScimAnswer::ok(body?))
}

async fn exchange(address: SocketAddr, request: String) -> Answer {
    let exchange = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Answer::parse(&String::from_utf8_lossy(&bytes))
    };
    tokio::task::spawn_blocking(exchange).await.unwrap()
}

fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_one_request() {
    let data = TempDir::new().unwrap();
    let running = start(&data, |_| {}).await;
    let address = running.address();
    for (path, media_type) in [("/scim/v2/panic", "application/scim+json"), ("/panic", "application/problem+json")] {
        let answer = exchange(address, request("GET", path, "", "")).await;
        assert_eq!((answer.status, answer.header("content-type")), (500, Some(media_type)));
        assert!(answer.header("x-request-id").is_some() && !answer.body.contains("a bug"), "{answer:?}");
    }
    assert_eq!(exchange(address, request("GET", "/healthz", "", "")).await.status, 200);
    assert_eq!(running.stop().await.unwrap().cut_off, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_is_given_up() {
    let data = TempDir::new().unwrap();
    let running = start(&data, |config| config.limits.request_time = Duration::from_millis(200)).await;
    let answer = exchange(running.address(), request("GET", "/scim/v2/slow", "", "")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_eq!(running.stop().await.unwrap().cut_off, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grace_period_ends_what_hangs() {
    let data = TempDir::new().unwrap();
    let running = start(&data, |config| config.limits.grace_time = Duration::from_millis(200)).await;
    let address = running.address();
    let hanging = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request("GET", "/scim/v2/slow", "", "").as_bytes()).unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        bytes
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(running.stop().await.unwrap().cut_off, 1);
    assert_eq!(hanging.await.unwrap(), b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn scim_bodies_are_json_of_bounded_size() {
    let data = TempDir::new().unwrap();
    let running = start(&data, |config| config.limits.body_bytes = 2_000).await;
    let long = format!("{{\"a\":\"{}\"}}", "b".repeat(3_000));
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    for (headers, body, status, scim_type) in [
        ("Content-Type: application/scim+json\r\n", "{\"a\":1}", 200, None),
        ("", "{\"a\":1}", 200, None),
        ("Content-Type: text/plain\r\n", "{\"a\":1}", 415, None),
        ("", "{\"a\":", 400, Some("invalidSyntax")),
        ("", "{\"a\":1,\"A\":2}", 400, Some("invalidSyntax")),
        ("", deep.as_str(), 400, Some("invalidSyntax")),
        ("", long.as_str(), 413, None),
    ] {
        let answer = exchange(running.address(), request("POST", "/scim/v2/echo", headers, body)).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("application/scim+json")),
            "{answer:?}"
        );
        assert_eq!(answer.json()["scimType"].as_str(), scim_type, "{answer:?}");
    }
    running.stop().await.unwrap();
}

/// I-14.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_its_answer_is_cut_off() {
    let data = TempDir::new().unwrap();
    let running = start(&data, |config| config.limits.idle_time = Duration::from_secs(1)).await;
    let mut deaf = TcpStream::connect(running.address()).unwrap();
    deaf.write_all(request("GET", "/scim/v2/long", "", "").as_bytes()).unwrap();
    let mut open = String::new();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let figures = exchange(running.address(), request("GET", "/metrics", "", "")).await;
        open = figures.body.lines().find(|line| line.starts_with("rollcall_http_connections ")).unwrap().to_owned();
        if open == "rollcall_http_connections 1" {
            break;
        }
    }
    assert_eq!(open, "rollcall_http_connections 1");
    running.stop().await.unwrap();
}
