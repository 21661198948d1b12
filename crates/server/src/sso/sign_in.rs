//! `POST /sso/sign-in`: evidence in, one explained decision out (design.md 6).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rollcall_directory::Connection;
use rollcall_policy::{Client, Protocol};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::account::{self, Account};
use super::answered::SignInBody;
use super::attributes::{self, Attributes};
use super::form::{JsonBody, malformed};
use super::oidc::{self, IdToken};
use super::saml::{self, Saml};
use crate::app::Evidence;
use crate::app::account_sign_in::account_sign_in;
use crate::app::sign_in;
use crate::auth::SignInCaller;
use crate::edge::{Failure, Problem};
use crate::state::AppState;

/// A sign-in to be decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignInRequest)]
pub(super) struct Request {
    evidence: Given,
    /// How long a session lasts depends on it.
    #[serde(default)]
    client: Client,
    /// Decides and stores nothing; the answer names the effects that it would have.
    #[serde(default)]
    dry_run: bool,
}

/// What proves who somebody is.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Given {
    /// An account that the product signs in without SSO.
    Account(Account),
    /// Attributes that the product verified itself.
    Attributes(Attributes),
    /// An OpenID Connect ID token.
    Oidc(IdToken),
    /// A SAML response.
    Saml(Saml),
}

/// Decides a sign-in through the connection whose key was presented.
pub(super) async fn sign_in(
    State(state): State<AppState>,
    caller: SignInCaller,
    JsonBody(body): JsonBody,
) -> Result<Json<SignInBody>, Problem> {
    match &caller {
        SignInCaller::Connection { connection, .. } => refuse_other_evidence(connection.record.protocol, &body)?,
        SignInCaller::Product { .. } => refuse_a_connections_evidence(&body)?,
    }
    let Request { evidence, client, dry_run } =
        serde_json::from_value(body).map_err(|error| malformed(format!("the body is no sign-in: {error}")))?;
    let decided = match (&caller, evidence) {
        (SignInCaller::Connection { connection, .. }, given) => {
            let evidence = checked(&state, connection, given).await?;
            sign_in::sign_in(&state, connection, &evidence, client, dry_run).await?
        }
        (SignInCaller::Product { token }, Given::Account(given)) => {
            let evidence = account::check(&given, *token)?;
            account_sign_in(&state, &evidence, client, dry_run).await?
        }
        (SignInCaller::Product { .. }, Given::Attributes(_) | Given::Oidc(_) | Given::Saml(_)) => {
            return Err(wrong_key().into());
        }
    };
    Ok(Json(decided.into()))
}

/// What is left of a connection's evidence once it is verified.
async fn checked(state: &AppState, connection: &Connection, given: Given) -> Result<Evidence, Problem> {
    match given {
        Given::Account(_) => Err(wrong_key().into()),
        Given::Attributes(given) => Ok(attributes::check(given)?),
        Given::Oidc(given) => Ok(oidc::check(state, connection, &given).await?),
        Given::Saml(given) => Ok(saml::check(&state.clock, connection, given).await?),
    }
}

/// 403 for evidence of a connection with the product's key, whatever it holds.
fn refuse_a_connections_evidence(body: &Value) -> Result<(), Problem> {
    let given = body.get("evidence").and_then(|evidence| evidence.get("type")).and_then(Value::as_str);
    if given.is_some_and(|given| Protocol::from_code(given).is_some()) { Err(wrong_key().into()) } else { Ok(()) }
}

fn wrong_key() -> Failure {
    let detail = "a sign-in through a connection needs that connection's sign-in key, one without SSO the product key";
    Failure::new(StatusCode::FORBIDDEN, "wrong_key", detail)
}

/// 403 for evidence that the connection does not take, whatever it holds: its type must be the connection's protocol.
fn refuse_other_evidence(protocol: Protocol, body: &Value) -> Result<(), Problem> {
    let given = body.get("evidence").and_then(|evidence| evidence.get("type")).and_then(Value::as_str);
    let known = |given: &&str| *given == "account" || Protocol::from_code(given).is_some();
    match given.filter(known) {
        Some(given) if given != protocol.code() => {
            let detail = format!("this connection takes `{protocol}` evidence, not `{given}`");
            Err(Failure::new(StatusCode::FORBIDDEN, "wrong_evidence", detail).into())
        }
        Some(_) | None => Ok(()),
    }
}
