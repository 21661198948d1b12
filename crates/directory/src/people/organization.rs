//! Organizations: a permanent unique name, seats, members.

use crate::bind::values;
use crate::row::Row;
use crate::{Backend, DirectoryError, Reader, Unit};
use rollcall_policy::{CompanyId, OrganizationId};
use rollcall_scim::fold::fold;

/// An organization of a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// The tenant.
    pub company: CompanyId,
    /// Its id.
    pub id: OrganizationId,
    /// Unique among all organizations, permanent.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// `None`: as many as want.
    pub seats: Option<u64>,
    /// UTC microseconds.
    pub created_at: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT o.company_id, o.id, o.name, o.display_name, o.seats, o.created_at FROM organization o ", $rest)
    };
}

pub(crate) fn record(row: &Row) -> Result<Organization, DirectoryError> {
    Ok(Organization {
        company: row.id("company_id")?,
        id: row.id("id")?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        seats: row.optional_count("seats")?,
        created_at: row.get("created_at")?,
    })
}

impl Reader {
    /// An organization by its id.
    pub async fn organization(
        &self,
        company: CompanyId,
        id: OrganizationId,
    ) -> Result<Option<Organization>, DirectoryError> {
        let sql = select!("WHERE o.company_id = ? AND o.id = ?");
        self.query_one_as(sql, values![company, id], record).await
    }

    /// An organization by its name; names are unique among all companies.
    pub async fn organization_by_name(&self, name: &str) -> Result<Option<Organization>, DirectoryError> {
        self.query_one_as(select!("WHERE o.name = ?"), values![name], record).await
    }

    /// A company's organizations by name, those after `after` (`""` for the beginning).
    pub async fn organizations(
        &self,
        company: CompanyId,
        after: &str,
        limit: u64,
    ) -> Result<Vec<Organization>, DirectoryError> {
        let sql = select!("WHERE o.company_id = ? AND o.name > ? ORDER BY o.name LIMIT ?");
        self.query_as(sql, values![company, after, limit], record).await
    }
}

impl Unit {
    /// Stores a new organization. Conflicts with `organization_name`.
    pub fn insert_organization(&self, organization: &Organization) {
        self.execute(
            "INSERT INTO organization (company_id, id, name, name_folded, display_name, seats, created_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            values![
                organization.company,
                organization.id,
                &organization.name,
                fold(&organization.name),
                &organization.display_name,
                organization.seats,
                organization.created_at,
            ],
        );
    }

    /// Writes display name and seats; the name is permanent.
    pub fn update_organization(&self, organization: &Organization) {
        self.guard(
            "UPDATE organization SET display_name = ?, seats = ? WHERE company_id = ? AND id = ?",
            values![&organization.display_name, organization.seats, organization.company, organization.id],
            1,
        );
    }

    /// Makes this the only unit that changes owners or finite seats of the organization, until it ends.
    ///
    /// On SQLite every unit is alone anyway. References to the organization are not held up.
    pub async fn lock_organization(&self, company: CompanyId, id: OrganizationId) -> Result<(), DirectoryError> {
        if self.backend() == Backend::Postgres {
            let sql = "SELECT id FROM organization WHERE company_id = ? AND id = ? FOR NO KEY UPDATE";
            self.query(sql, values![company, id]).await?;
        }
        Ok(())
    }
}
