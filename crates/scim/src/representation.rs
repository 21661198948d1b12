//! A resource as it is answered: what was pushed, with `schemas`, `id`, `meta` and everything derived (RFC 7643 §3, D-2, C-6, C-19).

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
