//! Deliveries: one event on its way to one webhook.

use crate::bind::{Bind, bind_codes, values};
use crate::row::Row;
use crate::{Backend, DirectoryError, Event, Reader, Unit, Webhook};
use rollcall_policy::{CompanyId, EventId, WebhookId};
use sea_orm::Value;

/// One event on its way to one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The tenant.
    pub company: CompanyId,
    /// To whom.
    pub webhook: WebhookId,
    /// The event, and what the receiver knows the message by.
    pub id: EventId,
    /// When it happened, in UTC microseconds.
    pub at: i64,
    /// A word of the catalogue.
    pub kind: String,
    /// About what: deliveries of one subject go out in their order.
    pub subject: String,
    /// What is sent, to the letter.
    pub body: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u64,
    /// The next try, in UTC microseconds.
    pub next_at: Option<i64>,
    /// The last one, in UTC microseconds.
    pub tried_at: Option<i64>,
    /// The status that the receiver answered last.
    pub status: Option<i64>,
    /// What went wrong last.
    pub problem: Option<String>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is tried, or tried again.
    Pending,
    /// The receiver has it.
    Delivered,
    /// It was given up; an administrator may send it again.
    Dead,
}

impl DeliveryState {
    /// The word that is stored and shown.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// The state of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::Dead].into_iter().find(|state| state.code() == code)
    }
}

bind_codes!(DeliveryState);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.company_id, d.webhook_id, d.id, d.at, d.kind, d.subject, d.body, d.state, d.attempts, d.next_at, \
             d.tried_at, d.status, d.problem FROM delivery d WHERE d.company_id = ? AND d.webhook_id = ? AND ",
            $rest
        )
    };
}

fn record(row: &Row) -> Result<Delivery, DirectoryError> {
    Ok(Delivery {
        company: row.id("company_id")?,
        webhook: row.id("webhook_id")?,
        id: row.id("id")?,
        at: row.get("at")?,
        kind: row.get("kind")?,
        subject: row.get("subject")?,
        body: row.get("body")?,
        state: row.code("state", DeliveryState::from_code)?,
        attempts: row.count("attempts")?,
        next_at: row.get("next_at")?,
        tried_at: row.get("tried_at")?,
        status: row.get("status")?,
        problem: row.get("problem")?,
    })
}

const PENDING: &str = "SELECT o.company_id, o.id, o.at, o.kind, o.subject, o.payload, o.delivered_at FROM outbox o \
     WHERE o.delivered_at IS NULL ORDER BY o.id LIMIT ?";
/// The same with the rows to oneself. Another instance that takes them is waited for, so that events keep their order.
const PENDING_LOCKING: &str = "SELECT o.company_id, o.id, o.at, o.kind, o.subject, o.payload, o.delivered_at \
     FROM outbox o WHERE o.delivered_at IS NULL ORDER BY o.id LIMIT ? FOR UPDATE";

/// Deliveries of one statement.
const ROWS: usize = 500;

impl Reader {
    /// One delivery.
    pub async fn delivery(
        &self,
        company: CompanyId,
        webhook: WebhookId,
        id: EventId,
    ) -> Result<Option<Delivery>, DirectoryError> {
        self.query_one_as(select!("d.id = ?"), values![company, webhook, id], record).await
    }

    /// Deliveries to a webhook in one state or in any, newest first, those before `before`.
    pub async fn deliveries(
        &self,
        (company, webhook): (CompanyId, WebhookId),
        state: Option<DeliveryState>,
        before: Option<EventId>,
        limit: u64,
    ) -> Result<Vec<Delivery>, DirectoryError> {
        let before = before.unwrap_or(EventId::from_u128(u128::MAX));
        let any = state.is_none();
        let state = state.unwrap_or(DeliveryState::Pending);
        let sql = select!("d.id < ? AND (d.state = ? OR ?) ORDER BY d.id DESC LIMIT ?");
        self.query_as(sql, values![company, webhook, before, state, any, limit], record).await
    }

    /// What may be sent to a webhook now: of each subject the oldest that is pending, if its time has come.
    pub async fn due_deliveries(
        &self,
        webhook: &Webhook,
        now: i64,
        limit: u64,
    ) -> Result<Vec<Delivery>, DirectoryError> {
        let sql = select!(
            "d.state = 'pending' AND d.next_at <= ? AND NOT EXISTS (SELECT 1 FROM delivery e \
             WHERE e.company_id = d.company_id AND e.webhook_id = d.webhook_id AND e.subject = d.subject \
             AND e.state = 'pending' AND e.id < d.id) ORDER BY d.next_at, d.id LIMIT ?"
        );
        self.query_as(sql, values![webhook.company, webhook.id, now, limit], record).await
    }
}

impl Unit {
    /// Events that were not handed on yet, oldest first; nobody else hands these on until the unit ends.
    pub async fn take_pending_events(&self, limit: u64) -> Result<Vec<Event>, DirectoryError> {
        let sql = if self.backend() == Backend::Postgres { PENDING_LOCKING } else { PENDING };
        self.query_as(sql, values![limit], crate::log::event_record).await
    }

    /// Stores deliveries in few statements; one that is there stays as it is.
    pub fn insert_deliveries(&self, deliveries: &[Delivery]) {
        for batch in deliveries.chunks(ROWS) {
            let rows = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"; batch.len()].join(", ");
            let mut values: Vec<Value> = Vec::with_capacity(10 * batch.len());
            for delivery in batch {
                let Delivery { company, webhook, id, at, kind, subject, body, state, attempts, next_at, .. } = delivery;
                values.extend(values![*company, *webhook, *id, *at, kind, subject, body, *state, *attempts, *next_at]);
            }
            self.execute(
                format!(
                    "INSERT INTO delivery (company_id, webhook_id, id, at, kind, subject, body, state, attempts, \
                     next_at) VALUES {rows} ON CONFLICT DO NOTHING"
                ),
                values,
            );
        }
    }

    /// Writes what a try came to, if nobody else has written since (`before` are the attempts that were read).
    pub fn note_delivery(&self, delivery: &Delivery, before: u64) {
        let Delivery { company, webhook, id, state, attempts, next_at, tried_at, status, problem, .. } = delivery;
        let mut values = values![*state, *attempts, *next_at, *tried_at];
        values.extend([status.bind(), problem.bind()]);
        values.extend(values![*company, *webhook, *id, before]);
        self.execute(
            "UPDATE delivery SET state = ?, attempts = ?, next_at = ?, tried_at = ?, status = ?, problem = ? \
             WHERE company_id = ? AND webhook_id = ? AND id = ? AND state = 'pending' AND attempts = ?",
            values,
        );
    }

    /// What waits behind a delivery of the same subject need not be looked at before that.
    pub fn put_off_behind(&self, delivery: &Delivery, until: i64) {
        self.execute(
            "UPDATE delivery SET next_at = ? WHERE company_id = ? AND webhook_id = ? AND subject = ? \
             AND state = 'pending' AND next_at < ?",
            values![until, delivery.company, delivery.webhook, &delivery.subject, until],
        );
    }

    /// What was put off behind a delivery may go now.
    pub fn let_go_behind(&self, delivery: &Delivery, now: i64) {
        self.execute(
            "UPDATE delivery SET next_at = ? WHERE company_id = ? AND webhook_id = ? AND subject = ? \
             AND state = 'pending' AND attempts = 0 AND next_at > ?",
            values![now, delivery.company, delivery.webhook, &delivery.subject, now],
        );
    }

    /// Begins a delivery anew, whatever came of it so far.
    pub fn resend_delivery(&self, delivery: &Delivery, at: i64) {
        self.execute(
            "UPDATE delivery SET state = 'pending', attempts = 0, next_at = ? \
             WHERE company_id = ? AND webhook_id = ? AND id = ?",
            values![at, delivery.company, delivery.webhook, delivery.id],
        );
    }

    /// Deletes events that were handed on before `before` (UTC microseconds); at most `limit`; how many they were.
    pub async fn forget_events(&self, before: i64, limit: u64) -> Result<u64, DirectoryError> {
        self.counted(
            "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o WHERE o.delivered_at < ? LIMIT ?)",
            values![before, limit],
        )
        .await
    }

    /// Deletes deliveries of events before `before` (UTC microseconds), however they stand if `all`, else those that have
    /// arrived; at most `limit`; how many they were.
    pub async fn forget_deliveries(&self, before: i64, all: bool, limit: u64) -> Result<u64, DirectoryError> {
        self.counted(
            "DELETE FROM delivery WHERE (company_id, webhook_id, id) IN (SELECT d.company_id, d.webhook_id, d.id \
             FROM delivery d WHERE d.at < ? AND (? OR d.state = 'delivered') LIMIT ?)",
            values![before, all, limit],
        )
        .await
    }
}
