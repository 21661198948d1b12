//! What the suite found, and how it is told.

use std::io::{self, Write};

use crate::target::Mode;

/// How one check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was as expected.
    Passed,
    /// Something differed; the text names step, expectation and answer.
    Failed(String),
    /// The target cannot be asked this; the text says why.
    Skipped(String),
}

impl From<Result<(), String>> for Verdict {
    fn from(result: Result<(), String>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(reason) => Self::Failed(reason),
        }
    }
}

/// One check with its end.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// File or subject it belongs to, such as `dialogues/okta-user-lifecycle`.
    pub group: String,
    /// What was checked, as a sentence.
    pub title: String,
    /// Requirement ids.
    pub covers: Vec<String>,
    /// Which connection it ran against.
    pub mode: Mode,
    /// The end.
    pub verdict: Verdict,
}

/// Everything that was checked in one run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    outcomes: Vec<Outcome>,
}

impl Report {
    /// Adds one outcome.
    pub fn add(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
    }

    /// The outcomes in the order they came.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Checks that passed, failed and were skipped.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |test: fn(&Verdict) -> bool| self.outcomes.iter().filter(|outcome| test(&outcome.verdict)).count();
        (
            count(|verdict| matches!(verdict, Verdict::Passed)),
            count(|verdict| matches!(verdict, Verdict::Failed(_))),
            count(|verdict| matches!(verdict, Verdict::Skipped(_))),
        )
    }

    /// Writes the failures in full, the skipped checks in a line each, and the counts last.
    pub fn write(&self, out: &mut impl Write, verbose: bool) -> io::Result<()> {
        for outcome in &self.outcomes {
            match &outcome.verdict {
                Verdict::Passed if verbose => writeln!(out, "ok    {}", outcome.headline())?,
                Verdict::Passed => {}
                Verdict::Skipped(reason) => writeln!(out, "skip  {}: {reason}", outcome.headline())?,
                Verdict::Failed(reason) => {
                    writeln!(out, "FAIL  {}", outcome.headline())?;
                    for line in reason.lines() {
                        writeln!(out, "      {line}")?;
                    }
                }
            }
        }
        let (passed, failed, skipped) = self.counts();
        writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

impl Outcome {
    fn headline(&self) -> String {
        let ids = if self.covers.is_empty() { String::new() } else { format!(" [{}]", self.covers.join(" ")) };
        format!("{} ({}): {}{ids}", self.group, self.mode.name(), self.title)
    }
}
