//! Stored resources as representations: loads what the projection shows and nothing else (D-11).

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::{DirectoryError, DirectoryGroup, DirectoryUser, MemberRow, Reader, ResourceRow};
use rollcall_policy::{AccountId, DirectoryGroupId, DirectoryUserId};
use rollcall_scim::catalog::Catalog;
use rollcall_scim::projection::Projection;
use rollcall_scim::representation::{GroupReference, MemberReference, Meta, Representation, render};
use rollcall_scim::schema::{enterprise, rollcall};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Map, Value};

use super::ScimRejection;
use super::call::Call;
use crate::app::Provider;
use crate::app::group_members::resource_id;

/// By what resources are shown.
#[derive(Debug)]
pub(super) struct Showing<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) reader: Reader,
    pub(super) provider: &'a Provider,
}

impl<'a> Showing<'a> {
    fn of(call: &'a Call) -> Self {
        Self { catalog: &call.state.catalog, reader: call.state.directory.read(), provider: &call.provider }
    }

    fn base_url(&self) -> &str {
        &self.provider.base_url
    }
}

/// One user.
pub(super) async fn user(call: &Call, user: &DirectoryUser, projection: &Projection) -> Result<Value, ScimRejection> {
    let showing = Showing::of(call);
    let derived = Derived::of_users(&showing, &[user], projection).await?;
    Ok(derived.user(&showing, user, projection))
}

/// One group.
pub(super) async fn group(
    call: &Call,
    group: &DirectoryGroup,
    projection: &Projection,
) -> Result<Value, ScimRejection> {
    let members = if projection.wants(call.state.catalog.group(), "members") {
        Some(call.state.directory.read().members(call.provider.scope, group.id, None).await?)
    } else {
        None
    };
    Ok(show_group(&Showing::of(call), group, members, projection))
}

/// One group whose members are loaded already, if they are shown.
pub(super) fn group_with(
    call: &Call,
    group: &DirectoryGroup,
    members: Option<Vec<MemberRow>>,
    projection: &Projection,
) -> Value {
    show_group(&Showing::of(call), group, members, projection)
}

fn show_group(
    showing: &Showing<'_>,
    group: &DirectoryGroup,
    members: Option<Vec<MemberRow>>,
    projection: &Projection,
) -> Value {
    let members: Option<Vec<MemberReference>> = members.map(|rows| rows.into_iter().map(reference).collect());
    let representation = Representation {
        resource_type: showing.catalog.group(),
        resource: &group.resource,
        id: &group.id.to_string(),
        meta: Meta { created: group.created_at, last_modified: group.updated_at, version: group.version },
        groups: None,
        members: members.as_deref(),
        manager_display_name: None,
        read_only: Map::new(),
    };
    render(&representation, projection, showing.base_url())
}

/// A page of both kinds, in its order.
pub(super) async fn rows(
    call: &Call,
    rows: &[ResourceRow],
    projection: &Projection,
) -> Result<Vec<Value>, ScimRejection> {
    Ok(page(&Showing::of(call), rows, projection).await?)
}

/// The same for whoever has no call.
pub(super) async fn page(
    showing: &Showing<'_>,
    rows: &[ResourceRow],
    projection: &Projection,
) -> Result<Vec<Value>, DirectoryError> {
    let users: Vec<&DirectoryUser> = rows.iter().filter_map(ResourceRow::as_user).collect();
    let derived = Derived::of_users(showing, &users, projection).await?;
    let mut members = members_of(showing, rows, projection).await?;
    Ok(rows
        .iter()
        .map(|row| match row {
            ResourceRow::User(user) => derived.user(showing, user, projection),
            ResourceRow::Group(group) => {
                let members = members.as_mut().map(|members| members.remove(&group.id).unwrap_or_default());
                show_group(showing, group, members, projection)
            }
        })
        .collect())
}

async fn members_of(
    showing: &Showing<'_>,
    rows: &[ResourceRow],
    projection: &Projection,
) -> Result<Option<BTreeMap<DirectoryGroupId, Vec<MemberRow>>>, DirectoryError> {
    let groups: Vec<DirectoryGroupId> = rows.iter().filter_map(ResourceRow::as_group).map(|group| group.id).collect();
    if groups.is_empty() || !projection.wants(showing.catalog.group(), "members") {
        return Ok(None);
    }
    Ok(Some(showing.reader.members_of_groups(showing.provider.scope, &groups).await?))
}

/// What is not stored with a user but computed: groups, the manager's name, and what our extension tells on request
/// (C-6, C-19).
struct Derived {
    groups: Option<BTreeMap<DirectoryUserId, Vec<GroupReference>>>,
    managers: BTreeMap<DirectoryUserId, String>,
    last_sign_ins: BTreeMap<AccountId, i64>,
}

impl Derived {
    async fn of_users(
        showing: &Showing<'_>,
        users: &[&DirectoryUser],
        projection: &Projection,
    ) -> Result<Self, DirectoryError> {
        let user_type = showing.catalog.user();
        let reader = &showing.reader;
        let groups = if !users.is_empty() && projection.wants(user_type, "groups") {
            let ids: Vec<DirectoryUserId> = users.iter().map(|user| user.id).collect();
            Some(reader.groups_of_users(showing.provider.scope, &ids).await?)
        } else {
            None
        };
        let managers: BTreeSet<DirectoryUserId> = users.iter().filter_map(|user| manager(user)).collect();
        let managers = if !managers.is_empty() && projection.wants(user_type, enterprise::URN) {
            let ids: Vec<DirectoryUserId> = managers.into_iter().collect();
            reader.manager_display_names(showing.provider.scope, &ids).await?
        } else {
            BTreeMap::new()
        };
        let accounts: Vec<AccountId> = users.iter().filter_map(|user| user.account).collect();
        let last_sign_ins =
            if !accounts.is_empty() && projection.wants(user_type, &format!("{}:lastSignIn", rollcall::URN)) {
                reader.last_sign_ins(showing.provider.scope, &accounts).await?
            } else {
                BTreeMap::new()
            };
        Ok(Self { groups, managers, last_sign_ins })
    }

    /// `managedBy` and `lastSignIn` of our extension, which the projection shows only if they are named.
    fn read_only(&self, showing: &Showing<'_>, user: &DirectoryUser) -> Map<String, Value> {
        let Some(account) = user.account else { return Map::new() };
        let mut told = Map::new();
        told.insert("managedBy".to_owned(), Value::from(showing.provider.connection.record.name.as_str()));
        let last = self.last_sign_ins.get(&account).map(|at| Value::from(to_rfc3339(*at)));
        told.extend(last.map(|at| ("lastSignIn".to_owned(), at)));
        [(rollcall::URN.to_owned(), Value::Object(told))].into_iter().collect()
    }

    fn user(&self, showing: &Showing<'_>, user: &DirectoryUser, projection: &Projection) -> Value {
        let groups = self.groups.as_ref().map(|groups| groups.get(&user.id).map_or(&[][..], Vec::as_slice));
        let representation = Representation {
            resource_type: showing.catalog.user(),
            resource: &user.resource,
            id: &user.id.to_string(),
            meta: Meta { created: user.created_at, last_modified: user.updated_at, version: user.version },
            groups,
            members: None,
            manager_display_name: manager(user).and_then(|id| self.managers.get(&id)).map(String::as_str),
            read_only: self.read_only(showing, user),
        };
        render(&representation, projection, showing.base_url())
    }
}

fn manager(user: &DirectoryUser) -> Option<DirectoryUserId> {
    let manager = user.resource.extension(enterprise::URN)?.get("manager")?.get("value")?;
    resource_id(manager.as_str()?).map(DirectoryUserId)
}

fn reference(row: MemberRow) -> MemberReference {
    MemberReference { id: row.id.to_string(), kind: row.kind.name(), display: row.display }
}
