//! A decision in the making.

use crate::{
    effect::Effect,
    rule::Rule,
    trail::Trail,
    warning::{Warning, WarningCode},
};

/// Effects, warnings and trail as they come together. One warning per code collects all its names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) effects: Vec<Effect>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) trail: Trail,
}

impl Draft {
    /// Does something because of a rule.
    pub(crate) fn because(&mut self, rule: Rule, effect: Effect) {
        self.trail.note(rule);
        self.effects.push(effect);
    }

    /// Does something that follows from what the trail says already.
    pub(crate) fn also(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn warn(&mut self, code: WarningCode, name: impl Into<String>) {
        let name = name.into();
        if let Some(warning) = self.warnings.iter_mut().find(|warning| warning.code == code) {
            if !warning.names.contains(&name) {
                warning.names.push(name);
            }
        } else {
            self.warnings.push(Warning { code, text: code.sentence().to_owned(), names: vec![name] });
        }
    }
}
