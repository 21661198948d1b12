//! The description of our HTTP interfaces (OpenAPI 3.1): `/api/openapi.json` for programs, `/api` for people.
//!
//! Edges hand over their [`Route`]s, which say about themselves what a client needs to know; schemas are derived from the
//! types that are read and written. Both pages are open to all: they are the same on every server of a version, and name
//! nobody.

mod document;
mod operation;
mod page;
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
use axum::routing::get as read;
use serde_json::Value;

pub(crate) use route::{Route, about, delete, get, patch, post, put};
pub(crate) use who::Who;

use crate::edge::Problem;
use crate::state::AppState;

/// The routes, and the pages that describe them.
pub(crate) fn routes(described: Vec<Route>) -> Router<AppState> {
    let described = Arc::new(described);
    let handlers = described.iter().map(|route| (route.path.clone(), route.handler.clone()));
    let router = handlers.fold(Router::new(), |router, (path, handler)| router.route(&path, handler));
    let pages = Arc::new(Pages { described: Arc::clone(&described), json: OnceLock::new(), html: OnceLock::new() });
    let same = Arc::clone(&pages);
    router
        .route("/api/openapi.json", read(move |State(state): State<AppState>| async move { same.json(&state) }))
        .route("/api", read(move |State(state): State<AppState>| async move { pages.html(&state) }))
}

/// Both pages. Each is made once: it names the server's own address, which does not change while it runs.
#[derive(Debug)]
struct Pages {
    described: Arc<Vec<Route>>,
    json: OnceLock<Bytes>,
    html: OnceLock<String>,
}

impl Pages {
    fn document(&self, state: &AppState) -> Value {
        document::document(&self.described, &state.base_url.join("")).0
    }

    fn json(&self, state: &AppState) -> Response {
        let text = self.json.get_or_init(|| Bytes::from(self.document(state).to_string()));
        ([(header::CONTENT_TYPE, "application/json")], text.clone()).into_response()
    }

    fn html(&self, state: &AppState) -> Result<Response, Problem> {
        if let Some(made) = self.html.get() {
            return Ok(page::answer(made.clone()));
        }
        let made =
            page::render(&self.document(state), &state.base_url.join("")).map_err(|error| page::failed(&error))?;
        Ok(page::answer(self.html.get_or_init(|| made).clone()))
    }
}

/// What is wrong with the description, for tests: operations of which nothing is said, and schemas that share a name.
pub(crate) fn faults(described: &[Route]) -> Vec<String> {
    let silent = described.iter().filter(|route| route.told.summary.is_none());
    let silent = silent.map(|route| format!("{} {}", route.method, route.path));
    silent.chain(document::document(described, "/").1).collect()
}
