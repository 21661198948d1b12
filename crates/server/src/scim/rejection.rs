//! A refused or failed SCIM request: always the error body of RFC 7644 §3.12.

use axum::response::{IntoResponse, Response};

use crate::edge::Failure;
use crate::edge::failure::Plane;

/// What a SCIM handler returns when it did nothing. `?` makes one of a `ScimError`, a `DirectoryError`, a `Denied`.
#[derive(Clone, Debug)]
pub struct ScimRejection(pub Failure);

impl<E: Into<Failure>> From<E> for ScimRejection {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ScimRejection {
    fn into_response(self) -> Response {
        self.0.on(Plane::Scim)
    }
}
