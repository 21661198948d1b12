//! Events that are to be delivered, stored in the unit that made them.

use crate::bind::values;
use crate::row::Row;
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

fn record(row: &Row) -> Result<Event, DirectoryError> {
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
        self.query_as(sql, values![after.unwrap_or(EventId::from_u128(0)), limit], record).await
    }

    /// Whether owners were told after `since` (UTC microseconds) that the organization is full: `seats_exhausted` events
    /// whose subject it is.
    pub async fn is_shortage_told(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        since: i64,
    ) -> Result<bool, DirectoryError> {
        let sql = "SELECT o.id FROM outbox o WHERE o.company_id = ? AND o.subject = ? AND o.at > ? \
             AND o.kind = 'seats_exhausted' LIMIT 1";
        let told = self.query(sql, values![company, organization.to_string(), since]).await?;
        Ok(!told.is_empty())
    }
}

impl Unit {
    /// Stores an event.
    pub fn insert_event(&self, event: &Event) {
        self.execute(
            "INSERT INTO outbox (company_id, id, at, kind, subject, payload, delivered_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            values![
                event.company,
                event.id,
                event.at,
                &event.kind,
                &event.subject,
                &event.payload,
                event.delivered_at,
            ],
        );
    }

    /// Marks an event as delivered.
    pub fn mark_delivered(&self, id: EventId, at: i64) {
        self.execute("UPDATE outbox SET delivered_at = ? WHERE id = ?", values![at, id]);
    }
}
