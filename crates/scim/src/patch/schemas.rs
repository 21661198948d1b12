//! Operations on `schemas` (table G.3; A-59, G-19).
//!
//! `schemas` says what a resource has, so nothing is stored for it: naming an extension changes nothing, and removing
//! one removes its data.

use serde_json::Value;

use super::apply::Patcher;
use super::operation::Op;
use crate::path::Selection;
use crate::schema::Attribute;
use crate::search_document::element;
use crate::{ScimError, Tolerance};

/// Applies an operation to `schemas`.
pub(super) fn patch(
    patcher: &mut Patcher<'_>,
    attribute: &Attribute,
    selection: Option<Selection>,
    op: Op,
    value: Option<Value>,
) -> Result<(), ScimError> {
    match (op, selection) {
        (Op::Add | Op::Replace, None) => check_named(patcher, op, value),
        (Op::Add | Op::Replace, Some(_)) => {
            Err(ScimError::mutability("`schemas` follows from the attributes: set those of the extension"))
        }
        (Op::Remove, Some(selection)) => {
            remove(patcher, |urn| selection.condition.matches(&element(attribute, &Value::from(urn))))
        }
        (Op::Remove, None) => match value {
            Some(value) if !value.is_null() && patcher.tolerances.allow(Tolerance::RemoveWithValue) => {
                let named = urns(value)?;
                remove(patcher, |urn| named.iter().any(|named| named.eq_ignore_ascii_case(urn)))
            }
            _ => Err(ScimError::mutability("`schemas` is required and cannot be removed")),
        },
    }
}

/// `add` and `replace` may name what the resource type has; `replace` must keep the base schema.
fn check_named(patcher: &Patcher<'_>, op: Op, value: Option<Value>) -> Result<(), ScimError> {
    let named = match value {
        None | Some(Value::Null) if op == Op::Add => return Ok(()),
        value => urns(value.unwrap_or_default())?,
    };
    let base = patcher.resource_type.base_urn();
    for urn in &named {
        let known = urn.eq_ignore_ascii_case(base) || patcher.resource_type.extension(urn).is_some();
        if !known && !patcher.tolerances.allow(Tolerance::UnknownSchema) {
            let name = &patcher.resource_type.name;
            return Err(ScimError::invalid_syntax(format!("`schemas` names a schema that {name} does not have")));
        }
    }
    if op == Op::Replace && !named.iter().any(|urn| urn.eq_ignore_ascii_case(base)) {
        return Err(ScimError::mutability(format!("`schemas` must keep `{base}`")));
    }
    Ok(())
}

/// Removes the data of the selected extensions.
fn remove(patcher: &mut Patcher<'_>, selected: impl Fn(&str) -> bool) -> Result<(), ScimError> {
    let resource_type = patcher.resource_type;
    if selected(resource_type.base_urn()) {
        return Err(ScimError::mutability("the base schema of a resource cannot be removed"));
    }
    resource_type
        .extensions
        .iter()
        .filter(|extension| selected(&extension.schema.id))
        .try_for_each(|extension| patcher.drop_extension(extension))
}

fn urns(value: Value) -> Result<Vec<String>, ScimError> {
    let list = match value {
        Value::Array(list) => list,
        single @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            vec![single]
        }
    };
    let urns: Option<Vec<String>> = list.into_iter().map(|urn| urn.as_str().map(str::to_owned)).collect();
    urns.ok_or_else(|| ScimError::invalid_value("`schemas` is no list of URNs"))
}
