//! Connections: one identity provider each, with its policy, domains and organizations.

use crate::bind::values;
use crate::people::Team;
use crate::people::mapping::is_mapped;
use crate::people::team::record as team_record;
use crate::row::Row;
use crate::{Backend, DirectoryError, Reader, Scope, Unit};
use rollcall_policy::{CompanyId, ConnectionId, ConnectionPolicy, OrganizationId, Protocol, TeamId};
use serde::{Deserialize, Serialize};

/// A connection as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionRecord {
    /// The tenant.
    pub company: CompanyId,
    /// Its id.
    pub id: ConnectionId,
    /// Unique in the company.
    pub name: String,
    /// How evidence arrives.
    pub protocol: Protocol,
    /// What its administrators decided.
    pub policy: ConnectionPolicy,
    /// What the edges need and policy does not know: provider keys and addresses, tolerances. An object.
    pub details: serde_json::Map<String, serde_json::Value>,
    /// Where people go without a better word.
    pub default_organization: OrganizationId,
    /// The team there.
    pub default_team: Option<TeamId>,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds.
    pub updated_at: i64,
}

/// A connection with what it serves.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// The connection itself.
    pub record: ConnectionRecord,
    /// The organizations that it serves, by name.
    pub organizations: Vec<ServedOrganization>,
    /// Its domains, by name.
    pub domains: Vec<ConnectionDomain>,
}

/// An organization that a connection serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// `None`: as many as want.
    pub seats: Option<u64>,
}

/// A domain that is attached to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionDomain {
    /// Its name, folded.
    pub name: String,
    /// Whether the company has proven it.
    pub verified: bool,
}

/// A connection as it stands now, for whoever read it a while ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionState {
    /// UTC microseconds: another instant than before means another policy, organizations, domains or defaults.
    pub updated_at: i64,
    /// The team that people join by default.
    pub default_team: Option<Team>,
    /// Directory groups map to that team (RC-14).
    pub default_team_mapped: bool,
}

/// The text of column `settings`.
#[derive(Serialize, Deserialize)]
struct Settings {
    policy: ConnectionPolicy,
    #[serde(default)]
    details: serde_json::Map<String, serde_json::Value>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.company_id, c.id, c.name, c.protocol, c.jit, c.scim, c.settings, c.default_organization_id, \
             c.default_team_id, c.created_at, c.updated_at FROM connection c ",
            $rest
        )
    };
}

fn record(row: &Row) -> Result<ConnectionRecord, DirectoryError> {
    let settings: String = row.get("settings")?;
    let Settings { policy, details } =
        serde_json::from_str(&settings).map_err(|error| row.inconsistent("settings", &error.to_string()))?;
    Ok(ConnectionRecord {
        company: row.id("company_id")?,
        id: row.id("id")?,
        name: row.get("name")?,
        protocol: row.code("protocol", Protocol::from_code)?,
        policy: ConnectionPolicy { jit: row.get("jit")?, scim: row.get("scim")?, ..policy },
        details,
        default_organization: row.id("default_organization_id")?,
        default_team: row.optional_id("default_team_id")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn state(row: &Row) -> Result<ConnectionState, DirectoryError> {
    let default_team = row.optional_id::<TeamId>("id")?.map(|_| team_record(row)).transpose()?;
    let default_team_mapped = row.get("mapped")?;
    Ok(ConnectionState { updated_at: row.get("updated_at")?, default_team, default_team_mapped })
}

fn settings(record: &ConnectionRecord) -> Result<String, DirectoryError> {
    let settings = Settings { policy: record.policy.clone(), details: record.details.clone() };
    serde_json::to_string(&settings).map_err(|error| DirectoryError::Inconsistent {
        table: "connection".to_owned(),
        row: format!("{} (settings: {error})", record.id),
    })
}

/// Organizations and domains in one list; which it is tells the column `id`, absent in domains.
const SERVED: &str = "SELECT o.id, o.name, o.seats, FALSE AS verified FROM connection_organization co \
     JOIN organization o ON o.company_id = co.company_id AND o.id = co.organization_id \
     WHERE co.company_id = ? AND co.connection_id = ? \
     UNION ALL SELECT CAST(NULL AS uuid), cd.domain, CAST(NULL AS BIGINT), COALESCE(d.state = 'verified', FALSE) \
     FROM connection_domain cd LEFT JOIN domain d ON d.company_id = cd.company_id AND d.name = cd.domain \
     WHERE cd.company_id = ? AND cd.connection_id = ? ORDER BY 2";

impl Reader {
    /// A connection with organizations and domains, in two statements.
    pub async fn connection(&self, company: CompanyId, id: ConnectionId) -> Result<Option<Connection>, DirectoryError> {
        let sql = select!("WHERE c.company_id = ? AND c.id = ?");
        let Some(record) = self.query_one_as(sql, values![company, id], record).await? else { return Ok(None) };
        let mut connection = Connection { record, organizations: Vec::new(), domains: Vec::new() };
        for row in self.query(SERVED, values![company, id, company, id]).await? {
            let name: String = row.get("name")?;
            match row.optional_id("id")? {
                Some(id) => {
                    let seats = row.optional_count("seats")?;
                    connection.organizations.push(ServedOrganization { id, name, seats });
                }
                None => connection.domains.push(ConnectionDomain { name, verified: row.get("verified")? }),
            }
        }
        Ok(Some(connection))
    }

    /// What tells whether a connection read earlier is still as it was, and its default team, in one statement.
    pub async fn connection_state(
        &self,
        company: CompanyId,
        id: ConnectionId,
    ) -> Result<Option<ConnectionState>, DirectoryError> {
        let sql = concat!(
            "SELECT c.updated_at, t.id, t.organization_id, t.name, t.name_folded, c.company_id, ",
            is_mapped!(),
            " AS mapped FROM connection c LEFT JOIN team t ON t.company_id = c.company_id AND t.id = c.default_team_id \
             LEFT JOIN organization o ON o.company_id = t.company_id AND o.id = t.organization_id \
             WHERE c.company_id = ? AND c.id = ?"
        );
        self.query_one_as(sql, values![company, id], state).await
    }

    /// The company of a connection: administrators name connections by id alone.
    pub async fn company_of_connection(&self, id: ConnectionId) -> Result<Option<CompanyId>, DirectoryError> {
        let sql = "SELECT c.company_id FROM connection c WHERE c.id = ?";
        self.query_one_as(sql, values![id], |row| row.id("company_id")).await
    }

    /// A connection by its name.
    pub async fn connection_by_name(
        &self,
        company: CompanyId,
        name: &str,
    ) -> Result<Option<ConnectionRecord>, DirectoryError> {
        let sql = select!("WHERE c.company_id = ? AND c.name = ?");
        self.query_one_as(sql, values![company, name], record).await
    }

    /// A company's connections by name, those after `after` (`""` for the beginning).
    pub async fn connections(
        &self,
        company: CompanyId,
        after: &str,
        limit: u64,
    ) -> Result<Vec<ConnectionRecord>, DirectoryError> {
        let sql = select!("WHERE c.company_id = ? AND c.name > ? ORDER BY c.name LIMIT ?");
        self.query_as(sql, values![company, after, limit], record).await
    }

    /// Connections of all companies that take evidence so, by id, those after `after`.
    pub async fn connections_by_protocol(
        &self,
        protocol: Protocol,
        after: ConnectionId,
        limit: u64,
    ) -> Result<Vec<ConnectionRecord>, DirectoryError> {
        let sql = select!("WHERE c.protocol = ? AND c.id > ? ORDER BY c.id LIMIT ?");
        self.query_as(sql, values![protocol, after, limit], record).await
    }

    /// The connections to which a company has attached a domain, by name: who enforces SSO for it, who governs it.
    pub async fn connections_of_domain(
        &self,
        company: CompanyId,
        domain: &str,
    ) -> Result<Vec<ConnectionRecord>, DirectoryError> {
        let sql = select!(
            "JOIN connection_domain cd ON cd.company_id = c.company_id AND cd.connection_id = c.id \
             WHERE cd.company_id = ? AND cd.domain = ? ORDER BY c.name"
        );
        self.query_as(sql, values![company, domain], record).await
    }
}

impl Unit {
    /// Waits for whoever holds the connection by [`Unit::hold_connection`], and keeps others from holding it. Many units
    /// may share it at a time. False on SQLite, where every unit is alone and nobody has to be waited for.
    pub async fn share_connection(&self, scope: Scope) -> Result<bool, DirectoryError> {
        self.lock_connection(scope, "SELECT c.id FROM connection c WHERE c.company_id = ? AND c.id = ? FOR SHARE").await
    }

    /// Shares the connection, too, and says whether it has changed since `updated_at`, or is gone: what was read before may
    /// not hold any more, what is read from now on does until the unit ends. Never on SQLite.
    pub async fn share_unless_moved(&self, scope: Scope, updated_at: i64) -> Result<bool, DirectoryError> {
        if self.backend() != Backend::Postgres {
            return Ok(false);
        }
        let sql = "SELECT c.updated_at FROM connection c WHERE c.company_id = ? AND c.id = ? FOR SHARE";
        let rows = self.query(sql, values![scope.company, scope.connection]).await?;
        let now = rows.first().map(|row| row.get::<i64>("updated_at")).transpose()?;
        Ok(now != Some(updated_at))
    }

    /// Waits for all who share the connection, and makes this the only unit with it, until it ends.
    pub async fn hold_connection(&self, scope: Scope) -> Result<(), DirectoryError> {
        let sql = "SELECT c.id FROM connection c WHERE c.company_id = ? AND c.id = ? FOR NO KEY UPDATE";
        self.lock_connection(scope, sql).await.map(drop)
    }

    async fn lock_connection(&self, scope: Scope, sql: &'static str) -> Result<bool, DirectoryError> {
        let locks = self.backend() == Backend::Postgres;
        if locks {
            self.query(sql, values![scope.company, scope.connection]).await?;
        }
        Ok(locks)
    }

    /// Stores a new connection. Conflicts with `connection_name`.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::Inconsistent`] if its settings cannot be written as JSON.
    pub fn insert_connection(&self, connection: &ConnectionRecord) -> Result<(), DirectoryError> {
        self.execute(
            "INSERT INTO connection (company_id, id, name, protocol, jit, scim, group_mapping, settings, \
             default_organization_id, default_team_id, created_at, updated_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                connection.company,
                connection.id,
                &connection.name,
                connection.protocol,
                connection.policy.jit,
                connection.policy.scim,
                connection.policy.group_mapping,
                settings(connection)?,
                connection.default_organization,
                connection.default_team,
                connection.created_at,
                connection.updated_at,
            ],
        );
        Ok(())
    }

    /// Writes everything but company, id and creation, if the connection is still as of `before` (its `updated_at`).
    ///
    /// # Errors
    ///
    /// [`DirectoryError::Inconsistent`] if its settings cannot be written as JSON.
    pub fn update_connection(&self, connection: &ConnectionRecord, before: i64) -> Result<(), DirectoryError> {
        self.guard(
            "UPDATE connection SET name = ?, protocol = ?, jit = ?, scim = ?, group_mapping = ?, settings = ?, \
             default_organization_id = ?, default_team_id = ?, updated_at = ? \
             WHERE company_id = ? AND id = ? AND updated_at = ?",
            values![
                &connection.name,
                connection.protocol,
                connection.policy.jit,
                connection.policy.scim,
                connection.policy.group_mapping,
                settings(connection)?,
                connection.default_organization,
                connection.default_team,
                connection.updated_at,
                connection.company,
                connection.id,
                before,
            ],
            1,
        );
        Ok(())
    }

    /// Says which organizations the connection serves, instead of those before.
    pub fn set_connection_organizations(
        &self,
        company: CompanyId,
        connection: ConnectionId,
        organizations: &[OrganizationId],
    ) {
        let delete = "DELETE FROM connection_organization WHERE company_id = ? AND connection_id = ?";
        self.execute(delete, values![company, connection]);
        for organization in organizations {
            self.execute(
                "INSERT INTO connection_organization (company_id, connection_id, organization_id) VALUES (?, ?, ?)",
                values![company, connection, *organization],
            );
        }
    }

    /// Says which domains the connection has, instead of those before.
    pub fn set_connection_domains(&self, company: CompanyId, connection: ConnectionId, domains: &[String]) {
        let delete = "DELETE FROM connection_domain WHERE company_id = ? AND connection_id = ?";
        self.execute(delete, values![company, connection]);
        for domain in domains {
            self.execute(
                "INSERT INTO connection_domain (company_id, connection_id, domain) VALUES (?, ?, ?)",
                values![company, connection, domain],
            );
        }
    }
}
