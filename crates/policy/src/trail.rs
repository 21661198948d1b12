//! The rules that shaped a decision, in the order in which they were consulted.

use serde::{Deserialize, Serialize};

use crate::rule::Rule;

/// One rule that shaped a decision, and what it did there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Step {
    /// The stable code.
    pub rule: Rule,
    /// One sentence for people.
    pub text: String,
}

/// The rules that fired, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Trail(Vec<Step>);

impl Trail {
    /// Notes that a rule fired, in the rule's own words.
    pub fn note(&mut self, rule: Rule) {
        self.explain(rule, rule.sentence());
    }

    /// Notes that a rule fired, with a sentence about this very case.
    pub fn explain(&mut self, rule: Rule, text: impl Into<String>) {
        let step = Step { rule, text: text.into() };
        // Saying the same thing twice explains nothing (two groups of one organization, for instance).
        if !self.0.contains(&step) {
            self.0.push(step);
        }
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The rules alone, in order.
    pub fn rules(&self) -> Vec<Rule> {
        self.0.iter().map(|step| step.rule).collect()
    }
}
