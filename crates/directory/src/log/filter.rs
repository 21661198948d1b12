//! Pages of the audit log and of decisions, as far as somebody asks for and may see them (L-2).

use super::account_decision::{account_decision_columns, record as account_decision_record};
use super::activity::{activity_columns, record as activity_record};
use super::decision::{decision_columns, record as decision_record};
use super::{AccountDecision, Activity, StoredDecision};
use crate::bind::{Bind, values};
use crate::scim::batches::{batches, repeated};
use crate::{DirectoryError, Reader};
use rollcall_policy::{AccountId, ActivityId, CompanyId, ConnectionId, DecisionId, OrganizationId, Outcome, Reason};
use sea_orm::Value;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Which entries of the audit log. What is absent lets everything through.
#[derive(Debug, Clone, Default)]
pub struct ActivityFilter {
    /// Only entries of this company.
    pub company: Option<CompanyId>,
    /// Only entries about this organization, and those that one of `actors` has made.
    pub organization: Option<OrganizationId>,
    /// Only entries that one of these has made; nobody's, if the list is empty. It may be of any length.
    pub actors: Option<Vec<String>>,
    /// Only entries about one of these subjects.
    pub subjects: Option<Vec<String>>,
    /// Only entries of this action.
    pub action: Option<String>,
    /// Not before this instant (UTC microseconds).
    pub from: Option<i64>,
    /// Before this instant (UTC microseconds).
    pub to: Option<i64>,
}

/// Which decisions. What is absent lets everything through.
#[derive(Debug, Clone, Default)]
pub struct DecisionFilter {
    /// Only those of this company.
    pub company: Option<CompanyId>,
    /// Only those of one of these connections; none, if the list is empty.
    pub connections: Option<Vec<ConnectionId>>,
    /// Only those about this account.
    pub account: Option<AccountId>,
    /// Only those that ended so.
    pub outcome: Option<Outcome>,
    /// Only those for this reason.
    pub reason: Option<Reason>,
    /// Not before this instant (UTC microseconds).
    pub from: Option<i64>,
    /// Before this instant (UTC microseconds).
    pub to: Option<i64>,
}

/// Conditions while they come together.
#[derive(Default)]
pub(crate) struct Conditions {
    pub(crate) texts: Vec<String>,
    pub(crate) values: Vec<Value>,
}

impl Conditions {
    pub(crate) fn all(&mut self, text: &str, value: impl Bind) {
        self.texts.push(text.to_owned());
        self.values.push(value.bind());
    }

    pub(crate) fn perhaps(&mut self, text: &str, value: Option<impl Bind>) {
        if let Some(value) = value {
            self.all(text, value);
        }
    }

    fn one_of(&mut self, column: &str, values: Option<Vec<impl Bind>>) {
        let Some(values) = values else { return };
        self.texts.push(is_one_of(column, values.len()));
        self.values.extend(values.into_iter().map(Bind::bind));
    }
}

impl DecisionFilter {
    /// What both kinds of decisions can be asked for.
    fn conditions(&self, before: Option<DecisionId>) -> Conditions {
        let mut conditions = Conditions::default();
        conditions.all("d.id < ?", before.unwrap_or(DecisionId::from_u128(u128::MAX)));
        conditions.perhaps("d.account_id = ?", self.account);
        conditions.perhaps("d.outcome = ?", self.outcome);
        conditions.perhaps("d.reason = ?", self.reason);
        conditions.perhaps("d.at >= ?", self.from);
        conditions.perhaps("d.at < ?", self.to);
        conditions
    }
}

fn is_one_of(column: &str, count: usize) -> String {
    if count == 0 { "1 = 0".to_owned() } else { format!("{column} IN ({})", repeated("?", count)) }
}

impl Reader {
    /// Entries that pass the filter, latest first, those before `before`. One statement for each 500 actors.
    pub async fn activities_passing(
        &self,
        filter: &ActivityFilter,
        before: Option<ActivityId>,
        limit: u64,
    ) -> Result<Vec<Activity>, DirectoryError> {
        let actors: Vec<&str> = filter.actors.iter().flatten().map(String::as_str).collect();
        if actors.is_empty() {
            return self.activities_of(filter, &actors, before, limit).await;
        }
        // Each batch has its own latest ones; the latest of all are among these.
        let mut latest = BTreeMap::new();
        for batch in batches(&actors) {
            let found = self.activities_of(filter, &batch, before, limit).await?;
            latest.extend(found.into_iter().map(|activity| (Reverse(activity.id), activity)));
        }
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(latest.into_values().take(shown).collect())
    }

    /// The same with these actors in place of the filter's.
    async fn activities_of(
        &self,
        filter: &ActivityFilter,
        actors: &[&str],
        before: Option<ActivityId>,
        limit: u64,
    ) -> Result<Vec<Activity>, DirectoryError> {
        let mut conditions = Conditions::default();
        conditions.all("a.id < ?", before.unwrap_or(ActivityId::from_u128(u128::MAX)));
        conditions.perhaps("a.company_id = ?", filter.company);
        let made = is_one_of("a.actor", actors.len());
        match filter.organization {
            Some(organization) => conditions.all(&format!("(a.organization_id = ? OR {made})"), organization),
            None if filter.actors.is_some() => conditions.texts.push(made),
            None => {}
        }
        conditions.values.extend(actors.iter().copied().map(Bind::bind));
        conditions.one_of("a.subject", filter.subjects.clone());
        conditions.perhaps("a.action = ?", filter.action.as_ref());
        conditions.perhaps("a.at >= ?", filter.from);
        conditions.perhaps("a.at < ?", filter.to);
        let sql = format!(
            "SELECT {} FROM activity a WHERE {} ORDER BY a.id DESC LIMIT ?",
            activity_columns!(),
            conditions.texts.join(" AND ")
        );
        conditions.values.extend(values![limit]);
        self.query(sql, conditions.values).await?.iter().map(activity_record).collect()
    }

    /// Decisions that pass the filter, latest first, those before `before`.
    pub async fn decisions_passing(
        &self,
        filter: &DecisionFilter,
        before: Option<DecisionId>,
        limit: u64,
    ) -> Result<Vec<StoredDecision>, DirectoryError> {
        let mut conditions = filter.conditions(before);
        conditions.perhaps("d.company_id = ?", filter.company);
        conditions.one_of("d.connection_id", filter.connections.clone());
        let sql = format!(
            "SELECT {} FROM decision d WHERE {} ORDER BY d.id DESC LIMIT ?",
            decision_columns!(),
            conditions.texts.join(" AND ")
        );
        conditions.values.extend(values![limit]);
        self.query(sql, conditions.values).await?.iter().map(decision_record).collect()
    }

    /// Decisions about sign-ins without SSO that pass the filter, latest first, those before `before`. They are of no
    /// company and no connection, so a filter that names one lets none of them through.
    pub async fn account_decisions_passing(
        &self,
        filter: &DecisionFilter,
        before: Option<DecisionId>,
        limit: u64,
    ) -> Result<Vec<AccountDecision>, DirectoryError> {
        if filter.company.is_some() || filter.connections.is_some() {
            return Ok(Vec::new());
        }
        let mut conditions = filter.conditions(before);
        let sql = format!(
            "SELECT {} FROM account_decision d WHERE {} ORDER BY d.id DESC LIMIT ?",
            account_decision_columns!(),
            conditions.texts.join(" AND ")
        );
        conditions.values.extend(values![limit]);
        self.query(sql, conditions.values).await?.iter().map(account_decision_record).collect()
    }

    /// A decision by its id alone: the operator's way.
    pub async fn decision_anywhere(&self, id: DecisionId) -> Result<Option<StoredDecision>, DirectoryError> {
        // The key begins with the company: naming all of them makes each a probe of that key.
        let sql = concat!(
            "SELECT ",
            decision_columns!(),
            " FROM decision d WHERE d.id = ? AND d.company_id IN (SELECT c.id FROM company c)"
        );
        self.query_one_as(sql, values![id], decision_record).await
    }
}
