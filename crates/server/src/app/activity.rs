//! What is noted of every change: who, when, what, and by which rules; never the values themselves (I-15).

use rollcall_directory::{Activity, Unit};
use rollcall_policy::{ActivityId, CompanyId};
use serde_json::{Map, Value};

use super::Provider;
use crate::state::Parts;

/// One change that a push or an administrator makes.
#[derive(Clone, Debug)]
pub struct Change {
    /// UTC microseconds.
    pub at: i64,
    company: CompanyId,
    id: ActivityId,
    action: &'static str,
    actor: String,
}

impl Change {
    /// A change that happens now.
    pub fn new(app: &Parts, provider: &Provider, action: &'static str) -> Self {
        Self::by(app, provider.scope.company, provider.actor.clone(), action)
    }

    /// A change that somebody else makes now.
    pub fn by(app: &Parts, company: CompanyId, actor: String, action: &'static str) -> Self {
        let at = app.clock.now();
        Self { at, company, id: ActivityId::from(app.ids.uuid(at)), action, actor }
    }

    /// What else this change did: another entry of the same instant, company and actor.
    #[must_use]
    pub fn also(&self, app: &Parts, action: &'static str) -> Self {
        Self { id: ActivityId::from(app.ids.uuid(self.at)), action, actor: self.actor.clone(), ..*self }
    }
}

/// Notes a change of a resource.
pub fn note(unit: &Unit, change: &Change, subject: impl std::fmt::Display) {
    note_with(unit, change, subject, Map::new());
}

/// Notes a change of a resource with what else is to be known of it: rule ids, findings, names of attributes.
pub fn note_with(unit: &Unit, change: &Change, subject: impl std::fmt::Display, data: Map<String, Value>) {
    unit.insert_activity(&Activity {
        company: Some(change.company),
        id: change.id,
        at: change.at,
        action: change.action.to_owned(),
        actor: change.actor.clone(),
        subject: subject.to_string(),
        data: Value::Object(data).to_string(),
    });
}
