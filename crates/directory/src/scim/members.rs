//! Rows of group members: reading them, and changing them at a cost that does not grow with the group (D-10).
//!
//! Changes of members go out at once, so that a unit sees its own and each tells what it really changed: a repeated
//! add or an absent remove changes nothing, and then the group's version must stay as it is.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_policy::DirectoryGroupId;
use rollcall_scim::condition::Condition;
use sea_orm::Value;
use uuid::Uuid;

use super::batches::{batches, repeated};
use super::compile::Compiler;
use super::fragment::Fragment;
use super::records::{Kind, Member, MemberRow, Scope};
use super::rows;
use crate::backend::Backend;
use crate::error::DirectoryError;
use crate::reader::Reader;
use crate::row::Row;
use crate::unit::Unit;

/// What a change of members did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembersChanged {
    /// Who came in.
    pub added: Vec<Member>,
    /// Who went out.
    pub removed: Vec<Member>,
}

impl MembersChanged {
    /// Is the group as it was?
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// The rows of one group, alias `m`, provided that it is one of the connection's.
const MEMBERS_OF_GROUP: &str = "FROM directory_member AS m JOIN directory_group AS g ON g.company_id = m.company_id \
     AND g.id = m.group_id WHERE m.company_id = ? AND m.group_id = ? AND g.connection_id = ?";

impl Reader {
    /// The members of a group with the names they show, ordered by id; at most `limit`.
    pub async fn members(
        &self,
        scope: Scope,
        group: DirectoryGroupId,
        limit: Option<u64>,
    ) -> Result<Vec<MemberRow>, DirectoryError> {
        let condition =
            "WHERE m.company_id = ? AND m.group_id = ? AND g.connection_id = ? ORDER BY m.member_id LIMIT ?";
        let sql = format!("{} {condition}", shown_members(self.backend()));
        let mut values = key(scope, group);
        values.push(limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(i64::MAX).into());
        self.query(sql, values).await?.iter().map(member_row).collect()
    }

    /// The members of several groups with the names they show, ordered by id; a group without members is not in it.
    pub async fn members_of_groups(
        &self,
        scope: Scope,
        groups: &[DirectoryGroupId],
    ) -> Result<BTreeMap<DirectoryGroupId, Vec<MemberRow>>, DirectoryError> {
        let mut members: BTreeMap<DirectoryGroupId, Vec<MemberRow>> = BTreeMap::new();
        for batch in batches(groups) {
            let sql = format!(
                "{} WHERE m.company_id = ? AND g.connection_id = ? AND m.group_id IN ({}) ORDER BY m.group_id, m.member_id",
                shown_members(self.backend()),
                repeated("?", batch.len()),
            );
            let mut values: Vec<Value> = vec![scope.company.uuid().into(), scope.connection.uuid().into()];
            values.extend(batch.into_iter().map(|group| Value::from(group.uuid())));
            for row in self.query(sql, values).await? {
                members.entry(DirectoryGroupId(row.get("group_id")?)).or_default().push(member_row(&row)?);
            }
        }
        Ok(members)
    }

    /// Those of `ids` that are members of the group.
    pub async fn existing_members(
        &self,
        scope: Scope,
        group: DirectoryGroupId,
        ids: &[Uuid],
    ) -> Result<Vec<Member>, DirectoryError> {
        let mut members = Vec::new();
        for batch in batches(ids) {
            let sql = format!(
                "SELECT m.member_id, m.member_kind {MEMBERS_OF_GROUP} AND m.member_id IN ({})",
                repeated("?", batch.len())
            );
            let mut values = key(scope, group);
            values.extend(batch.into_iter().map(Value::from));
            collect(&mut members, &self.query(sql, values).await?)?;
        }
        Ok(members)
    }

    /// The members of the group for which the condition holds, as it stands inside `members[..]` of a PATCH path.
    ///
    /// `base_url` is what `$ref` begins with, without a slash at its end.
    pub async fn members_matching(
        &self,
        scope: Scope,
        group: DirectoryGroupId,
        condition: &Condition,
        base_url: &str,
    ) -> Result<Vec<Member>, DirectoryError> {
        let compiler = Compiler { backend: self.backend(), scope, base_url };
        let mut sql = Fragment::text(format!("SELECT m.member_id, m.member_kind {MEMBERS_OF_GROUP} AND "));
        sql.values = key(scope, group);
        sql.append(&compiler.member_condition(condition)).push(" ORDER BY m.member_id");
        let mut members = Vec::new();
        collect(&mut members, &self.query(sql.text, sql.values).await?)?;
        Ok(members)
    }
}

impl Unit {
    /// Those of `ids` that are users or groups of the connection, ordered by id, and keeps them from being deleted until
    /// the unit is through: whoever is not in the answer must not become a member (D-4).
    pub async fn resolve_members(&self, scope: Scope, ids: &[Uuid]) -> Result<Vec<Member>, DirectoryError> {
        let mut members = Vec::new();
        // Sorted, so that units that lock the same rows do it in the same order.
        let mut missing: BTreeSet<Uuid> = ids.iter().copied().collect();
        for kind in [Kind::User, Kind::Group] {
            let wanted: Vec<Uuid> = missing.iter().copied().collect();
            for batch in batches(&wanted) {
                let sql = format!(
                    "SELECT t.id AS member_id, '{}' AS member_kind FROM {} AS t WHERE t.company_id = ? \
                     AND t.connection_id = ? AND t.id IN ({}) ORDER BY t.id{}",
                    kind.name(),
                    rows::table(kind),
                    repeated("?", batch.len()),
                    self.backend().keep_rows(),
                );
                let mut values: Vec<Value> = vec![scope.company.uuid().into(), scope.connection.uuid().into()];
                values.extend(batch.into_iter().map(Value::from));
                collect(&mut members, &self.query(sql, values).await?)?;
            }
            for member in &members {
                missing.remove(&member.id);
            }
        }
        members.sort_unstable();
        Ok(members)
    }

    /// Adds members, and answers with those that were none before. They must come from [`Unit::resolve_members`].
    ///
    /// Where the answer is not empty, the group wants [`Unit::touch_group`]. One statement for each 500.
    pub async fn add_members(
        &self,
        scope: Scope,
        group: DirectoryGroupId,
        members: &[Member],
    ) -> Result<Vec<Member>, DirectoryError> {
        let mut added = Vec::new();
        for batch in batches(members) {
            let sql = format!(
                "INSERT INTO directory_member (company_id, group_id, member_id, member_kind) VALUES {} \
                 ON CONFLICT DO NOTHING RETURNING member_id, member_kind",
                repeated("(?, ?, ?, ?)", batch.len())
            );
            let mut values: Vec<Value> = Vec::with_capacity(batch.len() * 4);
            for member in batch {
                values.extend([scope.company.uuid().into(), group.uuid().into(), member.id.into()]);
                values.push(member.kind.name().into());
            }
            collect(&mut added, &self.returning(sql, values).await?)?;
        }
        Ok(added)
    }

    /// Removes members, and answers with those that were some. One statement for each 500.
    pub async fn remove_members(
        &self,
        scope: Scope,
        group: DirectoryGroupId,
        ids: &[Uuid],
    ) -> Result<Vec<Member>, DirectoryError> {
        let mut removed = Vec::new();
        for batch in batches(ids) {
            let sql = format!(
                "DELETE FROM directory_member WHERE company_id = ? AND group_id = ? AND member_id IN ({}) \
                 RETURNING member_id, member_kind",
                repeated("?", batch.len())
            );
            let mut values: Vec<Value> = vec![scope.company.uuid().into(), group.uuid().into()];
            values.extend(batch.into_iter().map(Value::from));
            collect(&mut removed, &self.returning(sql, values).await?)?;
        }
        Ok(removed)
    }

    /// Removes every member, and answers with those that were some.
    pub async fn remove_all_members(
        &self,
        scope: Scope,
        group: DirectoryGroupId,
    ) -> Result<Vec<Member>, DirectoryError> {
        const SQL: &str =
            "DELETE FROM directory_member WHERE company_id = ? AND group_id = ? RETURNING member_id, member_kind";
        let mut removed = Vec::new();
        let values = vec![scope.company.uuid().into(), group.uuid().into()];
        collect(&mut removed, &self.returning(SQL, values).await?)?;
        Ok(removed)
    }

    /// Makes these the members, and answers with the difference. They must come from [`Unit::resolve_members`].
    pub async fn replace_members(
        &self,
        scope: Scope,
        group: DirectoryGroupId,
        members: &[Member],
    ) -> Result<MembersChanged, DirectoryError> {
        let wanted: BTreeSet<Uuid> = members.iter().map(|member| member.id).collect();
        let mut stored = Vec::new();
        let sql = format!("SELECT m.member_id, m.member_kind {MEMBERS_OF_GROUP}");
        collect(&mut stored, &self.query(sql, key(scope, group)).await?)?;
        let stored: BTreeSet<Uuid> = stored.into_iter().map(|member| member.id).collect();
        let gone: Vec<Uuid> = stored.difference(&wanted).copied().collect();
        let new: Vec<Member> = members.iter().copied().filter(|member| !stored.contains(&member.id)).collect();
        Ok(MembersChanged {
            removed: self.remove_members(scope, group, &gone).await?,
            added: self.add_members(scope, group, &new).await?,
        })
    }
}

/// Members with the names they show; the condition follows.
fn shown_members(backend: Backend) -> String {
    format!(
        "SELECT m.group_id, m.member_id, m.member_kind, CASE m.member_kind WHEN 'Group' THEN mg.display_name \
         ELSE COALESCE({}, {}) END AS display \
         FROM directory_member AS m \
         JOIN directory_group AS g ON g.company_id = m.company_id AND g.id = m.group_id \
         LEFT JOIN directory_user AS mu ON mu.company_id = m.company_id AND mu.id = m.member_id \
         LEFT JOIN directory_group AS mg ON mg.company_id = m.company_id AND mg.id = m.member_id",
        backend.stored_text("mu.document", "displayName"),
        backend.stored_text("mu.document", "userName"),
    )
}

fn member_row(row: &Row) -> Result<MemberRow, DirectoryError> {
    let Member { id, kind } = member(row)?;
    Ok(MemberRow { id, kind, display: row.get("display")? })
}

fn key(scope: Scope, group: DirectoryGroupId) -> Vec<Value> {
    vec![scope.company.uuid().into(), group.uuid().into(), scope.connection.uuid().into()]
}

fn collect(members: &mut Vec<Member>, rows: &[Row]) -> Result<(), DirectoryError> {
    for row in rows {
        members.push(member(row)?);
    }
    Ok(())
}

fn member(row: &Row) -> Result<Member, DirectoryError> {
    Ok(Member { id: row.get("member_id")?, kind: rows::kind("member_kind", row)? })
}
