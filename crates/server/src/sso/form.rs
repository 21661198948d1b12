//! Bodies of the hook: JSON for a sign-in, a form for sessions (RFC 7662 §2.1, RFC 7009 §2.1).

use std::borrow::Cow;

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use rollcall_scim::list::parse_query;
use serde_json::Value;
use utoipa::ToSchema;

use crate::edge::{Failure, Problem, body, json};
use crate::state::AppState;

/// A JSON body, strictly parsed.
#[derive(Debug)]
pub(super) struct JsonBody(pub(super) Value);

impl FromRequest<AppState> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(json::read(request, &state.config).await?))
    }
}

/// The `token` of a form body: a session's id.
#[derive(Debug)]
pub(super) struct TokenForm(pub(super) String);

/// A form with a session's id.
#[expect(dead_code, reason = "it describes the form, which is read field by field: unknown fields are ignored")]
#[derive(Debug, ToSchema)]
#[schema(as = TokenForm)]
pub(super) struct TokenFields {
    token: String,
}

impl FromRequest<AppState> for TokenForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let given =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = given.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let detail = "the body must be `application/x-www-form-urlencoded`";
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail).into());
        }
        let http = &state.config.limits;
        let bytes = body::read(request.into_body(), http.body_bytes, http.body_time).await?;
        let text = String::from_utf8_lossy(&bytes);
        let fields = parse_query(&text).map_err(|error| malformed(error.detail().to_owned()))?;
        let mut tokens = fields.into_iter().filter(|(name, _)| name == "token").map(|(_, value)| value);
        match (tokens.next(), tokens.next()) {
            (Some(token), None) => Ok(Self(token)),
            (None, _) | (Some(_), Some(_)) => Err(malformed("the form needs one field `token`: the id of a session")),
        }
    }
}

/// 400 in the words of the hook.
pub(super) fn malformed(detail: impl Into<Cow<'static, str>>) -> Problem {
    Failure::malformed(detail.into()).into()
}
