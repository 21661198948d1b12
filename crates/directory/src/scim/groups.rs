//! Groups as they were pushed: look-ups and writes; which groups a user is in.

use std::collections::BTreeMap;

use rollcall_policy::{DirectoryGroupId, DirectoryUserId, Folded, GroupName};
use rollcall_scim::representation::GroupReference;
use sea_orm::Value;
use serde_json::Map;
use uuid::Uuid;

use super::batches::{batches, repeated};
use super::records::{DirectoryGroup, Scope};
use super::rows;
use crate::bind::values;
use crate::error::DirectoryError;
use crate::reader::Reader;
use crate::unit::Unit;

/// Selects groups by a condition on alias `t`; the columns are those of [`rows::GROUP_COLUMNS`] that a group has.
macro_rules! groups_where {
    ($condition:literal) => {
        concat!(
            "SELECT t.connection_id, t.id, t.document, t.display_name_folded AS name_folded, t.external_id, ",
            "t.version, t.created_at, t.updated_at FROM directory_group AS t WHERE ",
            $condition
        )
    };
}

impl Reader {
    /// The group of that id.
    pub async fn group(&self, scope: Scope, id: DirectoryGroupId) -> Result<Option<DirectoryGroup>, DirectoryError> {
        const SQL: &str = groups_where!("t.company_id = ? AND t.id = ? AND t.connection_id = ?");
        let values = vec![scope.company.uuid().into(), id.uuid().into(), scope.connection.uuid().into()];
        self.query_one(SQL, values).await?.map(|row| rows::group(scope.company, &row)).transpose()
    }

    /// The group of that `displayName`, given as `rollcall_scim::fold` makes it.
    pub async fn group_by_display_name(
        &self,
        scope: Scope,
        folded: &str,
    ) -> Result<Option<DirectoryGroup>, DirectoryError> {
        const SQL: &str = groups_where!("t.company_id = ? AND t.connection_id = ? AND t.display_name_folded = ?");
        let values = vec![scope.company.uuid().into(), scope.connection.uuid().into(), folded.into()];
        self.query_one(SQL, values).await?.map(|row| rows::group(scope.company, &row)).transpose()
    }

    /// The groups of each of these users, ordered by id; users in no group are absent. Groups inside of each other in a
    /// circle are no trouble (D-7). One statement for each 500 users.
    pub async fn groups_of_users(
        &self,
        scope: Scope,
        users: &[DirectoryUserId],
    ) -> Result<BTreeMap<DirectoryUserId, Vec<GroupReference>>, DirectoryError> {
        let (company, connection) = (Value::from(scope.company.uuid()), Value::from(scope.connection.uuid()));
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for batch in batches(users) {
            let sql = format!(
                "WITH RECURSIVE above(user_id, group_id) AS (\
                 SELECT d.member_id, d.group_id FROM directory_member AS d WHERE d.company_id = ? AND d.member_id IN ({}) \
                 UNION SELECT above.user_id, d.group_id FROM above \
                 CROSS JOIN directory_member AS d WHERE d.company_id = ? AND d.member_id = above.group_id) \
                 SELECT above.user_id, g.id, g.display_name, EXISTS (SELECT 1 FROM directory_member AS d \
                 WHERE d.company_id = g.company_id AND d.group_id = g.id AND d.member_id = above.user_id) AS direct \
                 FROM above CROSS JOIN directory_group AS g \
                 WHERE g.company_id = ? AND g.id = above.group_id AND g.connection_id = ? ORDER BY above.user_id, g.id",
                repeated("?", batch.len())
            );
            let mut values = vec![company.clone()];
            values.extend(batch.into_iter().map(|id| Value::from(id.uuid())));
            values.extend([company.clone(), company.clone(), connection.clone()]);
            for row in self.query(sql, values).await? {
                groups.entry(DirectoryUserId(row.get("user_id")?)).or_default().push(GroupReference {
                    id: row.get::<Uuid>("id")?.to_string(),
                    display: row.get("display_name")?,
                    direct: row.get("direct")?,
                });
            }
        }
        Ok(groups)
    }
}

impl Unit {
    /// The group of that id, read to be written over.
    pub async fn group_to_change(
        &self,
        scope: Scope,
        id: DirectoryGroupId,
    ) -> Result<Option<DirectoryGroup>, DirectoryError> {
        const PLAIN: &str = groups_where!("t.company_id = ? AND t.id = ? AND t.connection_id = ?");
        const LOCKING: &str = groups_where!("t.company_id = ? AND t.id = ? AND t.connection_id = ? FOR UPDATE");
        let values = vec![scope.company.uuid().into(), id.uuid().into(), scope.connection.uuid().into()];
        let row = self.query_one(self.to_change(PLAIN, LOCKING), values).await?;
        row.map(|row| rows::group(scope.company, &row)).transpose()
    }

    /// Stores a new group with its search document; its members follow with [`Unit::add_members`].
    ///
    /// A `displayName` that is taken is a conflict with `directory_group_display_name`.
    pub fn insert_group(&self, group: &DirectoryGroup, search: &Map<String, serde_json::Value>) {
        check_against(group, search);
        let mut values = vec![group.company.uuid().into(), group.connection.uuid().into(), group.id.uuid().into()];
        values.push(rows::counter(group.version));
        values.push(group.created_at.into());
        values.extend(stored(group, search));
        self.execute(INSERT, values);
    }

    /// Stores a changed group if its stored version is `expected_version`; `group.version` is the version from now on.
    ///
    /// A version that moved runs the unit again.
    pub fn update_group(&self, group: &DirectoryGroup, search: &Map<String, serde_json::Value>, expected_version: u64) {
        check_against(group, search);
        let mut values = vec![rows::counter(group.version)];
        values.extend(stored(group, search));
        values.extend([group.company.uuid().into(), group.id.uuid().into(), group.connection.uuid().into()]);
        values.push(rows::counter(expected_version));
        self.guard(UPDATE, values, 1);
    }

    /// Counts the version up and sets `updated_at`, which never goes back: what a change of members does to a group.
    /// Answers with both as they are now, whoever else changed members meanwhile.
    ///
    /// A group that is gone runs the unit again.
    pub async fn touch_group(
        &self,
        scope: Scope,
        id: DirectoryGroupId,
        at: i64,
    ) -> Result<Option<(u64, i64)>, DirectoryError> {
        const SQL: &str = "UPDATE directory_group SET version = version + 1, \
             updated_at = CASE WHEN updated_at > ? THEN updated_at ELSE ? END \
             WHERE company_id = ? AND id = ? AND connection_id = ? RETURNING version, updated_at";
        let values = values![at, at, scope.company, id, scope.connection];
        if let Some(row) = self.returning(SQL, values).await?.first() {
            return Ok(Some((rows::version("version", row)?, row.get("updated_at")?)));
        }
        let gone = "UPDATE directory_group SET version = version WHERE company_id = ? AND id = ?";
        self.guard(gone, values![scope.company, id], 1);
        Ok(None)
    }

    /// Removes a group and its members' rows, never its members (D-9); groups that had it change their version at `at`.
    ///
    /// A version other than `expected_version` runs the unit again.
    pub fn delete_group(&self, scope: Scope, id: DirectoryGroupId, expected_version: u64, at: i64) {
        let (company, id) = (scope.company.uuid(), id.uuid());
        let values = vec![company.into(), id.into(), scope.connection.uuid().into(), rows::counter(expected_version)];
        self.guard(
            "DELETE FROM directory_group WHERE company_id = ? AND id = ? AND connection_id = ? AND version = ?",
            values,
            1,
        );
        let key = vec![company.into(), id.into()];
        self.execute("DELETE FROM directory_member WHERE company_id = ? AND group_id = ?", key);
        self.leave_groups(company, id, at);
    }

    /// Takes a user or group out of every group; these change their version.
    pub(super) fn leave_groups(&self, company: Uuid, member: Uuid, at: i64) {
        self.execute(
            "UPDATE directory_group SET version = version + 1, \
             updated_at = CASE WHEN updated_at > ? THEN updated_at ELSE ? END WHERE company_id = ? AND id IN \
             (SELECT d.group_id FROM directory_member AS d WHERE d.company_id = ? AND d.member_id = ?)",
            vec![at.into(), at.into(), company.into(), company.into(), member.into()],
        );
        let key = vec![company.into(), member.into()];
        self.execute("DELETE FROM directory_member WHERE company_id = ? AND member_id = ?", key);
    }
}

const INSERT: &str = "INSERT INTO directory_group (company_id, connection_id, id, version, created_at, updated_at, \
     display_name, display_name_folded, external_id, document, search, organization_folded, team_folded) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const UPDATE: &str = "UPDATE directory_group SET version = ?, updated_at = ?, display_name = ?, \
     display_name_folded = ?, external_id = ?, document = ?, search = ?, organization_folded = ?, team_folded = ? \
     WHERE company_id = ? AND id = ? AND connection_id = ? AND version = ?";

/// The values that both statements write, in their order.
fn stored(group: &DirectoryGroup, search: &Map<String, serde_json::Value>) -> [Value; 8] {
    let name = Folded::from_parts(group.display_name.as_str(), group.display_name_folded.as_str());
    let (organization, team) = GroupName::parse(&name).ok().map(|name| (name.organization.key, name.team.key)).unzip();
    [
        group.updated_at.into(),
        group.display_name.as_str().into(),
        group.display_name_folded.as_str().into(),
        group.external_id.clone().into(),
        group.resource.to_document().into(),
        serde_json::Value::Object(search.clone()).into(),
        organization.into(),
        team.into(),
    ]
}

/// Columns stand for the search document in look-ups: they must not differ.
fn check_against(group: &DirectoryGroup, search: &Map<String, serde_json::Value>) {
    let folded = rows::text(search, "displayname");
    debug_assert_eq!(folded.as_deref(), Some(group.display_name_folded.as_str()), "displayName");
    debug_assert_eq!(rows::text(search, "externalid").filter(|id| !id.is_empty()), group.external_id, "externalId");
}
