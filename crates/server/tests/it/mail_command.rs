//! `rollcall mail test`, and what `check-config` says of mail.

use std::io;
use std::process::Output;
use std::sync::{Arc, Mutex};

use mailin_embedded::{AuthMechanism, Handler, Response, Server, SslConfig, response};
use serde_json::Value;

use crate::mail_server::{MailServer, Manner};
use crate::support::{outcome, rollcall};

/// Runs the binary with these settings, while the mail server of the test goes on.
async fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = rollcall();
    command.args(arguments).envs(settings.iter().copied());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

const FROM: (&str, &str) = ("ROLLCALL_MAIL_FROM", "Rollcall <rollcall@ours.example>");
const TEST: [&str; 4] = ["mail", "test", "--to", "ada@acme.example"];

#[tokio::test]
async fn a_test_letter_says_what_the_server_answered() {
    let post = MailServer::start(Manner::Takes).await;
    let url = format!("smtp://{}", post.address);
    let settings = [("ROLLCALL_MAIL_SMTP_URL", url.as_str()), FROM];
    let output = run(&["--json", "mail", "test", "--to", "ada@acme.example"], &settings).await;
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["sent"], &said["answer"]), (&Value::Bool(true), &"250 2.0.0 queued as 12AB".into()));
    let taken = post.inbox();
    assert_eq!((taken.len(), taken[0].to.as_str()), (1, "ada@acme.example"));
    for (manner, sentence) in [
        (Manner::KnowsNobody, "the letter was refused: permanent error (550)"),
        (Manner::Refuses("450 4.2.1 mailbox is busy"), "the letter was not taken now: transient error (450)"),
        (
            Manner::Greets("421 too busy"),
            "the mail server cannot be used: cannot reach 127.0.0.1: transient error (421)",
        ),
    ] {
        post.behave(manner);
        let (code, stderr) = outcome(&run(&TEST, &settings).await);
        assert!(code == 1 && stderr.contains(sentence), "{manner:?}: {stderr}");
    }
}

#[tokio::test]
async fn without_settings_the_command_names_them() {
    let (code, stderr) = outcome(&run(&TEST, &[]).await);
    assert!(code == 1 && stderr.contains("`mail.smtp_url` (or `mail.directory`) and `mail.from`"), "{stderr}");
    let (code, stderr) =
        outcome(&run(&TEST, &[("ROLLCALL_MAIL_SMTP_URL", "smtp://u:hunter2@mail.acme.example"), FROM]).await);
    assert!(code == 2 && stderr.contains("without TLS") && !stderr.contains("hunter2"), "{stderr}");
    let to_nobody = ["mail", "test", "--to", "nobody"];
    let (code, stderr) = outcome(&run(&to_nobody, &[("ROLLCALL_MAIL_SMTP_URL", "smtp://127.0.0.1:1"), FROM]).await);
    assert!(code == 1 && stderr.contains("`nobody`"), "{stderr}");
}

#[tokio::test]
async fn a_checked_configuration_says_where_letters_go() {
    let settings = [("ROLLCALL_MAIL_SMTP_URL", "smtps://u:hunter2@mail.acme.example"), FROM];
    let output = run(&["check-config"], &settings).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("letters go to mail.acme.example as rollcall@ours.example"), "{text}");
    assert!(!text.contains("hunter2"));
    let output = run(&["check-config"], &[]).await;
    assert!(String::from_utf8(output.stdout).unwrap().contains("no mail is sent"));
}

/// What a server that others have written took.
#[derive(Clone, Debug, Default)]
struct Inbox(Arc<Mutex<String>>);

impl Handler for Inbox {
    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().push_str(&String::from_utf8_lossy(line));
        Ok(())
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        if (user, password) == ("ada", "p@ss word") { response::AUTH_OK } else { response::INVALID_CREDENTIALS }
    }
}

/// Another implementation of SMTP understands ours, too: STARTTLS, user and password, both parts.
#[tokio::test]
async fn a_server_of_others_takes_letters() {
    let certified = MailServer::start(Manner::Mute).await;
    let (inbox, listener) = (Inbox::default(), std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    let path = |name: &str| certified.file(name).display().to_string();
    let ssl = SslConfig::SelfSigned { cert_path: path("leaf"), key_path: path("key") };
    let handler = inbox.clone();
    // It serves until the test program ends.
    std::thread::spawn(move || {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut server = Server::new(handler);
        server.with_name("others.test").with_auth(AuthMechanism::Plain).with_tcp_listener(listener);
        server.with_ssl(ssl).unwrap();
        server.serve().unwrap();
    });
    let url = format!("smtp://ada:p%40ss%20word@127.0.0.1:{port}?tls=required");
    let authority = path("authority");
    let settings = [("ROLLCALL_MAIL_SMTP_URL", url.as_str()), ("ROLLCALL_MAIL_AUTHORITIES", &authority), FROM];
    let (code, stderr) = outcome(&run(&TEST, &settings).await);
    assert_eq!(code, 0, "{stderr}");
    let text = inbox.0.lock().unwrap().clone();
    for part in ["Subject: Rollcall: Test letter", "Content-Type: text/plain", "Content-Type: text/html"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let wrong = url.replace("p%40ss", "wrong");
    let (code, stderr) = outcome(&run(&TEST, &[("ROLLCALL_MAIL_SMTP_URL", &wrong), settings[1], FROM]).await);
    assert!(code == 1 && stderr.contains("does not let the user of `mail.smtp_url` in"), "{stderr}");
}
