//! What providers have to do with the members of an organization.

use std::collections::{BTreeMap, BTreeSet};

use crate::bind::{Bind, values};
use crate::scim::batches::{batches, repeated};
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{AccountId, CompanyId, ConnectionId, DirectoryUserId, OrganizationId, TeamId};

/// SCIM ids by account: at which connection somebody is called what (RC-7).
type ScimIds = BTreeMap<AccountId, Vec<(ConnectionId, DirectoryUserId)>>;

impl Reader {
    /// The SCIM ids of these accounts at the connections that serve the organization.
    pub async fn scim_ids_in_organization(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        accounts: &[AccountId],
    ) -> Result<ScimIds, DirectoryError> {
        let mut ids = ScimIds::new();
        for batch in batches(accounts) {
            let sql = format!(
                "SELECT k.account_id, k.connection_id, k.id FROM scim_id k JOIN connection_organization co \
                 ON co.company_id = k.company_id AND co.connection_id = k.connection_id AND co.organization_id = ? \
                 WHERE k.company_id = ? AND k.account_id IN ({}) ORDER BY k.account_id, k.connection_id",
                repeated("?", batch.len())
            );
            let mut values = values![organization, company];
            values.extend(batch.into_iter().map(Bind::bind));
            for row in self.query(sql, values).await? {
                let id = (row.id("connection_id")?, row.id("id")?);
                let known = ids.entry(row.id("account_id")?).or_default();
                if !known.contains(&id) {
                    known.push(id);
                }
            }
        }
        Ok(ids)
    }

    /// Those of these accounts whom a directory that serves the organization and still speaks has pushed.
    pub async fn managed_in_organization(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        accounts: &[AccountId],
    ) -> Result<BTreeSet<AccountId>, DirectoryError> {
        let mut managed = BTreeSet::new();
        for batch in batches(accounts) {
            let sql = format!(
                "SELECT u.account_id FROM directory_user u JOIN connection c \
                 ON c.company_id = u.company_id AND c.id = u.connection_id AND c.scim \
                 JOIN connection_organization co \
                 ON co.company_id = c.company_id AND co.connection_id = c.id AND co.organization_id = ? \
                 WHERE u.company_id = ? AND u.account_id IN ({})",
                repeated("?", batch.len())
            );
            let mut values = values![organization, company];
            values.extend(batch.into_iter().map(Bind::bind));
            for row in self.query(sql, values).await? {
                managed.insert(row.id("account_id")?);
            }
        }
        Ok(managed)
    }

    /// The connections that serve an organization, and whether their directories speak (S-7), by id.
    pub async fn connections_serving(
        &self,
        company: CompanyId,
        organization: OrganizationId,
    ) -> Result<Vec<(ConnectionId, bool)>, DirectoryError> {
        let sql = "SELECT c.id, c.scim FROM connection_organization co JOIN connection c \
             ON c.company_id = co.company_id AND c.id = co.connection_id \
             WHERE co.company_id = ? AND co.organization_id = ? ORDER BY c.id";
        self.query_as(sql, values![company, organization], |row| Ok((row.id("id")?, row.get("scim")?))).await
    }

    /// The connections that serve this organization and no other: what happens there is about its people alone.
    pub async fn connections_serving_only(
        &self,
        company: CompanyId,
        organization: OrganizationId,
    ) -> Result<Vec<ConnectionId>, DirectoryError> {
        let sql = "SELECT co.connection_id FROM connection_organization co \
             WHERE co.company_id = ? AND co.organization_id = ? AND NOT EXISTS (SELECT 1 FROM connection_organization x \
             WHERE x.company_id = co.company_id AND x.connection_id = co.connection_id \
             AND x.organization_id <> co.organization_id) ORDER BY co.connection_id";
        self.query_as(sql, values![company, organization], |row| row.id("connection_id")).await
    }

    /// Names of the connections whose default team this is.
    pub async fn connections_with_default_team(
        &self,
        company: CompanyId,
        team: TeamId,
    ) -> Result<Vec<String>, DirectoryError> {
        let sql = "SELECT c.name FROM connection c WHERE c.company_id = ? AND c.default_team_id = ? ORDER BY c.name";
        self.query_as(sql, values![company, team], |row| row.get("name")).await
    }
}

impl Unit {
    /// Ends those of an account's sessions of a company through whose connection no membership is left (RC-3). What was
    /// collected before it counts.
    pub fn end_sessions_without_membership(&self, account: AccountId, company: CompanyId, at: i64) {
        self.execute(
            "UPDATE session SET ended_at = ? WHERE account_id = ? AND company_id = ? AND ended_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM membership m JOIN connection_organization co \
             ON co.company_id = m.company_id AND co.organization_id = m.organization_id \
             WHERE m.company_id = session.company_id AND m.account_id = session.account_id \
             AND m.state IN ('active', 'held') AND co.connection_id = session.connection_id)",
            values![at, account, company],
        );
    }
}
