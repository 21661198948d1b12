//! Path and query of a request.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use uuid::Uuid;

use super::names::{Name, is_plain};
use super::{Redaction, mask, secrets};
use crate::journal::Mode;

/// What a component of a query keeps unescaped.
const COMPONENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b',').remove(b':');

/// Segments of our own.
const SEGMENTS: [&str; 10] =
    ["users", "groups", "bulk", "me", ".search", "serviceproviderconfig", "resourcetypes", "schemas", "user", "group"];

/// What a query may hold; any other name may be somebody's.
const PARAMETERS: [&str; 9] = [
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
    "attributes",
    "excludedAttributes",
    "access_token",
];

impl Redaction<'_> {
    /// Path and query without what is not kept. What stays, stays byte by byte.
    pub(crate) fn target(&mut self, path: &str, query: Option<&str>) -> String {
        let segments: Vec<String> = path.split('/').map(|segment| self.segment(segment)).collect();
        let mut shown = segments.join("/");
        if let Some(query) = query {
            let pairs: Vec<String> = query.split('&').map(|pair| self.pair(pair)).collect();
            shown.push('?');
            shown.push_str(&pairs.join("&"));
        }
        shown
    }

    fn segment(&mut self, segment: &str) -> String {
        self.note_id(segment);
        let decoded = decode(segment);
        let blanked = secrets::blanked(&decoded);
        if blanked != decoded {
            return encode(&blanked);
        }
        if self.mode != Mode::Redacted || segment.is_empty() || is_ours(segment) {
            return segment.to_owned();
        }
        self.hide(&decoded);
        "x".repeat(segment.len().min(super::LONGEST))
    }

    fn pair(&mut self, pair: &str) -> String {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, decoded) = (decode(name), decode(value));
        let own = Name::of(&name, "");
        let shown = match self.parameter(&own, &decoded) {
            Some(instead) => encode(&instead),
            None => value.to_owned(),
        };
        let name = match self.mode {
            Mode::Redacted if !is_parameter(&name) => mask(&name),
            Mode::Off | Mode::Redacted | Mode::Full => encode(&secrets::blanked(&name)),
        };
        if pair.contains('=') { format!("{name}={shown}") } else { name }
    }

    /// What stands instead of a parameter's value; `None` if it stays.
    fn parameter(&mut self, name: &Name, value: &str) -> Option<String> {
        if name.is_count() && value.len() <= 9 && value.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let instead = self.text(name, value).unwrap_or_else(|| value.to_owned());
        let instead = secrets::blanked(&instead);
        (instead != value).then(|| instead.into_owned())
    }
}

/// Below the base URL: only segments of ours and ids.
pub(super) fn is_plain_place(path: &str) -> bool {
    path.split('/').all(|segment| segment.is_empty() || is_ours(segment))
}

fn is_parameter(name: &str) -> bool {
    PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_ours(segment: &str) -> bool {
    SEGMENTS.iter().any(|known| known.eq_ignore_ascii_case(segment))
        || Uuid::try_parse(segment).is_ok()
        || (segment.starts_with("urn:ietf:params:scim:") && is_plain(segment))
}

/// A component as the sender meant it.
fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        return Cow::Owned(percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}
