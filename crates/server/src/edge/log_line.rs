//! One log line and one measurement for each answered request: no path, no query, no body.

use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::Method;
use axum::response::Response;

use crate::metrics::Metrics;

/// Methods that stand for themselves in log and metrics; a client can invent others without end.
const METHODS: [Method; 7] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD, Method::OPTIONS];

pub(super) fn write(metrics: &Metrics, method: &Method, response: &Response, elapsed: Duration) {
    let method = METHODS.iter().find(|known| *known == method).map_or("other", Method::as_str);
    let route = response.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let status = response.status();
    metrics.request(method, route, status.as_u16(), elapsed);
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    let status = status.as_u16();
    if status >= 500 {
        tracing::warn!(method, route, status, micros, "failed a request");
    } else {
        tracing::info!(method, route, status, micros, "answered a request");
    }
}
