//! One operation of a job: its shape and what became of it (H-3, H-16).

use serde_json::{Value, json};

use super::Done;
use super::request::Context;
use super::target::{self, Selected, Target};
use crate::error::ScimError;
use crate::etag::Preconditions;
use crate::message::Members;
use crate::tolerance::{Tolerance, Tolerances};

/// URN that a bare array of PATCH operations is completed with (H-16).
const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    fn from_name(name: &str) -> Option<Self> {
        [Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(name))
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A well-formed operation.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) preconditions: Preconditions,
    /// Null for DELETE.
    pub(super) data: Value,
}

/// An operation as it came, and what became of it so far.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// In upper case, if it is one that bulk knows.
    pub(super) method: Option<String>,
    pub(super) bulk_id: Option<String>,
    /// `None` if it is malformed.
    pub(super) operation: Option<Operation>,
    /// Operations that it refers to.
    pub(super) references: Vec<usize>,
    pub(super) done: Option<Done>,
    pub(super) error: Option<ScimError>,
    /// Its outcome counts and is answered.
    pub(super) settled: bool,
}

impl Entry {
    /// Reads one element of `Operations`. A malformed one is an entry that failed already, never a failed job.
    pub(super) fn read(given: Value, context: &Context<'_>, tolerances: &Tolerances) -> Self {
        let mut entry = Self::default();
        match entry.fill(given, context, tolerances) {
            Ok(operation) => entry.operation = Some(operation),
            Err(error) => entry.error = Some(error),
        }
        entry
    }

    /// What it creates can be referred to.
    pub(super) fn creates(&self) -> bool {
        self.method.as_deref() == Some(Method::Post.as_str())
    }

    fn fill(&mut self, given: Value, context: &Context<'_>, tolerances: &Tolerances) -> Result<Operation, ScimError> {
        let names = ["method", "path", "bulkId", "data", "version"];
        let mut members = Members::read("a bulk operation", given, &names, tolerances)?;
        // First, so that the answer to a malformed operation can still be told apart.
        self.bulk_id = members.take("bulkId").map(|value| text("bulkId", value)).transpose()?;
        let name = text("method", members.take("method").unwrap_or_default())?;
        let method = Method::from_name(&name);
        self.method = Some(method.map_or(name, |method| method.as_str().to_owned()));
        let method =
            method.ok_or_else(|| ScimError::invalid_syntax("`method` must be one of POST, PUT, PATCH and DELETE"))?;
        let path = text("path", members.take("path").unwrap_or_default())?;
        let target = target::parse(&path, context.base_url, context.resource_types, tolerances)?;
        if (method == Method::Post) != target.selected.is_none() {
            let detail = format!("`{}` does not go with the path `{path}`", method.as_str());
            return Err(ScimError::status_only(405, detail));
        }
        if method == Method::Post && self.bulk_id.is_none() {
            return Err(ScimError::invalid_syntax("`POST` needs a `bulkId`"));
        }
        let data = data(method, members.take("data"), tolerances)?;
        let version = members.take("version").filter(|_| method != Method::Post);
        let version = version.map(|value| text("version", value)).transpose()?;
        let preconditions = Preconditions::parse(version.as_deref(), None)
            .map_err(|_| ScimError::invalid_syntax("`version` must be a tag such as `W/\"1\"`, with its quotes"))?;
        Ok(Operation { method, target, preconditions, data })
    }

    /// Path below the base URL of the resource it is about, as far as that is known: not for a failed POST (H-6).
    pub(super) fn location(&self, created: Option<&str>) -> Option<(&str, String)> {
        let target = &self.operation.as_ref()?.target;
        let id = match (&self.done, &target.selected) {
            (Some(done), _) => &done.id,
            (None, Some(Selected::Id(id))) => id,
            (None, Some(Selected::Created(_))) => created?,
            (None, None) => return None,
        };
        Some((&target.endpoint, id.to_owned()))
    }
}

fn text(name: &str, value: Value) -> Result<String, ScimError> {
    let detail = match value {
        Value::String(text) if !text.is_empty() => return Ok(text),
        Value::Null => format!("a bulk operation needs `{name}`"),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            format!("`{name}` of a bulk operation must be a string that is not empty")
        }
    };
    Err(ScimError::invalid_syntax(detail))
}

fn data(method: Method, data: Option<Value>, tolerances: &Tolerances) -> Result<Value, ScimError> {
    match (method, data) {
        (Method::Delete, _) => Ok(Value::Null),
        (_, Some(Value::Object(data))) => Ok(Value::Object(data)),
        (Method::Patch, Some(Value::Array(operations))) if tolerances.allow(Tolerance::BulkPatchArray) => {
            Ok(json!({"schemas": [PATCH_URN], "Operations": operations}))
        }
        (method, _) => {
            Err(ScimError::invalid_syntax(format!("`{}` needs `data`, and it must be an object", method.as_str())))
        }
    }
}
