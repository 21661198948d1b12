//! JSON bodies of everything but SCIM: strictly parsed, within the bounds of the configuration (A-1, A-9, I-14).

use axum::extract::Request;
use axum::http::StatusCode;
use rollcall_scim::json::{Limits as Inside, parse};
use serde_json::Value;

use super::body;
use super::failure::Failure;
use super::media_type;
use crate::config::Config;

/// Reads the body as one JSON value: 415, 413, 408 or 400 otherwise.
pub async fn read(request: Request, config: &Config) -> Result<Value, Failure> {
    if !media_type::is_json(request.headers()) {
        let detail = "the body must be `application/json`";
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    let bytes = body::read(request.into_body(), config.limits.body_bytes, config.limits.body_time).await?;
    let inside = Inside { depth: config.scim.depth, array: config.scim.array };
    parse(&bytes, &inside).map_err(|error| Failure::malformed(error.detail()))
}
