//! The list response (RFC 7644 §3.4.2, RFC 9865 §2; F-10, F-11, F-15, F-20).

use serde_json::{Value, json};

/// URN of the response message.
const RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// One page of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct ListResponse {
    /// Projected representations.
    pub resources: Vec<Value>,
    /// Where it stands in the whole.
    pub paging: Paging,
}

/// Where a page stands in the whole, and how the client goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paging {
    /// By position.
    Index {
        /// All matches, on this page or not.
        total_results: u64,
        /// Of the first resource, from 1 on; what was asked for, even beyond the end (F-11).
        start_index: u64,
    },
    /// By cursor.
    Cursor {
        /// All matches, if the server knows (F-20).
        total_results: Option<u64>,
        /// `None` on the last page (F-18).
        next: Option<String>,
    },
}

impl ListResponse {
    /// The message. `Resources` is there even if empty: some clients cannot do without (E-28, K-31).
    pub fn into_value(self) -> Value {
        let (total_results, start_index, next) = match self.paging {
            Paging::Index { total_results, start_index } => (Some(total_results), Some(start_index), None),
            Paging::Cursor { total_results, next } => (total_results, None, next),
        };
        let members = [
            ("schemas", Some(json!([RESPONSE_URN]))),
            ("totalResults", total_results.map(Value::from)),
            ("startIndex", start_index.map(Value::from)),
            ("itemsPerPage", Some(Value::from(self.resources.len()))),
            ("nextCursor", next.map(Value::from)),
            ("Resources", Some(Value::Array(self.resources))),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}
