//! What a connection's checkers of evidence need to know: kept with the connection, unknown to policy (design.md 6).

mod certificate;
pub mod metadata;
mod oidc;
mod saml;

use rollcall_directory::ConnectionRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use oidc::ALGORITHMS;

/// An OpenID provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    /// `iss`, to the letter.
    pub issuer: String,
    /// `aud`.
    pub client_id: String,
    /// Where the keys are; found by discovery where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The keys themselves (RFC 7517), pasted: then nothing is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Map<String, Value>>,
    /// Signature algorithms that are accepted, by their JOSE names; `RS256` where absent.
    #[serde(default = "rs256")]
    pub algorithms: Vec<String>,
    /// Entra: the one tenant (`tid`) whose people sign in; then the subject is tenant and `oid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
}

/// A SAML identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SamlSettings {
    /// `Issuer` of its assertions.
    pub idp_entity_id: String,
    /// Its signing certificates, PEM or bare base64; any of them may have signed.
    pub certificates: Vec<String>,
    /// Our entity id: what `Audience` must name.
    pub audience: String,
    /// Our ACS URL: what `Recipient` and `Destination` must name.
    pub recipient: String,
    /// The attribute that holds a stable identifier, instead of the `NameID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_attribute: Option<String>,
    /// Responses that nobody asked for are accepted, too (SI-1: they are not, by default).
    #[serde(default)]
    pub allow_idp_initiated: bool,
}

/// What is stored is not what this version expects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection has no usable `{name}` settings ({problem}); set them with PATCH /api/v1/connections/{{id}}")]
pub struct SettingsError {
    name: &'static str,
    problem: String,
}

fn rs256() -> Vec<String> {
    vec!["RS256".to_owned()]
}

impl OidcSettings {
    /// Of a connection whose protocol is `oidc`.
    pub fn of(connection: &ConnectionRecord) -> Result<Self, SettingsError> {
        read(connection, "oidc")
    }
}

impl SamlSettings {
    /// Of a connection whose protocol is `saml`.
    pub fn of(connection: &ConnectionRecord) -> Result<Self, SettingsError> {
        read(connection, "saml")
    }
}

fn read<T: for<'a> Deserialize<'a>>(connection: &ConnectionRecord, name: &'static str) -> Result<T, SettingsError> {
    let stored = connection.details.get(name).cloned().unwrap_or_default();
    serde_json::from_value(stored).map_err(|error| SettingsError { name, problem: error.to_string() })
}
