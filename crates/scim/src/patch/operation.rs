//! The PATCH message (RFC 7644 §3.5.2; G-1, G-2, G-12).

use serde_json::{Map, Value};

use crate::{ScimError, Tolerance, Tolerances};

/// URN of the PATCH message.
pub const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Sets a value, appends to a list.
    Add,
    /// Takes a value away.
    Remove,
    /// Sets a value, replaces a list.
    Replace,
}

impl Op {
    /// The keyword in a message.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

/// One operation of a PATCH message.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What it does.
    pub op: Op,
    /// Where; `None` if `path` is absent or null.
    pub path: Option<String>,
    /// With what; `Some(Value::Null)` if `value` is null. `add` and `replace` always have one.
    pub value: Option<Value>,
}

/// Reads a PATCH message.
///
/// # Errors
/// `invalidSyntax` for anything that is not a PATCH message, `invalidValue` for a missing `value`, 413 for more than
/// `max_operations`. The sentence names the operation by its index, as `Operations[0]`.
pub fn parse(body: Value, tolerances: &Tolerances, max_operations: usize) -> Result<Vec<Operation>, ScimError> {
    let Value::Object(mut message) = body else {
        return Err(ScimError::invalid_syntax("the body is not an object: expected a PatchOp message"));
    };
    check_schemas(take(&mut message, "schemas", tolerances), tolerances)?;
    let operations = match take(&mut message, "Operations", tolerances) {
        Some(Value::Array(operations)) => operations,
        Some(_) => return Err(ScimError::invalid_syntax("`Operations` is not an array of objects")),
        None => return Err(ScimError::invalid_syntax("`Operations` is missing: expected an array of objects")),
    };
    if operations.is_empty() && !tolerances.allow(Tolerance::EmptyOperations) {
        return Err(ScimError::invalid_syntax("`Operations` is empty: expected one operation at least"));
    }
    if operations.len() > max_operations {
        let detail = format!("{} operations in one PATCH: at most {max_operations} are accepted", operations.len());
        return Err(ScimError::status_only(413, detail));
    }
    let operation = |(index, operation)| {
        parse_operation(operation, tolerances).map_err(|error| error.in_context(&format!("Operations[{index}]")))
    };
    operations.into_iter().enumerate().map(operation).collect()
}

fn check_schemas(schemas: Option<Value>, tolerances: &Tolerances) -> Result<(), ScimError> {
    let named = match schemas {
        None | Some(Value::Null) if tolerances.allow(Tolerance::MissingSchemas) => return Ok(()),
        Some(Value::Array(schemas)) => schemas,
        _ => return Err(ScimError::invalid_syntax(format!("`schemas` is missing or no list: expected `{PATCH_URN}`"))),
    };
    if named.is_empty() && tolerances.allow(Tolerance::MissingSchemas) {
        return Ok(());
    }
    let is_ours = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_URN));
    if !named.iter().any(is_ours) {
        return Err(ScimError::invalid_syntax(format!("`schemas` does not name `{PATCH_URN}`")));
    }
    if !named.iter().all(is_ours) && !tolerances.allow(Tolerance::UnknownSchema) {
        return Err(ScimError::invalid_syntax(format!("`schemas` names more than `{PATCH_URN}`")));
    }
    Ok(())
}

fn parse_operation(operation: Value, tolerances: &Tolerances) -> Result<Operation, ScimError> {
    let Value::Object(mut operation) = operation else {
        return Err(ScimError::invalid_syntax("not an object: expected `op`, `path` and `value`"));
    };
    let op = match take(&mut operation, "op", tolerances) {
        Some(Value::String(keyword)) => parse_op(&keyword, tolerances)?,
        _ => return Err(ScimError::invalid_syntax("`op` is missing or no string: expected add, remove or replace")),
    };
    let path = match take(&mut operation, "path", tolerances) {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(path),
        Some(_) => return Err(ScimError::invalid_path("`path` is not a string")),
    };
    let value = take(&mut operation, "value", tolerances);
    if value.is_none() && op != Op::Remove {
        return Err(ScimError::invalid_value(format!("`{}` needs a `value`", op.as_str())));
    }
    if path.is_none() && op == Op::Remove {
        return Err(ScimError::no_target("`remove` needs a `path`"));
    }
    Ok(Operation { op, path, value })
}

fn parse_op(keyword: &str, tolerances: &Tolerances) -> Result<Op, ScimError> {
    let found = [Op::Add, Op::Remove, Op::Replace].into_iter().find(|op| op.as_str().eq_ignore_ascii_case(keyword));
    match found {
        Some(op) if op.as_str() == keyword || tolerances.allow(Tolerance::OperationCase) => Ok(op),
        _ => Err(ScimError::invalid_syntax("`op` is not one of add, remove, replace, in lower case")),
    }
}

/// Takes a member out of a message, in another case where that is tolerated.
fn take(message: &mut Map<String, Value>, name: &str, tolerances: &Tolerances) -> Option<Value> {
    if let Some(value) = message.shift_remove(name) {
        return Some(value);
    }
    let spelled = message.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
    if tolerances.allow(Tolerance::MessageCase) { message.shift_remove(&spelled) } else { None }
}
