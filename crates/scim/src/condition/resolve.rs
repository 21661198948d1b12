//! From a filter to a condition: names become keys, literals become the form of the search document.

use super::comparison::comparison;
use super::{Condition, Field, Test};
use crate::filter::{AttributePath, CompareOperator, Filter, Literal};
use crate::path::{Located, locate};
use crate::schema::{Attribute, ResourceType, Returned, Type};
use crate::{ScimError, Tolerances};

/// What a filter means for one resource type.
///
/// # Errors
/// `invalidFilter` for unknown attributes, for attributes that are never returned (C-14) and for operators or values
/// that do not go with the attribute's type (E-11, E-13, E-14, E-22).
pub fn resolve(filter: &Filter, resource_type: &ResourceType, tolerances: &Tolerances) -> Result<Condition, ScimError> {
    walk(filter, &|leaf| resolve_leaf(leaf, resource_type, tolerances).map_err(ScimError::from))
}

/// What a filter means for each of several resource types, in their order (E-20, E-25).
///
/// An attribute that a type does not have has no value there.
///
/// # Errors
/// As [`resolve`]; an attribute is unknown only if no type has it.
pub fn resolve_root(
    filter: &Filter,
    resource_types: &[&ResourceType],
    tolerances: &Tolerances,
) -> Result<Vec<Condition>, ScimError> {
    let elsewhere = |leaf: &Filter| {
        resource_types.iter().any(|other| !matches!(resolve_leaf(leaf, other, tolerances), Err(Refusal::Unknown(_))))
    };
    let of_type = |resource_type: &ResourceType| {
        walk(filter, &|leaf| match resolve_leaf(leaf, resource_type, tolerances) {
            Ok(condition) => Ok(condition),
            Err(Refusal::Unknown(_)) if elsewhere(leaf) => Ok(Condition::Constant(holds_without_value(leaf))),
            Err(refusal) => Err(refusal.into()),
        })
    };
    resource_types.iter().copied().map(of_type).collect()
}

/// What the brackets of a path mean for one element of a multi-valued attribute.
///
/// A simple multi-valued attribute has the sub-attribute `value` (G-11).
///
/// # Errors
/// `invalidFilter`, as [`resolve`].
pub fn resolve_element(
    filter: &Filter,
    attribute: &Attribute,
    tolerances: &Tolerances,
) -> Result<Condition, ScimError> {
    walk(filter, &|leaf| resolve_element_leaf(leaf, attribute, tolerances).map_err(ScimError::from))
}

/// Why a leaf has no meaning for a resource type.
enum Refusal {
    /// The type has no such attribute.
    Unknown(ScimError),
    /// The attribute cannot be tested like this.
    Unfit(ScimError),
}

impl From<Refusal> for ScimError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown(error) | Refusal::Unfit(error) => error,
        }
    }
}

impl From<ScimError> for Refusal {
    fn from(error: ScimError) -> Self {
        Self::Unfit(error)
    }
}

/// Carries `and`, `or` and `not` over, and resolves the leaves.
fn walk<E>(filter: &Filter, leaf: &impl Fn(&Filter) -> Result<Condition, E>) -> Result<Condition, E> {
    let every = |filters: &[Filter]| filters.iter().map(|filter| walk(filter, leaf)).collect::<Result<Vec<_>, E>>();
    match filter {
        Filter::And(filters) => Ok(Condition::all(every(filters)?)),
        Filter::Or(filters) => Ok(Condition::any(every(filters)?)),
        Filter::Not(filter) => Ok(Condition::negated(walk(filter, leaf)?)),
        Filter::Present(_) | Filter::Compare { .. } | Filter::Element { .. } => leaf(filter),
    }
}

/// Whether a test holds where the attribute cannot have a value (E-19, E-23).
fn holds_without_value(leaf: &Filter) -> bool {
    match leaf {
        Filter::Compare { operator: CompareOperator::Equal, value, .. } => *value == Literal::Null,
        Filter::Compare { operator: CompareOperator::NotEqual, value, .. } => *value != Literal::Null,
        Filter::Compare { .. }
        | Filter::Present(_)
        | Filter::Element { .. }
        | Filter::And(_)
        | Filter::Or(_)
        | Filter::Not(_) => false,
    }
}

fn resolve_leaf(leaf: &Filter, resource_type: &ResourceType, tolerances: &Tolerances) -> Result<Condition, Refusal> {
    let find = |path: &AttributePath| {
        let located = locate(path, resource_type).ok_or_else(|| unknown(path, &resource_type.name))?;
        readable(path, located.attribute)?;
        located.sub.map_or(Ok(()), |sub| readable(path, sub))?;
        Ok::<_, Refusal>(located)
    };
    match leaf {
        Filter::Present(path) => Ok(with_constants(present(&find(path)?), resource_type)),
        Filter::Compare { path, operator, value } => {
            let condition = compare(path, &find(path)?, *operator, value, tolerances)?;
            Ok(with_constants(condition, resource_type))
        }
        Filter::Element { path, filter } => {
            let located = find(path)?;
            if !located.attribute.multi_valued || located.sub.is_some() {
                return Err(unfit(format!("`{path}[...]`: only a multi-valued attribute takes brackets")));
            }
            let condition = walk(filter, &|leaf| resolve_element_leaf(leaf, located.attribute, tolerances))?;
            Ok(Condition::Element { attribute: located.key(), condition: Box::new(condition) })
        }
        Filter::And(_) | Filter::Or(_) | Filter::Not(_) => {
            walk(leaf, &|leaf| resolve_leaf(leaf, resource_type, tolerances))
        }
    }
}

fn resolve_element_leaf(leaf: &Filter, attribute: &Attribute, tolerances: &Tolerances) -> Result<Condition, Refusal> {
    let find = |path: &AttributePath| {
        let plain = path.urn.is_none() && path.sub.is_none();
        let simple = attribute.kind != Type::Complex && path.name.eq_ignore_ascii_case("value");
        let found = if simple { Some(attribute) } else { attribute.sub_attribute(&path.name) };
        let sub = found.filter(|_| plain).ok_or_else(|| unknown(path, &attribute.name))?;
        readable(path, sub)?;
        let name = if simple { "value".to_owned() } else { sub.name.to_lowercase() };
        Ok::<_, Refusal>((sub, Field::simple(name)))
    };
    match leaf {
        Filter::Present(path) => {
            let (_, field) = find(path)?;
            Ok(Condition::Value { field, test: Test::Present })
        }
        Filter::Compare { path, operator, value } => {
            let (sub, field) = find(path)?;
            Ok(comparison(path, sub, *operator, value, tolerances)?.on(|condition| condition, field))
        }
        Filter::Element { path, .. } => Err(unfit(format!("`{path}[...]`: brackets may not stand inside brackets"))),
        Filter::And(_) | Filter::Or(_) | Filter::Not(_) => {
            walk(leaf, &|leaf| resolve_element_leaf(leaf, attribute, tolerances))
        }
    }
}

/// `path pr` (E-12): a complex value is there if one of its sub-attributes is.
fn present(located: &Located<'_>) -> Condition {
    let attribute = located.attribute;
    let test = |field| Condition::Value { field, test: Test::Present };
    let subs = || attribute.sub_attributes.iter().filter(|sub| sub.returned != Returned::Never);
    let key = located.key();
    let condition = match (located.sub, attribute.multi_valued) {
        (Some(sub), true) => test(Field::simple(sub.name.to_lowercase())),
        (Some(sub), false) => return test(field(key, Some(sub))),
        (None, true) if attribute.kind == Type::Complex => {
            Condition::Any(subs().map(|sub| test(Field::simple(sub.name.to_lowercase()))).collect())
        }
        (None, true) => test(Field::simple("value")),
        (None, false) if attribute.kind == Type::Complex => {
            return Condition::Any(subs().map(|sub| test(field(key.clone(), Some(sub)))).collect());
        }
        (None, false) => return test(field(key, None)),
    };
    Condition::Element { attribute: key, condition: Box::new(condition) }
}

/// `path operator literal` outside brackets.
fn compare(
    path: &AttributePath,
    located: &Located<'_>,
    operator: CompareOperator,
    value: &Literal,
    tolerances: &Tolerances,
) -> Result<Condition, ScimError> {
    // E-23: for complex attributes, too, and before their type is looked at.
    if *value == Literal::Null && operator == CompareOperator::Equal {
        return Ok(Condition::negated(present(located)));
    }
    if *value == Literal::Null && operator == CompareOperator::NotEqual {
        return Ok(present(located));
    }
    let attribute = located.attribute;
    let (compared, name) = match located.sub {
        Some(sub) => (sub, sub.name.to_lowercase()),
        None if attribute.kind != Type::Complex => (attribute, "value".to_owned()),
        // E-18, K-25: a bare multi-valued complex attribute means its `value`.
        None => match attribute.sub_attribute("value").filter(|_| attribute.multi_valued) {
            Some(value) => (value, "value".to_owned()),
            None => {
                return Err(ScimError::invalid_filter(format!(
                    "`{path}` is a complex attribute: compare one of its sub-attributes, such as `{path}.{}`",
                    attribute.sub_attributes.first().map_or("value", |sub| sub.name.as_ref())
                )));
            }
        },
    };
    let comparison = comparison(path, compared, operator, value, tolerances)?;
    Ok(if attribute.multi_valued {
        let key = located.key();
        comparison
            .on(|condition| Condition::Element { attribute: key, condition: Box::new(condition) }, Field::simple(name))
    } else {
        comparison.on(|condition| condition, field(located.key(), located.sub))
    })
}

fn field(key: String, sub: Option<&Attribute>) -> Field {
    Field { name: key, sub: sub.map(|sub| sub.name.to_lowercase()) }
}

/// `meta.resourceType` is the same for all resources of a type, so a test on it is decided here.
fn with_constants(condition: Condition, resource_type: &ResourceType) -> Condition {
    match condition {
        Condition::Value { field, test } if field.name == "meta" && field.sub.as_deref() == Some("resourcetype") => {
            Condition::Constant(test.passes(&resource_type.name))
        }
        Condition::Not(inner) => Condition::negated(with_constants(*inner, resource_type)),
        other @ (Condition::Constant(_)
        | Condition::All(_)
        | Condition::Any(_)
        | Condition::Value { .. }
        | Condition::Element { .. }) => other,
    }
}

/// Attributes that are never returned are not filterable: matches would tell their values (C-14, E-24).
fn readable(path: &AttributePath, attribute: &Attribute) -> Result<(), Refusal> {
    if attribute.returned == Returned::Never {
        return Err(unfit(format!("`{path}` is never returned and cannot be filtered by")));
    }
    Ok(())
}

fn unknown(path: &AttributePath, owner: &str) -> Refusal {
    Refusal::Unknown(ScimError::invalid_filter(format!(
        "`{path}` names no attribute of {owner}; attributes of an extension need its URN in front"
    )))
}

fn unfit(detail: String) -> Refusal {
    Refusal::Unfit(ScimError::invalid_filter(detail))
}
