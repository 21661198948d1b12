//! Which teams directory groups map to, and who is in these by them (G-1, G-7, RC-14, RC-18).
//!
//! A group maps to a team if its connection's directory speaks, maps groups and serves the team's organization, and the
//! group's name names both. What follows for people is asked account by account, under the account's lock: whoever else
//! changes what the same person belongs to waits.

use crate::bind::{Bind, values};
use crate::row::Row;
use crate::scim::batches::{batches, repeated};
use crate::{Backend, DirectoryError, Reader, Scope, Unit};
use rollcall_policy::group_push::{GroupPerson, GroupPlace};
use rollcall_policy::{
    AccountId, CompanyId, DirectoryGroupId, DirectoryUserId, Folded, GroupName, MembershipState, OrganizationId, TeamId,
};
use sea_orm::Value;
use std::collections::BTreeSet;

/// The end of the FROM of a query about group `g`, and its first conditions: the group's connection speaks for that
/// organization. CROSS JOIN keeps SQLite's planner to the order of the tables.
macro_rules! speaking {
    ($organization:literal) => {
        concat!(
            " CROSS JOIN connection gc CROSS JOIN connection_organization go \
             WHERE gc.company_id = g.company_id AND gc.id = g.connection_id AND gc.scim = TRUE \
             AND gc.group_mapping = TRUE AND go.company_id = g.company_id AND go.connection_id = g.connection_id \
             AND go.organization_id = ",
            $organization,
            " "
        )
    };
}

/// Whether directory groups map to team `t` of organization `o`.
macro_rules! is_mapped {
    () => {
        "EXISTS (SELECT 1 FROM directory_group g CROSS JOIN connection gc CROSS JOIN connection_organization go \
         WHERE g.company_id = t.company_id AND g.organization_folded = o.name_folded AND g.team_folded = t.name_folded \
         AND gc.company_id = g.company_id AND gc.id = g.connection_id AND gc.scim = TRUE AND gc.group_mapping = TRUE \
         AND go.company_id = g.company_id AND go.connection_id = g.connection_id \
         AND go.organization_id = t.organization_id)"
    };
}
pub(crate) use is_mapped;

/// A group of a connection whose name is `organization:team`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingGroup {
    /// Its SCIM id.
    pub id: DirectoryGroupId,
    /// Its `displayName`.
    pub name: Folded,
}

impl Reader {
    /// Whether directory groups alone say who is in a team (RC-14, RC-18): then nobody is put there or taken out by hand.
    pub async fn is_team_mapped(&self, company: CompanyId, team: TeamId) -> Result<bool, DirectoryError> {
        let sql = concat!(
            "SELECT ",
            is_mapped!(),
            " AS mapped FROM team t JOIN organization o ON o.company_id = t.company_id AND o.id = t.organization_id \
             WHERE t.company_id = ? AND t.id = ?"
        );
        let mapped = self.query_one_as(sql, values![company, team], |row| row.get("mapped")).await?;
        Ok(mapped.unwrap_or(false))
    }

    /// The groups that map to a place, by id.
    pub async fn groups_mapped_to(
        &self,
        company: CompanyId,
        place: &GroupPlace,
    ) -> Result<Vec<DirectoryGroupId>, DirectoryError> {
        let sql = concat!(
            "SELECT g.id FROM directory_group g",
            speaking!("?"),
            "AND g.company_id = ? AND g.organization_folded = ? AND g.team_folded = ? ORDER BY g.id"
        );
        let values = values![place.organization, company, &place.name.key, &place.team.key];
        self.query_as(sql, values, |row| row.id("id")).await
    }

    /// Those of these team names that directory groups map to in an organization of the connection, whether the teams
    /// exist or not. One statement for each 500.
    pub async fn places_named(
        &self,
        scope: Scope,
        names: &[&str],
    ) -> Result<BTreeSet<(OrganizationId, String)>, DirectoryError> {
        let mut places = BTreeSet::new();
        for batch in batches(names) {
            let sql = format!(
                "SELECT DISTINCT o.id, g.team_folded FROM connection_organization s CROSS JOIN organization o \
                 CROSS JOIN directory_group g{}AND s.company_id = ? AND s.connection_id = ? \
                 AND o.company_id = s.company_id AND o.id = s.organization_id AND g.company_id = s.company_id \
                 AND g.organization_folded = o.name_folded AND g.team_folded IN ({})",
                speaking!("s.organization_id"),
                repeated("?", batch.len())
            );
            let mut values = values![scope.company, scope.connection];
            values.extend(batch.into_iter().map(Bind::bind));
            for row in self.query(sql, values).await? {
                places.insert((row.id("id")?, row.get("team_folded")?));
            }
        }
        Ok(places)
    }

    /// The places that groups of these directory users map to. One statement for each 500.
    pub async fn places_of_users(
        &self,
        company: CompanyId,
        users: &[DirectoryUserId],
    ) -> Result<Vec<(DirectoryUserId, GroupPlace)>, DirectoryError> {
        let mut places = BTreeSet::new();
        for batch in batches(users) {
            let sql = format!(
                "SELECT m.member_id, o.id, o.name, o.name_folded, g.display_name, g.display_name_folded \
                 FROM directory_member m CROSS JOIN directory_group g CROSS JOIN connection gc \
                 CROSS JOIN connection_organization go CROSS JOIN organization o WHERE m.company_id = ? \
                 AND m.member_id IN ({}) AND g.company_id = m.company_id AND g.id = m.group_id \
                 AND g.team_folded IS NOT NULL AND gc.company_id = g.company_id AND gc.id = g.connection_id \
                 AND gc.scim = TRUE AND gc.group_mapping = TRUE AND go.company_id = g.company_id \
                 AND go.connection_id = g.connection_id AND o.company_id = go.company_id \
                 AND o.id = go.organization_id AND o.name_folded = g.organization_folded",
                repeated("?", batch.len())
            );
            let mut values = values![company];
            values.extend(batch.into_iter().map(Bind::bind));
            for row in self.query(sql, values).await? {
                let name =
                    Folded::from_parts(row.get::<String>("display_name")?, row.get::<String>("display_name_folded")?);
                // What cannot be parsed has no team in its columns.
                let Ok(group) = GroupName::parse(&name) else { continue };
                let organization = Folded::from_parts(row.get::<String>("name")?, row.get::<String>("name_folded")?);
                let place = GroupPlace { organization: row.id("id")?, name: organization, team: group.team };
                places.insert((row.id("member_id")?, place));
            }
        }
        Ok(places.into_iter().collect())
    }

    /// The groups of a connection whose names are `organization:team`, by id.
    pub async fn mapping_groups(&self, scope: Scope) -> Result<Vec<MappingGroup>, DirectoryError> {
        let sql = "SELECT g.id, g.display_name, g.display_name_folded FROM directory_group g \
             WHERE g.company_id = ? AND g.connection_id = ? AND g.team_folded IS NOT NULL ORDER BY g.id";
        let group = |row: &Row| {
            let (text, key) = (row.get::<String>("display_name")?, row.get::<String>("display_name_folded")?);
            Ok(MappingGroup { id: row.id("id")?, name: Folded::from_parts(text, key) })
        };
        self.query_as(sql, values![scope.company, scope.connection], group).await
    }

    /// The users that are members of a group, by id; groups inside of it map nobody.
    pub async fn users_of_group(
        &self,
        company: CompanyId,
        group: DirectoryGroupId,
    ) -> Result<Vec<DirectoryUserId>, DirectoryError> {
        let sql = "SELECT m.member_id FROM directory_member m WHERE m.company_id = ? AND m.group_id = ? \
             AND m.member_kind = 'User' ORDER BY m.member_id";
        self.query_as(sql, values![company, group], |row| row.id("member_id")).await
    }

    /// Everybody in a team, by account.
    pub async fn accounts_of_team(&self, company: CompanyId, team: TeamId) -> Result<Vec<AccountId>, DirectoryError> {
        let sql = "SELECT tm.account_id FROM team_member tm WHERE tm.company_id = ? AND tm.team_id = ? \
             ORDER BY tm.account_id";
        self.query_as(sql, values![company, team], |row| row.id("account_id")).await
    }

    /// How these accounts stand to a place and its team. One statement for each 500; each account once.
    pub async fn group_people(
        &self,
        company: CompanyId,
        place: &GroupPlace,
        team: TeamId,
        accounts: &[AccountId],
    ) -> Result<Vec<GroupPerson>, DirectoryError> {
        let mut people = Vec::new();
        for batch in batches(accounts) {
            let sql = format!("{PEOPLE} ({}) ORDER BY a.id", repeated("?", batch.len()));
            let mut values = values![company, team, place.organization, company, &place.name.key, &place.team.key];
            values.extend(values![company, place.organization, company, place.organization]);
            values.extend(batch.into_iter().map(Bind::bind));
            for row in self.query(sql, values).await? {
                people.push(GroupPerson {
                    account: row.id("id")?,
                    membership: row.optional_code("state", MembershipState::from_code)?,
                    in_team: row.get("in_team")?,
                    given: row.get("given")?,
                    kept: row.get("kept")?,
                });
            }
        }
        Ok(people)
    }
}

/// The user first: their groups are few, while a group may have every user of the company.
const PEOPLE: &str = concat!(
    "SELECT a.id, ms.state, EXISTS (SELECT 1 FROM team_member tm WHERE tm.company_id = ? AND tm.team_id = ? \
     AND tm.account_id = a.id) AS in_team, EXISTS (SELECT 1 FROM directory_user u CROSS JOIN directory_member m \
     CROSS JOIN directory_group g",
    speaking!("?"),
    "AND u.company_id = ? AND u.account_id = a.id AND u.active = TRUE AND m.company_id = u.company_id \
     AND m.member_id = u.id AND g.company_id = m.company_id AND g.id = m.group_id AND g.organization_folded = ? \
     AND g.team_folded = ?) AS given, EXISTS (SELECT 1 FROM brake_hold h CROSS JOIN connection_organization ho \
     WHERE h.company_id = ? AND h.account_id = a.id AND ho.company_id = h.company_id \
     AND ho.connection_id = h.connection_id AND ho.organization_id = ?) AS kept FROM account a LEFT JOIN membership ms ON ms.company_id = ? \
     AND ms.organization_id = ? AND ms.account_id = a.id WHERE a.id IN"
);

impl Unit {
    /// The accounts that these directory users are linked to, by id, each once.
    ///
    /// Whoever is not linked stays so until the unit ends, so that a push which links them meanwhile finds the group as
    /// it is then. On SQLite every unit is alone anyway.
    pub async fn accounts_of_users(
        &self,
        company: CompanyId,
        users: &[DirectoryUserId],
    ) -> Result<Vec<AccountId>, DirectoryError> {
        let mut accounts: BTreeSet<AccountId> = BTreeSet::new();
        let sorted: Vec<DirectoryUserId> = users.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        for batch in batches(&sorted) {
            let places = repeated("?", batch.len());
            let condition = format!("FROM directory_user u WHERE u.company_id = ? AND u.id IN ({places})");
            let values = || -> Vec<Value> {
                values![company].into_iter().chain(batch.iter().copied().map(Bind::bind)).collect()
            };
            if self.backend() == Backend::Postgres {
                let unlinked = format!("SELECT u.id {condition} AND u.account_id IS NULL ORDER BY u.id FOR SHARE");
                self.query(unlinked, values()).await?;
            }
            let linked = format!("SELECT u.account_id {condition} AND u.account_id IS NOT NULL");
            for row in self.query(linked, values()).await? {
                accounts.insert(row.id("account_id")?);
            }
        }
        Ok(accounts.into_iter().collect())
    }

    /// Makes this the only unit that decides about these people, until it ends; by id, so that units wait in one order.
    pub async fn lock_accounts(&self, accounts: &[AccountId]) -> Result<(), DirectoryError> {
        if self.backend() == Backend::Postgres {
            for batch in batches(accounts) {
                let places = repeated("?", batch.len());
                let sql =
                    format!("SELECT a.id FROM account a WHERE a.id IN ({places}) ORDER BY a.id FOR NO KEY UPDATE");
                self.query(sql, batch.into_iter().map(Bind::bind).collect()).await?;
            }
        }
        Ok(())
    }

    /// Makes this the only unit that links or changes the directory user, until it ends.
    pub async fn lock_user(&self, scope: Scope, id: DirectoryUserId) -> Result<(), DirectoryError> {
        if self.backend() == Backend::Postgres {
            let sql = "SELECT u.id FROM directory_user u WHERE u.company_id = ? AND u.id = ? FOR NO KEY UPDATE";
            self.query(sql, values![scope.company, id]).await?;
        }
        Ok(())
    }

    /// Puts accounts into a team; nothing happens for those that are there. One statement for each 500.
    pub fn add_all_to_team(&self, company: CompanyId, team: TeamId, accounts: &[AccountId]) {
        for batch in batches(accounts) {
            let sql = format!(
                "INSERT INTO team_member (company_id, team_id, account_id) SELECT t.company_id, t.id, a.id \
                 FROM team t CROSS JOIN account a WHERE t.company_id = ? AND t.id = ? AND a.id IN ({}) \
                 ON CONFLICT DO NOTHING",
                repeated("?", batch.len())
            );
            self.execute(sql, values![company, team].into_iter().chain(batch.into_iter().map(Bind::bind)).collect());
        }
    }

    /// Takes accounts out of a team; nothing happens for those that are not there. One statement for each 500.
    pub fn remove_all_from_team(&self, company: CompanyId, team: TeamId, accounts: &[AccountId]) {
        for batch in batches(accounts) {
            let places = repeated("?", batch.len());
            let sql =
                format!("DELETE FROM team_member WHERE company_id = ? AND team_id = ? AND account_id IN ({places})");
            self.execute(sql, values![company, team].into_iter().chain(batch.into_iter().map(Bind::bind)).collect());
        }
    }

    /// Makes accounts active members by SCIM; a removed membership gives way, any other stays. One statement for each 500.
    pub fn join_all(&self, company: CompanyId, organization: OrganizationId, accounts: &[AccountId], at: i64) {
        for batch in batches(accounts) {
            let sql = format!(
                "INSERT INTO membership (company_id, organization_id, account_id, role, origin, state, suspended_by, \
                 created_at, updated_at) SELECT o.company_id, o.id, a.id, 'member', 'scim', 'active', NULL, \
                 CAST(? AS BIGINT), CAST(? AS BIGINT) FROM organization o CROSS JOIN account a \
                 WHERE o.company_id = ? AND o.id = ? AND a.id IN ({}) \
                 ON CONFLICT (company_id, organization_id, account_id) DO UPDATE SET role = excluded.role, \
                 origin = excluded.origin, state = excluded.state, suspended_by = NULL, \
                 created_at = excluded.created_at, updated_at = excluded.updated_at \
                 WHERE membership.state = 'removed'",
                repeated("?", batch.len())
            );
            let mut values = values![at, at, company, organization];
            values.extend(batch.into_iter().map(Bind::bind));
            self.execute(sql, values);
        }
    }
}
