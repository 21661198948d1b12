//! A small HTTP/1.1 client: any method, any body, nothing added that a check did not ask for.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::variables::encode_target;

/// How long one answer may take: the ceiling of the most patient provider (Okta, 60 s).
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// Talks to one base URL, such as `http://127.0.0.1:8080/scim/v2`.
#[derive(Clone, Debug)]
pub struct Client {
    base: String,
    http: hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>,
}

/// One request. The path is relative to the base URL; spaces and quotes in it may stand as they are.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Method token, known to HTTP or not.
    pub method: String,
    /// Path and query, beginning with `/`.
    pub path: String,
    /// Header fields, in order.
    pub headers: Vec<(String, String)>,
    /// Body bytes, if there is a body.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// A request without a body.
    pub fn new(method: &str, path: &str, token: &str) -> Self {
        let headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
        Self { method: method.to_owned(), path: path.to_owned(), headers, body: None }
    }

    /// The same request with a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.headers.push(("content-type".to_owned(), "application/scim+json".to_owned()));
        self.body = Some(body.to_string().into_bytes());
        self
    }

    /// The same request with one more header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body as text; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// The body, if it is JSON.
    pub json: Option<Value>,
}

impl Answer {
    /// First value of a header field, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The body, or `null` where there is none.
    pub fn body(&self) -> &Value {
        self.json.as_ref().unwrap_or(&Value::Null)
    }

    /// Status and the beginning of the body, for failure messages.
    pub fn summary(&self) -> String {
        let mut text: String = self.text.chars().take(600).collect();
        if text.len() < self.text.len() {
            text.push_str(" ...");
        }
        format!("{} {text}", self.status)
    }
}

impl Client {
    /// A client for a base URL without TLS: put a terminator in front of a server that only speaks TLS.
    pub fn new(base: &str) -> Result<Self, String> {
        if !base.starts_with("http://") {
            return Err(format!("`{base}` is not a plain http URL; the suite speaks HTTP without TLS"));
        }
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Ok(Self { base: base.trim_end_matches('/').to_owned(), http })
    }

    /// The base URL without a trailing slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Scheme and authority alone, for paths outside the base.
    pub fn origin(&self) -> &str {
        let rest = self.base.strip_prefix("http://").unwrap_or(&self.base);
        let length = rest.find('/').map_or(self.base.len(), |slash| slash + (self.base.len() - rest.len()));
        self.base.get(..length).unwrap_or(&self.base)
    }

    /// Sends one request and reads the whole answer.
    pub async fn send(&self, request: &Request) -> Result<Answer, String> {
        let uri = if let Some(outside) = request.path.strip_prefix("origin:") {
            format!("{}{}", self.origin(), encode_target(outside))
        } else {
            format!("{}{}", self.base, encode_target(&request.path))
        };
        let mut builder = hyper::Request::builder().method(request.method.as_str()).uri(&uri);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let body = Full::new(Bytes::from(request.body.clone().unwrap_or_default()));
        let message =
            builder.body(body).map_err(|error| format!("{} {uri} cannot be sent: {error}", request.method))?;
        let exchange = async {
            let response = self.http.request(message).await.map_err(|error| chain(&error))?;
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.map_err(|error| chain(&error))?.to_bytes();
            Ok::<_, String>((parts, bytes))
        };
        let (parts, bytes) = tokio::time::timeout(PATIENCE, exchange)
            .await
            .map_err(|_elapsed| format!("{} {uri} had no answer within 60 seconds", request.method))?
            .map_err(|error| format!("{} {uri} failed: {error}", request.method))?;
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Answer { status: parts.status.as_u16(), headers, json: serde_json::from_slice(&bytes).ok(), text })
    }
}

/// An error with its causes, outermost first.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
