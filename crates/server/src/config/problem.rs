//! A mistake in the configuration, and where it stands.

use std::fmt;

use serde::Serialize;

/// One mistake. All of them are reported together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where it stands: a file, a variable, a flag.
    pub place: String,
    /// What is wrong and what is expected, in one sentence.
    pub problem: String,
}

impl Problem {
    pub(super) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}
