//! `/Me`: 501 on every verb (RFC 7644 §3.11; I-1), since no token stands for a user.

use axum::Router;
use axum::routing::any;
use rollcall_scim::error::ScimError;

use super::{ScimCaller, ScimRejection};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/Me", any(me))
}

async fn me(_caller: ScimCaller) -> ScimRejection {
    ScimError::status_only(501, "`/Me` is not supported: this token stands for a provider, not for a user").into()
}
