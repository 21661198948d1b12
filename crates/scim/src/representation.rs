//! A resource as it is answered: what was pushed, with `schemas`, `id`, `meta` and everything derived (RFC 7643 §3, D-2, C-6, C-19).

use serde_json::{Map, Value, json};

use crate::etag::etag;
use crate::projection::Projection;
use crate::resource::Resource;
use crate::schema::{ResourceType, enterprise};
use crate::timestamp::to_rfc3339;

/// The instants and the counter behind `meta` (RFC 7643 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// UTC microseconds.
    pub created: i64,
    /// UTC microseconds; never before `created`.
    pub last_modified: i64,
    /// Counts the changes of the stored resource; see [`crate::etag::etag`].
    pub version: u64,
}

/// One element of a user's `groups` (C-6, K-32).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupReference {
    /// Id of the group.
    pub id: String,
    /// Its `displayName`.
    pub display: String,
    /// A member itself, or through a nested group?
    pub direct: bool,
}

/// One element of a group's `members` (D-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberReference {
    /// Id of the member.
    pub id: String,
    /// Name of its resource type: `User` or `Group`.
    pub kind: &'static str,
    /// What it is called, if it has a name.
    pub display: Option<String>,
}

/// Everything there is to say about one resource.
#[derive(Clone, Debug)]
pub struct Representation<'a> {
    /// Its type.
    pub resource_type: &'a ResourceType,
    /// What was pushed.
    pub resource: &'a Resource,
    /// Its id.
    pub id: &'a str,
    /// Its instants and version.
    pub meta: Meta,
    /// Of a user; `None` if not loaded.
    pub groups: Option<&'a [GroupReference]>,
    /// Of a group; `None` if not loaded.
    pub members: Option<&'a [MemberReference]>,
    /// `displayName` of the user's manager, if there is such a user.
    pub manager_display_name: Option<&'a str>,
    /// What only the server writes: attributes by name, those of an extension in an object under its URN.
    pub read_only: Map<String, Value>,
}

/// The answer for one resource, with those attributes that the projection shows.
pub fn render(representation: &Representation<'_>, projection: &Projection, base_url: &str) -> Value {
    let Representation { resource_type, resource, id, meta, .. } = representation;
    let mut body = Map::new();
    // Holds its place at the front; what it says depends on what is shown.
    body.insert("schemas".to_owned(), Value::Null);
    body.insert("id".to_owned(), Value::from(*id));
    body.extend(resource.attributes().iter().map(|(name, value)| (name.clone(), value.clone())));
    complete_manager(&mut body, representation.manager_display_name, base_url);
    for (name, value) in &representation.read_only {
        match (body.get_mut(name), value) {
            (Some(Value::Object(container)), Value::Object(members)) => container.extend(members.clone()),
            _ => {
                body.insert(name.clone(), value.clone());
            }
        }
    }
    if let Some(groups) = representation.groups.filter(|_| projection.wants(resource_type, "groups")) {
        body.insert("groups".to_owned(), groups.iter().map(|group| group_value(group, base_url)).collect());
    }
    if let Some(members) = representation.members.filter(|_| projection.wants(resource_type, "members")) {
        body.insert("members".to_owned(), members.iter().map(|member| member_value(member, base_url)).collect());
    }
    body.insert("meta".to_owned(), meta_value(resource_type, id, *meta, base_url));
    let mut shown = projection.apply(resource_type, Value::Object(body));
    if let Value::Object(shown) = &mut shown {
        let urns = schemas(resource_type, resource, shown);
        shown.insert("schemas".to_owned(), urns);
    }
    shown
}

/// The base schema and the extensions that have a value, stored or shown here.
fn schemas(resource_type: &ResourceType, resource: &Resource, shown: &Map<String, Value>) -> Value {
    let stored = resource.schemas(resource_type);
    let there = |urn: &&str| shown.contains_key(*urn) || stored.iter().any(|stored| stored == urn);
    resource_type.schema_urns().filter(there).collect()
}

/// `$ref` and `displayName` of the manager follow from `value`, whatever the client sent (C-18, C-19).
fn complete_manager(body: &mut Map<String, Value>, display_name: Option<&str>, base_url: &str) {
    let container = body.get_mut(enterprise::URN).and_then(Value::as_object_mut);
    let Some(manager) = container.and_then(|container| container.get_mut("manager")).and_then(Value::as_object_mut)
    else {
        return;
    };
    if let Some(id) = manager.get("value").and_then(Value::as_str) {
        let url = resource_url(base_url, endpoint("User"), id);
        manager.insert("$ref".to_owned(), Value::from(url));
    }
    if let Some(name) = display_name {
        manager.insert("displayName".to_owned(), Value::from(name));
    }
}

fn group_value(group: &GroupReference, base_url: &str) -> Value {
    json!({
        "value": group.id,
        "$ref": resource_url(base_url, endpoint("Group"), &group.id),
        "display": group.display,
        "type": if group.direct { "direct" } else { "indirect" },
    })
}

fn member_value(member: &MemberReference, base_url: &str) -> Value {
    let mut value = Map::new();
    value.insert("value".to_owned(), Value::from(member.id.as_str()));
    value.insert("$ref".to_owned(), Value::from(resource_url(base_url, endpoint(member.kind), &member.id)));
    if let Some(display) = &member.display {
        value.insert("display".to_owned(), Value::from(display.as_str()));
    }
    value.insert("type".to_owned(), Value::from(member.kind));
    Value::Object(value)
}

fn meta_value(resource_type: &ResourceType, id: &str, meta: Meta, base_url: &str) -> Value {
    json!({
        "resourceType": resource_type.name,
        "created": to_rfc3339(meta.created),
        "lastModified": to_rfc3339(meta.last_modified),
        "location": location(base_url, resource_type, id),
        "version": etag(meta.version),
    })
}

/// Where the two kinds of members live (RFC 7644 §3.2).
fn endpoint(kind: &str) -> &'static str {
    if kind == "Group" { "/Groups" } else { "/Users" }
}

/// The URL of a resource: `$ref`, `meta.location`, `Location`. The id is escaped, since it may be a client's.
pub fn location(base_url: &str, resource_type: &ResourceType, id: &str) -> String {
    resource_url(base_url, &resource_type.endpoint, id)
}

pub(crate) fn resource_url(base_url: &str, endpoint: &str, id: &str) -> String {
    let mut url = format!("{}/{}/", base_url.trim_end_matches('/'), endpoint.trim_matches('/'));
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.extend(['%', hexadecimal(byte >> 4), hexadecimal(byte & 15)]);
        }
    }
    url
}

fn hexadecimal(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase()
}
