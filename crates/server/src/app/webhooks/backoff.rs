//! When a failed delivery is tried again: soon at first, then ever more rarely for somewhat over a day.

use chrono::DateTime;

use crate::clock::{DAY, HOUR, SECOND};

const MINUTE: i64 = 60 * SECOND;

/// The pause after each failed try; after one more it is given up.
const PAUSES: [i64; 7] = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];

/// A receiver may ask for a longer pause, up to this.
const LONGEST: i64 = DAY;

/// The next try after `attempts` failed ones, or `None` if that is enough. Up to a fifth is added by `dice`, any number, so
/// that what failed together does not come again together. `asked` is what the receiver said (`Retry-After`).
pub(super) fn next(attempts: u64, now: i64, asked: Option<&str>, dice: u32) -> Option<i64> {
    let failed = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let pause = PAUSES.get(failed)?;
    let jitter = pause / 5 * i64::from(dice % 1_000) / 1_000;
    let asked = asked.and_then(|asked| wait(asked, now)).unwrap_or(0).clamp(0, LONGEST);
    Some(now.saturating_add((pause + jitter).max(asked)))
}

/// Microseconds from now on: a number of seconds, or an HTTP date (RFC 9110 §10.2.3).
fn wait(asked: &str, now: i64) -> Option<i64> {
    if let Ok(seconds) = asked.trim().parse::<u32>() {
        return Some(i64::from(seconds) * SECOND);
    }
    let date = DateTime::parse_from_rfc2822(asked.trim()).ok()?;
    Some(date.timestamp_micros().saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_become_rarer_and_end() {
        let pauses: Vec<Option<i64>> = (1..=8).map(|attempts| next(attempts, 0, None, 0)).collect();
        let expected: Vec<Option<i64>> = PAUSES.into_iter().map(Some).chain([None]).collect();
        assert_eq!(pauses, expected);
        assert_eq!((next(0, 0, None, 0), next(u64::MAX, 0, None, 0)), (None, None));
    }

    #[test]
    fn pauses_are_stretched_by_a_fifth_at_most() {
        for dice in [0, 1, 500, 999, 1_000, u32::MAX] {
            let pause = next(2, 7, None, dice).unwrap() - 7;
            assert!((5 * MINUTE..=6 * MINUTE).contains(&pause), "{dice}: {pause}");
        }
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_pause_within_bounds() {
        let now = 1_800_000_000 * SECOND; // Fri, 15 Jan 2027 08:00:00 GMT
        for (asked, pause) in [
            ("1", 5 * SECOND),
            ("600", 600 * SECOND),
            (" 600 ", 600 * SECOND),
            ("999999", DAY),
            ("4294967296", 5 * SECOND),
            ("-5", 5 * SECOND),
            ("soon", 5 * SECOND),
            ("Fri, 15 Jan 2027 08:01:00 GMT", MINUTE),
            ("Fri, 15 Jan 2021 08:01:00 GMT", 5 * SECOND),
            ("Fri, 15 Jan 2100 08:01:00 GMT", DAY),
        ] {
            assert_eq!(next(1, now, Some(asked), 0), Some(now + pause), "{asked}");
        }
    }
}
