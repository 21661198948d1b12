//! A mail server on a real socket that behaves as a test tells it to: well, badly, or not at all.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Takes every letter.
    Takes,
    /// Begins with this line instead of a welcome.
    Greets(&'static str),
    /// Takes connections and never says a word.
    Mute,
    /// Answers this to whom a letter is for.
    Refuses(&'static str),
    /// Answers this once it has the letter.
    Answers(&'static str),
    /// Has the letter, keeps it and says nothing.
    HangsAfterData,
    /// Has the letter, keeps it and hangs up.
    DropsAfterData,
    /// Speaks another protocol.
    Babbles,
    /// Says that it has no such user, whoever it is.
    KnowsNobody,
}

impl Manner {
    /// The first line, and whether anything follows it.
    fn greeting(self) -> (&'static str, bool) {
        if let Self::Greets(line) = self {
            return (line, false);
        }
        if self == Self::Babbles {
            ("HTTP/1.1 400 Bad Request\r\n\r\n<html>", false)
        } else {
            ("220 mail.test ready", true)
        }
    }

    /// The answer to whom a letter is for, unless it is welcome.
    fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Refuses(answer) => Some(answer),
            Self::KnowsNobody => Some("550 5.1.1 no such user"),
            Self::Takes
            | Self::Greets(_)
            | Self::Mute
            | Self::Answers(_)
            | Self::HangsAfterData
            | Self::DropsAfterData
            | Self::Babbles => None,
        }
    }
}

/// A letter that the server has taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) from: String,
    pub(crate) to: String,
    /// As it came over the wire.
    pub(crate) text: String,
    pub(crate) encrypted: bool,
    /// What the client gave as user and password, in base64.
    pub(crate) credentials: String,
}

impl Taken {
    /// The value of a header, unfolded.
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let found = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        found.unwrap_or_else(|| panic!("no {name} in {head}"))
    }

    /// Everything, with quoted-printable resolved as far as it is such.
    pub(crate) fn readable(&self) -> String {
        let joined = self.text.replace("=\r\n", "");
        let bytes = joined.as_bytes();
        let mut readable = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let digits = joined.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let encoded = digits.filter(|_| bytes[at] == b'=');
            readable.push(encoded.unwrap_or(bytes[at]));
            at += if encoded.is_some() { 3 } else { 1 };
        }
        String::from_utf8_lossy(&readable).into_owned()
    }

    /// The part of this type, readable.
    pub(crate) fn part(&self, media_type: &str) -> String {
        let text = self.readable();
        let found = text.split("\r\n--").find(|part| part.contains(&format!("Content-Type: {media_type}")));
        found.unwrap_or_else(|| panic!("no {media_type} in {text}")).to_owned()
    }
}

/// A running server.
#[derive(Clone, Debug)]
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    authority: Arc<TempDir>,
}

struct Shared {
    manner: Mutex<Manner>,
    inbox: Mutex<Vec<Taken>>,
    tls: TlsAcceptor,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("manner", &self.manner).finish_non_exhaustive()
    }
}

impl MailServer {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tls, authority) = certified();
        let (manner, inbox) = (Mutex::new(manner), Mutex::default());
        let shared = Arc::new(Shared { manner, inbox, tls });
        let server = Self { address, shared: Arc::clone(&shared), authority: Arc::new(authority) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { serve(stream, &shared).await });
            }
        });
        server
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    /// What it has taken since it was asked last, by recipient.
    pub(crate) fn inbox(&self) -> Vec<Taken> {
        let mut taken = std::mem::take(&mut *self.shared.inbox.lock().unwrap());
        taken.sort_by(|one, other| one.to.cmp(&other.to));
        taken
    }

    /// The authority that has signed its certificate, as a PEM file.
    pub(crate) fn authority(&self) -> PathBuf {
        self.file("authority")
    }

    /// One of `authority`, `leaf` and `key`, as a PEM file.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.authority.path().join(format!("{name}.pem"))
    }
}

fn certified() -> (TlsAcceptor, TempDir) {
    let directory = TempDir::new().unwrap();
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = parameters.self_signed(&key).unwrap();
    std::fs::write(directory.path().join("authority.pem"), authority.pem()).unwrap();
    let issuer = Issuer::from_params(&parameters, &key);
    let leaf_key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let leaf = CertificateParams::new(names).unwrap().signed_by(&leaf_key, &issuer).unwrap();
    std::fs::write(directory.path().join("leaf.pem"), leaf.pem()).unwrap();
    std::fs::write(directory.path().join("key.pem"), leaf_key.serialize_pem()).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), directory)
}

async fn serve(stream: TcpStream, shared: &Shared) {
    let manner = *shared.manner.lock().unwrap();
    let mut stream = BufStream::new(stream);
    if manner == Manner::Mute {
        return std::future::pending().await;
    }
    let (greeting, goes_on) = manner.greeting();
    if say(&mut stream, greeting).await.is_some()
        && goes_on
        && let Some(stream) = talk(stream, shared, manner, false).await
        && let Ok(stream) = shared.tls.accept(stream.into_inner()).await
    {
        talk(BufStream::new(stream), shared, manner, true).await;
    }
}

/// Talks until the client leaves; the stream comes back if it is to be encrypted.
async fn talk<S>(mut stream: BufStream<S>, shared: &Shared, manner: Manner, encrypted: bool) -> Option<BufStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut taken =
        Taken { from: String::new(), to: String::new(), text: String::new(), encrypted, credentials: String::new() };
    loop {
        let line = line(&mut stream).await?;
        let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer = match word.as_str() {
            "EHLO" if encrypted => "250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
            "EHLO" => "250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250-STARTTLS\r\n250 8BITMIME",
            "STARTTLS" => {
                say(&mut stream, "220 go ahead").await?;
                return Some(stream);
            }
            "AUTH" if line.ends_with("AHUAd3Jvbmc=") => "535 5.7.8 wrong password",
            "AUTH" => {
                taken.credentials = line.rsplit(' ').next().unwrap_or_default().to_owned();
                "235 welcome"
            }
            "MAIL" => {
                taken.from = address(&line);
                "250 ok"
            }
            "RCPT" => {
                taken.to = address(&line);
                manner.refusal().unwrap_or("250 ok")
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                taken.text = data(&mut stream).await?;
                if let Manner::Answers(answer) = manner {
                    answer
                } else {
                    shared.inbox.lock().unwrap().push(taken.clone());
                    if manner == Manner::HangsAfterData {
                        return std::future::pending().await;
                    }
                    if manner == Manner::DropsAfterData {
                        return None;
                    }
                    "250 2.0.0 queued as 12AB"
                }
            }
            "QUIT" => {
                say(&mut stream, "221 bye").await?;
                return None;
            }
            _ => "250 ok",
        };
        say(&mut stream, answer).await?;
    }
}

fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>, text: &str) -> Option<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

async fn line<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Everything to the lone dot; dots that were doubled for the way are single again.
async fn data<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> Option<String> {
    let mut text = String::new();
    loop {
        let line = line(stream).await?;
        if line == "." {
            return Some(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        text.push_str("\r\n");
    }
}
