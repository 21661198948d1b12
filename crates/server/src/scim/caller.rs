//! The provider behind a SCIM request: its token names the connection (A-45 to, RC-16).

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use rollcall_directory::{Connection, Scope, TokenKind};
use rollcall_policy::TokenId;
use rollcall_scim::tolerance::{Tolerance, Tolerances};
use serde_json::{Map, Value};

use super::ScimRejection;
use crate::auth::Denied;
use crate::edge::Failure;
use crate::journal::{Mode, Noted};
use crate::state::AppState;

/// An identity provider that may push.
#[derive(Clone, Debug)]
pub struct ScimCaller {
    /// The token it came with: the actor in the audit log.
    pub token: TokenId,
    /// Its connection, at most half a second old.
    pub connection: Arc<Connection>,
}

impl ScimCaller {
    /// Whose directory it may see and change; every query takes it.
    pub fn scope(&self) -> Scope {
        Scope { company: self.connection.record.company, connection: self.connection.record.id }
    }

    /// A fresh set of the connection's switches (K-47): `strict`, and single ones in `tolerances`.
    pub fn tolerances(&self) -> Tolerances {
        tolerances(&self.connection.record.details)
    }
}

/// The switches that stand with a connection.
pub(crate) fn tolerances(details: &Map<String, Value>) -> Tolerances {
    let start = if is_strict(details) { Tolerances::strict() } else { Tolerances::lenient() };
    let single = details.get("tolerances").and_then(Value::as_object).into_iter().flatten();
    single.fold(start, |switches, (name, value)| match (Tolerance::from_name(name), value.as_bool()) {
        (Some(tolerance), Some(allowed)) => switches.with(tolerance, allowed),
        (None, _) | (_, None) => switches,
    })
}

fn is_strict(details: &Map<String, Value>) -> bool {
    details.get("strict").and_then(Value::as_bool).unwrap_or(false)
}

impl FromRequestParts<AppState> for ScimCaller {
    type Rejection = ScimRejection;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ScimRejection> {
        let authenticator = &state.authenticator;
        let noted = parts.extensions.get::<Noted>().cloned().unwrap_or_default();
        let token = authenticator.token(parts).await?;
        let (TokenKind::Scim, Some((company, connection))) = (token.kind, token.company.zip(token.connection)) else {
            noted.refused_token(&token);
            return Err(authenticator.refuse(Denied::Insufficient("scim"), parts).into());
        };
        let Some(connection) = authenticator.connection(company, connection).await? else {
            return Err(authenticator.refuse(Denied::Invalid, parts).into());
        };
        let caller = Self { token: token.id, connection };
        let details = &caller.connection.record.details;
        noted.caller(caller.scope(), Mode::of(details, state.journal.default_mode()), is_strict(details));
        if !caller.connection.record.policy.scim {
            // RC-16.
            let detail = "SCIM is switched off for this connection; an administrator can switch it on";
            return Err(Failure::new(StatusCode::FORBIDDEN, "scim_off", detail).into());
        }
        Ok(caller)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(details: &Value, bare_word: bool, boolean_as_string: bool) {
        let switches = tolerances(details.as_object().unwrap());
        let got = (switches.allow(Tolerance::BareWordInFilter), switches.allow(Tolerance::BooleanAsString));
        assert_eq!(got, (bare_word, boolean_as_string), "{details}");
    }

    /// K-47.
    #[test]
    fn a_connection_is_lenient_or_strict_and_each_switch_can_differ() {
        check(&json!({}), true, true);
        check(&json!({"strict": true}), false, false);
        check(&json!({"strict": true, "tolerances": {"boolean_as_string": true}}), false, true);
        check(&json!({"tolerances": {"bare_word_in_filter": false, "unheard_of": true}}), false, true);
    }
}
