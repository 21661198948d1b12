//! A resource as it is answered: what was pushed, with `schemas`, `id`, `meta` and everything derived (RFC 7643 §3, D-2, C-6, C-19).

use crate::schema::ResourceType;

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
