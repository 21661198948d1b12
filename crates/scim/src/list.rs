//! Lists: what a client may ask for, and the list response (RFC 7644 §3.4.2 and §3.4.3, RFC 9865; section F, A-92).
//!
//! `GET` with a query string and `POST .search` with a body say the same and become the same [`ListQuery`].

mod query;
mod response;
mod search;

use serde_json::json;

pub use query::{parse_query, single};
pub use response::{ListResponse, Paging};
pub use search::REQUEST_URN;

use crate::error::ScimError;
use crate::filter::{self, Filter};
use crate::projection::Projection;
use crate::sort::SortRequest;
use crate::tolerance::{Tolerance, Tolerances};
use query::Asked;

/// How much a client may ask for, as `ServiceProviderConfig` says.
#[derive(Clone, Debug)]
pub struct ListLimits {
    /// Resources of a page if the client names no `count`.
    pub default_count: u64,
    /// Resources of the largest page; a larger `count` is cut down to it (F-9, K-8).
    pub max_count: u64,
    /// Size of a filter.
    pub filter: filter::Limits,
}

/// What a client asks for. Filtering comes first, then sorting, paging and projection (F-7).
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Which resources; all if `None`. Parsed, not looked up yet.
    pub filter: Option<Filter>,
    /// In which order; see [`crate::sort::resolve`].
    pub sort: Option<SortRequest>,
    /// Which part.
    pub page: Page,
    /// Which attributes.
    pub projection: Projection,
    /// Everything but `cursor` and `count`, as one text for [`crate::cursor::digest`]: the same for the same question.
    pub digest_input: String,
}

/// Which part of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// By position, as in RFC 7644.
    Index {
        /// From 1 on; at most 2⁶³ - 1.
        start_index: u64,
        /// At most so many resources; with 0, only the total is asked for.
        count: u64,
    },
    /// By cursor, as in RFC 9865.
    Cursor {
        /// Where the last page ended; `None` for the first page.
        cursor: Option<String>,
        /// At most so many resources.
        count: u64,
    },
}

impl ListQuery {
    /// Reads the parameters of a `GET`; unknown ones are ignored.
    ///
    /// `invalidFilter` for the filter, `invalidValue` for everything else, a parameter given twice included.
    pub fn from_parameters(
        parameters: &[(String, String)],
        limits: &ListLimits,
        tolerances: &Tolerances,
    ) -> Result<Self, ScimError> {
        Self::new(Asked::from_parameters(parameters, tolerances)?, limits, tolerances)
    }

    /// Reads the body of a `POST .search` (F-36).
    ///
    /// `invalidSyntax` if it is no search request (F-37), else as [`Self::from_parameters`].
    pub fn from_search_request(
        body: serde_json::Value,
        limits: &ListLimits,
        tolerances: &Tolerances,
    ) -> Result<Self, ScimError> {
        Self::new(search::read(body, tolerances)?, limits, tolerances)
    }

    fn new(asked: Asked, limits: &ListLimits, tolerances: &Tolerances) -> Result<Self, ScimError> {
        let Asked { filter, sort_by, sort_order, attributes, excluded_attributes, .. } = &asked;
        let digest_input = json!([filter, sort_by, sort_order, attributes, excluded_attributes]).to_string();
        let filter = filter.as_deref().map(|filter| filter::parse(filter, &limits.filter, tolerances)).transpose()?;
        let count = asked.count.map_or(limits.default_count, clamped).min(limits.max_count);
        let page = match (asked.cursor, asked.start_index) {
            (Some(_), Some(_)) => {
                return Err(ScimError::invalid_value("`cursor` and `startIndex` exclude each other; send one of them"));
            }
            (Some(cursor), None) => Page::Cursor { cursor: Some(cursor).filter(|cursor| !cursor.is_empty()), count },
            (None, start_index) => Page::Index { start_index: start_index.map_or(1, clamped).max(1), count },
        };
        let sort = match asked.sort_by {
            Some(by) => Some(SortRequest { by, descending: descending(asked.sort_order.as_deref(), tolerances)? }),
            // An order of nothing (F-2).
            None => None,
        };
        let projection = Projection::from_lists(asked.attributes, asked.excluded_attributes, tolerances)?;
        Ok(Self { filter, sort, page, projection, digest_input })
    }
}

/// Negative numbers mean 0 (F-8, F-9).
fn clamped(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn descending(order: Option<&str>, tolerances: &Tolerances) -> Result<bool, ScimError> {
    let Some(order) = order else { return Ok(false) };
    for (name, descending) in [("ascending", false), ("descending", true)] {
        if order == name || (order.eq_ignore_ascii_case(name) && tolerances.allow(Tolerance::MessageCase)) {
            return Ok(descending);
        }
    }
    Err(ScimError::invalid_value(format!("`sortOrder` is `{order}`; it must be `ascending` or `descending`")))
}
