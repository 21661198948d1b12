//! Evidence of type `attributes`: the product itself has verified who this is.

use std::collections::BTreeMap;

use rollcall_policy::{Assertion, AttributeValue};
use rollcall_scim::fold::fold;
use serde::Deserialize;
use utoipa::ToSchema;

use super::refused::Refused;
use crate::app::Evidence;

/// Bytes of a subject: it stands in an index, and identity providers' own identifiers are far shorter.
pub(super) const LONGEST_SUBJECT: usize = 1_024;

/// What the product says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AttributesEvidence)]
pub(super) struct Attributes {
    subject: String,
    attributes: BTreeMap<String, AttributeValue>,
}

/// Reads the attributes. They are trusted: whoever holds the sign-in key speaks for the product.
pub(super) fn check(given: Attributes) -> Result<Evidence, Refused> {
    if !is_subject(&given.subject) {
        let detail = "`subject` must be 1 to 1024 bytes of UTF-8, none of them a control character";
        return Err(Refused::Malformed(detail.to_owned()));
    }
    let assertion = Assertion::from_attributes(given.subject, &given.attributes, fold);
    Ok(Evidence { assertion, once: None })
}

/// Whether a text can be a subject.
pub(super) fn is_subject(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= LONGEST_SUBJECT && !text.chars().any(char::is_control)
}
