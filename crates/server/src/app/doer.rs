//! Who changes something by hand, and how the audit log remembers it.

use rollcall_directory::Activity;
use rollcall_policy::CompanyId;
use serde_json::Value;
use uuid::Uuid;

use crate::ids::Ids;

/// Who does something, for the audit log.
#[derive(Clone, Copy, Debug)]
pub struct Doer<'a> {
    /// As it stands in the log: `operator` for the command line, else `token:` and a token's id.
    pub actor: &'a str,
    /// Makes ids: of log entries and of what is created.
    pub ids: &'a Ids,
    /// UTC microseconds.
    pub now: i64,
}

impl Doer<'_> {
    /// A fresh id for something that comes into being now. Make it outside of the unit, which may run more than once.
    pub fn id<T: From<Uuid>>(&self) -> T {
        self.ids.uuid(self.now).into()
    }

    /// An entry of the log: what was done to whom, and names of what changed; no values that are anybody's secret.
    pub fn entry(&self, action: &str, company: Option<CompanyId>, subject: String, data: &Value) -> Activity {
        Activity {
            company,
            id: self.id(),
            at: self.now,
            action: action.to_owned(),
            actor: self.actor.to_owned(),
            subject,
            data: data.to_string(),
        }
    }
}
