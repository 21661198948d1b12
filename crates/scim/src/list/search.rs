//! The search request of `POST .search` (RFC 7644 §3.4.3; F-26, F-36, F-37).

use serde_json::Value;

use super::query::Asked;
use crate::error::ScimError;
use crate::message::Members;
use crate::tolerance::{Tolerance, Tolerances};

/// URN of the request message.
pub const REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// 2⁶³, the first number that is beyond every end.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

pub(super) fn read(body: Value, tolerances: &Tolerances) -> Result<Asked, ScimError> {
    let known = [
        "schemas",
        "attributes",
        "excludedAttributes",
        "filter",
        "sortBy",
        "sortOrder",
        "startIndex",
        "count",
        "cursor",
    ];
    let mut members = Members::read("the search request", body, &known, tolerances)?;
    members.check_schemas(REQUEST_URN, tolerances)?;
    Ok(Asked {
        filter: text("filter", &mut members)?,
        sort_by: text("sortBy", &mut members)?.filter(|name| !name.trim().is_empty()),
        sort_order: text("sortOrder", &mut members)?.filter(|order| !order.is_empty()),
        start_index: integer("startIndex", &mut members)?,
        count: integer("count", &mut members)?,
        cursor: text("cursor", &mut members)?,
        attributes: names("attributes", &mut members, tolerances)?,
        excluded_attributes: names("excludedAttributes", &mut members, tolerances)?,
    })
}

fn text(name: &str, members: &mut Members) -> Result<Option<String>, ScimError> {
    match members.take(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ScimError::invalid_value(format!("`{name}` must be a string"))),
    }
}

fn integer(name: &str, members: &mut Members) -> Result<Option<i64>, ScimError> {
    let Some(value) = members.take(name) else { return Ok(None) };
    let refused = || ScimError::invalid_value(format!("`{name}` is `{value}`; it must be an integer"));
    let number = value.as_number().ok_or_else(refused)?;
    if let Some(integer) = number.as_i64() {
        return Ok(Some(integer));
    }
    // Integers beyond 64 bits arrive as floating point.
    match number.as_f64() {
        Some(huge) if huge >= BEYOND => Ok(Some(i64::MAX)),
        Some(huge) if huge <= -BEYOND => Ok(Some(i64::MIN)),
        Some(_) | None => Err(refused()),
    }
}

fn names(name: &str, members: &mut Members, tolerances: &Tolerances) -> Result<Option<Vec<String>>, ScimError> {
    let refused = || ScimError::invalid_value(format!("`{name}` must be an array of attribute names"));
    match members.take(name) {
        None => Ok(None),
        Some(Value::Array(names)) => names
            .into_iter()
            .map(|name| if let Value::String(name) = name { Ok(name) } else { Err(refused()) })
            .collect::<Result<_, _>>()
            .map(Some),
        Some(Value::String(list)) if tolerances.allow(Tolerance::CommaSeparatedAttributes) => {
            Ok(Some(list.split(',').map(str::to_owned).collect()))
        }
        Some(_) => Err(refused()),
    }
}
