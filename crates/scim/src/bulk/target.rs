//! The `path` of a bulk operation: an endpoint, or one resource behind it (H-4).

use crate::error::ScimError;
use crate::schema::ResourceType;
use crate::tolerance::{Tolerance, Tolerances};

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Name of the resource type.
    pub(super) resource_type: String,
    /// Its endpoint, such as `/Users`.
    pub(super) endpoint: String,
    /// Which resource; `None` for the endpoint itself.
    pub(super) selected: Option<Selected>,
}

/// The resource a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selected {
    /// By its id.
    Id(String),
    /// What the operation of this `bulkId` creates.
    Created(String),
}

/// Endpoints that the protocol has and bulk jobs cannot use.
const NOT_IN_BULK: [&str; 6] = ["Bulk", "Me", ".search", "ServiceProviderConfig", "ResourceTypes", "Schemas"];

/// Reads a path relative to the base URL. A missing slash in front and the path of the base URL itself are tolerated.
///
/// 400 for anything that is no plain relative path, 404 for what is nowhere, 405 for what bulk cannot do.
pub(super) fn parse(
    path: &str,
    base_url: &str,
    types: &[ResourceType],
    tolerances: &Tolerances,
) -> Result<Target, ScimError> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let plain = !path.contains("://") && !path.starts_with("//") && !path.contains(['?', '#', '\\']);
    if !plain || segments.iter().any(|segment| matches!(*segment, "." | "..")) {
        let detail = format!("`path` `{path}` must be relative to the base URL, such as `/Users` or `/Users/{{id}}`");
        return Err(ScimError::invalid_syntax(detail));
    }
    let segments = without_base(&segments, base_url);
    let (endpoint, selected) = match segments {
        [endpoint] => (endpoint, None),
        [endpoint, id] => (endpoint, Some(*id)),
        _ => return Err(not_found(path)),
    };
    if NOT_IN_BULK.contains(endpoint) || selected == Some(".search") {
        return Err(ScimError::status_only(405, format!("`path` `{path}` cannot be used in a bulk job")));
    }
    let resource_type = find(endpoint, types, tolerances).ok_or_else(|| not_found(path))?;
    Ok(Target {
        resource_type: resource_type.name.to_string(),
        endpoint: resource_type.endpoint.to_string(),
        selected: selected.map(|id| match id.strip_prefix("bulkId:") {
            Some(bulk_id) => Selected::Created(bulk_id.to_owned()),
            None => Selected::Id(id.to_owned()),
        }),
    })
}

fn not_found(path: &str) -> ScimError {
    ScimError::status_only(404, format!("`path` `{path}` names no endpoint"))
}

/// Drops `scim/v2` or `v2` in front, if that is how the base URL ends.
fn without_base<'a>(segments: &'a [&'a str], base_url: &'a str) -> &'a [&'a str] {
    let base = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let base: Vec<&str> = base.split('/').skip(1).filter(|segment| !segment.is_empty()).collect();
    (0..base.len())
        .filter_map(|start| segments.strip_prefix(base.get(start..)?))
        .find(|rest| !rest.is_empty())
        .unwrap_or(segments)
}

fn find<'a>(endpoint: &str, types: &'a [ResourceType], tolerances: &Tolerances) -> Option<&'a ResourceType> {
    let name = |resource_type: &'a ResourceType| resource_type.endpoint.trim_start_matches('/');
    types.iter().find(|resource_type| name(resource_type) == endpoint).or_else(|| {
        let alias = types.iter().find(|resource_type| name(resource_type).eq_ignore_ascii_case(endpoint))?;
        tolerances.allow(Tolerance::EndpointCase).then_some(alias)
    })
}
