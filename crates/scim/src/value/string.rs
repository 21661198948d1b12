//! Strings (A-77, A-81, C-3): bounded, without control characters, and kept as they came.

use serde_json::Value;

use crate::{
    ScimError, Tolerance, Tolerances,
    schema::{Attribute, Format},
    value::mismatch,
};

mod country;

/// Greatest length of a string, in code points.
pub const MAX_CHARACTERS: usize = 16_384;

pub(crate) fn check(attribute: &Attribute, value: &Value, tolerances: &Tolerances) -> Result<(), ScimError> {
    let Value::String(text) = value else { return Err(mismatch(attribute, "a string", value)) };
    check_text(attribute, text)?;
    let country = attribute.format == Format::CountryCode;
    if country && !text.is_empty() && !country::is_code(text) && !tolerances.allow(Tolerance::CountryCode) {
        let name = &attribute.name;
        return Err(ScimError::invalid_value(format!(
            "`{name}` is no ISO 3166-1 alpha-2 code; expected one like `US`"
        )));
    }
    if !is_canonical(attribute, text) && !tolerances.allow(Tolerance::CanonicalValue) {
        let (name, expected) = (&attribute.name, attribute.canonical_values.join("`, `"));
        return Err(ScimError::invalid_value(format!("`{name}` has another value than the canonical `{expected}`")));
    }
    Ok(())
}

/// Length and characters of any text, whatever its type.
pub(crate) fn check_text(attribute: &Attribute, text: &str) -> Result<(), ScimError> {
    let name = &attribute.name;
    // Bytes first: most strings are short enough even if each byte were a character.
    if text.len() > MAX_CHARACTERS && text.chars().count() > MAX_CHARACTERS {
        return Err(ScimError::invalid_value(format!("`{name}` is longer than {MAX_CHARACTERS} characters")));
    }
    let allowed = |control: char| attribute.format == Format::MultiLine && matches!(control, '\t' | '\r' | '\n');
    if let Some(control) = text.chars().find(|c| c.is_control() && !allowed(*c)) {
        let code = u32::from(control);
        return Err(ScimError::invalid_value(format!(
            "`{name}` has the control character U+{code:04X}; expected text without control characters"
        )));
    }
    Ok(())
}

fn is_canonical(attribute: &Attribute, text: &str) -> bool {
    let same = |value: &str| if attribute.case_exact { value == text } else { value.eq_ignore_ascii_case(text) };
    text.is_empty() || attribute.canonical_values.is_empty() || attribute.canonical_values.iter().any(|v| same(v))
}
