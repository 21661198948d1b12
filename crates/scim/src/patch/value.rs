//! Single values: setting, merging and clearing them (table G.3).

use serde_json::{Map, Value};

use super::list;
use super::operation::Op;
use crate::resource::normalize;
use crate::schema::{Attribute, Mutability, Type};
use crate::{ScimError, Tolerance, Tolerances};

/// Applies an operation to a whole attribute of `container`.
pub(super) fn write(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    op: Op,
    value: Option<Value>,
    tolerances: &Tolerances,
) -> Result<(), ScimError> {
    if attribute.multi_valued {
        return list::write(container, attribute, op, value, tolerances);
    }
    let value = match (op, value) {
        (Op::Add, Some(Value::Null)) => return Ok(()),
        (Op::Remove, _) | (_, None | Some(Value::Null)) => return unset(container, attribute),
        (_, Some(value)) => value,
    };
    if is_blank(&value) && attribute.required {
        return Err(ScimError::invalid_value(format!("`{}` is required and cannot be empty", attribute.name)));
    }
    match (attribute.kind, value) {
        (_, value) if op == Op::Replace && clears(attribute, &value) => unset(container, attribute),
        (Type::Complex, Value::Object(given)) => merge(container, attribute, op, given, tolerances),
        (Type::Complex, Value::Array(mut list)) if list.len() == 1 && tolerances.allow(Tolerance::ObjectForArray) => {
            write(container, attribute, op, list.pop(), tolerances)
        }
        (Type::Complex, value) => match normalize(attribute, value, tolerances)? {
            Some(Value::Object(given)) => merge(container, attribute, op, given, tolerances),
            _ => Ok(()),
        },
        (_, value) => match normalize(attribute, value, tolerances)? {
            Some(value) => {
                container.insert(attribute.name.to_string(), value);
                Ok(())
            }
            None => unset(container, attribute),
        },
    }
}

/// Applies an operation to a sub-attribute of a single complex attribute; the parent comes and goes with it.
pub(super) fn sub_attribute(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    sub: &Attribute,
    op: Op,
    value: Option<Value>,
    tolerances: &Tolerances,
) -> Result<(), ScimError> {
    match (op, value) {
        (Op::Add | Op::Replace, Some(value)) if !sub.multi_valued => {
            if is_blank(&value) && sub.required {
                return Err(ScimError::invalid_value(format!("`{}` is required and cannot be empty", sub.name)));
            }
            merge(container, attribute, op, Map::from_iter([(sub.name.to_string(), value)]), tolerances)
        }
        (op, value) => {
            let mut object = object(container, attribute);
            write(&mut object, sub, op, value, tolerances)?;
            store_parent(container, attribute, object)
        }
    }
}

/// Sets the sub-attributes that `given` names; the others stay (K-15).
fn merge(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    op: Op,
    mut given: Map<String, Value>,
    tolerances: &Tolerances,
) -> Result<(), ScimError> {
    let mut merged = object(container, attribute);
    if op == Op::Replace {
        for sub in attribute.sub_attributes.iter().filter(|sub| sub.mutability != Mutability::ReadOnly) {
            let clears = |(name, value): &(&String, &Value)| sub.name.eq_ignore_ascii_case(name) && clears(sub, value);
            let Some(name) = given.iter().find(clears).map(|(name, _)| name.clone()) else { continue };
            given.shift_remove(&name);
            unset(&mut merged, sub)?;
        }
    }
    if let Some(Value::Object(given)) = normalize(attribute, Value::Object(given), tolerances)? {
        merged.extend(given);
    }
    store_parent(container, attribute, merged)
}

/// Clears an attribute.
pub(super) fn unset(container: &mut Map<String, Value>, attribute: &Attribute) -> Result<(), ScimError> {
    if attribute.required {
        return Err(ScimError::mutability(format!("`{}` is required and cannot be removed", attribute.name)));
    }
    container.shift_remove(attribute.name.as_ref());
    Ok(())
}

/// Whether replacing by this value clears the attribute: null, and an empty string where Entra means that by it.
pub(super) fn clears(attribute: &Attribute, value: &Value) -> bool {
    let is_text = !matches!(attribute.kind, Type::Boolean | Type::Integer | Type::Decimal);
    value.is_null() || is_text && is_blank(value)
}

/// Whether a value is text of nothing.
pub(super) fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(str::is_empty)
}

/// Puts an object into its place; an empty one is no value.
pub(super) fn store_object(container: &mut Map<String, Value>, name: &str, object: Map<String, Value>) {
    if object.is_empty() {
        container.shift_remove(name);
    } else {
        container.insert(name.to_owned(), Value::Object(object));
    }
}

fn store_parent(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    object: Map<String, Value>,
) -> Result<(), ScimError> {
    if object.is_empty() {
        return unset(container, attribute);
    }
    store_object(container, &attribute.name, object);
    Ok(())
}

fn object(container: &Map<String, Value>, attribute: &Attribute) -> Map<String, Value> {
    match container.get(attribute.name.as_ref()) {
        Some(Value::Object(object)) => object.clone(),
        _ => Map::new(),
    }
}

/// Whether the attribute or a part of it may be set only once.
pub(super) fn has_immutable(attribute: &Attribute) -> bool {
    attribute.mutability == Mutability::Immutable || attribute.sub_attributes.iter().any(has_immutable)
}

/// What was set once stays as it is (table A.10).
///
/// Elements of a list may come and go; whether one was changed in place is for the code that changes it.
pub(super) fn check_immutable(
    attribute: &Attribute,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Result<(), ScimError> {
    if attribute.mutability == Mutability::Immutable && before.is_some() && before != after {
        return Err(ScimError::mutability(format!("`{}` is immutable and already set", attribute.name)));
    }
    if attribute.multi_valued {
        return Ok(());
    }
    for sub in &attribute.sub_attributes {
        let part = |whole: Option<&'_ Value>| whole.and_then(|whole| whole.get(sub.name.as_ref())).cloned();
        check_immutable(sub, part(before).as_ref(), part(after).as_ref())?;
    }
    Ok(())
}
