//! Reading exchanges: pages of a connection, as far as somebody asks for them.

use super::JournalStore;
use super::entry::{COLUMNS, JournalEntry, record, sought};
use crate::bind::values;
use crate::log::Conditions;
use crate::{DirectoryError, Scope};
use rollcall_policy::JournalEntryId;
use std::ops::RangeInclusive;

/// Which exchanges. What is absent lets everything through.
#[derive(Debug, Clone, Default)]
pub struct JournalFilter {
    /// Only those of this person: an id of a directory user or account in lower case, or a folded user name.
    pub person: Option<String>,
    /// Only those answered so.
    pub status: Option<RangeInclusive<u16>>,
    /// Only those that used this tolerance.
    pub tolerance: Option<String>,
    /// Not before this instant (UTC microseconds).
    pub from: Option<i64>,
    /// Before this instant (UTC microseconds).
    pub to: Option<i64>,
}

impl JournalFilter {
    fn lets_all_through(&self) -> bool {
        self.person.is_none() && self.status.is_none() && self.tolerance.is_none()
    }
}

impl JournalStore {
    /// Exchanges of a connection that pass the filter, latest first, those before `before`. Gaps pass every filter but
    /// those of time: what is missing might have passed.
    pub async fn list(
        &self,
        scope: Scope,
        filter: &JournalFilter,
        before: Option<JournalEntryId>,
        limit: u64,
    ) -> Result<Vec<JournalEntry>, DirectoryError> {
        let mut conditions = Conditions::default();
        conditions.all("j.company_id = ?", scope.company);
        conditions.all("j.connection_id = ?", scope.connection);
        conditions.all("j.id < ?", before.unwrap_or(JournalEntryId::from_u128(u128::MAX)));
        conditions.perhaps("j.at >= ?", filter.from);
        conditions.perhaps("j.at < ?", filter.to);
        if !filter.lets_all_through() {
            let (text, values) = self.passing(filter);
            conditions.texts.push(text);
            conditions.values.extend(values);
        }
        conditions.values.extend(values![limit]);
        let sql = format!(
            "SELECT {COLUMNS} FROM journal_entry j WHERE {} ORDER BY j.id DESC LIMIT ?",
            conditions.texts.join(" AND ")
        );
        self.reader().query(sql, conditions.values).await?.iter().map(record).collect()
    }

    fn passing(&self, filter: &JournalFilter) -> (String, Vec<sea_orm::Value>) {
        let position = self.shared.backend.position();
        let mut all = Conditions::default();
        if let Some(status) = &filter.status {
            all.all("j.status >= ?", i64::from(*status.start()));
            all.all("j.status <= ?", i64::from(*status.end()));
        }
        all.perhaps(&format!("{position}(j.people, ?) > 0"), filter.person.as_deref().map(sought));
        all.perhaps(&format!("{position}(j.tolerances, ?) > 0"), filter.tolerance.as_deref().map(sought));
        (format!("(j.lost > 0 OR ({}))", all.texts.join(" AND ")), all.values)
    }

    /// One exchange of a connection.
    pub async fn entry(&self, scope: Scope, id: JournalEntryId) -> Result<Option<JournalEntry>, DirectoryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM journal_entry j WHERE j.company_id = ? AND j.connection_id = ? AND j.id = ?"
        );
        let found = self.reader().query_one(sql, values![scope.company, scope.connection, id]).await?;
        found.as_ref().map(record).transpose()
    }
}
