//! What is told to whoever listens: the catalogue of events, and the one place where they are made.
//!
//! An event stands in the same transaction as the change that it tells of, and all events of a request go out in one
//! statement. Whoever changes a person tells of it through a [`Teller`]; the dispatcher (`jobs/dispatch.rs`) brings events
//! to webhooks and owners.

mod catalogue;
mod data;
pub mod fan_out;
mod seats;

use rollcall_directory::{Event, Stored, Unit};
use rollcall_policy::{CompanyId, EventId};

pub use catalogue::{Keeping, Kind};
pub use data::Data;
pub use seats::{tell_if_full, tell_of_full};

use crate::ids::Ids;

/// Tells of what happens in one unit of work.
#[derive(Clone, Copy, Debug)]
pub struct Teller<'a> {
    /// The unit of the change.
    pub unit: &'a Unit,
    /// Makes ids of events.
    pub ids: &'a Ids,
    /// UTC microseconds.
    pub now: i64,
    /// Whose business it is; only its own webhooks and owners hear of it.
    pub company: CompanyId,
}

impl Teller<'_> {
    /// Tells of one event. `subject` is what it is about, an id: webhooks get events of one subject in their order.
    pub fn tell(&self, kind: Kind, subject: impl std::fmt::Display, data: Data) {
        // One microsecond apart, so that events of one request sort as they were told.
        let turn = i64::try_from(self.unit.events_told()).unwrap_or(0);
        let event = Event {
            company: Some(self.company),
            id: EventId::from(self.ids.uuid(self.now.saturating_add(turn))),
            at: self.now,
            kind: kind.code().to_owned(),
            subject: subject.to_string(),
            payload: data.into_json(),
            delivered_at: None,
        };
        let stored = match kind.keeping() {
            Keeping::Always => Stored::Always,
            Keeping::IfHeard => Stored::IfHeard,
        };
        self.unit.tell(event, stored);
    }
}
