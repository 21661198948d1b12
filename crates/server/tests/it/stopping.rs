//! Stopping: what runs is finished, nothing new is taken, and it ends within the grace period.

use std::io::Write;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use rollcall_server::clock::Clock;
use tempfile::TempDir;

use crate::support::{Answer, Server};

/// A request that runs until the rest of its body is sent.
fn half_a_request(server: &Server) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab").unwrap();
    sleep(Duration::from_millis(300));
    stream
}

#[test]
fn sigterm_lets_a_running_request_finish_and_takes_no_other() {
    let data = TempDir::new().unwrap();
    let mut server = Server::serve(data.path(), &[]);
    let address = server.address();
    let mut running = half_a_request(&server);
    let idle = server.connect();
    server.signal("TERM");
    sleep(Duration::from_millis(300));
    assert!(TcpStream::connect(address).is_err(), "new connections are refused");
    running.write_all(b"cd").unwrap();
    assert_eq!(Answer::read(&mut running).status, 405);
    let ended = server.wait();
    assert_eq!(ended.code(), Some(0), "{}", server.log());
    assert_eq!(server.further_output(), "");
    drop(idle);
    // The directory is free again at once.
    assert_eq!(Server::serve(data.path(), &[]).ask("GET", "/readyz", &[]).status, 200);
}

#[test]
fn the_grace_period_bounds_the_patience() {
    let home = TempDir::new().unwrap();
    let config = home.path().join("rollcall.toml");
    std::fs::write(&config, "[limits]\ngrace_seconds = 1\n").unwrap();
    let mut server = Server::serve(&home.path().join("data"), &["--config", config.to_str().unwrap()]);
    let _running = half_a_request(&server);
    let started = Clock::instant();
    server.signal("TERM");
    let ended = server.wait();
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!(ended.code(), Some(1));
    assert!(
        server.log().contains("rollcall: the grace period was over before 1 connections were done"),
        "{}",
        server.log()
    );
}

#[test]
fn a_second_signal_is_not_patient() {
    let data = TempDir::new().unwrap();
    let mut server = Server::serve(data.path(), &[]);
    let _running = half_a_request(&server);
    server.signal("TERM");
    sleep(Duration::from_millis(300));
    let started = Clock::instant();
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(1));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}
