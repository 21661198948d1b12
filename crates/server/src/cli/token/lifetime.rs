//! How long something is good for, as people write it.

use std::str::FromStr;

use crate::clock::SECOND;

/// A time span such as `90d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifetime(i64);

impl Lifetime {
    pub(super) const fn microseconds(self) -> i64 {
        self.0
    }
}

impl FromStr for Lifetime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no time span; expected a number and `d`, `h` or `m`, such as `90d`");
        let unit = text.chars().last().ok_or_else(wrong)?;
        let number: i64 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
        let seconds = match unit {
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            _ => return Err(wrong()),
        };
        // A century is for ever, and leaves room for sums of instants.
        if !(1..=36_525 * 86_400 / seconds).contains(&number) {
            return Err(wrong());
        }
        Ok(Self(number * seconds * SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_are_a_time_span() {
        for (text, seconds) in [("90d", 7_776_000), ("12h", 43_200), ("1m", 60)] {
            assert_eq!(text.parse::<Lifetime>().unwrap().microseconds(), seconds * SECOND, "{text}");
        }
        for text in ["", "d", "90", "0d", "-1d", "1y", "1.5h", "99999999999d", "9d "] {
            assert!(text.parse::<Lifetime>().is_err(), "{text}");
        }
    }
}
