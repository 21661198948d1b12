//! The search document: every value of a resource as text that compares bytewise (A-76, E-13, E-15).
//!
//! Beside the stored text stands an object that says the same for comparing. Whoever compares it (this crate, SQLite or
//! PostgreSQL) needs no rule but byte order. Keys are attribute names in lower case, those of extensions behind their
//! URN and a colon. A singular complex attribute is an object; a list is an array of objects with the primary element
//! first, elements of simple type as `{"value": ...}`. What is unassigned or never returned is not there.

use serde_json::{Map, Value};

use crate::{
    Resource,
    fold::fold,
    schema::{Attribute, ResourceType, Returned, Type},
    value::{binary, date_time, number},
};

/// The comparable form of one value of a simple type; `None` for complex attributes and values of another type.
///
/// Strings are folded unless `caseExact`, references exact, binary values in one spelling of base64, booleans `true` and
/// `false`, instants counted in microseconds and numbers in digits that sort as they do.
pub fn key(attribute: &Attribute, value: &Value) -> Option<String> {
    match attribute.kind {
        Type::String if !attribute.case_exact => value.as_str().map(fold),
        Type::String | Type::Reference => value.as_str().map(str::to_owned),
        Type::Boolean => value.as_bool().map(|truth| truth.to_string()),
        Type::Integer | Type::Decimal => value.as_number().and_then(number::key),
        Type::DateTime => value.as_str().and_then(date_time::parse).map(date_time::key),
        Type::Binary => value.as_str().and_then(binary::key),
        Type::Complex => None,
    }
}

/// The search document of a stored resource, without `meta`, `groups` and `members`, which stand elsewhere.
pub fn search_document(resource_type: &ResourceType, resource: &Resource, id: &str) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("id".to_owned(), Value::from(id));
    // URNs are compared without case.
    let schemas = resource.schemas(resource_type).into_iter().map(|urn| single_member("value", fold(&urn)));
    document.insert("schemas".to_owned(), schemas.map(Value::Object).collect());
    for (name, value) in resource.attributes() {
        if let Some(extension) = resource_type.extension(name) {
            let prefix = format!("{}:", extension.schema.id.to_lowercase());
            for (name, value) in value.as_object().into_iter().flatten() {
                if let Some(attribute) = extension.schema.attribute(name) {
                    add(&mut document, &prefix, attribute, value);
                }
            }
        } else if let Some(attribute) = resource_type.attribute(name)
            && attribute.name != "members"
        {
            add(&mut document, "", attribute, value);
        }
    }
    document
}

/// One element of a list, or the value of a singular complex attribute, as it stands in a search document.
pub fn element(attribute: &Attribute, value: &Value) -> Map<String, Value> {
    let Some(object) = value.as_object() else {
        return key(attribute, value).map(|key| single_member("value", key)).unwrap_or_default();
    };
    let mut element = Map::new();
    for (name, value) in object {
        if let Some(sub) = attribute.sub_attribute(name).filter(|sub| sub.returned != Returned::Never)
            && let Some(key) = key(sub, value)
        {
            element.insert(sub.name.to_lowercase(), Value::String(key));
        }
    }
    element
}

fn add(document: &mut Map<String, Value>, prefix: &str, attribute: &Attribute, value: &Value) {
    if attribute.returned == Returned::Never {
        return;
    }
    let form = match value {
        Value::Array(elements) if attribute.multi_valued => list(attribute, elements),
        Value::Object(_) => Value::Object(element(attribute, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            let Some(key) = key(attribute, value) else { return };
            Value::String(key)
        }
    };
    document.insert(format!("{prefix}{}", attribute.name.to_lowercase()), form);
}

/// The primary element leads, because sorting takes the first (F-5).
fn list(attribute: &Attribute, elements: &[Value]) -> Value {
    let is_primary = |element: &&Value| element.get("primary") == Some(&Value::Bool(true));
    let (primary, others): (Vec<&Value>, Vec<&Value>) = elements.iter().partition(is_primary);
    primary.into_iter().chain(others).map(|value| Value::Object(element(attribute, value))).collect()
}

fn single_member(name: &str, value: String) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), Value::String(value))])
}
