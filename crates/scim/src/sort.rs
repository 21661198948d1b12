//! Sorting: what `sortBy` means (RFC 7644 §3.4.2.3; F-1 to F-7).
//!
//! The strings of the search document already compare the way F-3 asks for, so an order is a place in that document
//! and a direction.

use crate::condition::Field;
use crate::error::ScimError;
use crate::filter::attribute_path;
use crate::path::{self, Located};
use crate::schema::{Attribute, ResourceType, Returned, Type};

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

/// Looks up `sortBy` for an endpoint of one or, at the root, several resource types; the first that knows it decides.
///
/// `invalidValue` if none of them knows it or there is no order: complex values without a sub-attribute named `value`
/// (F-5), what is never returned (F-6), and `members` and `groups`, which have no first element.
pub fn resolve(request: &SortRequest, types: &[&ResourceType]) -> Result<SortKey, ScimError> {
    let by = request.by.trim();
    let refused = |why: &str| Err(ScimError::invalid_value(format!("`sortBy` is `{by}`, {why}")));
    let located = attribute_path(by).and_then(|path| types.iter().find_map(|it| path::locate(&path, it)));
    let Some(located) = located else {
        return refused("which names no attribute; expected one such as `userName` or `name.familyName`");
    };
    let never = |attribute: &Attribute| attribute.returned == Returned::Never;
    if never(located.attribute) || located.sub.is_some_and(never) {
        return refused("which nobody may read or sort by");
    }
    if located.extension.is_none() && ["members", "groups"].contains(&located.attribute.name.as_ref()) {
        return refused("a list that has no first element to sort by");
    }
    match target(&located) {
        Some(target) => Ok(SortKey { target, descending: request.descending }),
        None => refused("an object; name one of its sub-attributes"),
    }
}

fn target(located: &Located<'_>) -> Option<SortTarget> {
    let complex = located.attribute.kind == Type::Complex;
    let sub = located.sub.map(|sub| sub.name.to_ascii_lowercase());
    if located.attribute.multi_valued {
        let value = || (!complex || located.attribute.sub_attribute("value").is_some()).then(|| "value".to_owned());
        return Some(SortTarget::FirstElement { attribute: located.key(), sub: sub.or_else(value)? });
    }
    (!complex || sub.is_some()).then(|| SortTarget::Value(Field { name: located.key(), sub }))
}
