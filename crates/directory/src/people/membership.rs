//! Memberships: an account in an organization.

use super::Account;
use super::account::{account_columns, record as account_record};
use super::mapping::is_mapped;
use crate::bind::{Bind, values};
use crate::foreseen;
use crate::row::Row;
use crate::scim::batches::{batches, repeated};
use crate::{DirectoryError, Reader, Scope, Unit};
use rollcall_policy::{
    AccountId, CompanyId, ConnectionId, MembershipState, OrganizationId, Origin, Role, SuspendedBy, TeamId,
};
use std::collections::{BTreeMap, BTreeSet};

/// An account in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The tenant.
    pub company: CompanyId,
    /// Where.
    pub organization: OrganizationId,
    /// Who.
    pub account: AccountId,
    /// What they may do.
    pub role: Role,
    /// The door they came through.
    pub origin: Origin,
    /// Where it stands.
    pub state: MembershipState,
    /// Whose suspension it is (RC-4).
    pub suspended_by: Option<SuspendedBy>,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds.
    pub updated_at: i64,
}

/// A membership with what answers and decisions say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipView {
    /// The membership.
    pub membership: Membership,
    /// Name of the organization.
    pub organization_name: String,
    /// The account's teams there, by folded name.
    pub teams: Vec<(TeamId, String)>,
    /// Those of them that directory groups map to (RC-14); only [`Reader::memberships_on_connection`] asks.
    pub mapped: BTreeSet<TeamId>,
}

/// A member of an organization, as its administrators see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationMember {
    /// Who.
    pub account: Account,
    /// How.
    pub view: MembershipView,
}

/// The columns of `membership m` and, beside it, of the organization `o` and perhaps one team `t` of the account.
macro_rules! view_columns {
    () => {
        "m.company_id, m.organization_id, m.account_id, m.role, m.origin, m.state, m.suspended_by, \
         m.created_at AS since, m.updated_at AS changed, o.name AS organization_name, t.id AS team_id, t.name AS team_name"
    };
}

/// One row for each team; one without team for a membership in none.
macro_rules! view_tables {
    () => {
        "membership m JOIN organization o ON o.company_id = m.company_id AND o.id = m.organization_id \
         LEFT JOIN (team_member tm JOIN team t ON t.company_id = tm.company_id AND t.id = tm.team_id) \
         ON tm.company_id = m.company_id AND tm.account_id = m.account_id AND t.organization_id = m.organization_id "
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", view_columns!(), " FROM ", view_tables!(), $rest)
    };
}

/// Memberships of accounts in the organizations of a connection.
macro_rules! on_connection {
    ($whose:literal) => {
        concat!(
            "SELECT ",
            view_columns!(),
            ", ",
            is_mapped!(),
            " AS mapped FROM ",
            view_tables!(),
            "JOIN connection_organization co ON co.company_id = m.company_id AND co.organization_id = m.organization_id \
             AND co.connection_id = ? WHERE ",
            $whose,
            " AND m.company_id = ? ORDER BY o.name, t.name_folded"
        )
    };
}

const ON_CONNECTION: &str = on_connection!("m.account_id = ?");

/// Reads ahead what [`Reader::memberships_on_connection`] will be asked for each account.
pub(crate) async fn foresee(unit: &Unit, scope: Scope, accounts: &[AccountId]) -> Result<(), DirectoryError> {
    let (company, connection) = (scope.company, scope.connection);
    for chunk in batches(accounts) {
        let sql = format!(on_connection!("m.account_id IN ({})"), repeated("?", chunk.len()));
        let mut values = values![connection];
        values.extend(chunk.iter().map(|account| account.bind()));
        values.extend(values![company]);
        let mut own: BTreeMap<AccountId, Vec<Row>> = chunk.iter().map(|account| (*account, Vec::new())).collect();
        for row in unit.query(sql, values).await? {
            own.entry(row.id("account_id")?).or_default().push(row);
        }
        for (account, rows) in own {
            let question =
                foreseen::question(&ON_CONNECTION.into(), &[connection.bind(), account.bind(), company.bind()]);
            unit.foreseen().keep(question, rows);
        }
    }
    Ok(())
}

fn record(row: &Row) -> Result<Membership, DirectoryError> {
    Ok(Membership {
        company: row.id("company_id")?,
        organization: row.id("organization_id")?,
        account: row.id("account_id")?,
        role: row.code("role", Role::from_code)?,
        origin: row.code("origin", Origin::from_code)?,
        state: row.code("state", MembershipState::from_code)?,
        suspended_by: row.optional_code("suspended_by", SuspendedBy::from_code)?,
        created_at: row.get("since")?,
        updated_at: row.get("changed")?,
    })
}

/// The team of a row, if it has one.
fn team(row: &Row) -> Result<Option<(TeamId, String)>, DirectoryError> {
    match row.optional_id("team_id")? {
        Some(id) => Ok(Some((id, row.get("team_name")?))),
        None => Ok(None),
    }
}

/// Rows of one membership follow each other.
fn views(rows: &[Row]) -> Result<Vec<MembershipView>, DirectoryError> {
    let mut views: Vec<MembershipView> = Vec::new();
    for row in rows {
        let membership = record(row)?;
        match views.last_mut() {
            Some(last) if last.membership == membership => last.teams.extend(team(row)?),
            _ => views.push(MembershipView {
                membership,
                organization_name: row.get("organization_name")?,
                teams: team(row)?.into_iter().collect(),
                mapped: BTreeSet::new(),
            }),
        }
    }
    Ok(views)
}

impl Reader {
    /// One membership.
    pub async fn membership(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        account: AccountId,
    ) -> Result<Option<MembershipView>, DirectoryError> {
        let sql =
            select!("WHERE m.company_id = ? AND m.organization_id = ? AND m.account_id = ? ORDER BY t.name_folded");
        let rows = self.query(sql, values![company, organization, account]).await?;
        Ok(views(&rows)?.pop())
    }

    /// An account's memberships in the organizations that a connection serves, whatever their state, by name.
    pub async fn memberships_on_connection(
        &self,
        company: CompanyId,
        connection: ConnectionId,
        account: AccountId,
    ) -> Result<Vec<MembershipView>, DirectoryError> {
        let rows = self.query(ON_CONNECTION, values![connection, account, company]).await?;
        let mut mapped: BTreeSet<TeamId> = BTreeSet::new();
        for row in &rows {
            if row.get("mapped")? {
                mapped.extend(row.optional_id::<TeamId>("team_id")?);
            }
        }
        let mut views = views(&rows)?;
        for view in &mut views {
            view.mapped = view.teams.iter().map(|(team, _)| *team).filter(|team| mapped.contains(team)).collect();
        }
        Ok(views)
    }

    /// An account's memberships in all companies, whatever their state, by organization name.
    pub async fn memberships(&self, account: AccountId) -> Result<Vec<MembershipView>, DirectoryError> {
        let sql = select!("WHERE m.account_id = ? ORDER BY o.name, t.name_folded");
        views(&self.query(sql, values![account]).await?)
    }

    /// Members of an organization by account id, those after `after`; removed ones are not in it.
    pub async fn members_of_organization(
        &self,
        company: CompanyId,
        organization: OrganizationId,
        after: Option<AccountId>,
        limit: u64,
    ) -> Result<Vec<OrganizationMember>, DirectoryError> {
        // The limit counts members, not rows: it is taken inside.
        let sql = concat!(
            "SELECT ",
            view_columns!(),
            ", ",
            account_columns!(),
            " FROM ",
            view_tables!(),
            "JOIN account a ON a.id = m.account_id WHERE m.company_id = ? AND m.organization_id = ? AND m.account_id IN \
             (SELECT l.account_id FROM membership l WHERE l.company_id = ? AND l.organization_id = ? AND l.account_id > ? \
             AND l.state <> 'removed' ORDER BY l.account_id LIMIT ?) ORDER BY m.account_id, t.name_folded"
        );
        let after = after.unwrap_or(AccountId::from_u128(0));
        let rows = self.query(sql, values![company, organization, company, organization, after, limit]).await?;
        let mut accounts = rows.iter().map(account_record).collect::<Result<Vec<_>, _>>()?;
        accounts.dedup_by_key(|account| account.id);
        let members = accounts.into_iter().zip(views(&rows)?);
        Ok(members.map(|(account, view)| OrganizationMember { account, view }).collect())
    }

    /// How many owners the organization has that can act (RC-16). Exact only under [`Unit::lock_organization`].
    pub async fn owners(&self, company: CompanyId, organization: OrganizationId) -> Result<u64, DirectoryError> {
        let sql = "SELECT COUNT(*) AS owners FROM membership m WHERE m.company_id = ? AND m.organization_id = ? \
             AND m.role = 'owner' AND m.state IN ('active', 'held')";
        let owners = self.query_one_as(sql, values![company, organization], |row| row.count("owners")).await?;
        Ok(owners.unwrap_or(0))
    }
}

impl Unit {
    /// Stores a new membership. Conflicts with `membership_pkey` (removed ones stand there, too: update these).
    pub fn insert_membership(&self, membership: &Membership) {
        self.execute(
            "INSERT INTO membership (company_id, organization_id, account_id, role, origin, state, suspended_by, \
             created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                membership.company,
                membership.organization,
                membership.account,
                membership.role,
                membership.origin,
                membership.state,
                membership.suspended_by,
                membership.created_at,
                membership.updated_at,
            ],
        );
    }

    /// Writes `after` over a membership that still is as `before`; if it is not, the unit runs again.
    pub fn update_membership(&self, before: &Membership, after: &Membership) {
        // Two texts instead of IS NOT DISTINCT FROM, which SQLite knows only since 3.39 and plans badly.
        let (sql, suspended_by) = match before.suspended_by {
            Some(by) => (UPDATE_SUSPENDED, Some(by)),
            None => (UPDATE, None),
        };
        let mut values = values![
            after.role,
            after.origin,
            after.state,
            after.suspended_by,
            after.updated_at,
            before.company,
            before.organization,
            before.account,
            before.role,
            before.origin,
            before.state,
        ];
        values.extend(suspended_by.map(crate::bind::Bind::bind));
        self.guard(sql, values, 1);
    }
}

macro_rules! update {
    ($suspended_by:literal) => {
        concat!(
            "UPDATE membership SET role = ?, origin = ?, state = ?, suspended_by = ?, updated_at = ? \
             WHERE company_id = ? AND organization_id = ? AND account_id = ? AND role = ? AND origin = ? AND state = ? \
             AND suspended_by ",
            $suspended_by
        )
    };
}

const UPDATE: &str = update!("IS NULL");
const UPDATE_SUSPENDED: &str = update!("= ?");
