//! One value or list against its definition (A-70, A-71, A-79, A-88, C-18, C-19; RFC 7643 §2.3.8, §2.4 and §2.5).

use std::{
    collections::{BTreeMap, btree_map::Entry},
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::{Map, Value};

use crate::{
    ScimError, Tolerance, Tolerances,
    resource::body::named_twice,
    schema::{Attribute, Mutability, Type},
    search_document::key,
    value::{self, mismatch},
};

mod reference;

/// A value of the attribute as it is stored: sub-attributes in canonical spelling, without unassigned ones, readOnly
/// ones and repeated elements. `None` if that leaves nothing: null, `[]` and `{}` are the same as absence.
///
/// Normalising twice changes nothing. Errors: `invalidValue` for the wrong type or form, `invalidSyntax` for an unknown
/// or repeated sub-attribute. Does not ask whether required sub-attributes are there: see [`super::check`].
pub fn normalize(attribute: &Attribute, value: Value, tolerances: &Tolerances) -> Result<Option<Value>, ScimError> {
    if value.is_null() {
        return Ok(None);
    }
    if attribute.multi_valued { list(attribute, value, tolerances) } else { single(attribute, value, tolerances) }
}

fn list(attribute: &Attribute, value: Value, tolerances: &Tolerances) -> Result<Option<Value>, ScimError> {
    let given = if let Value::Array(elements) = value {
        elements
    } else if tolerances.allow(Tolerance::ObjectForArray) {
        vec![value]
    } else {
        return Err(mismatch(attribute, "an array", &value));
    };
    let mut elements = Vec::with_capacity(given.len());
    for element in given {
        // A null element is not "no element": nobody can tell what was meant.
        if element.is_null() || element.is_array() {
            let (name, found) = (&attribute.name, if element.is_null() { "null" } else { "an array" });
            return Err(ScimError::invalid_value(format!("an element of `{name}` is {found}; expected a value")));
        }
        elements.extend(element_of(attribute, element, tolerances)?);
    }
    let elements = collapse_duplicates(attribute, elements);
    Ok((!elements.is_empty()).then_some(Value::Array(elements)))
}

fn single(attribute: &Attribute, value: Value, tolerances: &Tolerances) -> Result<Option<Value>, ScimError> {
    let Value::Array(elements) = value else { return element_of(attribute, value, tolerances) };
    match <[Value; 1]>::try_from(elements) {
        Err(none) if none.is_empty() => Ok(None),
        Ok([one]) if !one.is_null() && !one.is_array() && tolerances.allow(Tolerance::ObjectForArray) => {
            element_of(attribute, one, tolerances)
        }
        Ok(_) | Err(_) => {
            Err(ScimError::invalid_value(format!("`{}` is an array; expected one value", attribute.name)))
        }
    }
}

fn element_of(attribute: &Attribute, value: Value, tolerances: &Tolerances) -> Result<Option<Value>, ScimError> {
    if attribute.kind != Type::Complex {
        return value::normalize(attribute, value, tolerances).map(Some);
    }
    let object = match value {
        Value::Object(object) => object,
        Value::String(text) if attribute.sub_attribute("value").is_some() => {
            if !tolerances.allow(Tolerance::BareStringForComplex) {
                return Err(mismatch(attribute, "an object", &Value::String(text)));
            }
            if text.is_empty() {
                return Ok(None);
            }
            Map::from_iter([("value".to_owned(), Value::String(text))])
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(mismatch(attribute, "an object", &value));
        }
    };
    complex(attribute, object, tolerances).map_err(|error| error.in_context(&format!("`{}`", attribute.name)))
}

fn complex(
    attribute: &Attribute,
    object: Map<String, Value>,
    tolerances: &Tolerances,
) -> Result<Option<Value>, ScimError> {
    let mut normal = Map::new();
    let mut reference = None;
    for (name, value) in object {
        let Some(sub) = attribute.sub_attribute(&name) else {
            if tolerances.allow(Tolerance::UnknownAttribute) {
                continue;
            }
            let name: String = name.chars().take(100).collect();
            return Err(ScimError::invalid_syntax(format!("`{name}` is no sub-attribute; see /Schemas")));
        };
        if sub.mutability == Mutability::ReadOnly {
            continue;
        }
        if reference::is_derived(attribute, sub) {
            if reference.replace(value).is_some() {
                return Err(named_twice(&sub.name));
            }
        } else if let Some(value) = normalize(sub, value, tolerances)?
            && normal.insert(sub.name.to_string(), value).is_some()
        {
            return Err(named_twice(&sub.name));
        }
    }
    if let Some(sub) = attribute.sub_attributes.iter().find(|sub| reference::is_derived(attribute, sub)) {
        reference::settle(sub, &mut normal, reference, tolerances)?;
    }
    Ok((!normal.is_empty()).then_some(Value::Object(normal)))
}

/// The list with each (type, value) pair once, compared as filters compare.
///
/// The first element stays where it is and takes over what only the later one says; it is primary if either was.
/// Elements without a value are the same only if they are equal.
pub fn collapse_duplicates(attribute: &Attribute, elements: Vec<Value>) -> Vec<Value> {
    let mut places = BTreeMap::new();
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements {
        let identity = identity(attribute, &element);
        // Numbers are compared inside the tree, texts all over the memory: ten times slower with 50,000 members.
        match places.entry((hash(&identity), identity)) {
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push(element);
            }
            Entry::Occupied(place) => {
                if let (Some(Value::Object(first)), Value::Object(later)) = (kept.get_mut(*place.get()), element) {
                    merge(first, later);
                }
            }
        }
    }
    kept
}

/// What makes an element the same as another: a search key for its value and type, or all that it says.
fn identity(attribute: &Attribute, element: &Value) -> (Option<String>, String) {
    let part = |name: &str| attribute.sub_attribute(name).zip(element.get(name)).and_then(|(sub, v)| key(sub, v));
    if attribute.kind != Type::Complex {
        return (None, key(attribute, element).unwrap_or_else(|| element.to_string()));
    }
    match part("value") {
        Some(value) => (Some(part("type").unwrap_or_default()), value),
        None => (None, sorted(element).to_string()),
    }
}

fn hash(identity: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    hasher.finish()
}

/// The element with its members in one order, so that equal ones print alike.
fn sorted(element: &Value) -> Value {
    let mut element = element.clone();
    element.sort_all_objects();
    element
}

fn merge(first: &mut Map<String, Value>, later: Map<String, Value>) {
    for (name, value) in later {
        if name == "primary" && value == Value::Bool(true) {
            first.insert(name, value);
        } else {
            first.entry(name).or_insert(value);
        }
    }
}
