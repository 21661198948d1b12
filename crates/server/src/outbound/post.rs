//! Telling somebody something: what is sent is ours, what is answered does not matter but for its status.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::{Bounds, Outbound, OutboundError};

/// How somebody took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The status; a redirect is an answer like any other.
    pub status: u16,
    /// When to come again, as they wrote it.
    pub retry_after: Option<String>,
}

impl Outbound {
    /// Sends a text once. An answer that breaks off, or is longer than its bounds, is none.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
        bounds: Bounds,
    ) -> Result<Posted, OutboundError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            // All of them are made by us: words, numbers and base64.
            if let Ok(value) = HeaderValue::try_from(value.as_str()) {
                map.insert(HeaderName::from_static(name), value);
            }
        }
        let answer = self.send_within(bounds, Method::POST, url, map, Bytes::from(body)).await?;
        let retry_after = answer.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        Ok(Posted { status: answer.status.as_u16(), retry_after: retry_after.map(str::to_owned) })
    }
}
