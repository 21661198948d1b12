//! What a PUT keeps of the stored resource although the body does not say it (A-68, A-69, A.10, C-15).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    Resource, ScimError, Tolerance, Tolerances,
    resource::body::Body,
    schema::{Attribute, Mutability, ResourceType, user},
    search_document::key,
};

/// Whether the server sets `active` if the client does not: of users it must always be known.
pub(super) fn has_switch(resource_type: &ResourceType) -> bool {
    resource_type.base_urn() == user::URN
}

/// `id` is readOnly: another one in the body is ignored, or refused in strict mode.
pub(super) fn check_id(body: &Value, id: &str, tolerances: &Tolerances) -> Result<(), ScimError> {
    let mut members = body.as_object().into_iter().flatten();
    let given = members.find(|(name, _)| name.eq_ignore_ascii_case("id")).map(|(_, value)| value);
    let foreign = given.is_some_and(|given| !given.is_null() && given.as_str() != Some(id));
    if foreign && !tolerances.allow(Tolerance::ForeignId) {
        return Err(ScimError::mutability("`id` differs from the one in the URL; it cannot be changed"));
    }
    Ok(())
}

pub(super) fn carry_over(resource_type: &ResourceType, stored: &Resource, body: Body) -> Result<Resource, ScimError> {
    let Body { mut resource, mentioned } = body;
    carry(&resource_type.schema.attributes, "", stored.attributes(), resource.attributes_mut(), &mentioned)?;
    for extension in &resource_type.extensions {
        let urn = extension.schema.id.as_ref();
        let Some(old) = stored.extension(urn) else { continue };
        let mut new = match resource.attributes_mut().get_mut(urn) {
            Some(Value::Object(container)) => std::mem::take(container),
            _ => Map::new(),
        };
        carry(&extension.schema.attributes, &format!("{urn}:"), old, &mut new, &mentioned)
            .map_err(|error| error.in_context(urn))?;
        if !new.is_empty() {
            resource.attributes_mut().insert(urn.to_owned(), Value::Object(new));
        }
    }
    if has_switch(resource_type) && resource.get("active").is_none() {
        let active = stored.get("active").cloned().unwrap_or(Value::Bool(true));
        resource.attributes_mut().insert("active".to_owned(), active);
    }
    Ok(resource)
}

fn carry(
    definitions: &[Attribute],
    prefix: &str,
    stored: &Map<String, Value>,
    new: &mut Map<String, Value>,
    mentioned: &BTreeSet<String>,
) -> Result<(), ScimError> {
    for attribute in definitions {
        let name = attribute.name.as_ref();
        let Some(old) = stored.get(name) else { continue };
        match attribute.mutability {
            Mutability::Immutable => keep_immutable(attribute, old, new)?,
            // Nobody can read it back to send it again, so silence does not clear it (C-15).
            Mutability::WriteOnly if !mentioned.contains(&format!("{prefix}{name}")) => {
                // Parts of a complex attribute are not in `mentioned`: what the body gives them stands.
                new.entry(name).or_insert_with(|| old.clone());
            }
            Mutability::ReadWrite => {
                if let (Value::Object(old), Some(Value::Object(new))) = (old, new.get_mut(name)) {
                    carry(&attribute.sub_attributes, &format!("{prefix}{name}."), old, new, mentioned)
                        .map_err(|error| error.in_context(&format!("`{name}`")))?;
                }
            }
            Mutability::WriteOnly | Mutability::ReadOnly => {}
        }
    }
    Ok(())
}

/// Once set, an immutable attribute stays; left out, too.
fn keep_immutable(attribute: &Attribute, old: &Value, new: &mut Map<String, Value>) -> Result<(), ScimError> {
    let same =
        |given: &Value| given == old || key(attribute, given).is_some_and(|given| Some(given) == key(attribute, old));
    match new.get(attribute.name.as_ref()) {
        Some(given) if !same(given) => {
            Err(ScimError::mutability(format!("`{}` is set and cannot be changed", attribute.name)))
        }
        _ => {
            new.insert(attribute.name.to_string(), old.clone());
            Ok(())
        }
    }
}
