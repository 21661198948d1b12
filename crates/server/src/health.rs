//! Signs of life for whoever watches: `/healthz`, `/readyz`, `/metrics`. Open to all, so they say nothing of anybody.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::edge::{Failure, Problem};
use crate::state::AppState;

/// How long the database may take to answer before the server calls itself not ready.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics))
}

/// The process answers: restart it when it does not.
async fn healthz() -> Response {
    json(r#"{"status":"ok"}"#)
}

/// The process can do its work: send it requests only while it says so.
async fn readyz(State(state): State<AppState>) -> Result<Response, Problem> {
    match tokio::time::timeout(PATIENCE, state.directory.ping()).await {
        Ok(Ok(())) => Ok(json(r#"{"status":"ready"}"#)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            Err(Failure::unavailable("the database does not answer as it should; the server's log names the cause", 1)
                .into())
        }
        Err(_) => Err(Failure::unavailable("the database does not answer in time", 1).into()),
    }
}

async fn metrics(State(state): State<AppState>) -> Response {
    let text = state.metrics.render(state.directory.statements());
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"))], text)
        .into_response()
}

fn json(body: &'static str) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
