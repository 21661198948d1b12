//! One raw HTTP/1.1 connection that stays open.

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Where to, and with which token.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    authority: String,
    path: String,
    token: String,
    media_type: &'static str,
}

/// Status and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON; `null` if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Right if it has this status and says what it must.
    pub(crate) fn expect(&self, status: u16, holds: bool) -> Result<(), String> {
        if self.status == status && holds { Ok(()) } else { Err(self.shown()) }
    }

    /// The id in a resource that was just created.
    pub(crate) fn created(&self) -> Result<String, String> {
        let json = self.json();
        let id = json.get("id").and_then(Value::as_str).filter(|_| self.status == 201);
        id.map(str::to_owned).ok_or_else(|| format!("a create: {}", self.shown()))
    }

    /// For the list of wrong answers.
    pub(crate) fn shown(&self) -> String {
        let text: String = String::from_utf8_lossy(&self.body).chars().take(200).collect();
        format!("{} {text}", self.status)
    }
}

impl Target {
    /// Reads the base URL, without TLS, of a SCIM server.
    pub(crate) fn scim(url: &str, token: &str) -> Result<Self, String> {
        Self::new(url, token, "application/scim+json")
    }

    /// Reads a URL, without TLS, that takes plain JSON.
    pub(crate) fn json(url: &str, token: &str) -> Result<Self, String> {
        Self::new(url, token, "application/json")
    }

    fn new(url: &str, token: &str, media_type: &'static str) -> Result<Self, String> {
        let rest = url.strip_prefix("http://").ok_or_else(|| format!("`{url}` is not a plain http URL"))?;
        let (authority, path) =
            rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
        let authority = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
        let path = path.trim_end_matches('/').to_owned();
        Ok(Self { authority, path, token: token.to_owned(), media_type })
    }
}

/// An open connection; it is opened again when the server closed it.
#[derive(Debug)]
pub(crate) struct Connection {
    target: Target,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// Not open yet.
    pub(crate) const fn new(target: Target) -> Self {
        Self { target, sender: None }
    }

    /// Sends one request and reads the whole answer. The path is relative to the base and percent-encoded.
    pub(crate) async fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.target.path))
            .header("host", &self.target.authority)
            .header("authorization", format!("Bearer {}", self.target.token));
        let body = match body {
            Some(body) => {
                request = request.header("content-type", self.target.media_type);
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
        let mut sender = self.ready().await?;
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        self.sender = Some(sender);
        Ok(Answer { status, body })
    }

    /// The open connection, or a new one where the server closed it after the last answer.
    async fn ready(&mut self) -> Result<SendRequest<Full<Bytes>>, String> {
        if let Some(mut sender) = self.sender.take()
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        let mut sender = self.open().await?;
        sender.ready().await.map_err(|error| error.to_string())?;
        Ok(sender)
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", self.target.authority);
        let stream = TcpStream::connect(&self.target.authority).await.map_err(|error| told(&error))?;
        stream.set_nodelay(true).map_err(|error| told(&error))?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| told(&error))?;
        // Its errors come back through the sender.
        tokio::spawn(async move { connection.await.ok() });
        Ok(sender)
    }
}
