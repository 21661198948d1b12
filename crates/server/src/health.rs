//! Signs of life for whoever watches: `/healthz`, `/readyz`, `/metrics`. Open to all, so they say nothing of anybody.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::edge::{Failure, Problem};
use crate::state::AppState;

/// How long the database may take to answer before the server calls itself not ready.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics))
}

/// The header field that says which installation answers: the same on every server of one database.
pub(crate) const INSTALLATION: &str = "x-rollcall-installation";

/// What an installation calls itself, made of its stored key so that nobody finds the key by it.
pub(crate) fn installation(cursor_key: &str) -> String {
    let hash = Sha256::new().chain_update(b"installation:").chain_update(cursor_key).finalize();
    let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:016x}")
}

/// The process answers: restart it when it does not.
async fn healthz(State(state): State<AppState>) -> Response {
    let mut response = json(r#"{"status":"ok"}"#);
    let name = HeaderValue::try_from(installation(&URL_SAFE_NO_PAD.encode(state.cursor_key)));
    response.headers_mut().extend(name.ok().map(|name| (HeaderName::from_static(INSTALLATION), name)));
    response
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
