//! Request bodies: one JSON object of known members.

use axum::body::HttpBody as _;
use axum::extract::{FromRequest, Request};
use chrono::DateTime;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};
use serde_json::{Map, Value};

use crate::edge::{Failure, Problem, json};
use crate::state::AppState;

/// A JSON body. It is read as a typed request only once it is known that the caller may ask for such a thing.
#[derive(Debug)]
pub(super) struct Body(pub(super) Value);

impl Body {
    /// The typed request; 400 names what is unknown, missing or of another type. Request types deny unknown fields.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, Problem> {
        if !self.0.is_object() {
            return Err(Failure::malformed("the body must be a JSON object").into());
        }
        serde_json::from_value(self.0)
            .map_err(|error| Failure::malformed(format!("the body is not as expected: {error}")).into())
    }
}

/// The same where nothing means an object without members.
#[derive(Debug)]
pub(super) struct OptionalBody(Body);

impl OptionalBody {
    /// See [`Body::read`].
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, Problem> {
        self.0.read()
    }
}

impl FromRequest<AppState> for OptionalBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        if request.body().is_end_stream() {
            return Ok(Self(Body(Value::Object(Map::new()))));
        }
        Body::from_request(request, state).await.map(Self)
    }
}

impl FromRequest<AppState> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let body = json::read(request, &state.config).await?;
        if has_null_character(&body) {
            return Err(Failure::malformed(NULL_CHARACTER).into());
        }
        Ok(Self(body))
    }
}

/// What is told to whoever sends the one character that no database stores alike.
pub(super) const NULL_CHARACTER: &str = "a text must not hold the character U+0000";

/// Whether a text in it, wherever, holds U+0000. The parser bounds how deep it is.
fn has_null_character(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_null_character),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_null_character(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// An instant (RFC 3339) as UTC microseconds; use it with `default`.
pub(super) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let parsed = DateTime::parse_from_rfc3339(&text)
        .map_err(|_| D::Error::custom("an instant is written like `2027-01-31T12:00:00Z` (RFC 3339)"))?;
    Ok(Some(parsed.timestamp_micros()))
}
