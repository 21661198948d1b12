//! E-mail domains, pending or proven.

use crate::bind::{Bind, bind_codes, values};
use crate::row::Row;
use crate::{Backend, DirectoryError, Reader, Unit};
use rollcall_policy::{CompanyId, OrganizationId};
use sea_orm::Value;
use std::collections::BTreeMap;

/// A company's claim to a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The tenant.
    pub company: CompanyId,
    /// In lower case, ASCII.
    pub name: String,
    /// Whether it is proven.
    pub state: DomainState,
    /// What the TXT record must say.
    pub txt_value: String,
    /// UTC microseconds.
    pub verified_at: Option<i64>,
    /// People of the domain join without invitation.
    pub auto_provisioning: bool,
    /// The organization that they join.
    pub organization: Option<OrganizationId>,
    /// UTC microseconds.
    pub created_at: i64,
}

/// Whether a domain is proven. A verified one never becomes pending again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DomainState {
    /// Several companies may wait for the same one.
    Pending,
    /// One company has it.
    Verified,
}

impl DomainState {
    /// The word that is stored and shown.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
        }
    }

    /// The state of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Pending, Self::Verified].into_iter().find(|state| state.code() == code)
    }
}

bind_codes!(DomainState);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.company_id, d.name, d.state, d.txt_value, d.verified_at, d.auto_provisioning, d.organization_id, \
             d.created_at FROM domain d ",
            $rest
        )
    };
}

fn record(row: &Row) -> Result<Domain, DirectoryError> {
    Ok(Domain {
        company: row.id("company_id")?,
        name: row.get("name")?,
        state: row.code("state", DomainState::from_code)?,
        txt_value: row.get("txt_value")?,
        verified_at: row.get("verified_at")?,
        auto_provisioning: row.get("auto_provisioning")?,
        organization: row.optional_id("organization_id")?,
        created_at: row.get("created_at")?,
    })
}

impl Reader {
    /// The one verified claim to a domain: its company governs the accounts with such addresses (RC-1).
    pub async fn verified_domain(&self, name: &str) -> Result<Option<Domain>, DirectoryError> {
        let sql = select!("WHERE d.name = ? AND d.state = 'verified'");
        self.query_one_as(sql, values![name], record).await
    }

    /// A company's claim to a domain.
    pub async fn domain(&self, company: CompanyId, name: &str) -> Result<Option<Domain>, DirectoryError> {
        let sql = select!("WHERE d.company_id = ? AND d.name = ?");
        self.query_one_as(sql, values![company, name], record).await
    }

    /// A company's domains by name, those after `after` (`""` for the beginning).
    pub async fn domains(&self, company: CompanyId, after: &str, limit: u64) -> Result<Vec<Domain>, DirectoryError> {
        let sql = select!("WHERE d.company_id = ? AND d.name > ? ORDER BY d.name LIMIT ?");
        self.query_as(sql, values![company, after, limit], record).await
    }

    /// Every company's claim to a domain, the oldest first; for whoever may see all companies.
    pub async fn claims_of_domain(&self, name: &str, limit: u64) -> Result<Vec<Domain>, DirectoryError> {
        let sql = select!("WHERE d.name = ? ORDER BY d.created_at, d.company_id LIMIT ?");
        self.query_as(sql, values![name, limit], record).await
    }

    /// Names of the connections that have a company's domains from the first to the last name, by domain.
    pub async fn connections_of_domains(
        &self,
        company: CompanyId,
        first: &str,
        last: &str,
    ) -> Result<BTreeMap<String, Vec<String>>, DirectoryError> {
        let sql = "SELECT cd.domain, c.name FROM connection_domain cd \
             JOIN connection c ON c.company_id = cd.company_id AND c.id = cd.connection_id \
             WHERE cd.company_id = ? AND cd.domain >= ? AND cd.domain <= ? ORDER BY cd.domain, c.name";
        let mut connections: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self.query(sql, values![company, first, last]).await? {
            connections.entry(row.get("domain")?).or_default().push(row.get("name")?);
        }
        Ok(connections)
    }

    /// How many of a company's domains are not proven yet.
    pub async fn pending_domains(&self, company: CompanyId) -> Result<u64, DirectoryError> {
        let sql = "SELECT COUNT(*) AS pending FROM domain d WHERE d.company_id = ? AND d.state = 'pending'";
        Ok(self.query_one_as(sql, values![company], |row| row.count("pending")).await?.unwrap_or(0))
    }
}

impl Unit {
    /// Makes this the only unit that changes the claim, or attaches it to a connection, until it ends. On SQLite every
    /// unit is alone anyway.
    pub async fn lock_domain(&self, company: CompanyId, name: &str) -> Result<(), DirectoryError> {
        if self.backend() == Backend::Postgres {
            let sql = "SELECT d.name FROM domain d WHERE d.company_id = ? AND d.name = ? FOR UPDATE";
            self.query(sql, values![company, name]).await?;
        }
        Ok(())
    }

    /// Stores a new claim. Conflicts with `domain_pkey`, and with `domain_verified` if another company has it.
    pub fn insert_domain(&self, domain: &Domain) {
        self.execute(
            "INSERT INTO domain (company_id, name, state, txt_value, verified_at, auto_provisioning, organization_id, \
             created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                domain.company,
                &domain.name,
                domain.state,
                &domain.txt_value,
                domain.verified_at,
                domain.auto_provisioning,
                domain.organization,
                domain.created_at,
            ],
        );
    }

    /// Writes state and switches. Conflicts with `domain_verified` if another company has it.
    pub fn update_domain(&self, domain: &Domain) {
        self.guard(
            "UPDATE domain SET state = ?, verified_at = ?, auto_provisioning = ?, organization_id = ? \
             WHERE company_id = ? AND name = ?",
            values![
                domain.state,
                domain.verified_at,
                domain.auto_provisioning,
                domain.organization,
                domain.company,
                &domain.name,
            ],
            1,
        );
    }

    /// Proves a claim that still is as it was read: pending, with the same TXT value. Conflicts with `domain_verified` if
    /// another company was faster.
    pub fn verify_domain(&self, claim: &Domain, at: i64) {
        self.guard(
            "UPDATE domain SET state = 'verified', verified_at = ?, next_check_at = NULL \
             WHERE company_id = ? AND name = ? AND state = 'pending' AND txt_value = ?",
            values![at, claim.company, &claim.name, &claim.txt_value],
            1,
        );
    }

    /// Gives a claim up that no connection has (P4-28).
    pub fn delete_domain(&self, company: CompanyId, name: &str) {
        self.guard(
            "DELETE FROM domain WHERE company_id = ? AND name = ? AND NOT EXISTS \
             (SELECT 1 FROM connection_domain cd WHERE cd.company_id = domain.company_id AND cd.domain = domain.name)",
            values![company, name],
            1,
        );
    }

    /// Moves `updated_at` of the connections that have the domain: their units read them again.
    pub fn touch_connections_of_domain(&self, company: CompanyId, name: &str, now: i64) {
        self.execute(
            "UPDATE connection SET updated_at = CASE WHEN updated_at < ? THEN ? ELSE updated_at + 1 END \
             WHERE company_id = ? AND id IN \
             (SELECT cd.connection_id FROM connection_domain cd WHERE cd.company_id = ? AND cd.domain = ?)",
            values![now, now, company, company, name],
        );
    }
}
