//! A receiver of webhooks on a real socket, which answers byte by byte what the test says, also what no server should.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rollcall_server::jobs::dispatch::pass;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::site::{Site, id};

/// What the receiver does with a message.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Says exactly this, and closes.
    Says(String),
    /// Takes the message and says nothing.
    Silence,
    /// Begins to answer with 200, a byte now and then, and never ends.
    Drips,
}

impl Reply {
    /// An answer without a body.
    pub(crate) fn status(status: u16) -> Self {
        Self::Says(format!("HTTP/1.1 {status} As you wish\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"))
    }
}

/// A message as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Message {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}: {self:?}"))
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// Kind of the event, and the account that it is about.
    pub(crate) fn about(&self) -> (String, Value) {
        let body = self.body();
        (body["type"].as_str().unwrap().to_owned(), body["data"]["account"].clone())
    }

    /// Whether one of the signatures is by this secret: HMAC (RFC 2104) written out, so that ours is not checked by itself.
    pub(crate) fn is_signed_by(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert!((24..=64).contains(&key.len()));
        let mut block = [0_u8; 64];
        block[..key.len()].copy_from_slice(&key);
        let text = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.text);
        let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
        let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
        let expected = format!("v1,{}", STANDARD.encode(outer));
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
    }
}

#[derive(Debug, Default)]
struct Shared {
    messages: Mutex<Vec<Message>>,
    replies: Mutex<VecDeque<Reply>>,
    otherwise: Mutex<Option<Reply>>,
    arrived: Notify,
}

/// A receiver; it takes messages as long as it is there.
#[derive(Debug)]
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Receiver {
    /// One that takes every message, until it is told otherwise.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shared) = (listener.local_addr().unwrap(), Arc::new(Shared::default()));
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(receive(stream, Arc::clone(&serving)));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook?a=b", self.address)
    }

    /// What the next messages are answered with, one after the other.
    pub(crate) fn next(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.replies.lock().unwrap().extend(replies);
    }

    /// What every other message is answered with.
    pub(crate) fn always(&self, reply: Reply) {
        *self.shared.otherwise.lock().unwrap() = Some(reply);
    }

    /// The messages that arrived since it was asked last, in their order.
    pub(crate) fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.shared.messages.lock().unwrap())
    }

    /// Waits until a message has arrived since the last one that was waited for.
    pub(crate) async fn wait(&self) {
        self.shared.arrived.notified().await;
    }
}

async fn receive(mut stream: TcpStream, shared: Arc<Shared>) {
    let Some(message) = read(&mut stream).await else { return };
    let reply = shared.replies.lock().unwrap().pop_front();
    let reply = reply.or_else(|| shared.otherwise.lock().unwrap().clone()).unwrap_or_else(|| Reply::status(204));
    shared.messages.lock().unwrap().push(message);
    shared.arrived.notify_one();
    match reply {
        Reply::Says(text) => {
            // The sender may have hung up: it reads no more than it has to.
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Reply::Silence => drop(stream.read_u8().await),
        Reply::Drips => {
            let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while sent.is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                sent = stream.write_all(b".").await;
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Message> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{head}");
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<String, String> =
        lines.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).await.ok()?;
    Some(Message { headers, text: String::from_utf8(body).unwrap() })
}

/// Kinds of events that one change of a person tells once.
const KINDS: [&str; 6] =
    ["person.joined", "person.suspended", "person.restored", "person.removed", "session.ended", "webhook.disabled"];

impl Site {
    /// A webhook of the company of that name for what happens to people, but for their teams; its id and its secret.
    pub(crate) async fn webhook(&self, admin: &str, company: &str, url: &str) -> (String, String) {
        let path = format!("/companies/{company}/webhooks");
        let made = self.manage(admin, "POST", &path, json!({"url": url, "events": KINDS}), 201).await;
        (id(&made), made["secret"].as_str().unwrap().to_owned())
    }

    /// Hands on and sends what is due now.
    pub(crate) async fn dispatch(&self) {
        pass(self.state()).await.unwrap();
    }

    /// Deliveries to the webhook, newest first.
    pub(crate) async fn deliveries(&self, admin: &str, webhook: &str, query: &str) -> Vec<Value> {
        let path = format!("/webhooks/{webhook}/deliveries{query}");
        self.manage(admin, "GET", &path, Value::Null, 200).await["items"].as_array().unwrap().clone()
    }
}
