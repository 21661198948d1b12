//! Values of the simple types: what is accepted, and how they compare (RFC 7643 §2.3, A-81 to A-87).

pub mod binary;
pub mod boolean;
pub mod date_time;
pub mod number;
pub mod reference;
pub mod string;

use serde_json::Value;

use crate::{
    ScimError, Tolerances,
    schema::{Attribute, Type},
};

/// A value of a simple type as it is stored: as it came, but for booleans that came as strings.
///
/// `invalidValue` if it is not of the attribute's type. Complex attributes are not for this function.
pub(crate) fn normalize(attribute: &Attribute, value: Value, tolerances: &Tolerances) -> Result<Value, ScimError> {
    match attribute.kind {
        Type::Boolean => boolean::normalize(attribute, &value, tolerances).map(Value::Bool),
        Type::Integer => number::check_integer(attribute, &value).map(|()| value),
        Type::Decimal => number::check_decimal(attribute, &value).map(|()| value),
        Type::String => string::check(attribute, &value, tolerances).map(|()| value),
        Type::DateTime => date_time::check(attribute, &value).map(|()| value),
        Type::Binary => binary::check(attribute, &value).map(|()| value),
        Type::Reference => reference::check(attribute, &value).map(|()| value),
        Type::Complex => Err(mismatch(attribute, "an object", &value)),
    }
}

/// The error for a value of another type, which it names without quoting it.
pub(crate) fn mismatch(attribute: &Attribute, expected: &str, found: &Value) -> ScimError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    ScimError::invalid_value(format!("`{}` is {found}; expected {expected}", attribute.name))
}
