//! Plans: what a change of policy would do, as it was shown (design.md 5.2).

use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{AccountId, ActivityId, CompanyId, ConnectionId, PlanId};

/// A plan as it is stored; its people stand beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The tenant.
    pub company: CompanyId,
    /// Its id.
    pub id: PlanId,
    /// Whose policy would change.
    pub connection: ConnectionId,
    /// The change, as JSON.
    pub change: String,
    /// The counts, as JSON.
    pub summary: String,
    /// SHA-256 of the affected people as they were listed.
    pub digest: [u8; 32],
    /// What had happened in the company when people were judged: see [`Reader::watermark`].
    pub watermark: String,
    /// UTC microseconds.
    pub made_at: i64,
    /// UTC microseconds.
    pub expires_at: i64,
    /// UTC microseconds.
    pub applied_at: Option<i64>,
}

/// Somebody whom a plan hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPerson {
    /// What is shown of them, as JSON.
    pub affected: String,
    /// Their account, if they have one and come in no more: shown to nobody, its sessions end with the change.
    pub loses: Option<AccountId>,
}

const BY_ID: &str = "SELECT p.company_id, p.id, p.connection_id, p.change, p.summary, p.digest, p.watermark, p.made_at, \
     p.expires_at, p.applied_at FROM plan p WHERE p.id = ?";

/// People of one statement.
const PEOPLE: usize = 200;

fn record(row: &Row) -> Result<Plan, DirectoryError> {
    Ok(Plan {
        company: row.id("company_id")?,
        id: row.id("id")?,
        connection: row.id("connection_id")?,
        change: row.get("change")?,
        summary: row.get("summary")?,
        digest: row.hash("digest")?,
        watermark: row.get("watermark")?,
        made_at: row.get("made_at")?,
        expires_at: row.get("expires_at")?,
        applied_at: row.get("applied_at")?,
    })
}

impl Reader {
    /// A plan by its id alone; whose it is stands in it.
    pub async fn plan(&self, id: PlanId) -> Result<Option<Plan>, DirectoryError> {
        self.query_one_as(BY_ID, values![id], record).await
    }

    /// The affected people of a plan in their order, those from number `from` on, each as JSON.
    pub async fn plan_people(&self, plan: &Plan, from: i64, limit: u64) -> Result<Vec<String>, DirectoryError> {
        let sql = "SELECT p.affected FROM plan_person p WHERE p.company_id = ? AND p.plan_id = ? AND p.number >= ? \
             ORDER BY p.number LIMIT ?";
        self.query_as(sql, values![plan.company, plan.id, from, limit], |row| row.get("affected")).await
    }

    /// Accounts whose sessions end when the plan is applied.
    pub async fn losers_of_plan(&self, plan: &Plan) -> Result<Vec<AccountId>, DirectoryError> {
        let sql = "SELECT DISTINCT p.loses_account_id FROM plan_person p WHERE p.company_id = ? AND p.plan_id = ? \
             AND p.loses_account_id IS NOT NULL";
        self.query_as(sql, values![plan.company, plan.id], |row| row.id("loses_account_id")).await
    }

    /// Whether something that policy may look at has happened in the company: another text than before means yes.
    ///
    /// Its last part counts sign-ins that changed nobody, see [`watermark_of_changes`].
    ///
    /// Everything that changes a person writes an entry of activity in the same transaction, so those since `since` (UTC
    /// microseconds) are counted. No row is changed by many requests at once for this; entries are made with the clock of
    /// their instance, therefore `since` lies well before the instant in question.
    pub async fn watermark(&self, company: CompanyId, since: i64) -> Result<String, DirectoryError> {
        let sql = "SELECT COUNT(*) AS entries, COUNT(CASE WHEN y.action = 'sign_in' AND y.data LIKE ? THEN 1 END) AS calm \
             FROM activity y WHERE y.company_id = ? AND y.id > ?";
        let floor = ActivityId::from_u128(instant_floor(since));
        let counts = self
            .query_one_as(sql, values![CALM, company, floor], |row| Ok((row.count("entries")?, row.count("calm")?)))
            .await?;
        let (entries, calm) = counts.unwrap_or((0, 0));
        Ok(format!("{since}:{}:{calm}", entries.saturating_sub(calm)))
    }
}

/// What stands in the entry of a sign-in that changed nobody.
const CALM: &str = "%\"effects\":0%";

/// A watermark without the sign-ins that changed nobody. What these came with is kept, and may be news once; they must not
/// hold up a change for ever.
pub fn watermark_of_changes(watermark: &str) -> &str {
    watermark.rsplit_once(':').map_or(watermark, |(changes, _)| changes)
}

/// The least id (a UUID of version 7) of what was made at an instant.
pub(super) fn instant_floor(at: i64) -> u128 {
    u128::try_from(at.max(0) / 1_000).unwrap_or(0) << 80
}

impl Unit {
    /// Stores a plan; its people are added to it.
    pub fn insert_plan(&self, plan: &Plan) {
        self.execute(
            "INSERT INTO plan (company_id, id, connection_id, change, summary, digest, watermark, made_at, expires_at, \
             applied_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                plan.company,
                plan.id,
                plan.connection,
                &plan.change,
                &plan.summary,
                &plan.digest,
                &plan.watermark,
                plan.made_at,
                plan.expires_at,
                plan.applied_at,
            ],
        );
    }

    /// Adds affected people, each as JSON, the first one with the number `from`.
    pub fn insert_plan_people(&self, company: CompanyId, plan: PlanId, from: i64, people: &[PlanPerson]) {
        let mut number = from;
        for batch in people.chunks(PEOPLE) {
            let rows = vec!["(?, ?, ?, ?, ?)"; batch.len()].join(", ");
            let mut values = Vec::with_capacity(5 * batch.len());
            for PlanPerson { affected, loses } in batch {
                values.extend(values![company, plan, number, affected, *loses]);
                number += 1;
            }
            self.execute(
                format!(
                    "INSERT INTO plan_person (company_id, plan_id, number, affected, loses_account_id) VALUES {rows}"
                ),
                values,
            );
        }
    }

    /// Marks a plan applied; if somebody was faster, the unit runs again.
    pub fn mark_plan_applied(&self, plan: &Plan, at: i64) {
        self.guard(
            "UPDATE plan SET applied_at = ? WHERE company_id = ? AND id = ? AND applied_at IS NULL",
            values![at, plan.company, plan.id],
            1,
        );
    }

    /// Forgets at most `limit` plans that expired before `before` (UTC microseconds), with their people.
    pub fn forget_plans(&self, before: i64, limit: u64) {
        self.execute(
            "DELETE FROM plan_person WHERE (company_id, plan_id) IN \
             (SELECT p.company_id, p.id FROM plan p WHERE p.expires_at < ? ORDER BY p.expires_at LIMIT ?)",
            values![before, limit],
        );
        self.execute(
            "DELETE FROM plan WHERE (company_id, id) IN \
             (SELECT p.company_id, p.id FROM plan p WHERE p.expires_at < ? ORDER BY p.expires_at LIMIT ?)",
            values![before, limit],
        );
    }
}
