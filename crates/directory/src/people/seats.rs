//! Seats: who uses one, and how finite ones are taken without taking too many.

use crate::bind::values;
use crate::row::Row;
use crate::{Backend, DirectoryError, Reader, Unit};
use rollcall_policy::{CompanyId, ConnectionId, OrganizationId};

/// Seats of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seats {
    /// The organization.
    pub organization: OrganizationId,
    /// Its name, for messages.
    pub name: String,
    /// `None`: as many as want.
    pub total: Option<u64>,
    /// Members that use one: active and held.
    pub members: u64,
    /// Pending invitations; each uses one (M-3).
    pub invited: u64,
}

impl Seats {
    /// Seats in use.
    pub fn used(&self) -> u64 {
        self.members + self.invited
    }

    /// Seats left; `None` if there is no limit.
    pub fn free(&self) -> Option<u64> {
        self.total.map(|total| total.saturating_sub(self.used()))
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.name, o.seats, ",
            "(SELECT COUNT(*) FROM membership m WHERE m.company_id = o.company_id AND m.organization_id = o.id ",
            "AND m.state IN ('active', 'held')) AS members, ",
            "(SELECT COUNT(*) FROM invitation i WHERE i.company_id = o.company_id AND i.organization_id = o.id ",
            "AND i.state = 'pending') AS invited FROM organization o ",
            $rest
        )
    };
}

fn record(row: &Row) -> Result<Seats, DirectoryError> {
    Ok(Seats {
        organization: row.id("id")?,
        name: row.get("name")?,
        total: row.optional_count("seats")?,
        members: row.count("members")?,
        invited: row.count("invited")?,
    })
}

impl Reader {
    /// Seats of an organization, counted.
    pub async fn seats(&self, company: CompanyId, id: OrganizationId) -> Result<Option<Seats>, DirectoryError> {
        let sql = select!("WHERE o.company_id = ? AND o.id = ?");
        self.query_one_as(sql, values![company, id], record).await
    }
}

impl Unit {
    /// The finite seats of the connection's organizations, counted so that no other unit takes one meanwhile.
    ///
    /// Organizations without a limit are not in it: nothing is counted or locked for them.
    pub async fn take_seats(&self, company: CompanyId, connection: ConnectionId) -> Result<Vec<Seats>, DirectoryError> {
        if self.backend() == Backend::Postgres {
            // In one order, so that two units cannot wait for each other.
            let lock = "SELECT o.id FROM organization o WHERE o.company_id = ? AND o.seats IS NOT NULL AND o.id IN \
                 (SELECT s.organization_id FROM connection_organization s WHERE s.company_id = ? AND s.connection_id = ?) \
                 ORDER BY o.id FOR NO KEY UPDATE OF o";
            if self.query(lock, values![company, company, connection]).await?.is_empty() {
                return Ok(Vec::new());
            }
        }
        let sql = select!(
            "WHERE o.company_id = ? AND o.seats IS NOT NULL AND o.id IN (SELECT s.organization_id \
             FROM connection_organization s WHERE s.company_id = ? AND s.connection_id = ?) ORDER BY o.id"
        );
        self.query_as(sql, values![company, company, connection], record).await
    }

    /// The same for one organization, whatever connections it has: for invitations and administrators.
    pub async fn take_seats_of(&self, company: CompanyId, id: OrganizationId) -> Result<Option<Seats>, DirectoryError> {
        if self.backend() == Backend::Postgres {
            let lock =
                "SELECT id FROM organization WHERE company_id = ? AND id = ? AND seats IS NOT NULL FOR NO KEY UPDATE";
            self.query(lock, values![company, id]).await?;
        }
        self.seats(company, id).await
    }
}
