//! Booleans: `"True"` is one to Entra ID.

use serde_json::Value;

use crate::{ScimError, Tolerance, Tolerances, schema::Attribute, value::mismatch};

/// `true`, `false`, or where it is tolerated their names as a string in any case.
pub(crate) fn normalize(attribute: &Attribute, value: &Value, tolerances: &Tolerances) -> Result<bool, ScimError> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::String(text) => from_name(text)
            .filter(|_| tolerances.allow(Tolerance::BooleanAsString))
            .ok_or_else(|| mismatch(attribute, "`true` or `false`", value)),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(mismatch(attribute, "`true` or `false`", value))
        }
    }
}

/// The boolean that a string names, in any case.
pub fn from_name(text: &str) -> Option<bool> {
    let is = |name: &str| text.trim().eq_ignore_ascii_case(name);
    if is("true") { Some(true) } else { is("false").then_some(false) }
}
