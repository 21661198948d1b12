//! Asking a provider for its keys (OpenID Connect Discovery §4).

use serde_json::Value;

use super::key_set::KeySet;
use crate::app::connection_settings::OidcSettings;
use crate::outbound::Outbound;

/// Fetches the keys; the error is a sentence for the log.
pub(super) async fn keys(outbound: &Outbound, settings: &OidcSettings) -> Result<KeySet, String> {
    let found = match &settings.jwks_uri {
        Some(_given) => None,
        None => Some(discover(outbound, settings).await?),
    };
    let uri = settings.jwks_uri.as_ref().or(found.as_ref()).map(String::as_str).unwrap_or_default();
    let document = json(outbound, uri, "application/jwk-set+json, application/json").await?;
    KeySet::read(&document).map_err(|problem| format!("`{uri}` {problem}"))
}

/// `jwks_uri` of the provider's configuration, which must be that of the issuer to the letter: else another provider on
/// the same host could hand out the keys.
async fn discover(outbound: &Outbound, settings: &OidcSettings) -> Result<String, String> {
    let issuer = settings.token_issuer();
    let url = format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(&issuer));
    let document = json(outbound, &url, "application/json").await?;
    let text = |member: &str| document.get(member).and_then(Value::as_str);
    if text("issuer").map(|given| settings.of_tenant(given)).as_ref() != Some(&issuer) {
        return Err(format!("`{url}` is the configuration of another `issuer` than the connection's"));
    }
    text("jwks_uri").map(str::to_owned).ok_or_else(|| format!("`{url}` names no `jwks_uri`"))
}

async fn json(outbound: &Outbound, url: &str, accept: &'static str) -> Result<Value, String> {
    let body = outbound.get(url, accept).await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&body).map_err(|_error| format!("`{url}` does not answer with JSON"))
}
