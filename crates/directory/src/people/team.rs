//! Teams of an organization and who is in them.

use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Scope, Unit};
use rollcall_policy::{AccountId, CompanyId, ConnectionId, OrganizationId, TeamId};

/// A team of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// The tenant.
    pub company: CompanyId,
    /// Its id.
    pub id: TeamId,
    /// Whose team it is.
    pub organization: OrganizationId,
    /// As given.
    pub name: String,
    /// Under `scim::fold`; unique in the organization.
    pub name_folded: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT t.company_id, t.id, t.organization_id, t.name, t.name_folded FROM team t ", $rest)
    };
}

pub(crate) fn record(row: &Row) -> Result<Team, DirectoryError> {
    Ok(Team {
        company: row.id("company_id")?,
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        name: row.get("name")?,
        name_folded: row.get("name_folded")?,
    })
}

impl Reader {
    /// A team by its id.
    pub async fn team(&self, company: CompanyId, id: TeamId) -> Result<Option<Team>, DirectoryError> {
        let sql = select!("WHERE t.company_id = ? AND t.id = ?");
        self.query_one_as(sql, values![company, id], record).await
    }

    /// A team by its folded name.
    pub async fn team_by_name(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        name_folded: &str,
    ) -> Result<Option<Team>, DirectoryError> {
        let sql = select!("WHERE t.company_id = ? AND t.organization_id = ? AND t.name_folded = ?");
        self.query_one_as(sql, values![company, organization, name_folded], record).await
    }

    /// An organization's teams by folded name, those after `after` (`""` for the beginning).
    pub async fn teams(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        after: &str,
        limit: u64,
    ) -> Result<Vec<Team>, DirectoryError> {
        let sql = select!(
            "WHERE t.company_id = ? AND t.organization_id = ? AND t.name_folded > ? ORDER BY t.name_folded LIMIT ?"
        );
        self.query_as(sql, values![company, organization, after, limit], record).await
    }

    /// All teams of the organizations that a connection serves: what a sign-in or push with groups looks names up in.
    pub async fn teams_of_connection(
        &self,
        company: CompanyId,
        connection: ConnectionId,
    ) -> Result<Vec<Team>, DirectoryError> {
        let sql = select!(
            "WHERE t.company_id = ? AND t.organization_id IN (SELECT s.organization_id FROM connection_organization s \
             WHERE s.company_id = ? AND s.connection_id = ?) ORDER BY t.organization_id, t.name_folded"
        );
        self.query_as(sql, values![company, company, connection], record).await
    }

    /// How many teams the connection has made after `since` (UTC microseconds); counts no further than `most` (RC-17).
    pub async fn teams_made_by(&self, scope: Scope, since: i64, most: u32) -> Result<u64, DirectoryError> {
        let sql = "SELECT COUNT(*) AS made FROM (SELECT t.id FROM team t \
             WHERE t.company_id = ? AND t.made_by = ? AND t.made_at > ? LIMIT ?) AS counted";
        let values = values![scope.company, scope.connection, since, i64::from(most)];
        Ok(self.query_one_as(sql, values, |row| row.count("made")).await?.unwrap_or(0))
    }

    /// The teams of an account in a company.
    pub async fn teams_of_account(&self, company: CompanyId, account: AccountId) -> Result<Vec<Team>, DirectoryError> {
        let sql = select!(
            "JOIN team_member tm ON tm.company_id = t.company_id AND tm.team_id = t.id \
             WHERE tm.company_id = ? AND tm.account_id = ? ORDER BY t.organization_id, t.name_folded"
        );
        self.query_as(sql, values![company, account], record).await
    }
}

impl Unit {
    /// Stores a new team. Conflicts with `team_name`; the next run finds the one that was faster.
    pub fn insert_team(&self, team: &Team) {
        self.execute(
            "INSERT INTO team (company_id, id, organization_id, name, name_folded) VALUES (?, ?, ?, ?, ?)",
            values![team.company, team.id, team.organization, &team.name, &team.name_folded],
        );
    }

    /// Stores a new team that evidence of a connection named at `at`: these are counted (RC-17). Conflicts as
    /// [`Unit::insert_team`].
    pub fn insert_team_made_by(&self, team: &Team, connection: ConnectionId, at: i64) {
        self.execute(
            "INSERT INTO team (company_id, id, organization_id, name, name_folded, made_by, made_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            values![team.company, team.id, team.organization, &team.name, &team.name_folded, connection, at],
        );
    }

    /// Deletes a team and its members. Conflicts with a connection whose default team it is.
    pub fn delete_team(&self, company: CompanyId, id: TeamId) {
        self.execute("DELETE FROM team_member WHERE company_id = ? AND team_id = ?", values![company, id]);
        self.execute("DELETE FROM team WHERE company_id = ? AND id = ?", values![company, id]);
    }

    /// Puts an account into a team; nothing happens if it is there.
    pub fn add_to_team(&self, company: CompanyId, team: TeamId, account: AccountId) {
        // It reads the team, so that nobody gets into one that was just deleted.
        self.execute(
            "INSERT INTO team_member (company_id, team_id, account_id) SELECT t.company_id, t.id, a.id \
             FROM team t JOIN account a ON a.id = ? WHERE t.company_id = ? AND t.id = ? ON CONFLICT DO NOTHING",
            values![account, company, team],
        );
    }

    /// Takes an account out of a team; nothing happens if it is not there.
    pub fn remove_from_team(&self, company: CompanyId, team: TeamId, account: AccountId) {
        self.execute(
            "DELETE FROM team_member WHERE company_id = ? AND team_id = ? AND account_id = ?",
            values![company, team, account],
        );
    }

    /// Takes an account out of every team of an organization.
    pub fn remove_from_teams(&self, company: CompanyId, organization: OrganizationId, account: AccountId) {
        self.execute(
            "DELETE FROM team_member WHERE company_id = ? AND account_id = ? AND team_id IN \
             (SELECT t.id FROM team t WHERE t.company_id = ? AND t.organization_id = ?)",
            values![company, account, company, organization],
        );
    }
}
