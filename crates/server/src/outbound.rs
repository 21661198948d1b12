//! Outgoing HTTP requests: one guarded client for all of them (I-16, design.md 6).
//!
//! It speaks https to public addresses; what the operator allows beyond is in [`config::Outbound`]. What counts is the
//! address that is connected to, so a public name of an internal address leads nowhere. Redirects are never followed, no
//! proxy is taken from the environment, and time and size of an answer are bounded.

mod address;
mod error;
mod guard;
mod post;

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response};

pub use self::error::OutboundError;
use self::guard::Guard;
pub use self::post::Posted;
use crate::config;

/// Time for a whole exchange: connecting, sending, and reading the answer.
pub const LONGEST: Duration = Duration::from_secs(5);

/// Bytes of an answer's body.
pub const LARGEST: usize = 1024 * 1024;

/// The client. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbound {
    guard: Guard,
    /// A machine without trusted certificates starts all the same; what cannot be asked then says why.
    client: Result<Client, String>,
}

/// How long somebody may take to answer, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// For a whole exchange: connecting, sending, and reading the answer.
    pub time: Duration,
    /// Of an answer's body.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { time: LONGEST, bytes: LARGEST }
    }
}

/// What somebody answered, whatever the status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status; a redirect is an answer like any other.
    pub status: StatusCode,
    /// Bounded.
    pub body: Bytes,
    /// Its headers.
    pub headers: HeaderMap,
}

impl Outbound {
    /// A client that goes where the operator allows. Trusts the certificates of the machine (`SSL_CERT_FILE` names others).
    pub fn new(allowed: &config::Outbound) -> Self {
        Self::trusting(allowed, Vec::new())
    }

    fn trusting(allowed: &config::Outbound, further: Vec<Certificate>) -> Self {
        let guard = Guard::new(allowed);
        let client = Client::builder()
            .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(guard.clone())
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .timeout(LONGEST)
            .tls_certs_merge(further)
            .build();
        let client = client.map_err(|error| error::root_cause(&error));
        if let Err(problem) = &client {
            tracing::warn!(%problem, "outgoing requests are not possible");
        }
        Self { guard, client }
    }

    /// Whether a URL is one that may be asked, as far as that shows before its name is looked up.
    pub fn check(&self, url: &str) -> Result<(), OutboundError> {
        self.guard.url(url).map(|_url| ())
    }

    /// The body that a URL answers with; anything but 200 is an error.
    pub async fn get(&self, url: &str, accept: &'static str) -> Result<Bytes, OutboundError> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
        let answer = self.send(Method::GET, url, headers, Bytes::new()).await?;
        if answer.status == StatusCode::OK {
            return Ok(answer.body);
        }
        Err(OutboundError::Status { host: self.guard.url(url)?.host, status: answer.status.as_u16() })
    }

    /// Sends one request, once.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answer, OutboundError> {
        self.send_within(Bounds::default(), method, url, headers, body).await
    }

    async fn send_within(
        &self,
        bounds: Bounds,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answer, OutboundError> {
        let target = self.guard.url(url)?;
        let client = self.client.as_ref().map_err(|problem| OutboundError::NoClient { problem: problem.clone() })?;
        let request = client.request(method, target.url).headers(headers).body(body).timeout(bounds.time);
        let mut response = request.send().await.map_err(|error| OutboundError::of(&target.host, bounds, &error))?;
        let body = read(&mut response, bounds, &target.host).await?;
        Ok(Answer { status: response.status(), body, headers: response.headers().clone() })
    }
}

async fn read(response: &mut Response, bounds: Bounds, host: &str) -> Result<Bytes, OutboundError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| OutboundError::of(host, bounds, &error))? {
        if body.len() + chunk.len() > bounds.bytes {
            return Err(OutboundError::TooLarge { host: host.to_owned(), bytes: bounds.bytes });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Bytes::from(body))
}

#[cfg(test)]
mod tests;
