//! Whole lists: appending, replacing and taking elements away (table G.3; A-79, G-14, G-15, G-20).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::index::Index;
use super::operation::Op;
use super::value::{clears, unset};
use crate::resource::normalize;
use crate::schema::{Attribute, Type};
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
            let list = elements(container, attribute);
            let index = Index::new(attribute, &list);
            let gone: BTreeSet<usize> = given.iter().flat_map(|given| index.saying(given)).collect();
            let left = list.into_iter().enumerate().filter(|(place, _)| !gone.contains(place));
            store(container, attribute, left.map(|(_, element)| element).collect())
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
    // Table G.3 lets one value stand for a list of one.
    let is_one = if attribute.kind == Type::Complex { value.is_object() } else { !value.is_array() };
    let value = if is_one { Value::Array(vec![value]) } else { value };
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
    let mut index = Index::new(attribute, &list);
    for given in given {
        if index.saying(&given).next().is_some() {
            continue;
        }
        let takes_over = is_primary(&given);
        let place = index.same(&given).unwrap_or(list.len());
        index.note(place, &given);
        match (list.get_mut(place), given) {
            (Some(Value::Object(stored)), Value::Object(given)) => stored.extend(given),
            (_, given) => list.push(given),
        }
        if takes_over {
            for demoted in demote_others(&mut list, &[place]) {
                index.note(demoted, &json!({"primary": false}));
            }
        }
    }
    list
}

/// Takes `primary` from all elements but those, because one of those became primary (G-14); returns who lost it.
pub(super) fn demote_others(list: &mut [Value], primary: &[usize]) -> Vec<usize> {
    let mut demoted = Vec::new();
    for (place, element) in list.iter_mut().enumerate() {
        if !primary.contains(&place)
            && is_primary(element)
            && let Value::Object(element) = element
        {
            element.insert("primary".to_owned(), Value::Bool(false));
            demoted.push(place);
        }
    }
    demoted
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
