//! The SCIM side of the directory: users, groups, members and tombstones, and lists of them.
//!
//! Every query is a method of [`crate::Reader`], every write one of [`crate::Unit`].

pub(crate) mod batches;
mod compile;
pub(crate) mod fragment;
mod groups;
mod instant;
mod list;
mod members;
mod order;
mod records;
mod rows;
mod tombstones;
pub(crate) mod traces;
mod users;

pub use list::{Found, ListRequest, ResourceRow, Window};
pub use members::MembersChanged;
pub use order::Position;
pub use records::{DirectoryGroup, DirectoryUser, Kind, Member, MemberRow, Scope, Tombstone};
pub use traces::{Anchors, ServingConnection, Trace, TraceState};
