//! Requests to servers of this machine that answer byte by byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::config::Network;

/// A server that gives every connection the same answer, and counts them.
struct Answering {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Answering {
    async fn start(answer: impl Into<Vec<u8>>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (answer, asked) = (answer.into(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (answer, tls) = (answer.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => speak(stream, &answer).await,
                            Err(_refused) => {}
                        },
                        None => speak(stream, &answer).await,
                    }
                });
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn speak(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8]) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        request.push(byte);
    }
    if answer.is_empty() {
        // Silence, until the other side gives up.
        let _end = stream.read_u8().await;
    }
    if stream.write_all(answer).await.is_ok() {
        let _closed = stream.shutdown().await;
    }
}

fn allowed(http: bool) -> config::Outbound {
    config::Outbound { allow: vec![Network::LOOPBACK_V4, Network::LOOPBACK_V6], allow_http: http }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[track_caller]
fn refused(got: Result<Bytes, OutboundError>, part: &str) {
    let error = got.unwrap_err().to_string();
    assert!(error.contains(part), "{error}");
}

#[tokio::test]
async fn an_allowed_server_is_asked() {
    let server = Answering::start(ok("{}"), None).await;
    let outbound = Outbound::new(&allowed(true));
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{}/keys", server.address.port());
        assert_eq!(outbound.get(&url, "application/json").await.unwrap(), "{}", "{host}");
    }
    assert_eq!(server.asked(), 2);
}

/// I-16: what a name leads to counts, not how it looks.
#[tokio::test]
async fn a_server_that_is_not_allowed_hears_nothing() {
    let server = Answering::start(ok("{}"), None).await;
    let outbound = Outbound::new(&config::Outbound { allow: Vec::new(), allow_http: true });
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{}/keys", server.address.port());
        refused(outbound.get(&url, "application/json").await, "outbound.allow");
    }
    assert_eq!(server.asked(), 0);
}

/// I-16.
#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Answering::start(ok("{}"), None).await;
    let outbound = Outbound::new(&allowed(true));
    for status in [301, 302, 303, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} Elsewhere\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n",
            elsewhere.address
        );
        let server = Answering::start(answer, None).await;
        let url = format!("http://{}/", server.address);
        refused(outbound.get(&url, "application/json").await, &format!("status {status}"));
    }
    assert_eq!(elsewhere.asked(), 0);
}

#[tokio::test]
async fn an_answer_is_bounded_however_its_length_is_told() {
    let outbound = Outbound::new(&allowed(true));
    let large = "a".repeat(LARGEST + 1);
    let untold = format!("HTTP/1.1 200 OK\r\n\r\n{large}");
    let chunked =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    for answer in [ok(&large), untold, chunked] {
        let server = Answering::start(answer, None).await;
        refused(outbound.get(&format!("http://{}/", server.address), "*/*").await, "more than 1048576 bytes");
    }
    let server = Answering::start(ok(&"a".repeat(LARGEST)), None).await;
    assert_eq!(outbound.get(&format!("http://{}/", server.address), "*/*").await.unwrap().len(), LARGEST);
}

#[tokio::test]
async fn what_went_wrong_is_said() {
    let outbound = Outbound::new(&allowed(true));
    for (answer, part) in [
        ("HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n", "status 500"),
        ("HTTP/1.1 204 Nothing\r\n\r\n", "status 204"),
        ("SSH-2.0-OpenSSH\r\n", "the exchange with `127.0.0.1` failed"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort", "the exchange with `127.0.0.1` failed"),
    ] {
        let server = Answering::start(answer, None).await;
        refused(outbound.get(&format!("http://{}/", server.address), "*/*").await, part);
    }
    let silent = Answering::start("", None).await;
    refused(outbound.get(&format!("http://{}/", silent.address), "*/*").await, "did not answer within 5 seconds");
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    refused(outbound.get(&format!("http://{nobody}/"), "*/*").await, "refused");
}

/// J-25.
#[tokio::test]
async fn certificates_are_verified() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.der().to_vec(), made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate.clone())], PrivateKeyDer::try_from(key).unwrap())
        .unwrap();
    let server = Answering::start(ok("{}"), Some(TlsAcceptor::from(Arc::new(config)))).await;
    let url = |host: &str| format!("https://{host}:{}/", server.address.port());
    let trusted = Certificate::from_der(&certificate).unwrap();
    let trusting = Outbound::trusting(&allowed(false), vec![trusted]);
    assert_eq!(trusting.get(&url("localhost"), "*/*").await.unwrap(), "{}");
    // The right certificate for another name, and one that nobody trusts.
    refused(trusting.get(&url("127.0.0.1"), "*/*").await, "certificate");
    refused(Outbound::new(&allowed(false)).get(&url("localhost"), "*/*").await, "certificate");
}
