//! A single reference to another resource, such as `manager` (A-87, C-19; members have rules of their own).

use serde_json::{Map, Value};

use crate::{
    ScimError, Tolerances,
    resource::normalize,
    schema::{Attribute, Type},
    value::{mismatch, reference::endpoint_and_id},
};

/// Whether this is the `$ref` that the server derives from the `value` beside it.
pub(super) fn is_derived(attribute: &Attribute, sub: &Attribute) -> bool {
    !attribute.multi_valued
        && sub.name == "$ref"
        && sub.kind == Type::Reference
        && attribute.sub_attribute("value").is_some()
}

/// Reduces `value` and the client's `$ref` to `value`; a stored `$ref` could only contradict the derived one.
///
/// The value wins, if there is one: answers may be sent back whatever stands in them. `$ref` alone gives the value;
/// `invalidValue` if it ends in no id or points at a core type that the attribute does not refer to.
pub(super) fn settle(
    sub: &Attribute,
    object: &mut Map<String, Value>,
    reference: Option<Value>,
    tolerances: &Tolerances,
) -> Result<(), ScimError> {
    let reference = reference.unwrap_or_default();
    if object.get("value").and_then(Value::as_str).is_some_and(|value| !value.trim().is_empty()) {
        let fits = reference.is_string() || reference.is_null();
        return if fits { Ok(()) } else { Err(mismatch(sub, "a URI as a string", &reference)) };
    }
    // An empty id refers to nobody.
    object.shift_remove("value");
    let reference = normalize(sub, reference, tolerances)?.unwrap_or_default();
    let Some(reference) = reference.as_str().filter(|reference| !reference.is_empty()) else { return Ok(()) };
    let (endpoint, id) = endpoint_and_id(reference)
        .ok_or_else(|| ScimError::invalid_value("`$ref` ends in no id; expected the URI of a resource"))?;
    // Only the endpoints of the core types are known here by name.
    let foreign =
        |name: &str, plural: &str| endpoint == Some(plural) && !sub.reference_types.iter().any(|kind| kind == name);
    if foreign("User", "Users") || foreign("Group", "Groups") {
        let expected = sub.reference_types.join("` or `");
        return Err(ScimError::invalid_value(format!("`$ref` points at another type; expected a `{expected}`")));
    }
    object.insert("value".to_owned(), Value::from(id));
    Ok(())
}
