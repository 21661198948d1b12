//! The `schemas` attribute of a body.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    ScimError, Tolerance, Tolerances,
    schema::{ResourceType, discovery, enterprise, group, rollcall, user},
};

/// Schemas that everybody knows: naming one that the resource type does not have is a mistake, not a dialect.
const WELL_KNOWN: [&str; 8] = [
    user::URN,
    group::URN,
    enterprise::URN,
    rollcall::URN,
    rollcall::DOCKER_URN,
    discovery::SERVICE_PROVIDER_CONFIG_URN,
    discovery::RESOURCE_TYPE_URN,
    discovery::SCHEMA_URN,
];

/// What the URNs of protocol messages begin with; no resource has one.
const MESSAGES: &str = "urn:ietf:params:scim:api:messages:";

/// The URNs of this resource type that the body lists, in canonical spelling; `None` if it lists none at all.
pub(super) fn check(
    resource_type: &ResourceType,
    schemas: Option<Value>,
    tolerances: &Tolerances,
) -> Result<Option<BTreeSet<String>>, ScimError> {
    let base = resource_type.base_urn();
    let mut listed = BTreeSet::new();
    for urn in texts(schemas)? {
        let known = resource_type.schema_urns().find(|known| known.eq_ignore_ascii_case(urn.trim()));
        let Some(known) = known else {
            refuse_foreign(&urn, base, tolerances)?;
            continue;
        };
        if !listed.insert(known.to_owned()) && !tolerances.allow(Tolerance::DuplicateSchema) {
            return Err(ScimError::invalid_syntax(format!("`schemas` lists `{known}` twice; expected it once")));
        }
    }
    if listed.is_empty() {
        if tolerances.allow(Tolerance::MissingSchemas) {
            return Ok(None);
        }
        return Err(ScimError::invalid_syntax(format!("`schemas` is missing or empty; expected at least `{base}`")));
    }
    if !listed.contains(base) {
        return Err(ScimError::invalid_syntax(format!(
            "`schemas` does not list `{base}`, the schema of this endpoint"
        )));
    }
    Ok(Some(listed))
}

fn texts(schemas: Option<Value>) -> Result<Vec<String>, ScimError> {
    let shape = || ScimError::invalid_syntax("`schemas` is no array of strings; expected the URNs of schemas");
    match schemas {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(urns)) => {
            let text = |urn| if let Value::String(urn) = urn { Ok(urn) } else { Err(shape()) };
            urns.into_iter().map(text).collect()
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => Err(shape()),
    }
}

fn refuse_foreign(urn: &str, base: &str, tolerances: &Tolerances) -> Result<(), ScimError> {
    let is_message = urn.get(..MESSAGES.len()).is_some_and(|start| start.eq_ignore_ascii_case(MESSAGES));
    let well_known = WELL_KNOWN.iter().any(|known| known.eq_ignore_ascii_case(urn.trim()));
    if !is_message && !well_known && tolerances.allow(Tolerance::UnknownSchema) {
        return Ok(());
    }
    let urn: String = urn.chars().take(200).collect();
    Err(ScimError::invalid_syntax(format!("`schemas` lists `{urn}`, which does not go with `{base}`")))
}
