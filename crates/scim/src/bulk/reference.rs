//! References to what other operations create: `bulkId:x` inside `data` (RFC 7644 §3.7.2; H-9).
//!
//! A string is a reference if it is `bulkId:x` as a whole, wherever it stands: as `value` of a member or manager, bare,
//! or in an attribute of an extension. A URL is one if its last segment is, and a PATCH path contains one as a quoted
//! string. In text that only looks like it (not under `$ref`, or with spaces) a `bulkId` that nobody has is no error.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value;

const PREFIX: &str = "bulkId:";

/// One reference found.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference<'a> {
    /// The `bulkId` named.
    pub(super) bulk_id: &'a str,
    /// Cannot be anything but a reference, so naming nobody is an error.
    pub(super) certain: bool,
}

/// All references in `data`, each once.
pub(super) fn find(data: &Value) -> BTreeSet<Reference<'_>> {
    let mut found = BTreeSet::new();
    collect("", data, &mut found);
    found
}

fn collect<'a>(key: &str, value: &'a Value, found: &mut BTreeSet<Reference<'a>>) {
    match value {
        Value::String(text) => found.extend(spans(key, text).into_iter().map(|(_, reference)| reference)),
        Value::Array(elements) => elements.iter().for_each(|element| collect(key, element, found)),
        Value::Object(members) => members.iter().for_each(|(key, value)| collect(key, value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Puts ids in the place of references, as far as `ids` (by `bulkId`) knows them.
pub(super) fn substitute(data: &mut Value, ids: &BTreeMap<String, String>) {
    if !ids.is_empty() {
        replace("", data, ids);
    }
}

fn replace(key: &str, value: &mut Value, ids: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            let known = |(range, reference): (Range<usize>, Reference<'_>)| Some((range, ids.get(reference.bulk_id)?));
            let known: Vec<_> = spans(key, text).into_iter().filter_map(known).collect();
            // From the end, so that the ranges in front stay right.
            for (range, id) in known.into_iter().rev() {
                text.replace_range(range, id);
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| replace(key, element, ids)),
        Value::Object(members) => members.iter_mut().for_each(|(key, value)| replace(key, value, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Takes out of a resource what refers to one of `missing`: list elements and complex values as a whole, since a member
/// or manager without its `value` means nothing.
pub(super) fn cut(resource: &mut Value, missing: &BTreeSet<&str>) {
    if let Value::Object(attributes) = resource {
        attributes.retain(|key, value| !refers(key, value, missing, is_urn(key)));
    }
}

/// Whether the value has to go. Extensions are containers: they lose attributes, and go when nothing is left.
fn refers(key: &str, value: &mut Value, missing: &BTreeSet<&str>, container: bool) -> bool {
    match value {
        Value::String(text) => spans(key, text).iter().any(|(_, reference)| missing.contains(reference.bulk_id)),
        Value::Array(elements) => {
            let before = elements.len();
            elements.retain_mut(|element| !refers(key, element, missing, false));
            elements.is_empty() && before > 0
        }
        Value::Object(members) => {
            let before = members.len();
            let mut lost = false;
            members.retain(|key, value| {
                let goes = refers(key, value, missing, false);
                lost |= goes && value.is_string();
                !goes
            });
            (lost && !container) || (members.is_empty() && before > 0)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Where the references stand in a string.
fn spans<'a>(key: &str, text: &'a str) -> Vec<(Range<usize>, Reference<'a>)> {
    let blank = |bulk_id: &str| bulk_id.contains(char::is_whitespace);
    if let Some(bulk_id) = text.strip_prefix(PREFIX).filter(|bulk_id| !bulk_id.is_empty()) {
        return vec![(0..text.len(), Reference { bulk_id, certain: !blank(bulk_id) })];
    }
    if key.eq_ignore_ascii_case("path") {
        return quoted(text);
    }
    let Some((front, bulk_id)) = text.rsplit_once("/bulkId:").filter(|(_, bulk_id)| !bulk_id.is_empty()) else {
        return Vec::new();
    };
    let attribute = key.rsplit(['.', ':']).next().unwrap_or(key);
    let certain = attribute.eq_ignore_ascii_case("$ref") && !blank(bulk_id);
    vec![(front.len() + 1..text.len(), Reference { bulk_id, certain })]
}

/// References in the filter of a PATCH path: `members[value eq "bulkId:x"]`.
fn quoted(path: &str) -> Vec<(Range<usize>, Reference<'_>)> {
    let mut found = Vec::new();
    for (start, opening) in path.match_indices("\"bulkId:") {
        let name_at = start + opening.len();
        if let Some((bulk_id, _)) = path.get(name_at..).and_then(|rest| rest.split_once('"')) {
            found.push((start + 1..name_at + bulk_id.len(), Reference { bulk_id, certain: true }));
        }
    }
    found
}

fn is_urn(key: &str) -> bool {
    key.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
}
