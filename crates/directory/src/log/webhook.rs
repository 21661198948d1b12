//! Webhooks: where a company's events are sent to.

use crate::bind::{Bind, bind_codes, values};
use crate::row::Row;
use crate::{Backend, DirectoryError, Reader, Unit};
use rollcall_policy::{CompanyId, WebhookId};
use sea_orm::Value;

/// Where events of a company are sent to.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The tenant.
    pub company: CompanyId,
    /// Its id.
    pub id: WebhookId,
    /// The receiver.
    pub url: String,
    /// For people.
    pub description: String,
    /// Kinds of events that are sent; empty: all of them.
    pub kinds: Vec<String>,
    /// What events are signed with: `whsec_` and base64. It has to be readable (docs/decisions/0016-webhooks.md).
    pub secret: String,
    /// The secret before it, and until when it signs, too (UTC microseconds).
    pub old_secret: Option<(String, i64)>,
    /// Since when nothing is sent (UTC microseconds), and why.
    pub disabled: Option<(i64, DisabledBecause)>,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds.
    pub updated_at: i64,
}

/// Secrets stay out of logs.
impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("company", &self.company).field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why nothing is sent to a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisabledBecause {
    /// An administrator said so.
    Administrator,
    /// The receiver answered 410.
    Gone,
}

impl DisabledBecause {
    /// The word that is stored and shown.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Gone => "gone",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        match code {
            "administrator" => Some(Self::Administrator),
            "gone" => Some(Self::Gone),
            _ => None,
        }
    }
}

bind_codes!(DisabledBecause);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT w.company_id, w.id, w.url, w.description, w.kinds, w.secret, w.old_secret, w.old_secret_until, \
             w.disabled_at, w.disabled_because, w.created_at, w.updated_at FROM webhook w ",
            $rest
        )
    };
}

fn record(row: &Row) -> Result<Webhook, DirectoryError> {
    let kinds: String = row.get("kinds")?;
    let old_secret: Option<String> = row.get("old_secret")?;
    let because = row.optional_code("disabled_because", DisabledBecause::from_code)?;
    Ok(Webhook {
        company: row.id("company_id")?,
        id: row.id("id")?,
        url: row.get("url")?,
        description: row.get("description")?,
        kinds: kinds.split_whitespace().map(str::to_owned).collect(),
        secret: row.get("secret")?,
        old_secret: old_secret.zip(row.get("old_secret_until")?),
        disabled: row.get::<Option<i64>>("disabled_at")?.zip(because),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

impl Reader {
    /// The company of a webhook, which is named by its id alone.
    pub async fn company_of_webhook(&self, id: WebhookId) -> Result<Option<CompanyId>, DirectoryError> {
        let sql = "SELECT w.company_id FROM webhook w WHERE w.id = ?";
        self.query_one_as(sql, values![id], |row| row.id("company_id")).await
    }

    /// A webhook of the company.
    pub async fn webhook(&self, company: CompanyId, id: WebhookId) -> Result<Option<Webhook>, DirectoryError> {
        self.query_one_as(select!("WHERE w.company_id = ? AND w.id = ?"), values![company, id], record).await
    }

    /// Webhooks of a company by id, those after `after`.
    pub async fn webhooks(
        &self,
        company: CompanyId,
        after: Option<WebhookId>,
        limit: u64,
    ) -> Result<Vec<Webhook>, DirectoryError> {
        let after = after.unwrap_or(WebhookId::from_u128(0));
        let sql = select!("WHERE w.company_id = ? AND w.id > ? ORDER BY w.id LIMIT ?");
        self.query_as(sql, values![company, after, limit], record).await
    }

    /// How many webhooks the company has.
    pub async fn webhook_count(&self, company: CompanyId) -> Result<u64, DirectoryError> {
        let sql = "SELECT COUNT(*) AS webhooks FROM webhook w WHERE w.company_id = ?";
        Ok(self.query_one_as(sql, values![company], |row| row.count("webhooks")).await?.unwrap_or(0))
    }

    /// Whether anybody listens to the company's events.
    pub async fn is_heard(&self, company: CompanyId) -> Result<bool, DirectoryError> {
        let sql = "SELECT w.id FROM webhook w WHERE w.company_id = ? AND w.disabled_at IS NULL LIMIT 1";
        Ok(self.query_one(sql, values![company]).await?.is_some())
    }

    /// Whether some webhook may have something to send: those that are on, free, and have a delivery that is due.
    pub async fn has_due_webhooks(&self, now: i64) -> Result<bool, DirectoryError> {
        Ok(!self.query(DUE, values![now, now, 1_u64]).await?.is_empty())
    }
}

macro_rules! due {
    ($rest:literal) => {
        concat!(
            select!(
                "WHERE w.disabled_at IS NULL AND w.busy_until <= ? AND EXISTS (SELECT 1 FROM delivery d \
                 WHERE d.company_id = w.company_id AND d.webhook_id = w.id AND d.state = 'pending' AND d.next_at <= ?) \
                 ORDER BY w.busy_until LIMIT ?"
            ),
            $rest
        )
    };
}

/// Those that waited longest come first.
const DUE: &str = due!("");
/// The same with the rows to oneself; what another instance is taking just now is passed over.
const DUE_LOCKING: &str = due!(" FOR UPDATE OF w SKIP LOCKED");

impl Unit {
    /// Takes webhooks with something to send for oneself until `until`, at most `limit`.
    pub async fn take_due_webhooks(&self, now: i64, until: i64, limit: u64) -> Result<Vec<Webhook>, DirectoryError> {
        let sql = if self.backend() == Backend::Postgres { DUE_LOCKING } else { DUE };
        let due = self.query_as(sql, values![now, now, limit], record).await?;
        for webhook in &due {
            self.guard(
                "UPDATE webhook SET busy_until = ? WHERE company_id = ? AND id = ? AND busy_until <= ?",
                values![until, webhook.company, webhook.id, now],
                1,
            );
        }
        Ok(due)
    }

    /// Lets others take the webhook from `at` on.
    pub fn free_webhook(&self, webhook: &Webhook, at: i64) {
        self.execute(
            "UPDATE webhook SET busy_until = ? WHERE company_id = ? AND id = ?",
            values![at, webhook.company, webhook.id],
        );
    }

    /// Stores a new webhook.
    pub fn insert_webhook(&self, webhook: &Webhook) {
        let mut values: Vec<Value> = values![webhook.company, webhook.id, webhook.created_at];
        values.extend(changeable(webhook));
        self.execute(
            "INSERT INTO webhook (company_id, id, created_at, busy_until, url, description, kinds, secret, old_secret, \
             old_secret_until, disabled_at, disabled_because, updated_at) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        );
    }

    /// Writes a webhook over the one that was stored as it was at `before` (UTC microseconds); if it is not, the unit runs
    /// again.
    pub fn update_webhook(&self, webhook: &Webhook, before: i64) {
        let mut values = changeable(webhook);
        values.extend(values![webhook.company, webhook.id, before]);
        self.guard(
            "UPDATE webhook SET url = ?, description = ?, kinds = ?, secret = ?, old_secret = ?, old_secret_until = ?, \
             disabled_at = ?, disabled_because = ?, updated_at = ? WHERE company_id = ? AND id = ? AND updated_at = ?",
            values,
            1,
        );
    }

    /// Turns a webhook off whose receiver is gone; one that is off stays as it is.
    pub async fn disable_gone_webhook(&self, webhook: &Webhook, at: i64) -> Result<bool, DirectoryError> {
        let rows = self
            .returning(
                "UPDATE webhook SET disabled_at = ?, disabled_because = ?, updated_at = updated_at + 1 \
                 WHERE company_id = ? AND id = ? AND disabled_at IS NULL AND url = ? RETURNING id",
                values![at, DisabledBecause::Gone, webhook.company, webhook.id, &webhook.url],
            )
            .await?;
        Ok(!rows.is_empty())
    }

    /// Removes a webhook and all that was to be sent to it.
    pub fn delete_webhook(&self, company: CompanyId, id: WebhookId) {
        self.execute("DELETE FROM delivery WHERE company_id = ? AND webhook_id = ?", values![company, id]);
        self.execute("DELETE FROM webhook WHERE company_id = ? AND id = ?", values![company, id]);
    }
}

fn changeable(webhook: &Webhook) -> Vec<Value> {
    let (old_secret, until) = webhook.old_secret.clone().unzip();
    let (disabled_at, because) = webhook.disabled.unzip();
    let kinds = webhook.kinds.join(" ");
    let mut values = values![&webhook.url, &webhook.description, kinds, &webhook.secret];
    values.extend([old_secret.bind(), until.bind(), disabled_at.bind(), because.bind(), webhook.updated_at.bind()]);
    values
}
