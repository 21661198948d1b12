//! The name of one exchange: in every answer, in every log line, in the audit log (I-15).

use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header that carries it, both ways.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The client's own id if it is short and plain, else one of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    pub(super) fn of(headers: &HeaderMap, mint: impl FnOnce() -> Uuid) -> Self {
        match headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_plain(id)) {
            Some(theirs) => Self(theirs.into()),
            None => Self(mint().to_string().into()),
        }
    }

    pub(super) fn header(&self) -> HeaderValue {
        // INVARIANT: letters, digits, `-`, `_` and `.` only, so the value is always valid.
        HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("none"))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Nothing that could forge a log line or hold an address.
fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: Option<&str>, kept: bool) {
        let mut headers = HeaderMap::new();
        if let Some(given) = given {
            headers.insert(HEADER, HeaderValue::from_bytes(given.as_bytes()).unwrap());
        }
        let id = RequestId::of(&headers, || Uuid::from_u128(1));
        let expected = if kept { given.unwrap() } else { "00000000-0000-0000-0000-000000000001" };
        assert_eq!((id.as_str(), id.header().to_str().unwrap()), (expected, expected));
    }

    /// I-15.
    #[test]
    fn a_plain_id_of_the_client_is_kept_and_anything_else_replaced() {
        check(Some("0192f-a_b.c"), true);
        check(Some(&"a".repeat(64)), true);
        check(None, false);
        check(Some(""), false);
        check(Some(&"a".repeat(65)), false);
        check(Some("ada@acme.example"), false);
        check(Some("two words"), false);
        check(Some("ä"), false);
    }
}
