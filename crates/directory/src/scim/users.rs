//! Users as they were pushed: look-ups and writes.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_policy::{AccountId, CompanyId, DirectoryUserId, Finding, Hold};
use sea_orm::Value;
use serde_json::Map;
use uuid::Uuid;

use super::batches::{batches, repeated};
use super::records::{DirectoryUser, Scope, Tombstone};
use super::rows;
use crate::bind::values;
use crate::error::DirectoryError;
use crate::reader::Reader;
use crate::row::Row;
use crate::unit::Unit;

/// Selects users by a condition on alias `t`; the columns are those of [`rows::USER_COLUMNS`].
macro_rules! users_where {
    ($condition:literal) => {
        users_where!("", $condition)
    };
    ($further:literal, $condition:literal) => {
        concat!(
            "SELECT ",
            $further,
            "t.connection_id, t.id, t.document, t.user_name_folded AS name_folded, t.external_id, t.active, ",
            "t.account_id, t.finding, t.version, t.created_at, t.updated_at FROM directory_user AS t WHERE ",
            $condition
        )
    };
}

impl Reader {
    /// The user of that id.
    pub async fn user(&self, scope: Scope, id: DirectoryUserId) -> Result<Option<DirectoryUser>, DirectoryError> {
        const SQL: &str = users_where!("t.company_id = ? AND t.id = ? AND t.connection_id = ?");
        let values = vec![scope.company.uuid().into(), id.uuid().into(), scope.connection.uuid().into()];
        self.query_one(SQL, values).await?.map(|row| rows::user(scope.company, &row)).transpose()
    }

    /// The user of that `userName`, given as `rollcall_scim::fold` makes it.
    pub async fn user_by_user_name(&self, scope: Scope, folded: &str) -> Result<Option<DirectoryUser>, DirectoryError> {
        const SQL: &str = users_where!("t.company_id = ? AND t.connection_id = ? AND t.user_name_folded = ?");
        let row = self.query_one(SQL, scoped(scope, folded)).await?;
        row.map(|row| rows::user(scope.company, &row)).transpose()
    }

    /// The users of that `externalId`, compared exactly; providers are asked to keep it unique and some do not.
    pub async fn users_by_external_id(
        &self,
        scope: Scope,
        external_id: &str,
    ) -> Result<Vec<DirectoryUser>, DirectoryError> {
        const SQL: &str = users_where!("t.company_id = ? AND t.connection_id = ? AND t.external_id = ?");
        self.users(scope.company, SQL, scoped(scope, external_id)).await
    }

    /// The users that have that e-mail address among theirs, given as `rollcall_scim::fold` makes it.
    pub async fn users_with_address(&self, scope: Scope, folded: &str) -> Result<Vec<DirectoryUser>, DirectoryError> {
        const SQL: &str = users_where!(
            "t.company_id = ? AND t.id IN (SELECT a.user_id FROM directory_address AS a WHERE a.company_id = ? \
             AND a.connection_id = ? AND a.value_folded = ?)"
        );
        let mut values = vec![scope.company.uuid().into()];
        values.extend(scoped(scope, folded));
        self.users(scope.company, SQL, values).await
    }

    /// The users that are linked to an account, on all connections of a company.
    pub async fn users_of_account(
        &self,
        company: CompanyId,
        account: AccountId,
    ) -> Result<Vec<DirectoryUser>, DirectoryError> {
        const SQL: &str = users_where!("t.company_id = ? AND t.account_id = ?");
        self.users(company, SQL, vec![company.uuid().into(), account.uuid().into()]).await
    }

    /// A connection's users by id, those after `after`; only those with a finding, if one is given.
    pub async fn directory_users(
        &self,
        scope: Scope,
        finding: Option<Finding>,
        after: Option<DirectoryUserId>,
        limit: u64,
    ) -> Result<Vec<DirectoryUser>, DirectoryError> {
        const ALL: &str = users_where!("t.company_id = ? AND t.connection_id = ? AND t.id > ? ORDER BY t.id LIMIT ?");
        const FOUND: &str = users_where!(
            "t.company_id = ? AND t.connection_id = ? AND t.id > ? AND t.finding = ? ORDER BY t.id LIMIT ?"
        );
        let after = after.unwrap_or(DirectoryUserId::from_u128(0));
        match finding {
            None => self.users(scope.company, ALL, values![scope.company, scope.connection, after, limit]).await,
            Some(finding) => {
                let values = values![scope.company, scope.connection, after, finding, limit];
                self.users(scope.company, FOUND, values).await
            }
        }
    }

    /// The `displayName` of each of these users that has one, for `manager.displayName` (C-19).
    pub async fn manager_display_names(
        &self,
        scope: Scope,
        managers: &[DirectoryUserId],
    ) -> Result<BTreeMap<DirectoryUserId, String>, DirectoryError> {
        let display = self.backend().stored_text("t.document", "displayName");
        let mut names = BTreeMap::new();
        for batch in batches(managers) {
            let sql = format!(
                "SELECT t.id, {display} AS display FROM directory_user AS t WHERE t.company_id = ? \
                 AND t.connection_id = ? AND t.id IN ({})",
                repeated("?", batch.len())
            );
            let mut values: Vec<Value> = vec![scope.company.uuid().into(), scope.connection.uuid().into()];
            values.extend(batch.into_iter().map(|id| Value::from(id.uuid())));
            for row in self.query(sql, values).await? {
                if let Some(name) = row.get::<Option<String>>("display")? {
                    names.insert(DirectoryUserId(row.get::<Uuid>("id")?), name);
                }
            }
        }
        Ok(names)
    }

    async fn users(
        &self,
        company: CompanyId,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<DirectoryUser>, DirectoryError> {
        let rows = self.query(sql, values).await?;
        let mut users = rows.iter().map(|row| rows::user(company, row)).collect::<Result<Vec<_>, _>>()?;
        // Not in SQL: an order by id would lure SQLite's planner away from the index of the name.
        users.sort_unstable_by_key(|user| user.id);
        Ok(users)
    }
}

impl Unit {
    /// The user of that id, read to be written over, and what became of its removal, if that did not act at once (RC-12).
    pub async fn user_to_change(
        &self,
        scope: Scope,
        id: DirectoryUserId,
    ) -> Result<Option<(DirectoryUser, Option<Hold>)>, DirectoryError> {
        macro_rules! with_hold {
            ($condition:literal) => {
                users_where!(
                    "(SELECT h.state FROM brake_hold AS h WHERE h.company_id = t.company_id AND h.user_id = t.id) \
                     AS hold, ",
                    $condition
                )
            };
        }
        const PLAIN: &str = with_hold!("t.company_id = ? AND t.id = ? AND t.connection_id = ?");
        const LOCKING: &str = with_hold!("t.company_id = ? AND t.id = ? AND t.connection_id = ? FOR UPDATE");
        let values = vec![scope.company.uuid().into(), id.uuid().into(), scope.connection.uuid().into()];
        let row = self.query_one(self.to_change(PLAIN, LOCKING), values).await?;
        let user = |row: Row| Ok((rows::user(scope.company, &row)?, row.optional_code("hold", Hold::from_code)?));
        row.map(user).transpose()
    }

    /// Stores a new user with its search document; the addresses come from there.
    ///
    /// A `userName` that is taken is a conflict with `directory_user_user_name`.
    pub fn insert_user(&self, user: &DirectoryUser, search: &Map<String, serde_json::Value>) {
        check_against(user, search);
        let mut values = vec![user.company.uuid().into(), user.connection.uuid().into(), user.id.uuid().into()];
        values.push(rows::counter(user.version));
        values.push(user.created_at.into());
        values.extend(stored(user, search));
        self.execute(INSERT, values);
        self.insert_addresses(user, &addresses(search));
    }

    /// Stores a changed user if its stored version is `expected_version`; `user.version` is the version from now on.
    ///
    /// A version that moved runs the unit again.
    pub fn update_user(&self, user: &DirectoryUser, search: &Map<String, serde_json::Value>, expected_version: u64) {
        check_against(user, search);
        let mut values = vec![rows::counter(user.version)];
        values.extend(stored(user, search));
        values.extend([user.company.uuid().into(), user.id.uuid().into(), user.connection.uuid().into()]);
        values.push(rows::counter(expected_version));
        self.guard(UPDATE, values, 1);
        // Addresses that stay are not touched, so most updates dirty no page of theirs.
        let addresses = addresses(search);
        let keep = if addresses.is_empty() {
            String::new()
        } else {
            format!(" AND value_folded NOT IN ({})", repeated("?", addresses.len()))
        };
        let mut values: Vec<Value> = vec![user.company.uuid().into(), user.id.uuid().into()];
        values.extend(addresses.iter().map(|address| Value::from(*address)));
        self.execute(format!("DELETE FROM directory_address WHERE company_id = ? AND user_id = ?{keep}"), values);
        self.insert_addresses(user, &addresses);
    }

    /// Removes a user, its addresses and its memberships, and leaves the tombstone; every group that had it changes its
    /// version at `tombstone.deleted_at` (D-8).
    ///
    /// A version other than `tombstone.version` runs the unit again.
    pub fn delete_user(&self, scope: Scope, tombstone: &Tombstone) {
        let (company, id) = (scope.company.uuid(), tombstone.id.uuid());
        let values = vec![company.into(), id.into(), scope.connection.uuid().into(), rows::counter(tombstone.version)];
        // The user goes first: whoever is just adding it to a group holds its row, and is waited for here.
        self.guard(
            "DELETE FROM directory_user WHERE company_id = ? AND id = ? AND connection_id = ? AND version = ?",
            values,
            1,
        );
        let key = || -> Vec<Value> { vec![company.into(), id.into()] };
        self.execute("DELETE FROM directory_address WHERE company_id = ? AND user_id = ?", key());
        self.leave_groups(company, id, tombstone.deleted_at);
        self.insert_tombstone(scope, tombstone);
    }

    fn insert_addresses(&self, user: &DirectoryUser, addresses: &[&str]) {
        for batch in addresses.chunks(ADDRESSES) {
            let mut values: Vec<Value> = Vec::with_capacity(batch.len() * 4);
            for address in batch {
                values.extend([user.company.uuid().into(), user.id.uuid().into(), user.connection.uuid().into()]);
                values.push((*address).into());
            }
            let sql = format!(
                "INSERT INTO directory_address (company_id, user_id, connection_id, value_folded) VALUES {} \
                 ON CONFLICT DO NOTHING",
                repeated("(?, ?, ?, ?)", batch.len())
            );
            self.execute(sql, values);
        }
    }
}

/// How many addresses one statement inserts.
const ADDRESSES: usize = 64;

const INSERT: &str = "INSERT INTO directory_user (company_id, connection_id, id, version, created_at, updated_at, \
     user_name_folded, external_id, display_name_folded, active, document, search, account_id, finding) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const UPDATE: &str = "UPDATE directory_user SET version = ?, updated_at = ?, user_name_folded = ?, external_id = ?, \
     display_name_folded = ?, active = ?, document = ?, search = ?, account_id = ?, finding = ? \
     WHERE company_id = ? AND id = ? AND connection_id = ? AND version = ?";

/// The values that both statements write, in their order.
fn stored(user: &DirectoryUser, search: &Map<String, serde_json::Value>) -> [Value; 9] {
    [
        user.updated_at.into(),
        user.user_name_folded.as_str().into(),
        user.external_id.clone().into(),
        rows::text(search, "displayname").into(),
        user.active.into(),
        user.resource.to_document().into(),
        serde_json::Value::Object(search.clone()).into(),
        user.account.map(AccountId::uuid).into(),
        user.finding.map(|finding| finding.code().to_owned()).into(),
    ]
}

/// Every e-mail value, once.
fn addresses(search: &Map<String, serde_json::Value>) -> Vec<&str> {
    let emails = search.get("emails").and_then(serde_json::Value::as_array);
    let values = emails.into_iter().flatten().filter_map(|email| email.get("value")?.as_str());
    values.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Columns stand for the search document in look-ups: they must not differ.
fn check_against(user: &DirectoryUser, search: &Map<String, serde_json::Value>) {
    debug_assert_eq!(rows::text(search, "username").as_deref(), Some(user.user_name_folded.as_str()), "userName");
    debug_assert_eq!(rows::text(search, "externalid").filter(|id| !id.is_empty()), user.external_id, "externalId");
    let active = if user.active { "true" } else { "false" };
    debug_assert!(rows::text(search, "active").is_none_or(|text| text == active), "active");
}

fn scoped(scope: Scope, text: &str) -> Vec<Value> {
    vec![scope.company.uuid().into(), scope.connection.uuid().into(), text.into()]
}
