//! Events that are to be delivered, stored in the unit that made them.

use crate::bind::{Bind, values};
use crate::row::Row;
use crate::unit::Write;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{CompanyId, EventId, OrganizationId};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The tenant; `None` for what concerns the installation.
    pub company: Option<CompanyId>,
    /// Its id; sorts by time.
    pub id: EventId,
    /// UTC microseconds.
    pub at: i64,
    /// A stable word.
    pub kind: String,
    /// About what; events of one subject are delivered in order.
    pub subject: String,
    /// JSON text.
    pub payload: String,
    /// UTC microseconds.
    pub delivered_at: Option<i64>,
}

/// When an event is worth a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// Whatever happens: people read of it, too.
    Always,
    /// If the company has a webhook that is on.
    IfHeard,
}

/// Events of one statement.
const EVENTS: usize = 500;

/// The statements that store events, as few as can be. Nobody listens to most companies: what is worth a row only if
/// somebody does, costs no row there.
pub(crate) fn insertions(events: Vec<(Event, Stored)>) -> impl Iterator<Item = Write> {
    let mut events = events.into_iter().peekable();
    std::iter::from_fn(move || {
        events.peek()?;
        let mut values = Vec::new();
        let mut rows = 0;
        for (event, stored) in events.by_ref().take(EVENTS) {
            let Event { company, id, at, kind, subject, payload, .. } = event;
            values.extend(values![company, id, at, kind, subject, payload, stored == Stored::Always]);
            rows += 1;
        }
        let sql = format!(
            "INSERT INTO outbox (company_id, id, at, kind, subject, payload) SELECT e.column1, e.column2, e.column3, \
             e.column4, e.column5, e.column6 FROM (VALUES {}) AS e WHERE e.column7 OR EXISTS \
             (SELECT 1 FROM webhook w WHERE w.company_id = e.column1 AND w.disabled_at IS NULL)",
            vec!["(?, ?, ?, ?, ?, ?, ?)"; rows].join(", ")
        );
        Some(Write { sql: sql.into(), values, rows: None })
    })
}

pub(crate) fn event_record(row: &Row) -> Result<Event, DirectoryError> {
    Ok(Event {
        company: row.optional_id("company_id")?,
        id: row.id("id")?,
        at: row.get("at")?,
        kind: row.get("kind")?,
        subject: row.get("subject")?,
        payload: row.get("payload")?,
        delivered_at: row.get("delivered_at")?,
    })
}

impl Reader {
    /// Events not delivered yet, oldest first, those after `after`.
    pub async fn pending_events(&self, after: Option<EventId>, limit: u64) -> Result<Vec<Event>, DirectoryError> {
        let sql = "SELECT o.company_id, o.id, o.at, o.kind, o.subject, o.payload, o.delivered_at FROM outbox o \
             WHERE o.delivered_at IS NULL AND o.id > ? ORDER BY o.id LIMIT ?";
        self.query_as(sql, values![after.unwrap_or(EventId::from_u128(0)), limit], event_record).await
    }

    /// Whether owners were told after `since` (UTC microseconds) that the organization is full: `seats.exhausted` events
    /// whose subject it is.
    pub async fn is_shortage_told(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        since: i64,
    ) -> Result<bool, DirectoryError> {
        let sql = "SELECT o.id FROM outbox o WHERE o.company_id = ? AND o.subject = ? AND o.at > ? \
             AND o.kind = 'seats.exhausted' LIMIT 1";
        let told = self.query(sql, values![company, organization.to_string(), since]).await?;
        Ok(!told.is_empty())
    }
}

impl Unit {
    /// Tells of an event. All that a unit tells is stored at its end, in one statement; a unit does not read its own events.
    pub fn tell(&self, event: Event, stored: Stored) {
        self.keep_event(event, stored);
    }

    /// Tells of an event that is stored whoever listens.
    pub fn insert_event(&self, event: &Event) {
        self.keep_event(event.clone(), Stored::Always);
    }

    /// Marks an event as delivered.
    pub fn mark_delivered(&self, id: EventId, at: i64) {
        self.execute("UPDATE outbox SET delivered_at = ? WHERE id = ?", values![at, id]);
    }

    /// Marks events as handed on to all whom they concern; if somebody has done so already, the unit runs again.
    pub fn mark_all_delivered(&self, events: &[Event], at: i64) {
        if events.is_empty() {
            return;
        }
        let places = vec!["?"; events.len()].join(", ");
        let mut values = values![at];
        values.extend(events.iter().map(|event| event.id.bind()));
        let sql = format!("UPDATE outbox SET delivered_at = ? WHERE delivered_at IS NULL AND id IN ({places})");
        self.guard(sql, values, events.len() as u64);
    }
}
