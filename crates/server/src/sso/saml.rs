//! Evidence of type `saml`: the response of a SAML 2.0 identity provider (design.md 6 to 8).
//!
//! The document is parsed once. Its shape is judged, its signatures are verified, and the assertion is read, on that one
//! tree; see `docs/decisions/0010-saml-responses.md`.

mod document;
mod identity;
mod names;
mod response;
mod signature;
mod tree;
mod validity;

use bergshamra::KeysManager;
use rollcall_directory::Connection;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use self::names::ASSERTION;
use self::tree::Node;
use super::refused::Refused;
use crate::app::connection_settings::SamlSettings;
use crate::app::{Evidence, Once};
use crate::clock::Clock;

/// What the product received and remembers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SamlEvidence)]
pub(super) struct Saml {
    response: String,
    request_id: Option<String>,
}

/// What a response is held against.
struct Expected<'a> {
    settings: &'a SamlSettings,
    /// The connection's name, for people.
    connection: &'a str,
    /// The product's request, if it made one.
    request_id: Option<&'a str>,
    /// UTC microseconds.
    now: i64,
}

/// Verifies a response and reads the one assertion in it.
pub(super) async fn check(clock: &Clock, connection: &Connection, given: Saml) -> Result<Evidence, Refused> {
    let settings = SamlSettings::of(&connection.record)?;
    let keys = settings.keys().map_err(Refused::Unconfigured)?;
    let (name, now) = (connection.record.name.clone(), clock.now());
    // It is work for the processor, as much as 512 KiB give; and should the parser ever panic, nobody was verified.
    let checked = tokio::task::spawn_blocking(move || {
        let request_id = given.request_id.as_deref().filter(|id| !id.is_empty());
        let expected = Expected { settings: &settings, connection: &name, request_id, now };
        verified(&given.response, keys, &expected)
    });
    checked.await.unwrap_or_else(|_| Err(Refused::Invalid("the response could not be read".to_owned())))
}

fn verified(response: &str, keys: KeysManager, expected: &Expected<'_>) -> Result<Evidence, Refused> {
    let xml = document::decode(response)?;
    let tree = document::parse(&xml)?;
    let root = Node::root(&tree).ok_or_else(|| Refused::Malformed("the document is empty".to_owned()))?;
    let parts = response::parts(root)?;
    let signed = signature::verified(&tree, parts.response, parts.assertion, keys)?;
    // From here on only what lies in a signed element is believed to be the provider's word.
    if !signed.iter().any(|node| *node == parts.assertion.id() || Some(*node) == parts.assertion.parent()) {
        return Err(Refused::Invalid("the assertion is not signed".to_owned()));
    }
    response::judge(parts, expected)?;
    let expires_at = validity::judge(parts, expected)?;
    let assertion = identity::read(parts.assertion, expected)?;
    Ok(Evidence { assertion, once: Some(Once { hash: identified(parts.assertion)?, expires_at }) })
}

/// By what an assertion is known again: its issuer and its id (SAML profiles 4.1.4.5).
fn identified(assertion: Node<'_, '_>) -> Result<[u8; 32], Refused> {
    let issuer = assertion.needed(ASSERTION, "Issuer")?.text()?;
    let id = assertion.attribute("ID").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Refused::Invalid("the assertion has no `ID`".to_owned()))?;
    let mut hash = Sha256::new();
    for part in ["saml", &issuer, id] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    Ok(hash.finalize().into())
}
