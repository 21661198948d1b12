//! The only place that asks for the time.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A point to measure from.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Digits that differ from run to run.
#[expect(clippy::disallowed_methods, reason = "names must differ between runs")]
pub(crate) fn tag() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}", now.as_millis() % 1_000_000_000)
}
