//! The description of our HTTP interfaces (OpenAPI 3.1): `/api/openapi.json` for programs, `/api` for people.
//!
//! Edges hand over their [`Route`]s, which say about themselves what a client needs to know; schemas are derived from the
//! types that are read and written. Both pages are open to all: they are the same on every server of a version, and name
//! nobody.

mod document;
mod operation;
mod problems;
mod route;
mod schemas;
mod who;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

pub(crate) use route::{Route, about, delete, get, patch, post, put};
pub(crate) use who::Who;

use crate::state::AppState;

/// The routes, and the pages that describe them.
pub(crate) fn routes(described: Vec<Route>) -> Router<AppState> {
    let described = Arc::new(described);
    let text: Arc<OnceLock<Bytes>> = Arc::default();
    let json = {
        let described = Arc::clone(&described);
        move |State(state): State<AppState>| async move { document_json(&state, &described, &text) }
    };
    let handlers = described.iter().map(|route| (route.path.clone(), route.handler.clone()));
    let router = handlers.fold(Router::new(), |router, (path, handler)| router.route(&path, handler));
    router.route("/api/openapi.json", axum::routing::get(json))
}

/// Made once: it names the server's own address, which does not change while it runs.
fn document_json(state: &AppState, described: &[Route], text: &OnceLock<Bytes>) -> Response {
    let text = text.get_or_init(|| {
        let (document, _) = document::document(described, &state.base_url.join(""));
        Bytes::from(document.to_string())
    });
    ([(header::CONTENT_TYPE, "application/json")], text.clone()).into_response()
}

/// What is wrong with the description, for tests: operations of which nothing is said, and schemas that share a name.
pub(crate) fn faults(described: &[Route]) -> Vec<String> {
    let silent = described.iter().filter(|route| route.told.summary.is_none());
    let silent = silent.map(|route| format!("{} {}", route.method, route.path));
    silent.chain(document::document(described, "/").1).collect()
}
