//! Users, groups and memberships of one connection: stored in a directory, and as full search documents beside it.

use std::collections::BTreeSet;

use rollcall_directory::{
    Directory, DirectoryError, DirectoryGroup, DirectoryUser, Kind, ListRequest, Member, ResourceRow, Scope, Window,
};
use rollcall_policy::{CompanyId, ConnectionId, DirectoryGroupId, DirectoryUserId};
use rollcall_scim::catalog::Catalog;
use rollcall_scim::condition::Condition;
use rollcall_scim::etag::etag;
use rollcall_scim::fold::fold;
use rollcall_scim::representation::location;
use rollcall_scim::schema::{Attribute, Extension, ResourceType, Schema, Type};
use rollcall_scim::search_document::search_document;
use rollcall_scim::value::date_time;
use rollcall_scim::{Resource, Tolerances, resource};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) type Document = Map<String, Value>;

pub(crate) const BASE_URL: &str = "https://scim.example/scim/v2";
/// An extension with the types that the schemas of RFC 7643 have no attribute of.
pub(crate) const CUSTOM: &str = "urn:example:params:scim:schemas:custom:2.0:User";

/// An instant after everything in a population: 2030.
pub(crate) const LATER: i64 = 1_893_456_000_000_000;

/// What one connection pushed.
pub(crate) struct Population {
    pub(crate) scope: Scope,
    pub(crate) users: Vec<(DirectoryUser, Document)>,
    pub(crate) groups: Vec<(DirectoryGroup, Document)>,
    /// By group, in the order of `groups`.
    pub(crate) members: Vec<Vec<Member>>,
}

pub(crate) fn scope(company: u128, connection: u128) -> Scope {
    Scope { company: CompanyId::from_u128(company), connection: ConnectionId::from_u128(connection) }
}

pub(crate) fn user_id(number: u128) -> DirectoryUserId {
    DirectoryUserId::from_u128(0x0193_5000_0000_7000_8000_0000_0000_0000 + number)
}

pub(crate) fn group_id(number: u128) -> DirectoryGroupId {
    DirectoryGroupId::from_u128(0x0193_5000_0000_7abc_8000_0000_0000_0000 + number)
}

pub(crate) fn user_member(number: u128) -> Member {
    Member { id: user_id(number).uuid(), kind: Kind::User }
}

pub(crate) fn group_member(number: u128) -> Member {
    Member { id: group_id(number).uuid(), kind: Kind::Group }
}

/// Users with the custom extension.
pub(crate) fn user_type() -> ResourceType {
    let text = |name: &'static str| Attribute::new(name, Type::String, "Text.");
    let integer = |name: &'static str| Attribute::new(name, Type::Integer, "A number.");
    let attributes = vec![
        integer("count"),
        Attribute::new("ratio", Type::Decimal, "A number."),
        Attribute::new("at", Type::DateTime, "An instant."),
        text("exact").case_exact(),
        text("tags").multi_valued(),
        integer("numbers").multi_valued(),
        Attribute::complex("box", "One thing.", vec![text("label"), integer("size")]),
        Attribute::complex("list", "Things.", vec![text("value"), text("type"), integer("size")]).multi_valued(),
    ];
    let schema = Schema { id: CUSTOM.into(), name: "Custom".into(), description: "For tests.".into(), attributes };
    let mut user = Catalog::rollcall().user().clone();
    user.extensions.push(Extension { schema, required: false });
    user
}

pub(crate) fn group_type() -> ResourceType {
    Catalog::rollcall().group().clone()
}

fn read(resource_type: &ResourceType, body: &Value, id: Uuid) -> (Resource, Document) {
    let resource = resource::create(resource_type, body.clone(), &Tolerances::lenient());
    let resource = resource.unwrap_or_else(|error| panic!("{error} in {body}"));
    let search = search_document(resource_type, &resource, &id.to_string());
    (resource, search)
}

/// A user as the server would make it of that body.
pub(crate) fn user(scope: Scope, number: u128, body: &Value) -> (DirectoryUser, Document) {
    let id = user_id(number);
    let (resource, search) = read(&user_type(), body, id.uuid());
    let user = DirectoryUser {
        company: scope.company,
        connection: scope.connection,
        id,
        user_name_folded: fold(resource.user_name().unwrap()),
        external_id: resource.external_id().map(ToOwned::to_owned),
        active: resource.active(),
        resource,
        account: None,
        finding: None,
        version: 1,
        created_at: 1_704_067_200_000_000,
        updated_at: 1_704_067_200_000_000,
    };
    (user, search)
}

/// A group as the server would make it of that body.
pub(crate) fn group(scope: Scope, number: u128, body: &Value) -> (DirectoryGroup, Document) {
    let id = group_id(number);
    let (resource, search) = read(&group_type(), body, id.uuid());
    let group = DirectoryGroup {
        company: scope.company,
        connection: scope.connection,
        id,
        display_name: resource.display_name().unwrap().to_owned(),
        display_name_folded: fold(resource.display_name().unwrap()),
        external_id: resource.external_id().map(ToOwned::to_owned),
        resource,
        version: 1,
        created_at: 1_704_067_200_000_000,
        updated_at: 1_704_067_200_000_000,
    };
    (group, search)
}

impl Population {
    /// Users and groups of these bodies, numbered from 0.
    pub(crate) fn new(scope: Scope, users: &[Value], groups: &[Value]) -> Self {
        Self {
            scope,
            users: (0..).zip(users).map(|(number, body)| user(scope, number, body)).collect(),
            groups: (0..).zip(groups).map(|(number, body)| group(scope, number, body)).collect(),
            members: vec![Vec::new(); groups.len()],
        }
    }

    pub(crate) async fn store(&self, directory: &Directory) {
        let stored: Result<(), DirectoryError> = directory
            .write(|unit| async move {
                for (user, search) in &self.users {
                    unit.insert_user(user, search);
                }
                for (group, search) in &self.groups {
                    unit.insert_group(group, search);
                }
                for ((group, _), members) in self.groups.iter().zip(&self.members) {
                    unit.add_members(self.scope, group.id, members).await?;
                }
                Ok(())
            })
            .await;
        stored.unwrap();
    }

    /// Every resource of a kind as a search document with everything in it, ordered by id.
    pub(crate) fn documents(&self, kind: Kind) -> Vec<(Uuid, Document)> {
        let mut documents: Vec<_> = match kind {
            Kind::User => {
                self.users.iter().map(|(user, search)| (user.id.uuid(), self.full_user(user, search))).collect()
            }
            Kind::Group => {
                let members = self.groups.iter().zip(&self.members);
                members
                    .map(|((group, search), members)| (group.id.uuid(), self.full_group(group, search, members)))
                    .collect()
            }
        };
        documents.sort_by_key(|(id, _)| *id);
        documents
    }

    fn full_user(&self, user: &DirectoryUser, search: &Document) -> Document {
        let mut document = search.clone();
        let id = user.id.uuid();
        document.insert("meta".to_owned(), meta("User", id, user.version, user.created_at, user.updated_at));
        let direct = self.groups_with(id);
        let mut all = direct.clone();
        let mut unseen: Vec<Uuid> = direct.iter().copied().collect();
        while let Some(group) = unseen.pop() {
            unseen.extend(self.groups_with(group).into_iter().filter(|above| all.insert(*above)));
        }
        if !all.is_empty() {
            let groups = all.iter().map(|group| {
                let (found, _) = self.groups.iter().find(|(candidate, _)| candidate.id.uuid() == *group).unwrap();
                json!({"value": group.to_string(), "$ref": reference("Group", *group), "display": found.display_name_folded,
                    "type": if direct.contains(group) { "direct" } else { "indirect" }})
            });
            document.insert("groups".to_owned(), groups.collect());
        }
        document
    }

    fn groups_with(&self, member: Uuid) -> BTreeSet<Uuid> {
        let groups = self.groups.iter().zip(&self.members);
        groups.filter(|(_, members)| members.iter().any(|m| m.id == member)).map(|((g, _), _)| g.id.uuid()).collect()
    }

    fn full_group(&self, group: &DirectoryGroup, search: &Document, members: &[Member]) -> Document {
        let mut document = search.clone();
        let id = group.id.uuid();
        document.insert("meta".to_owned(), meta("Group", id, group.version, group.created_at, group.updated_at));
        let mut members = members.to_vec();
        members.sort_by_key(|member| member.id);
        if !members.is_empty() {
            let members = members.iter().map(|member| {
                json!({"value": member.id.to_string(), "$ref": reference(member.kind.name(), member.id),
                    "type": member.kind.name().to_lowercase(), "display": self.display(*member)})
            });
            document.insert("members".to_owned(), members.collect());
        }
        document
    }

    fn display(&self, member: Member) -> String {
        match member.kind {
            Kind::User => {
                let (_, search) = self.users.iter().find(|(user, _)| user.id.uuid() == member.id).unwrap();
                search.get("displayname").unwrap_or(&search["username"]).as_str().unwrap().to_owned()
            }
            Kind::Group => {
                let (group, _) = self.groups.iter().find(|(group, _)| group.id.uuid() == member.id).unwrap();
                group.display_name_folded.clone()
            }
        }
    }
}

fn meta(kind: &str, id: Uuid, version: u64, created: i64, updated: i64) -> Value {
    json!({"resourcetype": kind, "location": reference(kind, id), "version": etag(version),
        "created": date_time::key(created), "lastmodified": date_time::key(updated)})
}

pub(crate) fn reference(kind: &str, id: Uuid) -> String {
    let catalog = Catalog::rollcall();
    location(BASE_URL, catalog.by_name(kind).unwrap(), &id.to_string())
}

/// Everything of that kind, ordered by id.
pub(crate) fn all_of(kind: Kind) -> ListRequest {
    matching(kind, Condition::Constant(true))
}

/// Everything of that kind that satisfies the condition, ordered by id.
pub(crate) fn matching(kind: Kind, condition: Condition) -> ListRequest {
    ListRequest {
        kinds: vec![(kind, condition)],
        sort: None,
        window: Window::Offset { offset: 0, limit: 1_000 },
        count_total: true,
        base_url: BASE_URL.to_owned(),
    }
}

pub(crate) fn ids(rows: &[ResourceRow]) -> Vec<Uuid> {
    rows.iter().map(ResourceRow::id).collect()
}
