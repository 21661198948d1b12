//! What identity providers pushed, as records: users, groups, members and what is left of deleted users.

use rollcall_policy::{AccountId, CompanyId, ConnectionId, DirectoryGroupId, DirectoryUserId, Finding};
use rollcall_scim::Resource;
use uuid::Uuid;

/// Whose directory: every query names the company and the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// The tenant.
    pub company: CompanyId,
    /// The identity provider that pushed.
    pub connection: ConnectionId,
}

/// The two kinds of SCIM resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `/Users`
    User,
    /// `/Groups`
    Group,
}

impl Kind {
    /// `User` or `Group`, as in `meta.resourceType` and in the rows of members.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The kind of that name, exactly as written.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "User" => Some(Self::User),
            "Group" => Some(Self::Group),
            _ => None,
        }
    }

    /// Below the base URL.
    pub(crate) const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }
}

/// A user as it was pushed through one connection.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectoryUser {
    /// The tenant.
    pub company: CompanyId,
    /// The identity provider that pushed it.
    pub connection: ConnectionId,
    /// SCIM id.
    pub id: DirectoryUserId,
    /// What was pushed, normalised.
    pub resource: Resource,
    /// `userName` under `rollcall_scim::fold`; unique per connection.
    pub user_name_folded: String,
    /// As pushed, compared exactly.
    pub external_id: Option<String>,
    /// What the provider says.
    pub active: bool,
    /// The account it is linked to.
    pub account: Option<AccountId>,
    /// Why it is not linked or not fully applied.
    pub finding: Option<Finding>,
    /// Counts the changes of the stored resource, from 1.
    pub version: u64,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds.
    pub updated_at: i64,
}

impl DirectoryUser {
    /// Whose directory it is in.
    pub const fn scope(&self) -> Scope {
        Scope { company: self.company, connection: self.connection }
    }
}

/// A group as it was pushed through one connection; its members are rows of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectoryGroup {
    /// The tenant.
    pub company: CompanyId,
    /// The identity provider that pushed it.
    pub connection: ConnectionId,
    /// SCIM id.
    pub id: DirectoryGroupId,
    /// What was pushed, normalised, without members.
    pub resource: Resource,
    /// `displayName` as pushed.
    pub display_name: String,
    /// `displayName` under `rollcall_scim::fold`; unique per connection.
    pub display_name_folded: String,
    /// As pushed, compared exactly.
    pub external_id: Option<String>,
    /// Counts the changes of the stored resource and of its members, from 1.
    pub version: u64,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds.
    pub updated_at: i64,
}

impl DirectoryGroup {
    /// Whose directory it is in.
    pub const fn scope(&self) -> Scope {
        Scope { company: self.company, connection: self.connection }
    }
}

/// A member of a group: a user or another group of the same connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// SCIM id.
    pub id: Uuid,
    /// What it is.
    pub kind: Kind,
}

/// A member with the name it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// SCIM id.
    pub id: Uuid,
    /// What it is.
    pub kind: Kind,
    /// A user's `displayName`, else its `userName`; a group's `displayName`.
    pub display: Option<String>,
}

/// What is left of a deleted user: enough to know the same person again (RC-8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// SCIM id, never given to anybody else.
    pub id: DirectoryUserId,
    /// `userName` under `rollcall_scim::fold`.
    pub user_name_folded: String,
    /// As pushed, compared exactly.
    pub external_id: Option<String>,
    /// The address of RC-6 under `rollcall_scim::fold`.
    pub address_folded: Option<String>,
    /// The account it was linked to.
    pub account: Option<AccountId>,
    /// Version at deletion.
    pub version: u64,
    /// UTC microseconds: when the user was created.
    pub created_at: i64,
    /// UTC microseconds.
    pub deleted_at: i64,
}
