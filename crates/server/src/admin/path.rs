//! What varies in a path.

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::edge::{Failure, Problem};
use crate::state::AppState;

/// The names and ids in a path. What cannot be an id is the id of nothing: 404.
#[derive(Debug)]
pub(super) struct InPath<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        if parts.uri.path().contains("%00") {
            return Err(nothing().into());
        }
        match Path::from_request_parts(parts, state).await {
            Ok(Path(found)) => Ok(Self(found)),
            Err(_) => Err(nothing().into()),
        }
    }
}

/// 404 for a path that can name nothing.
fn nothing() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path; ids are UUIDs")
}
