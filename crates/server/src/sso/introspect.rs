//! `POST /sso/introspect` (RFC 7662) and `POST /sso/revoke` (RFC 7009).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::answered::IntrospectedBody;
use super::form::TokenForm;
use crate::app::sessions::{self, Asker};
use crate::auth::SignInCaller;
use crate::edge::Problem;
use crate::state::AppState;

/// Whether a session is good, and for what; a foreign one reads like one that never was.
pub(super) async fn introspect(
    State(state): State<AppState>,
    caller: SignInCaller,
    TokenForm(token): TokenForm,
) -> Result<Json<IntrospectedBody>, Problem> {
    let live = sessions::introspect(&state, asker(&caller), &token).await?;
    Ok(Json(IntrospectedBody::of(live)))
}

/// Ends a session. 200 whether there was one or not (RFC 7009 §2.2).
pub(super) async fn revoke(
    State(state): State<AppState>,
    caller: SignInCaller,
    TokenForm(token): TokenForm,
) -> Result<StatusCode, Problem> {
    sessions::revoke(&state, asker(&caller), &token).await?;
    Ok(StatusCode::OK)
}

fn asker(caller: &SignInCaller) -> Asker {
    match caller {
        SignInCaller::Connection { connection, .. } => Asker::Connection(connection.record.id),
        SignInCaller::Product { .. } => Asker::Product,
    }
}
