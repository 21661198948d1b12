//! Events for whoever listens, stored in the unit that made them true.

use rollcall_directory::Event;
use rollcall_policy::EventId;
use serde_json::json;

use super::Subject;

impl Subject<'_> {
    /// One row for each kind of event that the effects meant. Payloads carry ids; receivers ask for the rest.
    pub(super) fn store_events(&mut self) {
        let Some(account) = self.account.as_ref() else { return };
        for kind in std::mem::take(&mut self.events) {
            let payload = json!({"account": account.id, "connection": self.scope.connection, "at": self.now});
            self.unit.insert_event(&Event {
                company: Some(self.scope.company),
                id: EventId::from(self.app.ids.uuid(self.now)),
                at: self.now,
                kind: kind.to_owned(),
                subject: account.id.to_string(),
                payload: payload.to_string(),
                delivered_at: None,
            });
        }
    }
}
