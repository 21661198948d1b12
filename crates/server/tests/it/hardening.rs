//! Hostile and clumsy clients (I-14): they are cut off, others are served.

use std::io::{Read, Write};
use std::thread::sleep;
use std::time::Duration;

use rollcall_server::clock::Clock;
use tempfile::TempDir;

use crate::support::{Answer, Server};

fn with_limits(limits: &str) -> (TempDir, Server) {
    let home = TempDir::new().unwrap();
    let config = home.path().join("rollcall.toml");
    std::fs::write(&config, format!("[limits]\n{limits}")).unwrap();
    let server = Server::serve(&home.path().join("data"), &["--config", config.to_str().unwrap()]);
    (home, server)
}

/// I-14.
#[test]
fn trickled_headers_are_cut_off_while_others_are_served() {
    let (_home, server) = with_limits("header_seconds = 1\nidle_seconds = 60\n");
    let mut slow = server.connect();
    slow.write_all(b"GET /healthz HTTP/1.1\r\n").unwrap();
    let started = Clock::instant();
    let mut ended = None;
    for turn in 0..40 {
        sleep(Duration::from_millis(100));
        if slow.write_all(format!("X-{turn}: a\r\n").as_bytes()).is_err() {
            ended = Some(started.elapsed());
            break;
        }
        if turn % 5 == 0 {
            assert_eq!(server.ask("GET", "/healthz", &[]).status, 200);
        }
    }
    let ended = ended.expect("a client that trickles headers is never cut off");
    assert!(ended >= Duration::from_millis(900) && ended < Duration::from_secs(3), "{ended:?}");
}

/// I-14: an idle connection has more patience than a half-sent head.
#[test]
fn a_kept_connection_may_rest_longer_than_a_head_may_take() {
    let (_home, server) = with_limits("header_seconds = 1\nidle_seconds = 60\n");
    let mut stream = server.connect();
    for _ in 0..2 {
        stream.write_all(b"HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).unwrap();
        assert!(buffer[..length].starts_with(b"HTTP/1.1 200 OK\r\n"));
        sleep(Duration::from_millis(1_500));
    }
}

/// I-14.
#[test]
fn an_idle_connection_is_closed_in_the_end() {
    let (_home, server) = with_limits("idle_seconds = 1\n");
    let mut stream = server.connect();
    let started = Clock::instant();
    assert_eq!(stream.read(&mut [0; 16]).unwrap_or(0), 0);
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// I-14.
#[test]
fn oversized_headers_are_refused_and_the_server_lives() {
    let (_home, server) = with_limits("header_bytes = 8192\n");
    let long = format!("GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "a".repeat(64 * 1024));
    let mut stream = server.connect();
    // The server may hang up in the middle.
    let _ = stream.write_all(long.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let many = "X-Many: a\r\n".repeat(200);
    let answer = server.exchange(&format!("GET /healthz HTTP/1.1\r\nHost: a\r\n{many}Connection: close\r\n\r\n"));
    assert_eq!(answer.status, 431);
    assert_eq!(server.ask("GET", "/healthz", &[]).status, 200);
}

/// A client that sends before it listens still reads its refusal.
#[test]
fn a_refused_body_is_read_to_its_end_before_the_answer() {
    let (_home, server) = with_limits("body_bytes = 65536\n");
    for length in [60_000, 200_000] {
        let body = "a".repeat(length);
        let answer = server.exchange(&format!(
            "POST /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
        assert_eq!(answer.status, 405, "{length}");
    }
}

/// I-14.
#[test]
fn connections_over_the_limit_wait_for_their_turn() {
    let (_home, server) = with_limits("connections = 2\nidle_seconds = 2\n");
    let _one = server.connect();
    let _two = server.connect();
    sleep(Duration::from_millis(200));
    let started = Clock::instant();
    assert_eq!(server.ask("GET", "/healthz", &[]).status, 200);
    assert!(started.elapsed() > Duration::from_secs(1), "the third connection did not wait");
}

#[test]
fn nonsense_is_answered_and_forgotten() {
    let (_home, server) = with_limits("");
    for nonsense in ["\r\n\r\nnonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n"] {
        let mut stream = server.connect();
        stream.write_all(nonsense.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.is_empty() || Answer::parse(&text).status == 400, "{text}");
    }
    assert_eq!(server.ask("GET", "/healthz", &[]).status, 200);
}
