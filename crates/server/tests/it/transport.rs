//! TLS (I-7), and the URLs in answers.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use crate::support::{Answer, Server, outcome, run};

struct Pair {
    certificate: PathBuf,
    key: PathBuf,
    trusted: CertificateDer<'static>,
}

fn pair(place: &Path, name: &str) -> Pair {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(vec!["rollcall.example".to_owned()]).unwrap();
    let (certificate, key) = (place.join(format!("{name}-chain.pem")), place.join(format!("{name}-key.pem")));
    std::fs::write(&certificate, cert.pem()).unwrap();
    std::fs::write(&key, signing_key.serialize_pem()).unwrap();
    Pair { certificate, key, trusted: cert.der().clone() }
}

fn flags(certificate: &Path, key: &Path) -> Vec<String> {
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    vec!["--tls-cert".to_owned(), text(certificate), "--tls-key".to_owned(), text(key)]
}

#[test]
fn the_server_ends_tls_itself() {
    let home = TempDir::new().unwrap();
    let pair = pair(home.path(), "one");
    let flags = flags(&pair.certificate, &pair.key);
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let server = Server::serve(&home.path().join("data"), &flags);
    assert!(server.started["base_url"].as_str().unwrap().starts_with("https://127.0.0.1:"));

    let mut roots = RootCertStore::empty();
    roots.add(pair.trusted).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("rollcall.example").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, server.connect());
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let answer = Answer::read(&mut stream);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000")); // I-7

    // Plain HTTP on the same port is no request; the server goes on.
    let mut plain = server.connect();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let _ = std::io::Read::read_to_end(&mut plain, &mut bytes);
    assert!(!bytes.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn wrong_certificates_are_told_before_anything_starts() {
    let home = TempDir::new().unwrap();
    let (one, two) = (pair(home.path(), "one"), pair(home.path(), "two"));
    let nothing = home.path().join("nothing.pem");
    let empty = home.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for (certificate, key, sentence) in [
        (&nothing, &one.key, "the certificate file"),
        (&empty, &one.key, "holds no certificate"),
        (&one.certificate, &nothing, "the key file"),
        (&one.certificate, &two.key, "do not go together"),
    ] {
        let flags = flags(certificate, key);
        let mut arguments = vec!["check-config"];
        arguments.extend(flags.iter().map(String::as_str));
        let (exit, stderr) = outcome(&run(&arguments));
        assert_eq!(exit, 2, "{stderr}");
        assert!(stderr.contains(sentence), "{stderr}");
    }
}

///
#[test]
fn urls_come_from_the_public_url_or_the_listening_address() {
    let data = TempDir::new().unwrap();
    let server = Server::serve(data.path(), &[]);
    assert_eq!(server.started["base_url"], format!("http://{}", server.address()));
    drop(server);
    let line = {
        let server = Server::serve(data.path(), &["--public-url", "https://id.acme.example/"]);
        server.started.clone()
    };
    assert_eq!(line["base_url"], "https://id.acme.example");
    assert_eq!(line["scim_base_url"], "https://id.acme.example/scim/v2");
}
