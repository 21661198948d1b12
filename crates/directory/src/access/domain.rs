//! E-mail domains, pending or proven.

use crate::bind::{Bind, bind_codes, values};
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{CompanyId, OrganizationId};
use sea_orm::Value;

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
}

impl Unit {
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

    /// Gives a claim up and takes the domain off the company's connections.
    pub fn delete_domain(&self, company: CompanyId, name: &str) {
        self.execute("DELETE FROM connection_domain WHERE company_id = ? AND domain = ?", values![company, name]);
        self.execute("DELETE FROM domain WHERE company_id = ? AND name = ?", values![company, name]);
    }
}
