//! What holds for a whole resource, however it came about (A-60, A-67, A-80, C-1, D-1).

use serde_json::{Map, Value};

use crate::{
    Resource, ScimError,
    fold::fold,
    schema::{Attribute, Mutability, ResourceType, Type},
};

/// Refuses a resource without what is required, or with two primary elements in a list: `invalidValue`.
///
/// To be asked after POST, PUT and PATCH; lists are expected as `normalize` leaves them.
pub fn check(resource_type: &ResourceType, resource: &Resource) -> Result<(), ScimError> {
    let attributes = resource.attributes();
    check_attributes(&resource_type.schema.attributes, attributes)?;
    for extension in &resource_type.extensions {
        let urn = extension.schema.id.as_ref();
        match attributes.get(urn).and_then(Value::as_object).filter(|container| !container.is_empty()) {
            Some(container) => {
                check_attributes(&extension.schema.attributes, container).map_err(|error| error.in_context(urn))?;
            }
            None if extension.required => {
                return Err(ScimError::invalid_value(format!("attributes of `{urn}` are required and missing")));
            }
            None => {}
        }
    }
    Ok(())
}

fn check_attributes(definitions: &[Attribute], values: &Map<String, Value>) -> Result<(), ScimError> {
    for attribute in definitions {
        let value = values.get(attribute.name.as_ref());
        if attribute.required && attribute.mutability != Mutability::ReadOnly {
            check_present(attribute, value)?;
        }
        match value {
            Some(Value::Array(elements)) if attribute.kind == Type::Complex => {
                check_primary(attribute, elements)?;
                elements.iter().try_for_each(|element| check_sub_attributes(attribute, element))?;
            }
            Some(value) if attribute.kind == Type::Complex => check_sub_attributes(attribute, value)?,
            _ => {}
        }
    }
    Ok(())
}

/// Sub-attributes are required only where their parent is.
fn check_sub_attributes(attribute: &Attribute, value: &Value) -> Result<(), ScimError> {
    let Some(object) = value.as_object() else { return Ok(()) };
    check_attributes(&attribute.sub_attributes, object)
        .map_err(|error| error.in_context(&format!("`{}`", attribute.name)))
}

/// Text of white space only says as little as none (C-1).
fn check_present(attribute: &Attribute, value: Option<&Value>) -> Result<(), ScimError> {
    let empty = match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => fold(text).is_empty(),
        Some(Value::Array(elements)) => elements.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    };
    if empty {
        return Err(ScimError::invalid_value(format!("`{}` is required and missing or empty", attribute.name)));
    }
    Ok(())
}

fn check_primary(attribute: &Attribute, elements: &[Value]) -> Result<(), ScimError> {
    let primary = elements.iter().filter(|element| element.get("primary") == Some(&Value::Bool(true))).count();
    if primary > 1 {
        let name = &attribute.name;
        return Err(ScimError::invalid_value(format!("`{name}` has {primary} primary elements; expected at most one")));
    }
    Ok(())
}
