//! Sorting: what `sortBy` means (RFC 7644 §3.4.2.3; F-1 to F-7).
//!
//! The strings of the search document already compare the way F-3 asks for, so an order is a place in that document
//! and a direction.

use crate::condition::Field;

/// What a client asked for, not looked up yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortRequest {
    /// `sortBy` as it came.
    pub by: String,
    /// `sortOrder` is `descending`.
    pub descending: bool,
}

/// An order of resources: by this value bytewise, then by `id`.
///
/// Resources without the value come last when ascending and first when descending (F-4). The `id` breaks ties in
/// ascending order either way (F-7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// Where the value stands.
    pub target: SortTarget,
    /// The greatest value first.
    pub descending: bool,
}

/// Where the value of an order stands in the search document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortTarget {
    /// A single value.
    Value(Field),
    /// The first element of a list, which is the primary one if there is one (F-5).
    FirstElement {
        /// Search document key of the attribute.
        attribute: String,
        /// Key of the sub-attribute.
        sub: String,
    },
}
