//! Members of a group as clients write them, and changes to a membership (RFC 7643 §4.2; D-3 to D-5).
//!
//! A membership is kept as rows, never inside a resource, so a PATCH does not see it: it says what shall change.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::condition::Condition;
use crate::filter::{CompareOperator, Filter, Literal};
use crate::value::reference::endpoint_and_id;
use crate::{ScimError, Tolerance, Tolerances};

/// One member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Id of a user or a group.
    pub id: String,
    /// `User` or `Group`, if the client said so, by `type` or by `$ref`.
    pub kind: Option<String>,
}

/// Which members an operation is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberSelection {
    /// Those with one of these ids.
    Ids(Vec<String>),
    /// Those that satisfy a condition on `value`, `$ref`, `type` and `display`.
    Matching(Condition),
}

/// A change to the members of a group. Changes apply in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// They are members afterwards, whether they were before or not.
    Add(Vec<Member>),
    /// They are not members afterwards, whether they were before or not.
    Remove(MemberSelection),
    /// Nobody is a member afterwards.
    RemoveAll,
    /// They and nobody else are members afterwards.
    Replace(Vec<Member>),
    /// Others take the place of the selected members; none selected is `noTarget`.
    ReplaceMatching {
        /// Who goes.
        selection: MemberSelection,
        /// Who comes.
        with: Vec<Member>,
    },
}

impl MemberSelection {
    /// The members that the brackets of a path select; `condition` is what `filter` was resolved to.
    pub fn from_filter(filter: &Filter, condition: Condition) -> Self {
        match identifiers(filter) {
            Some(ids) => Self::Ids(ids),
            None => Self::Matching(condition),
        }
    }
}

/// The ids that a filter lists by `value eq`, if it does nothing else.
fn identifiers(filter: &Filter) -> Option<Vec<String>> {
    match filter {
        Filter::Compare { path, operator: CompareOperator::Equal, value: Literal::String(id) }
            if path.name.eq_ignore_ascii_case("value") =>
        {
            Some(vec![id.clone()])
        }
        Filter::Or(filters) => Some(filters.iter().map(identifiers).collect::<Option<Vec<_>>>()?.concat()),
        Filter::Compare { .. } | Filter::And(_) | Filter::Not(_) | Filter::Present(_) | Filter::Element { .. } => None,
    }
}

/// Members from a JSON value: a list of objects with `value` or `$ref`. The same id twice is one member (D-4).
///
/// Whether somebody has the id is not known here.
///
/// # Errors
/// `invalidValue` for anything that names nobody, and where `value` and `$ref` name different resources (D-3).
pub fn parse_members(value: Value, tolerances: &Tolerances) -> Result<Vec<Member>, ScimError> {
    let elements = match value {
        Value::Null => Vec::new(),
        Value::Array(elements) => elements,
        single @ (Value::Object(_) | Value::String(_)) if tolerances.allow(Tolerance::ObjectForArray) => vec![single],
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Err(ScimError::invalid_value("`members` is not a list: expected objects with `value`"));
        }
    };
    let mut seen = BTreeSet::new();
    let mut members = Vec::with_capacity(elements.len());
    for element in elements {
        let member = parse_member(element, tolerances)?;
        if seen.insert(member.id.clone()) {
            members.push(member);
        }
    }
    Ok(members)
}

fn parse_member(element: Value, tolerances: &Tolerances) -> Result<Member, ScimError> {
    let object = match element {
        Value::Object(object) => object,
        Value::String(id) if tolerances.allow(Tolerance::BareStringForComplex) => {
            return Ok(Member { id: checked(id)?, kind: None });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(ScimError::invalid_value("a member is not an object with `value`"));
        }
    };
    let texts = Texts::read(object, tolerances)?;
    let (endpoint, referred) = match texts.reference.as_deref().and_then(endpoint_and_id) {
        Some((endpoint, id)) => (endpoint, Some(id)),
        None => (None, None),
    };
    let id = match (texts.value, referred) {
        (Some(value), Some(referred)) if value != referred => {
            return Err(ScimError::invalid_value(format!(
                "`value` and `$ref` of a member contradict each other: `{value}` and `{referred}`"
            )));
        }
        (Some(value), _) => value,
        (None, Some(referred)) => referred.to_owned(),
        (None, None) => return Err(ScimError::invalid_value("a member has neither `value` nor a usable `$ref`")),
    };
    let kind = match texts.kind {
        Some(kind) => canonical_kind(&kind, tolerances)?,
        None => match endpoint {
            Some("Users") => Some("User".to_owned()),
            Some("Groups") => Some("Group".to_owned()),
            _ => None,
        },
    };
    Ok(Member { id: checked(id)?, kind })
}

/// The sub-attributes of one member; null and empty ones are absent.
#[derive(Default)]
struct Texts {
    value: Option<String>,
    reference: Option<String>,
    kind: Option<String>,
}

impl Texts {
    fn read(object: Map<String, Value>, tolerances: &Tolerances) -> Result<Self, ScimError> {
        let mut texts = Self::default();
        for (name, value) in object {
            let text = text_of(&name, value)?;
            match name.to_ascii_lowercase().as_str() {
                "value" => texts.value = text,
                "$ref" => texts.reference = text,
                "type" => texts.kind = text,
                // The name of a member is ours to tell.
                "display" => {}
                _ if tolerances.allow(Tolerance::UnknownAttribute) => {}
                _ => return Err(ScimError::invalid_syntax(format!("`members.{name}` is no attribute of Group"))),
            }
        }
        Ok(texts)
    }
}

/// The text of a sub-attribute; whatever an unknown one has is nothing to us.
fn text_of(name: &str, value: Value) -> Result<Option<String>, ScimError> {
    let is_known = ["value", "$ref", "type", "display"].iter().any(|known| name.eq_ignore_ascii_case(known));
    match value {
        Value::String(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) if is_known => {
            Err(ScimError::invalid_value(format!("`members.{name}` is not a string")))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Ok(None),
    }
}

fn canonical_kind(kind: &str, tolerances: &Tolerances) -> Result<Option<String>, ScimError> {
    match ["User", "Group"].into_iter().find(|known| known.eq_ignore_ascii_case(kind)) {
        Some(known) => Ok(Some(known.to_owned())),
        None if tolerances.allow(Tolerance::MemberType) => Ok(None),
        None => Err(ScimError::invalid_value("`type` of a member is neither `User` nor `Group`")),
    }
}

fn checked(id: String) -> Result<String, ScimError> {
    if id.is_empty() || id.chars().any(char::is_control) {
        return Err(ScimError::invalid_value("a member's id is empty or has control characters"));
    }
    Ok(id)
}
