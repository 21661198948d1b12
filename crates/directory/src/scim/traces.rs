//! Who a connection's directory already knows: live users and tombstones that may be the person in question (RC-4, RC-8).
//!
//! One statement, whatever is asked for: each branch is an index probe.

pub(crate) mod ahead;

use std::collections::BTreeMap;

use rollcall_policy::{AccountId, CompanyId, ConnectionId, DirectoryUserId, Hold, OrganizationId};
use rollcall_scim::Resource;
use sea_orm::Value;
use uuid::Uuid;

use super::batches::{batches, repeated};
use super::records::Scope;
use crate::error::DirectoryError;
use crate::reader::Reader;
use crate::row::Row;

/// What is known of the person in question. Texts are folded, but `external_id`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anchors<'a> {
    /// `userName`.
    pub user_name: Option<&'a str>,
    /// `externalId`, exact.
    pub external_id: Option<&'a str>,
    /// The address of RC-6.
    pub address: Option<&'a str>,
}

/// A directory user, or what is left of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The connection that pushed it.
    pub connection: ConnectionId,
    /// Its SCIM id.
    pub id: DirectoryUserId,
    /// The account it is, or was, linked to.
    pub account: Option<AccountId>,
    /// As pushed.
    pub external_id: Option<String>,
    /// Folded.
    pub user_name_folded: String,
    /// Whether it lives.
    pub state: TraceState,
    /// What became of its removal, if that did not act at once (RC-12).
    pub hold: Option<Hold>,
}

/// Whether a directory user lives.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceState {
    /// It is served.
    Live {
        /// What the provider says.
        active: bool,
        /// What was pushed.
        resource: Resource,
        /// Of the stored row.
        version: u64,
        /// UTC microseconds.
        created_at: i64,
    },
    /// A tombstone is left.
    Deleted {
        /// The address it had, folded.
        address_folded: Option<String>,
        /// UTC microseconds.
        at: i64,
        /// At deletion.
        version: u64,
        /// UTC microseconds.
        created_at: i64,
    },
}

/// A connection that serves some of the same organizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServingConnection {
    /// Its id.
    pub id: ConnectionId,
    /// Whether its directory still speaks (S-7).
    pub scim: bool,
    /// What it serves.
    pub organizations: Vec<OrganizationId>,
}

/// Rows that one anchor may find where providers repeat it without end: the latest ones tell all that is asked.
const LATEST: usize = 8;

/// The column `hold` of user or tombstone `t`.
macro_rules! hold {
    () => {
        "(SELECT h.state FROM brake_hold AS h WHERE h.company_id = t.company_id AND h.user_id = t.id) AS hold"
    };
}

const LIVE: &str = concat!(
    "SELECT t.connection_id, t.id, t.account_id, t.external_id, t.user_name_folded AS name_folded, \
     t.active, t.document, CAST(NULL AS TEXT) AS address_folded, t.version, t.created_at, \
     CAST(NULL AS BIGINT) AS deleted_at, ",
    hold!(),
    " FROM directory_user AS t WHERE t.company_id = ? AND "
);

const DELETED: &str = concat!(
    "SELECT t.connection_id, t.id, t.account_id, t.external_id, t.user_name_folded AS name_folded, \
     FALSE AS active, CAST(NULL AS TEXT) AS document, t.address_folded, t.version, t.created_at, t.deleted_at, \
     ",
    hold!(),
    " FROM tombstone AS t WHERE t.company_id = ? AND "
);

impl Reader {
    /// Who may be the person in question, ordered by id: live users and tombstones of the company that are linked to one
    /// of `accounts`; of this connection the live user of that `userName`, inactive users that share `externalId` or
    /// have the address among theirs, and the latest tombstones that share an anchor.
    ///
    /// Active users that share no more than an `externalId` or a second address with somebody are strangers to them, and
    /// there may be thousands.
    pub async fn traces(
        &self,
        scope: Scope,
        accounts: &[AccountId],
        anchors: Anchors<'_>,
    ) -> Result<Vec<Trace>, DirectoryError> {
        let question = Question::about(scope, accounts, anchors);
        if question.branches.is_empty() {
            return Ok(Vec::new());
        }
        question.ask(self).await
    }

    /// What all directories of a company have said about an account and its folded address, ordered by id: live users and
    /// tombstones that are linked to it, inactive users that have the address among theirs or as their `userName`, and the
    /// latest tombstones that had it.
    pub async fn traces_of_account(
        &self,
        company: CompanyId,
        account: AccountId,
        address: &str,
    ) -> Result<Vec<Trace>, DirectoryError> {
        let scope = Scope { company, connection: ConnectionId::from_u128(0) };
        let mut question = Question { scope, branches: Vec::new(), values: Vec::new() };
        question.of_accounts(&[account]);
        question.of_address_anywhere(address);
        question.ask(self).await
    }

    /// All connections of a company with what they serve.
    pub async fn directories(&self, company: CompanyId) -> Result<Vec<ServingConnection>, DirectoryError> {
        const SQL: &str = "SELECT c.id, c.scim, o.organization_id FROM connection AS c \
             JOIN connection_organization AS o ON o.company_id = c.company_id AND o.connection_id = c.id \
             WHERE c.company_id = ? ORDER BY c.id, o.organization_id";
        serving(&self.query(SQL, vec![company.uuid().into()]).await?)
    }

    /// The connections of the company that serve an organization of this one, itself included (RC-4).
    pub async fn serving_connections(&self, scope: Scope) -> Result<Vec<ServingConnection>, DirectoryError> {
        const SQL: &str = "SELECT c.id, c.scim, o.organization_id FROM connection AS c \
             JOIN connection_organization AS o ON o.company_id = c.company_id AND o.connection_id = c.id \
             WHERE c.company_id = ? AND c.id IN (SELECT b.connection_id FROM connection_organization AS a \
             JOIN connection_organization AS b ON b.company_id = a.company_id AND b.organization_id = a.organization_id \
             WHERE a.company_id = ? AND a.connection_id = ?) ORDER BY c.id, o.organization_id";
        let (company, connection) = (scope.company.uuid(), scope.connection.uuid());
        serving(&self.query(SQL, vec![company.into(), company.into(), connection.into()]).await?)
    }
}

/// One row for each organization of a connection, those of one connection together.
fn serving(rows: &[Row]) -> Result<Vec<ServingConnection>, DirectoryError> {
    let mut connections: Vec<ServingConnection> = Vec::new();
    for row in rows {
        let id = ConnectionId(row.get::<Uuid>("id")?);
        let organization = OrganizationId(row.get::<Uuid>("organization_id")?);
        match connections.last_mut() {
            Some(last) if last.id == id => last.organizations.push(organization),
            Some(_) | None => {
                let scim = row.get("scim")?;
                connections.push(ServingConnection { id, scim, organizations: vec![organization] });
            }
        }
    }
    Ok(connections)
}

/// The statement while it grows.
struct Question {
    scope: Scope,
    branches: Vec<String>,
    values: Vec<Value>,
}

impl Question {
    fn about(scope: Scope, accounts: &[AccountId], anchors: Anchors<'_>) -> Self {
        let mut question = Self { scope, branches: Vec::new(), values: Vec::new() };
        question.of_accounts(accounts);
        question.of_user_name(anchors.user_name);
        question.of_external_id(anchors.external_id);
        question.of_address(anchors.address);
        question
    }

    /// The statement and its values.
    fn statement(self) -> (String, Vec<Value>) {
        (self.branches.join(" UNION ALL "), self.values)
    }

    async fn ask(self, reader: &Reader) -> Result<Vec<Trace>, DirectoryError> {
        let mut traces = BTreeMap::new();
        let (sql, values) = self.statement();
        for row in reader.query(sql, values).await? {
            let trace = trace(&row)?;
            traces.insert(trace.id, trace);
        }
        Ok(traces.into_values().collect())
    }

    fn of_accounts(&mut self, accounts: &[AccountId]) {
        for batch in batches(accounts) {
            let condition = format!("t.account_id IN ({})", repeated("?", batch.len()));
            let values: Vec<Value> = batch.into_iter().map(|account| account.uuid().into()).collect();
            self.branch(LIVE, &condition, values.clone());
            self.branch(DELETED, &condition, values);
        }
    }

    fn of_user_name(&mut self, name: Option<&str>) {
        let Some(name) = name else { return };
        self.branch(LIVE, "t.connection_id = ? AND t.user_name_folded = ?", self.own(name));
        self.latest(DELETED, "t.connection_id = ? AND t.user_name_folded = ?", "t.deleted_at", self.own(name));
    }

    fn of_external_id(&mut self, id: Option<&str>) {
        let Some(id) = id else { return };
        let inactive = "t.connection_id = ? AND t.external_id = ? AND t.active = FALSE";
        self.latest(LIVE, inactive, "t.updated_at", self.own(id));
        self.latest(DELETED, "t.connection_id = ? AND t.external_id = ?", "t.deleted_at", self.own(id));
    }

    fn of_address(&mut self, address: Option<&str>) {
        let Some(address) = address else { return };
        // All of them: whether it is the address of RC-6 shows only in the document.
        let inactive = "t.active = FALSE AND t.id IN (SELECT a.user_id FROM directory_address AS a \
             WHERE a.company_id = ? AND a.connection_id = ? AND a.value_folded = ?)";
        let mut values = vec![self.scope.company.uuid().into()];
        values.extend(self.own(address));
        self.branch(LIVE, inactive, values);
        self.latest(DELETED, "t.connection_id = ? AND t.address_folded = ?", "t.deleted_at", self.own(address));
    }

    fn of_address_anywhere(&mut self, address: &str) {
        // The connections are named, so that the indexes, which begin with them, can be used.
        let inactive = "t.active = FALSE AND t.id IN (SELECT a.user_id FROM directory_address AS a \
             WHERE a.company_id = ? AND a.connection_id IN (SELECT c.id FROM connection AS c WHERE c.company_id = ?) \
             AND a.value_folded = ?)";
        let company = self.scope.company.uuid();
        let company = || Value::from(company);
        self.branch(LIVE, inactive, vec![company(), company(), address.into()]);
        // Without e-mails `userName` is the address (RC-6).
        let named = "t.active = FALSE AND t.connection_id IN (SELECT c.id FROM connection AS c WHERE c.company_id = ?) \
             AND t.user_name_folded = ?";
        self.branch(LIVE, named, vec![company(), address.into()]);
        let deleted = "t.connection_id IN (SELECT c.id FROM connection AS c WHERE c.company_id = ?) \
             AND t.address_folded = ?";
        self.latest(DELETED, deleted, "t.deleted_at", vec![company(), address.into()]);
    }

    fn own(&self, anchor: &str) -> Vec<Value> {
        vec![self.scope.connection.uuid().into(), anchor.into()]
    }

    fn latest(&mut self, table: &str, condition: &str, age: &str, values: Vec<Value>) {
        // A select of its own around it: neither database takes ORDER BY inside of UNION ALL.
        self.push(format!("SELECT * FROM ({table}{condition} ORDER BY {age} DESC LIMIT {LATEST}) AS latest"), values);
    }

    fn branch(&mut self, table: &str, condition: &str, values: Vec<Value>) {
        self.push(format!("{table}{condition}"), values);
    }

    fn push(&mut self, branch: String, values: Vec<Value>) {
        self.branches.push(branch);
        self.values.push(self.scope.company.uuid().into());
        self.values.extend(values);
    }
}

fn trace(row: &Row) -> Result<Trace, DirectoryError> {
    let version = row.get::<i64>("version")?;
    let version = u64::try_from(version).map_err(|_| row.inconsistent("version", "it is negative"))?;
    let created_at = row.get("created_at")?;
    let state = match row.get::<Option<i64>>("deleted_at")? {
        Some(at) => TraceState::Deleted { address_folded: row.get("address_folded")?, at, version, created_at },
        None => TraceState::Live { active: row.get("active")?, resource: resource(row)?, version, created_at },
    };
    Ok(Trace {
        connection: ConnectionId(row.get::<Uuid>("connection_id")?),
        id: DirectoryUserId(row.get::<Uuid>("id")?),
        account: row.get::<Option<Uuid>>("account_id")?.map(AccountId),
        external_id: row.get("external_id")?,
        user_name_folded: row.get("name_folded")?,
        state,
        hold: row.optional_code("hold", Hold::from_code)?,
    })
}

fn resource(row: &Row) -> Result<Resource, DirectoryError> {
    let document: String = row.get("document")?;
    Resource::from_document(&document).map_err(|error| row.inconsistent("document", error.detail()))
}
