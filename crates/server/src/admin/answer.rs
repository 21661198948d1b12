//! Successful answers: JSON in snake case, `Location` of what was created.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_scim::etag::etag;
use rollcall_scim::timestamp::to_rfc3339;
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// 201 with what was created, and where it is from now on (a path).
#[derive(Debug)]
pub(super) struct Created<T> {
    pub(super) location: String,
    pub(super) body: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.body)).into_response();
        // Made by us of names and ids: always a header.
        if let Ok(location) = HeaderValue::try_from(self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// The same answer with the version of what it shows, for `If-Match`.
#[derive(Debug)]
pub(super) struct Tagged<B> {
    pub(super) version: u64,
    pub(super) body: B,
}

impl<B: IntoResponse> IntoResponse for Tagged<B> {
    fn into_response(self) -> Response {
        let mut response = self.body.into_response();
        if let Ok(tag) = HeaderValue::try_from(etag(self.version)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// An instant (UTC microseconds) as people and programs read it (RFC 3339).
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant(pub(super) i64);

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        let object = ObjectBuilder::new().schema_type(Type::String).format(Some(format));
        object.description(Some("An instant in UTC (RFC 3339).")).build().into()
    }
}

impl ToSchema for Instant {}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_rfc3339(self.0))
    }
}
