//! What a run found, for people, for programs and for pages.

use std::fmt::Write as _;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::arguments::Run;
use crate::measurement::Measurement;
use crate::{clock, say};

/// From this part of the constant answer on, the figures may be this program's own limit.
const NEAR_CEILING: f64 = 0.8;

/// A whole run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Of this program.
    version: &'static str,
    /// Seconds since 1970.
    started_at: u64,
    target: String,
    scenario: String,
    tag: String,
    users: u64,
    /// What this program reaches against a server that does nothing, on as many connections.
    ceilings: Vec<Measurement>,
    measurements: Vec<Measurement>,
}

impl Report {
    /// Nothing measured yet.
    pub(crate) fn begin(arguments: &Run, tag: &str) -> Self {
        let scenario = format!("{:?}", arguments.scenario).to_lowercase();
        say(&format!("{} {scenario}, {} users, tag {tag}", arguments.target, arguments.users));
        Self {
            version: env!("CARGO_PKG_VERSION"),
            started_at: clock::unix().as_secs(),
            target: arguments.target.clone(),
            scenario,
            tag: tag.to_owned(),
            users: arguments.users,
            ceilings: Vec::new(),
            measurements: Vec::new(),
        }
    }

    /// Keeps and prints what the yardstick gave.
    pub(crate) fn add_ceiling(&mut self, measurement: Option<&Measurement>) {
        if let Some(measurement) = measurement {
            say(&line(measurement));
            self.ceilings.push(measurement.clone());
        }
    }

    /// Keeps and prints a measurement.
    pub(crate) fn add(&mut self, measurement: Measurement) {
        say(&line(&measurement));
        for example in &measurement.examples {
            say(&format!("                 wrong: {example}"));
        }
        if measurement.of_ceiling.is_some_and(|part| part > NEAR_CEILING) {
            say("                 this is about what the load generator itself can do: the server may do more");
        }
        self.measurements.push(measurement);
    }

    /// Writes the files that were asked for.
    pub(crate) fn write(&self, arguments: &Run) -> Result<(), String> {
        if let Some(file) = &arguments.json {
            let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
            std::fs::write(file, text + "\n").map_err(|error| format!("{}: {error}", file.display()))?;
        }
        if let Some(file) = &arguments.markdown {
            std::fs::write(file, self.table()).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(())
    }

    /// Wrong answers of all measurements.
    pub(crate) fn wrong(&self) -> u64 {
        self.measurements.iter().map(|measurement| measurement.wrong).sum()
    }

    fn table(&self) -> String {
        let mut table = String::from(
            "| What | Connections | Per second | p50 ms | p90 ms | p99 ms | p99.9 ms | Longest ms | Wrong | Of the constant answer |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        );
        for measurement in self.ceilings.iter().chain(&self.measurements) {
            let Measurement { name, connections, per_second, latency, wrong, .. } = measurement;
            let ratio = measurement.of_ceiling.map(|part| format!("{part:.3}")).unwrap_or_default();
            // Writing to a string does not fail.
            let _written = writeln!(
                table,
                "| {name} | {connections} | {per_second:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {wrong} | {ratio} |",
                latency.p50, latency.p90, latency.p99, latency.p999, latency.max
            );
        }
        table
    }
}

/// One line for people.
fn line(measurement: &Measurement) -> String {
    let Measurement { name, connections, per_second, latency, wrong, .. } = measurement;
    let due = measurement.rate.map(|rate| format!(" of {rate}")).unwrap_or_default();
    let ratio = measurement.of_ceiling.map(|part| format!("  {part:.3} of the constant answer")).unwrap_or_default();
    let unsent = if measurement.unsent > 0 { format!("  {} never sent", measurement.unsent) } else { String::new() };
    format!(
        "{connections:>5} connections  {name:<34} {per_second:>9.0}/s{due}  p50 {:>8.2} ms  p99 {:>8.2} ms  \
         max {:>8.2} ms  {wrong} wrong{unsent}{ratio}",
        latency.p50, latency.p99, latency.max
    )
}

/// A bar of progress on standard error, if that is a terminal.
pub(crate) fn bar(length: u64, message: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    let bar = ProgressBar::new(length).with_message(message.to_owned());
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::measurement::Sample;

    #[test]
    fn figures_come_as_a_line_and_as_a_row() {
        let mut sample = Sample::new().unwrap();
        sample.add(Duration::from_millis(2), Ok(()));
        sample.add(Duration::from_millis(9), Err("500 oh".to_owned()));
        let mut measurement = sample.measurement("create", 8, Some(100), Duration::from_secs(1));
        measurement.of_ceiling = Some(0.25);
        let shown = line(&measurement);
        for part in ["8 connections", "create", "1/s of 100", "1 wrong", "0.250 of the constant answer"] {
            assert!(shown.contains(part), "`{part}` is not in `{shown}`");
        }
        let report = Report {
            version: "1",
            started_at: 0,
            target: String::new(),
            scenario: String::new(),
            tag: String::new(),
            users: 0,
            ceilings: Vec::new(),
            measurements: vec![measurement],
        };
        assert!(report.table().lines().last().unwrap().starts_with("| create | 8 | 1 | 2.0"));
        assert_eq!(report.wrong(), 1);
    }
}
