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

    /// For the list of wrong answers.
    pub(crate) fn shown(&self) -> String {
        let text: String = String::from_utf8_lossy(&self.body).chars().take(200).collect();
        format!("{} {text}", self.status)
    }
}

impl Target {
    /// Reads a base URL without TLS.
    pub(crate) fn new(url: &str, token: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("http://").ok_or_else(|| format!("`{url}` is not a plain http URL"))?;
        let (authority, path) =
            rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
        let authority = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
        Ok(Self { authority, path: path.trim_end_matches('/').to_owned(), token: token.to_owned() })
    }

    /// The base URL again.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.authority, self.path)
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
                request = request.header("content-type", "application/scim+json");
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
