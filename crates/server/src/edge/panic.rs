//! A bug in a handler costs one request, not the server.

use std::any::Any;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;

use super::failure::{Failure, Plane};

/// Marks the answer of a request that panicked, until its path gives it words.
#[derive(Clone, Copy, Debug)]
struct Panicked;

/// The place is logged, the message only if it is a literal: a formatted one may hold somebody's data.
pub(crate) fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        let literal = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(formatted message withheld)");
        tracing::error!(place, message = literal, "a task panicked; this is a bug, please report it");
    }));
}

pub(super) fn answer(_payload: Box<dyn Any + Send + 'static>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.extensions_mut().insert(Panicked);
    response
}

pub(super) fn worded(plane: Plane, response: Response) -> Response {
    if response.extensions().get::<Panicked>().is_some() { Failure::internal().on(plane) } else { response }
}
