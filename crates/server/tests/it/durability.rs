//! What was acknowledged is there after `kill -9`, and the disk had it before the answer went out (design.md 9).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rollcall_conformance::client::{Client, Request};
use serde_json::{Value, json};

use crate::support::Server;

const WRITERS: usize = 8;
const ROUNDS: u64 = 20;

fn user(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{name}@acme.example"),
        "name": {"givenName": name, "familyName": "Durable"},
        "emails": [{"value": format!("{name}@acme.example"), "type": "work", "primary": true}],
    })
}

/// Creates users until the connection breaks; answers the ids and names that were acknowledged.
async fn create_until_cut_off(client: Client, token: String, next: Arc<AtomicU64>) -> Vec<(String, String)> {
    let mut acknowledged = Vec::new();
    loop {
        let name = format!("person{}", next.fetch_add(1, Ordering::Relaxed));
        let Ok(answer) = client.send(&Request::new("POST", "/Users", &token).json(&user(&name))).await else {
            return acknowledged;
        };
        assert_eq!(answer.status, 201, "{}", answer.text);
        acknowledged.push((answer.body()["id"].as_str().expect("an id").to_owned(), name));
    }
}

async fn load_and_kill(directory: &Path, round: u64, next: &Arc<AtomicU64>) -> Vec<(String, String)> {
    let mut server = Server::spawn("quickstart", directory, &[]);
    let client = Client::new(server.credential("scim_base_url")).expect("a base URL");
    let token = server.credential("scim_token").to_owned();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| tokio::spawn(create_until_cut_off(client.clone(), token.clone(), Arc::clone(next))))
        .collect();
    // Another moment of the load in every round, from the first writes to full batches.
    tokio::time::sleep(Duration::from_millis(40 + round * 23)).await;
    server.signal("KILL");
    server.wait();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("the writer ended by the cut"));
    }
    acknowledged
}

/// Every acknowledged user is whole: by id, by name, by address; and nobody is there in part.
async fn verify(directory: &Path, acknowledged: &[(String, String)]) {
    let server = Server::spawn("quickstart", directory, &[]);
    let client = Client::new(server.credential("scim_base_url")).expect("a base URL");
    let token = server.credential("scim_token");
    for (id, name) in acknowledged {
        let path = format!("/Users?filter=emails.value eq \"{name}@acme.example\"");
        let answer = client.send(&Request::new("GET", &path, token)).await.expect("the server answers");
        assert_eq!(answer.body()["Resources"][0]["id"], json!(id), "lost or halved: {name}: {}", answer.text);
    }
    let count = |filter: &'static str| {
        let client = client.clone();
        async move {
            let path = format!("/Users?count=0&filter={filter}");
            let answer = client.send(&Request::new("GET", &path, token)).await.expect("the server answers");
            answer.body()["totalResults"].as_u64().expect("a total")
        }
    };
    assert_eq!(count("userName pr").await, count("emails.value ew \"@acme.example\"").await, "a half written user");
    assert!(count("userName pr").await >= acknowledged.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_twenty_kills() {
    let directory = tempfile::tempdir().expect("a directory");
    let next = Arc::new(AtomicU64::new(0));
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        acknowledged.extend(load_and_kill(directory.path(), round, &next).await);
    }
    assert!(acknowledged.len() > 100, "the load was too small to prove anything: {}", acknowledged.len());
    verify(directory.path(), &acknowledged).await;
}

/// A killed process proves nothing about a power cut: the kernel still has the pages. So the system calls are read:
/// between the request and its answer the write-ahead log must have been synced.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_synced_before_the_answer_goes_out() {
    let directory = tempfile::tempdir().expect("a directory");
    let trace = directory.path().join("trace");
    let data = directory.path().join("data");
    let calls = "trace=fsync,fdatasync,read,recvfrom,write,writev,sendto,sendmsg";
    let mut server = Server::traced(calls, &trace, &data);
    let client = Client::new(server.credential("scim_base_url")).expect("a base URL");
    let token = server.credential("scim_token").to_owned();
    for name in ["ada", "grace", "edsger"] {
        let answer = client.send(&Request::new("POST", "/Users", &token).json(&user(name))).await.expect("an answer");
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    server.signal("TERM");
    server.wait();
    // The tracer writes its last lines after the server has ended.
    for _ in 0..100 {
        if read(&trace).contains("+++ exited with 0 +++") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(synced_answers(&read(&trace)), 3, "{}", read(&trace));
}

fn read(trace: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(trace).expect("strace writes a file")).into_owned()
}

/// On the connection that writes, not on one that a test opens: the setting is one of the connection.
#[tokio::test]
async fn the_writer_syncs_every_commit() {
    let directory = rollcall_directory::testing::sqlite().await;
    let told = directory.durability().await.expect("the writer answers");
    let value = |name: &str| told.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(value("journal_mode"), Some("wal"), "{told:?}");
    assert!(matches!(value("synchronous"), Some("2" | "full" | "FULL")), "{told:?}");
    let directory = rollcall_directory::testing::postgres().await;
    let told = directory.durability().await.expect("the server answers");
    for setting in ["fsync", "synchronous_commit"] {
        assert!(told.contains(&(setting.to_owned(), "on".to_owned())), "{told:?}");
    }
}

/// How many 201 answers had a completed sync of the log after their request and before themselves.
fn synced_answers(trace: &str) -> usize {
    let (mut in_request, mut synced, mut answers) = (false, false, 0);
    for line in trace.lines() {
        if line.contains("POST /scim/v2/Users") {
            (in_request, synced) = (true, false);
        } else if in_request && line.contains("sync") && line.contains("= 0") {
            // `fdatasync(11</.../rollcall.db-wal>) = 0`, or its resumed half, which does not repeat the path.
            synced = true;
        } else if in_request && line.contains("HTTP/1.1 201") {
            assert!(synced, "answered before the sync: {line}");
            answers += 1;
            in_request = false;
        }
    }
    answers
}
