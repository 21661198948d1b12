//! How many answers came, how long they took, and what was wrong with the wrong ones.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// How many wrong answers are kept as examples.
const EXAMPLES: usize = 3;
/// The longest time that is told apart, in nanoseconds: ten minutes.
const LONGEST: u64 = 600_000_000_000;

/// The answers of one connection, or of several.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Nanoseconds, to three digits.
    times: Histogram<u64>,
    wrong: u64,
    examples: Vec<String>,
    unsent: u64,
}

/// What was measured, for people and programs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measurement {
    /// What was asked.
    pub(crate) name: String,
    pub(crate) connections: usize,
    /// Requests a second that were due; none where each connection waits for its answer (closed loop).
    pub(crate) rate: Option<u32>,
    pub(crate) seconds: f64,
    pub(crate) right: u64,
    pub(crate) wrong: u64,
    /// Requests that were due and not sent, because every connection was still waiting.
    pub(crate) unsent: u64,
    /// Right answers a second.
    pub(crate) per_second: f64,
    pub(crate) latency: Latency,
    /// Right answers a second as part of the constant answer's, on as many connections in the same run.
    pub(crate) of_ceiling: Option<f64>,
    pub(crate) examples: Vec<String>,
}

/// Milliseconds that so many in a hundred of the right answers did not exceed.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    pub(crate) max: f64,
}

impl Sample {
    /// Nothing yet.
    pub(crate) fn new() -> Result<Self, String> {
        let times = Histogram::new_with_bounds(1, LONGEST, 3).map_err(|error| error.to_string())?;
        Ok(Self { times, wrong: 0, examples: Vec::new(), unsent: 0 })
    }

    /// Counts one answer: how long it took, and what was wrong with it.
    pub(crate) fn add(&mut self, took: Duration, result: Result<(), String>) {
        match result {
            Ok(()) => self.times.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(LONGEST)),
            Err(reason) => {
                self.wrong += 1;
                if self.examples.len() < EXAMPLES {
                    self.examples.push(reason);
                }
            }
        }
    }

    /// Counts requests that were due and never sent.
    pub(crate) fn add_unsent(&mut self, number: u64) {
        self.unsent += number;
    }

    /// Adds the answers of another connection.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), String> {
        self.times.add(other.times).map_err(|error| error.to_string())?;
        self.wrong += other.wrong;
        self.unsent += other.unsent;
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES);
        Ok(())
    }

    /// The figures of all answers that came in this time.
    pub(crate) fn measurement(self, name: &str, connections: usize, rate: Option<u32>, took: Duration) -> Measurement {
        let right = self.times.len();
        let seconds = took.as_secs_f64();
        Measurement {
            name: name.to_owned(),
            connections,
            rate,
            seconds,
            right,
            wrong: self.wrong,
            unsent: self.unsent,
            per_second: if seconds > 0.0 { whole(right) / seconds } else { 0.0 },
            latency: Latency {
                p50: self.milliseconds(0.5),
                p90: self.milliseconds(0.9),
                p99: self.milliseconds(0.99),
                p999: self.milliseconds(0.999),
                max: self.milliseconds(1.0),
            },
            of_ceiling: None,
            examples: self.examples,
        }
    }

    fn milliseconds(&self, part: f64) -> f64 {
        whole(self.times.value_at_quantile(part)) / 1_000_000.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures are read to three digits")]
fn whole(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(sample: Sample) -> Measurement {
        sample.measurement("test", 1, None, Duration::from_secs(2))
    }

    fn near(value: f64, expected: f64) -> bool {
        (value - expected).abs() <= expected * 0.002
    }

    #[test]
    fn latencies_are_ranks_to_three_digits() {
        let mut sample = Sample::new().unwrap();
        for millis in 1..=1_000 {
            sample.add(Duration::from_millis(millis), Ok(()));
        }
        let Measurement { latency, per_second, .. } = measured(sample);
        for (value, expected) in [
            (latency.p50, 500.0),
            (latency.p90, 900.0),
            (latency.p99, 990.0),
            (latency.p999, 999.0),
            (latency.max, 1_000.0),
        ] {
            assert!(near(value, expected), "{value} is not {expected}");
        }
        assert!(near(per_second, 500.0), "{per_second}");
    }

    #[test]
    fn wrong_answers_do_not_count_as_fast() {
        let mut sample = Sample::new().unwrap();
        sample.add(Duration::from_millis(5), Ok(()));
        for _ in 0..10 {
            sample.add(Duration::from_micros(1), Err("409".to_owned()));
        }
        let mut other = Sample::new().unwrap();
        other.add(Duration::from_micros(1), Err("500".to_owned()));
        other.add_unsent(7);
        sample.merge(other).unwrap();
        let measurement = measured(sample);
        assert_eq!((measurement.right, measurement.wrong, measurement.unsent), (1, 11, 7));
        assert!(near(measurement.latency.p50, 5.0));
        assert_eq!(measurement.examples, ["409", "409", "409"]);
    }

    #[test]
    fn what_takes_longer_than_can_be_told_apart_is_not_lost() {
        let mut sample = Sample::new().unwrap();
        sample.add(Duration::from_hours(1), Ok(()));
        assert_eq!(measured(sample).right, 1);
    }
}
