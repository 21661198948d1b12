//! `rollcall decision` and `rollcall activity`: what happened, and why.

pub(super) mod activity;
pub(super) mod decision;

use std::str::FromStr;

use chrono::DateTime;

/// An instant as people write it.
#[derive(Clone, Copy, Debug)]
struct Instant(i64);

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let instant = DateTime::parse_from_rfc3339(text).map(|instant| Self(instant.timestamp_micros()));
        instant.map_err(|_| format!("`{text}` is no instant; expected one such as 2026-11-23T09:00:00Z"))
    }
}
