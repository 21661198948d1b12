//! Which attributes an answer shows: `attributes`, `excludedAttributes` and `returned` (RFC 7644 §3.9; F-28 to F-35).

mod selection;

use serde_json::{Map, Value};

use crate::error::ScimError;
use crate::schema::{Attribute, Extension, ResourceType, common};
use crate::tolerance::{Tolerance, Tolerances};
use selection::{Selection, Show};

/// What a client wants to see of resources of any type. Names that a type does not know select nothing (F-33).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    mode: Mode,
    /// Names that the client wrote just now.
    sent: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What is returned by default.
    #[default]
    All,
    /// What is always returned, and these.
    Only(Vec<String>),
    /// What is returned by default, without these.
    Without(Vec<String>),
}

impl Projection {
    /// What is returned by default.
    pub fn all() -> Self {
        Self::default()
    }

    /// Reads the two query parameters: names separated by commas. A blank one is an absent one.
    ///
    /// `invalidValue` for both at once, unless the tolerances let `attributes` win (F-31).
    pub fn from_parameters(
        attributes: Option<&str>,
        excluded: Option<&str>,
        tolerances: &Tolerances,
    ) -> Result<Self, ScimError> {
        let split = |text: &str| text.split(',').map(str::to_owned).collect();
        Self::from_lists(attributes.map(split), excluded.map(split), tolerances)
    }

    /// Reads the two members of a search request; the same rules.
    pub fn from_lists(
        attributes: Option<Vec<String>>,
        excluded: Option<Vec<String>>,
        tolerances: &Tolerances,
    ) -> Result<Self, ScimError> {
        let mode = match (names(attributes), names(excluded)) {
            (None, None) => Mode::All,
            (Some(attributes), None) => Mode::Only(attributes),
            (None, Some(excluded)) => Mode::Without(excluded),
            (Some(attributes), Some(_)) if tolerances.allow(Tolerance::BothProjections) => Mode::Only(attributes),
            (Some(_), Some(_)) => {
                let detail = "`attributes` and `excludedAttributes` exclude each other; send only one of them";
                return Err(ScimError::invalid_value(detail));
            }
        };
        Ok(Self { mode, sent: Vec::new() })
    }

    /// For the answer to POST, PUT and PATCH: attributes that are only returned on request are shown, too, if the client
    /// just sent them. Names as in `attributes`.
    #[must_use]
    pub fn with_sent(mut self, names: Vec<String>) -> Self {
        self.sent = names;
        self
    }

    /// Whether the client left it to the server what to show.
    pub fn is_all(&self) -> bool {
        self.mode == Mode::All
    }

    /// Whether the answer can show anything of an attribute, so that it must be loaded (D-11). The name as in
    /// `attributes`; an extension's URN asks for anything in its container.
    pub fn wants(&self, resource_type: &ResourceType, attribute: &str) -> bool {
        let selection = Selection::new(self, resource_type);
        if let Some(extension) = resource_type.extension(attribute) {
            return extension.schema.attributes.iter().any(|attribute| selection.shows(Some(extension), attribute));
        }
        selection::locate(attribute, resource_type)
            .is_some_and(|located| selection.shows(located.extension, located.attribute))
    }

    /// Leaves in a complete representation what the answer shows. `schemas` stays in any case.
    pub fn apply(&self, resource_type: &ResourceType, representation: Value) -> Value {
        let Value::Object(members) = representation else { return representation };
        let selection = Selection::new(self, resource_type);
        let mut shown = Map::new();
        for (name, value) in members {
            let value = match (resource_type.extension(&name), value) {
                (None, value) if name.eq_ignore_ascii_case("schemas") => Some(value),
                (None, value) => attribute(resource_type, &name).and_then(|it| reduce(&selection, None, it, value)),
                (Some(extension), Value::Object(container)) => reduce_container(&selection, extension, container),
                (Some(_), _) => None,
            };
            if let Some(value) = value {
                shown.insert(name, value);
            }
        }
        Value::Object(shown)
    }
}

/// Trimmed and not blank; `None` if nothing is left.
fn names(list: Option<Vec<String>>) -> Option<Vec<String>> {
    let trimmed = list?.into_iter().map(|name| name.trim().to_owned());
    let names: Vec<String> = trimmed.filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then_some(names)
}

fn attribute<'a>(resource_type: &'a ResourceType, name: &str) -> Option<&'a Attribute> {
    common::attribute(name).or_else(|| resource_type.schema.attribute(name))
}

fn reduce_container(selection: &Selection<'_>, extension: &Extension, container: Map<String, Value>) -> Option<Value> {
    let shown: Map<String, Value> = container
        .into_iter()
        .filter_map(|(name, value)| {
            let value = reduce(selection, Some(extension), extension.schema.attribute(&name)?, value)?;
            Some((name, value))
        })
        .collect();
    (!shown.is_empty()).then_some(Value::Object(shown))
}

fn reduce(
    selection: &Selection<'_>,
    extension: Option<&Extension>,
    attribute: &Attribute,
    value: Value,
) -> Option<Value> {
    match selection.show(extension, attribute) {
        Show::Nothing => None,
        Show::Parts(parts) => keep(attribute, value, &|sub| parts.show(sub)),
    }
}

/// Leaves in a complex value, or in each element of a list, the sub-attributes that are shown; `None` if none is left.
fn keep(attribute: &Attribute, value: Value, choose: &dyn Fn(&Attribute) -> bool) -> Option<Value> {
    match value {
        Value::Object(members) => {
            let shown: Map<String, Value> =
                members.into_iter().filter(|(name, _)| attribute.sub_attribute(name).is_some_and(choose)).collect();
            (!shown.is_empty()).then_some(Value::Object(shown))
        }
        Value::Array(elements) => {
            let shown: Vec<Value> =
                elements.into_iter().filter_map(|element| keep(attribute, element, choose)).collect();
            (!shown.is_empty()).then_some(Value::Array(shown))
        }
        single @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => Some(single),
        Value::Null => None,
    }
}
