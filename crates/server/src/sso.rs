//! `/sso`: the hook that a product calls after each sign-in, and its sessions (design.md 6).

mod account;
mod attributes;
mod form;
mod introspect;
mod oidc;
mod refused;
mod saml;
mod sign_in;

use axum::Router;
use axum::routing::post;

use crate::state::AppState;

pub(crate) use oidc::ProviderKeys;

/// Every route below `/sso`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sso/sign-in", post(sign_in::sign_in))
        .route("/sso/introspect", post(introspect::introspect))
        .route("/sso/revoke", post(introspect::revoke))
}
