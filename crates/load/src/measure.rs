//! Requests per second and how long they took, with wrong answers apart.

use std::time::Duration;

/// How many wrong answers are kept as examples.
const EXAMPLES: usize = 3;

/// The answers of one connection, or of several.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    micros: Vec<u32>,
    wrong: usize,
    examples: Vec<String>,
}

impl Sample {
    /// Counts one answer: how long it took, and what was wrong with it.
    pub(crate) fn add(&mut self, took: Duration, result: Result<(), String>) {
        match result {
            Ok(()) => self.micros.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)),
            Err(reason) => {
                self.wrong += 1;
                if self.examples.len() < EXAMPLES {
                    self.examples.push(reason);
                }
            }
        }
    }

    /// Adds the answers of another connection.
    pub(crate) fn merge(&mut self, other: Self) {
        self.micros.extend(other.micros);
        self.wrong += other.wrong;
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES);
    }

    /// Right answers.
    pub(crate) fn right(&self) -> usize {
        self.micros.len()
    }

    /// Wrong answers.
    pub(crate) fn wrong(&self) -> usize {
        self.wrong
    }

    /// What was wrong, some examples.
    pub(crate) fn examples(&self) -> &[String] {
        &self.examples
    }

    /// The time that `part` in a hundred of the right answers did not exceed.
    pub(crate) fn percentile(&mut self, part: usize) -> Duration {
        self.micros.sort_unstable();
        let rank = (self.micros.len() * part).div_ceil(100).max(1) - 1;
        Duration::from_micros(self.micros.get(rank).copied().unwrap_or_default().into())
    }
}

/// A duration in the unit that fits: `0.21 ms`.
pub(crate) fn shown(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks() {
        let mut sample = Sample::default();
        for micros in 1..=100 {
            sample.add(Duration::from_micros(micros), Ok(()));
        }
        assert_eq!(sample.percentile(50), Duration::from_micros(50));
        assert_eq!(sample.percentile(99), Duration::from_micros(99));
        assert_eq!(Sample::default().percentile(99), Duration::ZERO);
    }

    #[test]
    fn wrong_answers_do_not_count_as_fast() {
        let mut sample = Sample::default();
        sample.add(Duration::from_micros(1), Err("409".to_owned()));
        assert_eq!((sample.right(), sample.wrong()), (0, 1));
    }
}
