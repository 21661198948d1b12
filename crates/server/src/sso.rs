//! `/sso`: the hook that a product calls after each sign-in, and its sessions (design.md 6).

mod account;
mod answered;
mod attributes;
mod described;
mod form;
mod introspect;
mod oidc;
mod refused;
mod saml;
mod sign_in;

use crate::open_api::{Route, Who, about, post};
use answered::{IntrospectedBody, SignInBody};
use form::TokenFields;

pub(crate) use oidc::{ProviderKeys, provider_keys};

/// Every route below `/sso`.
pub(crate) fn described() -> Vec<Route> {
    about(
        "Sign-in hook",
        [
            post("/sso/sign-in", sign_in::sign_in)
                .says(Who::SignIn, "Decides a sign-in: verified evidence in, one explained decision out.")
                .also("200 always means decided, whether it is allow or deny.")
                .takes::<sign_in::Request>()
                .gives::<SignInBody>()
                .refuses(401, "evidence_invalid", "the evidence does not verify")
                .refuses(401, "evidence_expired", "the evidence is too old, or not good yet")
                .refuses(401, "evidence_replayed", "the evidence was used before")
                .refuses(401, "idp_initiated", "nobody asked for this SAML response")
                .refuses(403, "wrong_key", "the evidence needs the other kind of key")
                .refuses(403, "wrong_evidence", "the connection takes evidence of another type")
                .refuses(409, "not_configured", "the connection's settings do not suffice"),
            post("/sso/introspect", introspect::introspect)
                .says(Who::SignIn, "Whether a session is good, and for what (RFC 7662).")
                .takes_form::<TokenFields>()
                .gives::<IntrospectedBody>(),
            post("/sso/revoke", introspect::revoke)
                .says(Who::SignIn, "Ends a session (RFC 7009).")
                .also("200 whether there was one or not.")
                .takes_form::<TokenFields>()
                .gives_only(200),
        ],
    )
}
