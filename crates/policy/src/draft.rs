//! A decision in the making.

use std::collections::BTreeSet;

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
    /// What warnings name already; an assertion may hold thousands of groups.
    named: BTreeSet<(WarningCode, String)>,
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
        if self.named.insert((code, name.clone())) {
            self.about(code, Some(name));
        }
    }

    /// A warning about nothing that has a name.
    pub(crate) fn caution(&mut self, code: WarningCode) {
        self.about(code, None);
    }

    fn about(&mut self, code: WarningCode, name: Option<String>) {
        if let Some(warning) = self.warnings.iter_mut().find(|warning| warning.code == code) {
            warning.names.extend(name);
        } else {
            let names = name.into_iter().collect();
            self.warnings.push(Warning { code, text: code.sentence().to_owned(), names });
        }
    }
}
