//! The only place that asks for the time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A point to measure from.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Since 1970.
#[expect(clippy::disallowed_methods, reason = "names and reports must differ between runs")]
pub(crate) fn unix() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Digits that differ from run to run.
pub(crate) fn tag() -> String {
    format!("{}", unix().as_millis() % 1_000_000_000)
}
