//! Some elements of a list: `a[f]`, `a[f].sub`, and `a.sub` for all of them (table G.3; K-13, K-14).

use serde_json::{Map, Value};

use super::list::{add, demote_others, elements, elements_of, is_primary, store};
use super::operation::Op;
use super::value::clears;
use crate::filter::{CompareOperator, Filter, Literal};
use crate::path::{Located, Selection};
use crate::resource::{collapse_duplicates, normalize};
use crate::schema::{Attribute, Mutability, Type};
use crate::search_document::element;
use crate::{ScimError, Tolerance, Tolerances};

/// What happens to each selected element.
enum Change {
    /// Nothing: `add` of null.
    None,
    /// It goes.
    Delete,
    /// It is another one.
    Become(Map<String, Value>),
    /// It is another value, of a simple list.
    BecomeSimple(Value),
    /// It takes over these sub-attributes.
    Merge(Map<String, Value>),
    /// It loses a sub-attribute.
    Clear,
}

/// Applies an operation to the elements that brackets select, or to a sub-attribute of them.
pub(super) fn selected(
    container: &mut Map<String, Value>,
    located: &Located<'_>,
    selection: &Selection,
    op: Op,
    value: Option<Value>,
    tolerances: &Tolerances,
) -> Result<(), ScimError> {
    let Located { attribute, sub, .. } = *located;
    let list = elements(container, attribute);
    let matches = |it: &Value| selection.condition.matches(&element(attribute, it));
    let places: Vec<usize> = list.iter().enumerate().filter(|(_, it)| matches(it)).map(|(place, _)| place).collect();
    let change = change(attribute, sub, op, value, tolerances)?;
    if !places.is_empty() {
        let list = carry_out(attribute, sub, list, &places, &change)?;
        return store(container, attribute, list);
    }
    let created = match change {
        Change::None => return Ok(()),
        // K-11: what is not there need not be removed.
        Change::Delete | Change::Clear if op == Op::Remove => return Ok(()),
        // Nor cleared; but a strict `replace` must find its target.
        Change::Delete | Change::Clear if tolerances.allow(Tolerance::CreateOnNoMatch) => return Ok(()),
        Change::Delete | Change::Clear => None,
        Change::Become(given) | Change::Merge(given) => described(attribute, &selection.filter, tolerances)
            .filter(|_| tolerances.allow(Tolerance::CreateOnNoMatch))
            .map(|mut element| {
                element.extend(given);
                Value::Object(element)
            }),
        Change::BecomeSimple(given) => Some(given).filter(|_| tolerances.allow(Tolerance::CreateOnNoMatch)),
    };
    let created = created.ok_or_else(|| {
        ScimError::no_target(format!("no element of `{}` satisfies `{}`", attribute.name, selection.filter))
    })?;
    store(container, attribute, add(attribute, list, vec![created]))
}

/// Applies an operation to a sub-attribute of every element (GE-41).
pub(super) fn everywhere(
    container: &mut Map<String, Value>,
    attribute: &Attribute,
    sub: &Attribute,
    op: Op,
    value: Option<Value>,
    tolerances: &Tolerances,
) -> Result<(), ScimError> {
    if !tolerances.allow(Tolerance::UnfilteredSubAttribute) {
        return Err(ScimError::invalid_path(format!(
            "`{0}.{1}` does not say of which element: expected `{0}[filter].{1}`",
            attribute.name, sub.name
        )));
    }
    let change = change(attribute, Some(sub), op, value, tolerances)?;
    let list = elements(container, attribute);
    if list.is_empty() {
        return match change {
            Change::None | Change::Delete | Change::Clear => Ok(()),
            Change::Become(_) | Change::BecomeSimple(_) | Change::Merge(_) => {
                Err(ScimError::no_target(format!("`{}` has no element", attribute.name)))
            }
        };
    }
    let places: Vec<usize> = (0..list.len()).collect();
    let list = carry_out(attribute, Some(sub), list, &places, &change)?;
    store(container, attribute, list)
}

/// What the operation means for an element.
fn change(
    attribute: &Attribute,
    sub: Option<&Attribute>,
    op: Op,
    value: Option<Value>,
    tolerances: &Tolerances,
) -> Result<Change, ScimError> {
    let gone = if sub.is_some() { Change::Clear } else { Change::Delete };
    let value = match (op, value) {
        // Entra sends the old value along with `remove`; the path says enough.
        (Op::Remove, _) | (_, None) => return Ok(gone),
        (Op::Add, Some(Value::Null)) => return Ok(Change::None),
        (Op::Replace, Some(value)) if clears(sub.unwrap_or(attribute), &value) => return Ok(gone),
        (_, Some(value)) => value,
    };
    if let Some(sub) = sub {
        return Ok(match normalize(sub, value, tolerances)? {
            Some(value) => Change::Merge(Map::from_iter([(sub.name.to_string(), value)])),
            None => gone,
        });
    }
    let mut given = elements_of(attribute, value, tolerances)?;
    match (given.pop(), given.is_empty()) {
        (Some(Value::Object(given)), true) if op == Op::Add => Ok(Change::Merge(given)),
        (Some(Value::Object(given)), true) => Ok(Change::Become(given)),
        (Some(given), true) => Ok(Change::BecomeSimple(given)),
        (None, _) => Ok(gone),
        (Some(_), false) => Err(ScimError::invalid_value(format!(
            "several values for one element of `{}`: expected one",
            attribute.name
        ))),
    }
}

/// Changes the elements at `places`.
fn carry_out(
    attribute: &Attribute,
    sub: Option<&Attribute>,
    mut list: Vec<Value>,
    places: &[usize],
    change: &Change,
) -> Result<Vec<Value>, ScimError> {
    for &place in places {
        let Some(stored) = list.get_mut(place) else { continue };
        match (change, &mut *stored) {
            (Change::Delete, stored) => *stored = Value::Null,
            (Change::Become(given), stored) => *stored = Value::Object(given.clone()),
            (Change::BecomeSimple(given), stored) => *stored = given.clone(),
            (Change::Merge(given), Value::Object(stored)) => {
                for (name, value) in given {
                    check_settable(attribute, name, stored.get(name), Some(value))?;
                    stored.insert(name.clone(), value.clone());
                }
            }
            (Change::Clear, Value::Object(stored)) => {
                let name = sub.map_or("", |sub| sub.name.as_ref());
                check_settable(attribute, name, stored.get(name), None)?;
                stored.shift_remove(name);
            }
            (Change::None | Change::Merge(_) | Change::Clear, _) => {}
        }
    }
    let becomes_primary = match change {
        Change::Become(given) | Change::Merge(given) => given.get("primary") == Some(&Value::Bool(true)),
        Change::None | Change::Delete | Change::BecomeSimple(_) | Change::Clear => false,
    };
    if becomes_primary {
        demote_others(&mut list, places);
    }
    list.retain(|element| !element.is_null() && element.as_object().is_none_or(|object| !object.is_empty()));
    let list = collapse_duplicates(attribute, list);
    if list.iter().filter(|element| is_primary(element)).count() > 1 && becomes_primary {
        let detail = format!("several elements of `{}` would become primary: one is expected", attribute.name);
        return Err(ScimError::invalid_value(detail));
    }
    Ok(list)
}

/// A sub-attribute that was set once stays, and one that is required stays set (D-5, table A.10).
fn check_settable(
    attribute: &Attribute,
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Result<(), ScimError> {
    let Some(sub) = attribute.sub_attribute(name) else { return Ok(()) };
    if sub.mutability == Mutability::Immutable && before.is_some() && before != after {
        return Err(ScimError::mutability(format!("`{}.{name}` is immutable and already set", attribute.name)));
    }
    if sub.required && after.is_none() {
        return Err(ScimError::mutability(format!("`{}.{name}` is required and cannot be removed", attribute.name)));
    }
    Ok(())
}

/// The element that a filter describes, if it only joins `eq` comparisons by `and` and none contradicts another.
fn described(attribute: &Attribute, filter: &Filter, tolerances: &Tolerances) -> Option<Map<String, Value>> {
    let mut element = Map::new();
    if attribute.kind != Type::Complex {
        return None;
    }
    let terms = if let Filter::And(terms) = filter { terms.as_slice() } else { std::slice::from_ref(filter) };
    for term in terms {
        let Filter::Compare { path, operator: CompareOperator::Equal, value } = term else { return None };
        let sub = attribute.sub_attribute(&path.name).filter(|sub| sub.mutability != Mutability::ReadOnly)?;
        let literal = match value {
            Literal::String(text) => Value::from(text.as_str()),
            Literal::Number(number) => Value::Number(number.clone()),
            Literal::Boolean(boolean) => Value::Bool(*boolean),
            Literal::Null => return None,
        };
        let value = normalize(sub, literal, tolerances).ok().flatten()?;
        if element.insert(sub.name.to_string(), value.clone()).is_some_and(|before| before != value) {
            return None;
        }
    }
    Some(element)
}
