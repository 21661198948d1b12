//! `rollcall domain` beside a running server, and what it says when it does nothing.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::dns::{NameServer, text};
use crate::support::{Server, outcome, run};

fn domain(arguments: &[&str], data: &str) -> Vec<Value> {
    let mut all = vec!["domain"];
    all.extend(arguments);
    all.extend(["--json", "--data-dir", data]);
    let output = run(&all);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The decision about somebody at a connection.
fn sign_in(server: &Server, email: &str) -> Value {
    let evidence = json!({"type": "attributes", "subject": email, "attributes": {"email": email}});
    let body = json!({"evidence": evidence, "dry_run": true}).to_string();
    let key = server.credential("sign_in_key");
    let answer = server.exchange(&format!(
        "POST /sso/sign-in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["reason"].clone()
}

/// RC-1: the server goes by what the command did, within a second.
#[test]
fn a_domain_trusted_beside_a_running_server_counts_at_sign_ins() {
    let data = TempDir::new().unwrap();
    let server = Server::spawn("quickstart", data.path(), &[]);
    let place = data.path().to_str().unwrap();
    domain(&["add", "corp.example"], place);
    attach(place, "corp.example");
    sleep(Duration::from_secs(1));
    assert_eq!(sign_in(&server, "ada@acme.example"), "allowed");
    assert_eq!(sign_in(&server, "ada@corp.example"), "domain_not_verified");
    let trusted = domain(&["trust", "Corp.example"], place);
    assert_eq!(trusted, [json!({"name": "corp.example", "state": "verified", "connections": ["acme-sso"]})]);
    sleep(Duration::from_secs(1));
    assert_eq!(sign_in(&server, "ada@corp.example"), "allowed");
    let listed = domain(&["list"], place);
    let names: Vec<&Value> = listed.iter().map(|line| &line["name"]).collect();
    assert_eq!(names, ["acme.example", "corp.example"]);
}

/// Attaches a domain to the connection, as its administrator would.
fn attach(data: &str, name: &str) {
    use rollcall_directory::{DATABASE_FILE, Database, Directory, DirectoryError, Options};
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = Database::Sqlite(std::path::Path::new(data).join(DATABASE_FILE));
        let options = Options { exclusive: false, ..Options::new(database) };
        let directory = Directory::open(options).await.unwrap();
        let company = directory.read().company_by_name("acme").await.unwrap().unwrap().id;
        let connection = directory.read().connection_by_name(company, "acme-sso").await.unwrap().unwrap();
        let attached = directory.write(|unit| {
            let mut moved = connection.clone();
            moved.updated_at += 1;
            async move {
                unit.set_connection_domains(company, moved.id, &["acme.example".to_owned(), name.to_owned()]);
                unit.update_connection(&moved, moved.updated_at - 1)?;
                Ok::<(), DirectoryError>(())
            }
        });
        attached.await.unwrap();
        directory.close().await;
    });
}

/// P/D-1, P/D-2, P/D-8: the way of a domain on the command line.
#[test]
fn a_domain_is_added_verified_and_removed() {
    let data = TempDir::new().unwrap();
    drop(Server::spawn("quickstart", data.path(), &[]));
    let place = data.path().to_str().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let names = runtime.block_on(NameServer::start());
    let dns = names.address.to_string();
    let added = domain(&["add", "corp.example"], place);
    assert_eq!((&added[0]["state"], &added[0]["txt_name"]), (&json!("pending"), &json!("corp.example")));
    let verify = ["domain", "verify", "corp.example", "--dns", &dns, "--data-dir", place];
    let (exit, stderr) = outcome(&run(&verify));
    assert_eq!(exit, 1, "{stderr}");
    assert!(stderr.contains(&dns) && stderr.contains("there is no name `corp.example`"), "{stderr}");
    names.set("corp.example", text(added[0]["txt_value"].as_str().unwrap()));
    assert_eq!(domain(&["verify", "corp.example", "--dns", &dns], place)[0]["state"], "verified");
    assert_eq!(domain(&["remove", "corp.example"], place)[0]["state"], "removed");
    let listed = domain(&["list"], place);
    assert_eq!((listed.len(), &listed[0]["name"]), (1, &json!("acme.example")));
    let audit = run(&["domain", "audit", "--data-dir", place]);
    assert_eq!(String::from_utf8(audit.stdout).unwrap(), "Name,Username,Email\n");
}

#[test]
fn what_cannot_be_done_is_said() {
    let data = TempDir::new().unwrap();
    drop(Server::spawn("quickstart", data.path(), &[]));
    let place = data.path().to_str().unwrap();
    for (arguments, code, sentence) in [
        (&["trust", "gmail.com"][..], 1, "public mail provider"), // P/D-5
        (&["add", "https://corp.example"], 1, "is a URL"),        // P/D-5
        (&["add", "acme.example"], 1, "already"),
        (&["remove", "acme.example"], 1, "attached to acme-sso"), // P4-28
        (&["remove", "corp.example"], 1, "has no domain `corp.example`"),
        (&["trust", "corp.example", "--company", "umbrella"], 1, "there is no company `umbrella`"),
        (&["transfer", "corp.example", "--to", "acme"], 1, "is not verified"),
        (&["transfer", "corp.example"], 2, "--to"),
        (&["verify", "corp.example", "--dns", "nowhere"], 2, "is no name server"),
    ] {
        let mut all = vec!["domain"];
        all.extend(arguments);
        all.extend(["--data-dir", place]);
        let (exit, stderr) = outcome(&run(&all));
        assert_eq!(exit, code, "{arguments:?}: {stderr}");
        assert!(stderr.contains(sentence), "{arguments:?}: {stderr}");
    }
}
