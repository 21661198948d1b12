//! Whom a connection's directory speaks for, and whom it does not: what a migration from JIT to SCIM asks (provisioning-rules 2.20).

use crate::bind::values;
use crate::row::Row;
use crate::{DirectoryError, Reader, Scope};
use rollcall_policy::{AccountId, DirectoryUserId, Finding, OrganizationId, Origin, Role};
use rollcall_scim::Resource;

/// A user as the provider pushed them, with the account that they stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedPerson {
    /// Its SCIM id.
    pub id: DirectoryUserId,
    /// As pushed.
    pub user_name: String,
    /// As pushed.
    pub external_id: Option<String>,
    /// What the provider says.
    pub active: bool,
    /// Why it is not linked, or not fully applied.
    pub finding: Option<Finding>,
    /// Account, address and username, if it is linked.
    pub account: Option<(AccountId, String, String)>,
}

/// A membership that no live user of the connection's directory stands behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UncoveredMember {
    /// Whose.
    pub account: AccountId,
    /// Their address.
    pub email: String,
    /// Their username.
    pub username: String,
    /// What they are called.
    pub full_name: String,
    /// Where.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// As what.
    pub role: Role,
    /// By which door they came.
    pub origin: Origin,
    /// There is no other owner.
    pub only_owner: bool,
    /// The directory had them once, and deleted them.
    pub deleted: bool,
    /// A pushed user has their address and stands for nobody.
    pub pushed_unlinked: bool,
}

/// How many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Active pushed users that stand for an account.
    pub linked: u64,
    /// The same, inactive.
    pub linked_inactive: u64,
    /// Active pushed users that stand for nobody.
    pub not_linked: u64,
    /// The same, inactive.
    pub not_linked_inactive: u64,
    /// Groups of the directory.
    pub groups: u64,
    /// Those of them whose names say which team they are.
    pub mapping_groups: u64,
}

macro_rules! pushed_people {
    ($which:literal) => {
        concat!(
            "SELECT u.id, u.document, u.external_id, u.active, u.finding, a.id AS account, a.email, a.username \
             FROM directory_user u LEFT JOIN account a ON a.id = u.account_id \
             WHERE u.company_id = ? AND u.connection_id = ? AND u.id > ? AND ",
            $which,
            " ORDER BY u.id LIMIT ?"
        )
    };
}

impl Reader {
    /// The counts over a connection's directory.
    pub async fn coverage(&self, scope: Scope) -> Result<Coverage, DirectoryError> {
        let sql = "SELECT COUNT(CASE WHEN u.active AND u.account_id IS NOT NULL THEN 1 END) AS linked, \
             COUNT(CASE WHEN NOT u.active AND u.account_id IS NOT NULL THEN 1 END) AS linked_inactive, \
             COUNT(CASE WHEN u.active AND u.account_id IS NULL THEN 1 END) AS not_linked, \
             COUNT(CASE WHEN NOT u.active AND u.account_id IS NULL THEN 1 END) AS not_linked_inactive, \
             (SELECT COUNT(*) FROM directory_group g WHERE g.company_id = ? AND g.connection_id = ?) AS groups, \
             (SELECT COUNT(*) FROM directory_group g WHERE g.company_id = ? AND g.connection_id = ? \
             AND g.team_folded IS NOT NULL) AS mapping_groups \
             FROM directory_user u WHERE u.company_id = ? AND u.connection_id = ?";
        let values = values![scope.company, scope.connection];
        let values = [values.clone(), values.clone(), values].concat();
        let found = self.query_one_as(sql, values, coverage).await?;
        Ok(found.unwrap_or_default())
    }

    /// Users of a connection's directory, linked ones or the others, by id, those after `after`.
    pub async fn pushed_people(
        &self,
        scope: Scope,
        linked: bool,
        after: Option<DirectoryUserId>,
        limit: u64,
    ) -> Result<Vec<PushedPerson>, DirectoryError> {
        const LINKED: &str = pushed_people!("u.account_id IS NOT NULL");
        const OTHERS: &str = pushed_people!("u.account_id IS NULL");
        let after = after.unwrap_or(DirectoryUserId::from_u128(0));
        let sql = if linked { LINKED } else { OTHERS };
        self.query_as(sql, values![scope.company, scope.connection, after, limit], pushed_person).await
    }

    /// Members of the organizations that a connection serves whom its directory does not have, by account and organization,
    /// those after `after`. Suspended and removed ones are not in it.
    pub async fn uncovered_members(
        &self,
        scope: Scope,
        after: Option<(AccountId, OrganizationId)>,
        limit: u64,
    ) -> Result<Vec<UncoveredMember>, DirectoryError> {
        let sql = "SELECT a.id, a.email, a.username, a.full_name, m.organization_id, o.name, m.role, m.origin, \
             (m.role = 'owner' AND 1 = (SELECT COUNT(*) FROM membership w WHERE w.company_id = m.company_id \
             AND w.organization_id = m.organization_id AND w.role = 'owner' AND w.state IN ('active', 'held'))) AS only_owner, \
             EXISTS (SELECT 1 FROM tombstone t WHERE t.company_id = ? AND t.connection_id = ? AND t.account_id = a.id) AS deleted, \
             EXISTS (SELECT 1 FROM directory_user n WHERE n.company_id = ? AND n.connection_id = ? AND n.account_id IS NULL \
             AND (n.user_name_folded = a.email_folded OR n.id IN (SELECT d.user_id FROM directory_address d \
             WHERE d.company_id = ? AND d.connection_id = ? AND d.value_folded = a.email_folded))) AS pushed_unlinked \
             FROM connection_organization s JOIN membership m \
             ON m.company_id = s.company_id AND m.organization_id = s.organization_id \
             JOIN organization o ON o.company_id = m.company_id AND o.id = m.organization_id \
             JOIN account a ON a.id = m.account_id \
             WHERE s.company_id = ? AND s.connection_id = ? AND m.state IN ('active', 'held') \
             AND (m.account_id > ? OR (m.account_id = ? AND m.organization_id > ?)) \
             AND NOT EXISTS (SELECT 1 FROM directory_user u WHERE u.company_id = ? AND u.connection_id = ? \
             AND u.account_id = m.account_id) ORDER BY m.account_id, m.organization_id LIMIT ?";
        let (company, connection) = (scope.company, scope.connection);
        let (account, organization) = after.unwrap_or((AccountId::from_u128(0), OrganizationId::from_u128(0)));
        let mut values =
            [values![company, connection], values![company, connection], values![company, connection]].concat();
        values.extend(values![company, connection, account, account, organization, company, connection, limit]);
        self.query_as(sql, values, uncovered_member).await
    }
}

fn coverage(row: &Row) -> Result<Coverage, DirectoryError> {
    Ok(Coverage {
        linked: row.count("linked")?,
        linked_inactive: row.count("linked_inactive")?,
        not_linked: row.count("not_linked")?,
        not_linked_inactive: row.count("not_linked_inactive")?,
        groups: row.count("groups")?,
        mapping_groups: row.count("mapping_groups")?,
    })
}

fn pushed_person(row: &Row) -> Result<PushedPerson, DirectoryError> {
    let document: String = row.get("document")?;
    let resource = Resource::from_document(&document).map_err(|error| row.inconsistent("document", error.detail()))?;
    let account = match row.optional_id("account")? {
        Some(id) => Some((id, row.get("email")?, row.get("username")?)),
        None => None,
    };
    Ok(PushedPerson {
        id: row.id("id")?,
        user_name: resource.user_name().unwrap_or_default().to_owned(),
        external_id: row.get("external_id")?,
        active: row.get("active")?,
        finding: row.optional_code("finding", Finding::from_code)?,
        account,
    })
}

fn uncovered_member(row: &Row) -> Result<UncoveredMember, DirectoryError> {
    Ok(UncoveredMember {
        account: row.id("id")?,
        email: row.get("email")?,
        username: row.get("username")?,
        full_name: row.get("full_name")?,
        organization: row.id("organization_id")?,
        organization_name: row.get("name")?,
        role: row.code("role", Role::from_code)?,
        origin: row.code("origin", Origin::from_code)?,
        only_owner: row.get("only_owner")?,
        deleted: row.get("deleted")?,
        pushed_unlinked: row.get("pushed_unlinked")?,
    })
}
