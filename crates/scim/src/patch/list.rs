//! Whole lists: appending, replacing and taking elements away (table G.3; A-79, G-14, G-15, G-20).

use serde_json::{Map, Value};

use super::operation::Op;
use super::value::{clears, unset};
use crate::resource::normalize;
use crate::schema::Attribute;
use crate::search_document::element;
use crate::{ScimError, Tolerance, Tolerances};

/// Applies an operation without brackets to a multi-valued attribute of `container`.
pub(super) fn write(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    op: Op,
    value: Option<Value>,
    tolerances: &Tolerances,
) -> Result<(), ScimError> {
    match (op, value) {
        (Op::Add, None | Some(Value::Null)) => Ok(()),
        (Op::Add, Some(value)) => {
            let given = elements_of(attribute, value, tolerances)?;
            let merged = add(attribute, elements(container, attribute), given);
            store(container, attribute, merged)
        }
        (Op::Replace, Some(value)) if !clears(attribute, &value) => {
            let given = elements_of(attribute, value, tolerances)?;
            store(container, attribute, given)
        }
        (Op::Remove, Some(value)) if !value.is_null() && tolerances.allow(Tolerance::RemoveWithValue) => {
            let given = elements_of(attribute, value, tolerances)?;
            let mut left = elements(container, attribute);
            left.retain(|stored| !given.iter().any(|given| says(attribute, stored, given)));
            store(container, attribute, left)
        }
        (Op::Replace | Op::Remove, _) => unset(container, attribute),
    }
}

/// The list that a value is, or the list of the one element that it is; normalised, with one primary at most.
pub(super) fn elements_of(
    attribute: &Attribute,
    value: Value,
    tolerances: &Tolerances,
) -> Result<Vec<Value>, ScimError> {
    // Table G.3 lets one object stand for a list of one.
    let value = if value.is_object() { Value::Array(vec![value]) } else { value };
    let elements = match normalize(attribute, value, tolerances)? {
        Some(Value::Array(elements)) => elements,
        _ => Vec::new(),
    };
    if elements.iter().filter(|element| is_primary(element)).count() > 1 {
        return Err(ScimError::invalid_value(format!(
            "two elements of `{}` are primary: at most one is expected",
            attribute.name
        )));
    }
    Ok(elements)
}

/// The list with the given elements in it. What is there already stays or takes over what the given element says.
pub(super) fn add(attribute: &Attribute, mut list: Vec<Value>, given: Vec<Value>) -> Vec<Value> {
    for given in given {
        if list.iter().any(|stored| says(attribute, stored, &given)) {
            continue;
        }
        let takes_over = is_primary(&given);
        let place = match list.iter().position(|stored| is_same(attribute, stored, &given)) {
            Some(place) => place,
            None => list.len(),
        };
        match (list.get_mut(place), given) {
            (Some(Value::Object(stored)), Value::Object(given)) => stored.extend(given),
            (_, given) => list.push(given),
        }
        if takes_over {
            demote_others(&mut list, &[place]);
        }
    }
    list
}

/// Elements of a list that are primary no longer, because another one became so (G-14).
pub(super) fn demote_others(list: &mut [Value], primary: &[usize]) {
    for (index, element) in list.iter_mut().enumerate() {
        if !primary.contains(&index)
            && is_primary(element)
            && let Value::Object(element) = element
        {
            element.insert("primary".to_owned(), Value::Bool(false));
        }
    }
}

/// Whether an element is the primary one.
pub(super) fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// The elements of a list; none if the attribute is unassigned.
pub(super) fn elements(container: &Map<String, Value>, attribute: &Attribute) -> Vec<Value> {
    match container.get(attribute.name.as_ref()) {
        Some(Value::Array(elements)) => elements.clone(),
        _ => Vec::new(),
    }
}

/// Puts a list into its place; an empty one is no value.
pub(super) fn store(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    list: Vec<Value>,
) -> Result<(), ScimError> {
    if list.is_empty() {
        return unset(container, attribute);
    }
    container.insert(attribute.name.to_string(), Value::Array(list));
    Ok(())
}

/// Whether a stored element says all that the given one says, compared as filters compare (G-20).
fn says(attribute: &Attribute, stored: &Value, given: &Value) -> bool {
    let stored = element(attribute, stored);
    element(attribute, given).iter().all(|(name, value)| match stored.get(name) {
        Some(stored) => stored == value,
        // An element that does not say so is not primary.
        None => name == "primary" && value == "false",
    })
}

/// Whether two elements are one: the same value of the same type.
fn is_same(attribute: &Attribute, stored: &Value, given: &Value) -> bool {
    let (stored, given) = (element(attribute, stored), element(attribute, given));
    given.contains_key("value") && stored.get("value") == given.get("value") && stored.get("type") == given.get("type")
}
