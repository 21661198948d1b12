//! A single reference to another resource, such as `manager` (A-87, C-19; members have rules of their own).

use serde_json::{Map, Value};

use crate::{
    ScimError,
    schema::{Attribute, Type},
    value::reference::endpoint_and_id,
};

/// Leaves only `value` of `value` and `$ref`: the server derives `$ref`, so a client's own could only contradict it.
///
/// `$ref` alone gives the value. `invalidValue` if the two name different resources, or `$ref` one of another type.
pub(super) fn settle(attribute: &Attribute, object: &mut Map<String, Value>) -> Result<(), ScimError> {
    let types = match attribute.sub_attribute("$ref") {
        Some(sub) if sub.kind == Type::Reference && attribute.sub_attribute("value").is_some() => &sub.reference_types,
        _ => return Ok(()),
    };
    // An empty id refers to nobody.
    if object.get("value").and_then(Value::as_str).is_some_and(|value| value.trim().is_empty()) {
        object.shift_remove("value");
    }
    let Some(Value::String(reference)) = object.shift_remove("$ref") else { return Ok(()) };
    if reference.is_empty() {
        return Ok(());
    }
    let (endpoint, id) = endpoint_and_id(&reference)
        .ok_or_else(|| ScimError::invalid_value("`$ref` ends in no id; expected the URI of a resource"))?;
    // Only the endpoints of the core types are known here by name.
    let foreign = |name: &str, plural: &str| endpoint == Some(plural) && !types.iter().any(|kind| kind == name);
    if foreign("User", "Users") || foreign("Group", "Groups") {
        let expected = types.join("` or `");
        return Err(ScimError::invalid_value(format!("`$ref` points at another type; expected a `{expected}`")));
    }
    match object.get("value").and_then(Value::as_str) {
        Some(value) if value != id => {
            Err(ScimError::invalid_value("`value` and `$ref` name different resources; expected one, or both alike"))
        }
        Some(_) => Ok(()),
        None => {
            object.insert("value".to_owned(), Value::from(id));
            Ok(())
        }
    }
}
