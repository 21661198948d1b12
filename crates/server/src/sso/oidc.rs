//! Evidence of type `oidc`: an ID token (OpenID Connect Core §2, §3.1.3.7).

mod assertion;
mod claims;
mod key_set;
mod provider;
mod provider_keys;
mod token;

use std::fmt;

use rollcall_directory::Connection;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use self::claims::Expected;
pub(crate) use self::provider_keys::ProviderKeys;
use self::token::Token;
use super::refused::Refused;
use crate::app::connection_settings::OidcSettings;
use crate::app::{Evidence, Once};
use crate::outbound::Outbound;
use crate::state::Parts;

/// Characters of a nonce; products make far shorter ones.
const LONGEST_NONCE: usize = 1_024;

/// What the product got from its provider.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OidcEvidence)]
pub(super) struct IdToken {
    id_token: String,
    /// The nonce that the product sent along with the person.
    #[serde(default)]
    nonce: Option<String>,
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdToken")
    }
}

/// Checks an ID token. Its form comes first, so that nothing is fetched for what is no token of this connection's kind.
pub(super) async fn check(app: &Parts, connection: &Connection, given: &IdToken) -> Result<Evidence, Refused> {
    let settings = OidcSettings::of(&connection.record)?;
    settings.check(&app.config.outbound).map_err(Refused::Unconfigured)?;
    let nonce = given.nonce.as_deref();
    if nonce.is_some_and(|nonce| nonce.is_empty() || nonce.len() > LONGEST_NONCE) {
        let detail =
            "`nonce` must be the 1 to 1024 characters that were sent to the provider; leave it out if none was";
        return Err(Refused::Malformed(detail.to_owned()));
    }
    let token = Token::read(&given.id_token, &settings.algorithms().map_err(Refused::Unconfigured)?)?;
    app.provider_keys.verify(app, connection.record.id, &settings, &token).await?;
    let claims = token.claims()?;
    let issuer = settings.token_issuer();
    let expected = Expected { issuer: &issuer, client_id: &settings.client_id, nonce, now: app.clock.now() };
    let expires_at = claims::check(&claims, &expected)?;
    let assertion = assertion::read(&claims, &settings)?;
    Ok(Evidence { assertion, once: nonce.is_none().then(|| once(&token, expires_at)) })
}

/// A token is known again by what was signed. Not by its whole text: of an ECDSA signature everybody can make another one.
fn once(token: &Token<'_>, expires_at: i64) -> Once {
    Once { hash: Sha256::digest(token.signed()).into(), expires_at }
}

/// Whether a provider's keys can be had now; the error is a sentence.
pub(crate) async fn provider_keys(outbound: &Outbound, settings: &OidcSettings) -> Result<(), String> {
    if settings.jwks.is_some() {
        // They are here already, and were checked when they came.
        return Ok(());
    }
    provider::keys(outbound, settings).await.map(|_keys| ())
}
