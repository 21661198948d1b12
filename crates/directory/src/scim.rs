//! The SCIM side of the directory: users, groups, members and tombstones, and lists of them.

mod compile;
pub(crate) mod fragment;
mod instant;
mod records;

pub use records::{DirectoryGroup, DirectoryUser, Kind, Member, MemberRow, Scope, Tombstone};
