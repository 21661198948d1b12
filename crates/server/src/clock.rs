//! Where instants come from: the one file that may ask the system.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Microseconds of one second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds of one hour.
pub const HOUR: i64 = 3_600 * SECOND;
/// Microseconds of one day.
pub const DAY: i64 = 86_400 * SECOND;

/// The instant it is, as UTC microseconds since 1970; tests hold it still.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `at` (UTC microseconds) until it is told to advance.
    pub fn fixed(at: i64) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(at))))
    }

    /// UTC microseconds since 1970. Follows the machine's clock, so it may step back.
    #[expect(clippy::disallowed_methods, reason = "everything else takes the instant from here")]
    pub fn now(&self) -> i64 {
        match &self.0 {
            Source::System => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
                Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
            },
            Source::Fixed(at) => at.load(Ordering::SeqCst),
        }
    }

    /// Whether time passes by itself.
    pub const fn runs(&self) -> bool {
        matches!(self.0, Source::System)
    }

    /// Moves a fixed clock forward by so many microseconds; the machine's clock takes no orders.
    pub fn advance(&self, microseconds: i64) {
        if let Source::Fixed(at) = &self.0 {
            at.fetch_add(microseconds, Ordering::SeqCst);
        }
    }

    /// A point from which elapsed time is measured; never stored.
    #[expect(clippy::disallowed_methods, reason = "everything else takes the instant from here")]
    pub fn instant() -> Instant {
        Instant::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::fixed(5 * SECOND);
        let same = clock.clone();
        clock.advance(DAY);
        assert_eq!((clock.now(), same.now()), (5 * SECOND + DAY, 5 * SECOND + DAY));
    }

    #[test]
    fn the_system_clock_is_in_this_century() {
        assert!((1_700_000_000 * SECOND..4_000_000_000 * SECOND).contains(&Clock::system().now()));
    }
}
