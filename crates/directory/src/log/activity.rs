//! The audit log.

use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{ActivityId, CompanyId, OrganizationId};

/// One entry: who did what to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The tenant; `None` for what the operator does.
    pub company: Option<CompanyId>,
    /// Its id; sorts by time.
    pub id: ActivityId,
    /// UTC microseconds.
    pub at: i64,
    /// A stable word, e.g. `user_created`.
    pub action: String,
    /// Who, e.g. `token:<id>`.
    pub actor: String,
    /// About what, e.g. `account:<id>`.
    pub subject: String,
    /// JSON text with the rest.
    pub data: String,
}

/// The columns that [`record`] reads, of `activity a`.
macro_rules! activity_columns {
    () => {
        "a.company_id, a.id, a.at, a.action, a.actor, a.subject, a.data"
    };
}
pub(super) use activity_columns;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", activity_columns!(), " FROM activity a ", $rest)
    };
}

pub(super) fn record(row: &Row) -> Result<Activity, DirectoryError> {
    Ok(Activity {
        company: row.optional_id("company_id")?,
        id: row.id("id")?,
        at: row.get("at")?,
        action: row.get("action")?,
        actor: row.get("actor")?,
        subject: row.get("subject")?,
        data: row.get("data")?,
    })
}

impl Reader {
    /// A company's entries, latest first, those before `before`.
    pub async fn activities(
        &self,
        company: CompanyId,
        before: Option<ActivityId>,
        limit: u64,
    ) -> Result<Vec<Activity>, DirectoryError> {
        let before = before.unwrap_or(ActivityId::from_u128(u128::MAX));
        let sql = select!("WHERE a.company_id = ? AND a.id < ? ORDER BY a.id DESC LIMIT ?");
        self.query_as(sql, values![company, before, limit], record).await
    }

    /// Everybody's entries, latest first, those before `before`; the operator's list.
    pub async fn all_activities(
        &self,
        before: Option<ActivityId>,
        limit: u64,
    ) -> Result<Vec<Activity>, DirectoryError> {
        let before = before.unwrap_or(ActivityId::from_u128(u128::MAX));
        self.query_as(select!("WHERE a.id < ? ORDER BY a.id DESC LIMIT ?"), values![before, limit], record).await
    }
}

impl Unit {
    /// Stores an entry.
    pub fn insert_activity(&self, activity: &Activity) {
        self.execute(
            "INSERT INTO activity (company_id, id, at, action, actor, subject, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
            values![
                activity.company,
                activity.id,
                activity.at,
                &activity.action,
                &activity.actor,
                &activity.subject,
                &activity.data,
            ],
        );
    }

    /// Stores an entry that the owners of an organization may read.
    pub fn insert_activity_of(&self, organization: OrganizationId, activity: &Activity) {
        self.insert_activity(activity);
        let values = values![organization, activity.id];
        self.execute("UPDATE activity SET organization_id = ? WHERE id = ?", values);
    }
}
