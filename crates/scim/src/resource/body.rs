//! The body of POST and PUT, attribute by attribute.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    Resource, ScimError, Tolerance, Tolerances,
    resource::{normalize::normalize, schemas},
    schema::{Attribute, Mutability, ResourceType, Schema},
};

/// A body that was read.
pub(super) struct Body {
    pub(super) resource: Resource,
    /// Canonical names of what the body mentioned, with or without a value; extension attributes behind `urn:`.
    pub(super) mentioned: BTreeSet<String>,
}

pub(super) fn read(resource_type: &ResourceType, body: Value, tolerances: &Tolerances) -> Result<Body, ScimError> {
    let Value::Object(mut members) = body else {
        return Err(ScimError::invalid_syntax("the body is no JSON object; expected a resource"));
    };
    let name = members.keys().find(|name| name.eq_ignore_ascii_case("schemas")).cloned();
    let listed = schemas::check(resource_type, name.and_then(|name| members.shift_remove(&name)), tolerances)?;
    let mut reader = Reader { tolerances, mentioned: BTreeSet::new() };
    let mut attributes = Map::new();
    for (name, value) in members {
        if name.eq_ignore_ascii_case("schemas") {
            return Err(named_twice("schemas"));
        }
        if let Some(extension) = resource_type.extension(&name) {
            let urn = extension.schema.id.as_ref();
            let container = reader.container(&extension.schema, value).map_err(|error| error.in_context(urn))?;
            if container.is_empty() {
                continue;
            }
            if listed.as_ref().is_some_and(|urns| !urns.contains(urn)) {
                refuse_unlisted(urn, tolerances)?;
            }
            insert(&mut attributes, urn, Value::Object(container))?;
        } else if let Some(attribute) = resource_type.attribute(&name) {
            reader.attribute(attribute, value, "", &mut attributes)?;
        } else {
            reader.unknown(&name)?;
        }
    }
    Ok(Body { resource: Resource { attributes }, mentioned: reader.mentioned })
}

struct Reader<'a> {
    tolerances: &'a Tolerances,
    mentioned: BTreeSet<String>,
}

impl Reader<'_> {
    fn container(&mut self, schema: &Schema, value: Value) -> Result<Map<String, Value>, ScimError> {
        let mut container = Map::new();
        let members = match value {
            Value::Null => return Ok(container),
            Value::Array(empty) if empty.is_empty() => return Ok(container),
            Value::Object(members) => members,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(ScimError::invalid_value("it is no object; expected one of the extension's attributes"));
            }
        };
        let prefix = format!("{}:", schema.id);
        for (name, value) in members {
            match schema.attribute(&name) {
                Some(attribute) => self.attribute(attribute, value, &prefix, &mut container)?,
                None => self.unknown(&name)?,
            }
        }
        Ok(container)
    }

    fn attribute(
        &mut self,
        attribute: &Attribute,
        value: Value,
        prefix: &str,
        into: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        if !self.mentioned.insert(format!("{prefix}{}", attribute.name)) {
            return Err(named_twice(&attribute.name));
        }
        // RFC 7644 §3.3: whatever the client says of readOnly attributes is ignored.
        if attribute.mutability == Mutability::ReadOnly {
            return Ok(());
        }
        if attribute.is_password() {
            return self.password(&value);
        }
        match normalize(attribute, value, self.tolerances)? {
            Some(value) => insert(into, &attribute.name, value),
            None => Ok(()),
        }
    }

    /// Passwords are not kept, so a body that sets one is not obeyed (C-13).
    fn password(&self, value: &Value) -> Result<(), ScimError> {
        if value.is_null() || self.tolerances.allow(Tolerance::PasswordIgnored) {
            return Ok(());
        }
        Err(ScimError::mutability("`password` cannot be set; this server keeps no passwords"))
    }

    fn unknown(&self, name: &str) -> Result<(), ScimError> {
        let is_urn = name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
        let tolerance = if is_urn { Tolerance::UnknownSchema } else { Tolerance::UnknownAttribute };
        if self.tolerances.allow(tolerance) {
            return Ok(());
        }
        let name: String = name.chars().take(100).collect();
        Err(ScimError::invalid_syntax(format!("`{name}` is no attribute of this resource; see /Schemas")))
    }
}

fn refuse_unlisted(urn: &str, tolerances: &Tolerances) -> Result<(), ScimError> {
    if tolerances.allow(Tolerance::ExtensionNotListed) {
        return Ok(());
    }
    Err(ScimError::invalid_syntax(format!("the body has attributes of `{urn}`, which `schemas` does not list")))
}

/// Two spellings of one name are two values for it; neither is right.
fn insert(into: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), ScimError> {
    if into.insert(name.to_owned(), value).is_some() { Err(named_twice(name)) } else { Ok(()) }
}

pub(super) fn named_twice(name: &str) -> ScimError {
    ScimError::invalid_syntax(format!("`{name}` is there twice; names are compared without case"))
}
