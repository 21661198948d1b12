//! The bulk request message (H-2, H-11, H-14): read as a whole, or refused as a whole.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use super::operation::Entry;
use super::reference;
use super::target::Selected;
use super::{Limits, REQUEST_URN};
use crate::error::ScimError;
use crate::message::Members;
use crate::schema::ResourceType;
use crate::tolerance::Tolerances;

/// What the paths of a job are relative to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) base_url: &'a str,
    pub(super) resource_types: &'a [ResourceType],
}

/// A job as it was asked for.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) fail_on_errors: Option<u64>,
    pub(super) entries: Vec<Entry>,
}

impl Request {
    pub(super) fn read(
        body: Value,
        context: &Context<'_>,
        limits: &Limits,
        tolerances: &Tolerances,
    ) -> Result<Self, ScimError> {
        let names = ["schemas", "failOnErrors", "Operations"];
        let mut members = Members::read("the bulk request", body, &names, tolerances)?;
        members.check_schemas(REQUEST_URN, tolerances)?;
        let fail_on_errors = members.take("failOnErrors").map(|value| fail_on_errors(&value)).transpose()?;
        let Some(Value::Array(operations)) = members.take("Operations") else {
            return Err(ScimError::invalid_syntax("`Operations` must be an array of bulk operations"));
        };
        if operations.is_empty() {
            return Err(ScimError::invalid_syntax("`Operations` must have at least one operation"));
        }
        limits.check_operations(operations.len())?;
        let mut entries: Vec<Entry> =
            operations.into_iter().map(|given| Entry::read(given, context, tolerances)).collect();
        let created = created(&entries)?;
        for entry in &mut entries {
            match references(entry, &created) {
                Ok(references) => entry.references = references,
                Err(error) => entry.error = Some(error),
            }
        }
        Ok(Self { fail_on_errors, entries })
    }
}

fn fail_on_errors(value: &Value) -> Result<u64, ScimError> {
    match value.as_number().and_then(Number::as_u64) {
        Some(0) => Err(ScimError::invalid_value("`failOnErrors` must be at least 1")),
        Some(limit) => Ok(limit),
        None => Err(ScimError::invalid_syntax("`failOnErrors` must be an integer of at least 1")),
    }
}

/// Which operation creates what a `bulkId` names. Operations of all methods share one name space (H-11).
fn created(entries: &[Entry]) -> Result<BTreeMap<String, usize>, ScimError> {
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        if let Some(bulk_id) = &entry.bulk_id
            && let Some(other) = owners.insert(bulk_id, index)
        {
            let detail =
                format!("`bulkId` `{bulk_id}` is used by the operations {other} and {index}; it must be unique");
            return Err(ScimError::invalid_value(detail));
        }
    }
    let creates = |index: usize| entries.get(index).is_some_and(Entry::creates);
    Ok(owners.into_iter().filter(|(_, index)| creates(*index)).map(|(id, index)| (id.to_owned(), index)).collect())
}

/// The operations that one refers to, by path and by data; `invalidValue` for a reference to nobody (H-10).
fn references(entry: &Entry, created: &BTreeMap<String, usize>) -> Result<Vec<usize>, ScimError> {
    let Some(operation) = &entry.operation else { return Ok(Vec::new()) };
    let unknown =
        |bulk_id: &str| ScimError::invalid_value(format!("`bulkId:{bulk_id}` refers to no POST operation of this job"));
    let mut references = Vec::new();
    if let Some(Selected::Created(bulk_id)) = &operation.target.selected {
        references.push(*created.get(bulk_id).ok_or_else(|| unknown(bulk_id))?);
    }
    for reference in reference::find(&operation.data) {
        match created.get(reference.bulk_id) {
            Some(index) => references.push(*index),
            None if reference.certain => return Err(unknown(reference.bulk_id)),
            None => {}
        }
    }
    references.sort_unstable();
    references.dedup();
    Ok(references)
}
