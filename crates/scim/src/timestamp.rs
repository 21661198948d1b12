//! Instants as text (RFC 7643 §2.3.5, RFC 3339): UTC, always six digits of sub-seconds.

use chrono::{DateTime, SecondsFormat, Utc};

/// 0000-01-01T00:00:00Z, the first instant that RFC 3339 can write, in microseconds.
const FIRST: i64 = -62_167_219_200_000_000;
/// 9999-12-31T23:59:59.999999Z, the last one.
const LAST: i64 = 253_402_300_799_999_999;

/// Writes UTC microseconds as `2026-11-22T09:30:00.000250Z`.
///
/// Nothing is rounded away, so that a filter on the text finds exactly the resource it was read from. Instants outside
/// the years 0000 to 9999 cannot be written and become the nearest one that can.
pub fn to_rfc3339(microseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_micros(microseconds.clamp(FIRST, LAST))
        .unwrap_or(DateTime::UNIX_EPOCH)
        .to_rfc3339_opts(SecondsFormat::Micros, true)
}
