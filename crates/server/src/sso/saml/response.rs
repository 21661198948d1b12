//! The response around an assertion: what it may hold, and what it says of itself (SAML core 3.2.2, profiles 4.1.4).

use super::Expected;
use super::names::{ASSERTION, ENTITY, PROTOCOL, SIGNATURE, SUCCESS};
use super::tree::Node;
use crate::sso::refused::Refused;

/// The parts that are read.
#[derive(Clone, Copy)]
pub(super) struct Parts<'t, 'x> {
    pub(super) response: Node<'t, 'x>,
    pub(super) assertion: Node<'t, 'x>,
}

/// Finds the one assertion at its one place. Nothing of it is believed yet.
pub(super) fn parts<'t, 'x>(response: Node<'t, 'x>) -> Result<Parts<'t, 'x>, Refused> {
    if !response.is(PROTOCOL, "Response") {
        return Err(Refused::Malformed("the document is no SAML 2.0 `Response`".to_owned()));
    }
    if response.descendants().any(|node| node.local_name().starts_with("Encrypted")) {
        return Err(invalid(
            "the assertion is encrypted and there is no key to read it; turn encryption off at the provider",
        ));
    }
    if let Some(status) = response.child(PROTOCOL, "Status") {
        judge_status(status)?;
    }
    let named = |name: &str| response.descendants().filter(|node| node.local_name() == name).count();
    if named("Response") > 0 || named("Assertion") > 1 {
        return Err(invalid("the document holds more than one response or assertion"));
    }
    response.has_only(&[
        (ASSERTION, "Issuer", 0, 1),
        (SIGNATURE, "Signature", 0, 1),
        (PROTOCOL, "Extensions", 0, 1),
        (PROTOCOL, "Status", 1, 1),
        (ASSERTION, "Assertion", 1, 1),
    ])?;
    let assertion = response.needed(ASSERTION, "Assertion")?;
    assertion.has_only(&[
        (ASSERTION, "Issuer", 1, 1),
        (SIGNATURE, "Signature", 0, 1),
        (ASSERTION, "Subject", 1, 1),
        (ASSERTION, "Conditions", 1, 1),
        (ASSERTION, "Advice", 0, 1),
        (ASSERTION, "AuthnStatement", 1, usize::MAX),
        (ASSERTION, "AttributeStatement", 0, usize::MAX),
    ])?;
    Ok(Parts { response, assertion })
}

fn judge_status(status: Node<'_, '_>) -> Result<(), Refused> {
    if status.needed(PROTOCOL, "StatusCode")?.attribute("Value") == Some(SUCCESS) {
        return Ok(());
    }
    Err(invalid("the provider did not sign the person in; its own log says why"))
}

/// Whether the response comes from the provider and is meant for this product.
pub(super) fn judge(parts: Parts<'_, '_>, expected: &Expected<'_>) -> Result<(), Refused> {
    for node in [parts.response, parts.assertion] {
        if node.attribute("Version") != Some("2.0") {
            return Err(Refused::Invalid(format!("the version of `{}` must be 2.0", node.local_name())));
        }
        if let Some(issuer) = node.child(ASSERTION, "Issuer") {
            judge_issuer(issuer, expected)?;
        }
    }
    match parts.response.attribute("Destination") {
        Some(destination) if destination != expected.settings.recipient => {
            Err(invalid("`Destination` is not the recipient that is set at this connection"))
        }
        Some(_) | None => Ok(()),
    }
}

fn judge_issuer(issuer: Node<'_, '_>, expected: &Expected<'_>) -> Result<(), Refused> {
    let entity = issuer.attribute("Format").is_none_or(|format| format == ENTITY);
    if entity && issuer.text()? == expected.settings.idp_entity_id {
        return Ok(());
    }
    Err(invalid("`Issuer` is not the provider's entity id that is set at this connection"))
}

fn invalid(detail: &str) -> Refused {
    Refused::Invalid(detail.to_owned())
}
