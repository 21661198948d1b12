//! The JSON body of a SCIM request: bounded, strict, and read after the caller is known.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use rollcall_scim::ScimError;
use rollcall_scim::json::{Limits, parse};
use serde_json::Value;

use super::ScimRejection;
use crate::edge::{Failure, body, media_type};
use crate::journal::Noted;
use crate::state::AppState;

/// The parsed body. Put it last among a handler's arguments: extractors run in order, and the caller comes first.
///
/// Whether it parses is asked by the use case: an unknown id and a stale version come first.
#[derive(Clone, Debug)]
pub struct ScimBody(pub Result<Value, ScimError>);

impl FromRequest<AppState> for ScimBody {
    type Rejection = ScimRejection;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ScimRejection> {
        if !media_type::is_json(request.headers()) {
            let detail = "the body is neither `application/scim+json` nor `application/json` in UTF-8";
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail).into());
        }
        let http = &state.config.limits;
        let noted = request.extensions().get::<Noted>().cloned();
        let bytes = body::read(request.into_body(), http.body_bytes, http.body_time).await?;
        if let Some(noted) = noted {
            noted.body(bytes.clone());
        }
        let limits = Limits { depth: state.config.scim.depth, array: state.config.scim.array };
        Ok(Self(parse(&bytes, &limits)))
    }
}
