//! What stands between a connection and the routes: request id, limits, timeouts, error bodies, log and metrics.
//!
//! Knows nothing of directories and decisions.

mod accept;
pub mod body;
mod client;
pub mod failure;
mod fallback;
pub mod json;
mod log_line;
pub mod media_type;
mod pace;
mod panic;
mod patience;
mod request_id;
pub mod tls;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use tower::Service;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

pub use accept::Stopped;
pub(crate) use accept::{Listener, serve};
pub use client::ClientAddress;
pub use failure::{Failure, Problem};
pub(crate) use panic::log_panics;
pub(crate) use patience::Patience;
pub use request_id::RequestId;

use crate::clock::Clock;
use crate::config::{Limits, Transport};
use crate::ids::Ids;
use crate::metrics::Metrics;
use failure::Plane;

/// The routes with everything around them; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Edge(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    router: Router,
    clock: Clock,
    ids: Ids,
    metrics: Metrics,
    limits: Limits,
    /// Whether `X-Forwarded-For` is the proxy's word.
    behind_proxy: bool,
    /// Whether clients come over TLS, so that they may be told to stay there.
    https: bool,
}

/// What the edge needs beside the routes.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) metrics: Metrics,
    pub(crate) limits: Limits,
    pub(crate) transport: Transport,
    pub(crate) https: bool,
}

impl Edge {
    /// Puts the edge around a complete router: routes that are added later would lack their error bodies.
    pub(crate) fn around(router: Router, settings: Settings) -> Self {
        let router = router
            .route_layer(middleware::from_fn(note_route))
            .method_not_allowed_fallback(fallback::method_not_allowed)
            .fallback(fallback::not_found)
            .layer(CatchPanicLayer::custom(panic::answer));
        Self(Arc::new(Inner {
            router,
            clock: settings.clock,
            ids: settings.ids,
            metrics: settings.metrics,
            limits: settings.limits,
            behind_proxy: settings.transport == Transport::BehindProxy,
            https: settings.https,
        }))
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Answers one request, whatever it is.
    pub(crate) async fn answer<B>(&self, request: axum::http::Request<B>, peer: SocketAddr) -> Response
    where
        B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let started = Clock::instant();
        let id = RequestId::of(request.headers(), || self.0.ids.uuid(self.0.clock.now()));
        let span = tracing::info_span!("request", id = %id);
        let method = request.method().clone();
        async {
            let mut response = self.run(request, peer, &id).await;
            self.finish_headers(response.headers_mut(), &id);
            log_line::write(&self.0.metrics, &method, &response, started.elapsed());
            response
        }
        .instrument(span)
        .await
    }

    async fn run<B>(&self, request: axum::http::Request<B>, peer: SocketAddr, id: &RequestId) -> Response
    where
        B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let plane = Plane::of(request.uri().path());
        let method = request.method().clone();
        let waits_for_go_ahead = request.headers().contains_key(header::EXPECT);
        let (mut parts, incoming) = request.into_parts();
        if plane == Plane::Scim {
            fallback::trim_slash(&mut parts.uri);
        }
        parts.extensions.insert(ClientAddress::of(&parts.headers, peer, self.0.behind_proxy));
        parts.extensions.insert(id.clone());
        let patience = Patience::of(self.0.limits.request_time);
        parts.extensions.insert(patience.clone());
        let (guarded, rest) = body::guard(incoming, self.0.limits.body_bytes);
        let request = Request::from_parts(parts, Body::new(guarded));
        let answered = patience.over(self.0.router.clone().call(request)).await;
        let response = match answered {
            Some(Ok(response)) => panic::worded(plane, response),
            Some(Err(never)) => match never {},
            None => Failure::took_too_long(patience.time()).on(plane),
        };
        if !waits_for_go_ahead {
            // A client that still sends would meet a closed door instead of the answer.
            rest.drain(self.0.limits.body_bytes).await;
        }
        method_answer(plane, &method, response)
    }

    fn finish_headers(&self, headers: &mut HeaderMap, id: &RequestId) {
        headers.insert(request_id::HEADER, id.header());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.0.https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        if !headers.contains_key(header::CACHE_CONTROL) {
            // what has a validator may be kept by its reader alone and asked again; the rest is not kept.
            let rule = if headers.contains_key(header::ETAG) { "private, no-cache" } else { "no-store" };
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
        }
    }
}

/// OPTIONS is answered wherever a path exists; a method that nobody ever heard of is 501.
fn method_answer(plane: Plane, method: &Method, mut response: Response) -> Response {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    if *method == Method::OPTIONS {
        *response.status_mut() = StatusCode::NO_CONTENT;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        return response;
    }
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::TRACE,
        Method::CONNECT,
    ];
    // QUERY has no constant, but is a method like others by now (draft-ietf-httpbis-safe-method-w-body).
    if known.contains(method) || method.as_str() == "QUERY" {
        return response;
    }
    Failure::new(StatusCode::NOT_IMPLEMENTED, "not_implemented", "the server does not know this method").on(plane)
}

/// Leaves the route's template with the answer: log and metrics name it, since a path may hold personal data.
async fn note_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// The error type of a service that cannot fail.
pub(crate) type Answered = Result<Response, Infallible>;
