//! Creating, changing and removing directory groups (RFC 7644 §3.3, §3.5, §3.6; D-1 to D-10).

use rollcall_directory::{DirectoryGroup, Kind, MembersChanged, Unit};
use rollcall_policy::{DirectoryGroupId, DirectoryUserId, Folded};
use rollcall_scim::etag::Preconditions;
use rollcall_scim::fold::fold;
use rollcall_scim::member::{self, Member, MemberChange, MemberSelection};
use rollcall_scim::patch::{self, Operation};
use rollcall_scim::search_document::search_document;
use rollcall_scim::{Resource, ScimError, Tolerances, resource};
use serde_json::Value;

use super::activity::{self, Change};
use super::events::tell_if_full;
use super::group_members::{Roll, resource_id};
use super::mapping::{Mapping, Pushed};
use super::{AppError, Provider, pushed};
use crate::state::Parts;

/// One group, without its members.
pub async fn read(app: &Parts, provider: &Provider, id: &str) -> Result<DirectoryGroup, AppError> {
    let group = match resource_id(id) {
        Some(uuid) => app.directory.read().group(provider.scope, DirectoryGroupId(uuid)).await?,
        None => None,
    };
    group.ok_or_else(|| ScimError::not_found(id).into())
}

/// Stores a pushed group with its members.
pub async fn create(
    app: &Parts,
    provider: &Provider,
    body: Value,
    tolerances: &Tolerances,
) -> Result<DirectoryGroup, AppError> {
    let mut resource = resource::create(app.catalog.group(), body, tolerances)?;
    let members = take_members(&mut resource, tolerances)?;
    pushed::check_lengths(&resource)?;
    let change = &Change::new(app, provider, "group.created");
    let group = new_group(provider, DirectoryGroupId(app.ids.uuid(change.at)), resource, change.at);
    let (group, members) = (&group, &members);
    let outcome = app
        .directory
        .write(|unit| async move {
            refuse_taken_name(&unit, provider, group).await?;
            let search = search_document(app.catalog.group(), &group.resource, &group.id.to_string());
            unit.insert_group(group, &search);
            unit.flush().await?;
            roll(provider, group.id, tolerances).fill(&unit, members).await?;
            let pushed = Pushed { id: group.id, before: None, after: Some(&name(group)), changed: Vec::new() };
            Mapping::of_provider(app, &unit, provider, change).apply(&pushed).await?;
            activity::note(&unit, change, group.id);
            Ok(group.clone())
        })
        .await;
    tell_if_full(app, provider.scope, outcome).await
}

/// Puts a pushed representation in the place of the stored one. Members that it does not list leave.
pub async fn replace(
    app: &Parts,
    provider: &Provider,
    id: &str,
    preconditions: &Preconditions,
    body: &Result<Value, ScimError>,
    tolerances: &Tolerances,
) -> Result<DirectoryGroup, AppError> {
    let change = &Change::new(app, provider, "group.changed");
    let outcome = app
        .directory
        .write(|unit| async move {
            let work = Work { app, provider, unit: &unit, change };
            let stored = work.found(id).await?;
            preconditions.check_write(Some(stored.version))?;
            let mut next = resource::replace(app.catalog.group(), &stored.resource, id, body.clone()?, tolerances)?;
            let members = take_members(&mut next, tolerances)?;
            let changed = roll(provider, stored.id, tolerances).replace(&unit, &members).await?;
            // Guarded by the version even if only members changed: the list was read, so it must not have moved.
            let outcome = Outcome { document_changed: next != stored.resource || !changed.is_empty(), changed };
            work.store(stored, next, outcome).await
        })
        .await;
    tell_if_full(app, provider.scope, outcome).await
}

/// Applies a PATCH, all of it or nothing (G-3).
pub async fn modify(
    app: &Parts,
    provider: &Provider,
    id: &str,
    preconditions: &Preconditions,
    operations: &Result<Vec<Operation>, ScimError>,
    tolerances: &Tolerances,
) -> Result<DirectoryGroup, AppError> {
    let change = &Change::new(app, provider, "group.changed");
    let outcome = app
        .directory
        .write(|unit| async move {
            let work = Work { app, provider, unit: &unit, change };
            let stored = work.found(id).await?;
            preconditions.check_write(Some(stored.version))?;
            let operations = operations.as_ref().map_err(Clone::clone)?;
            let patched = patch::apply(app.catalog.group(), id, &stored.resource, operations, tolerances)?;
            let changed = roll(provider, stored.id, tolerances).apply(&unit, &patched.members).await?;
            // Two units that each make a list of their own must not leave the union of both.
            let whole_list = patched.members.iter().any(rests_on_the_list);
            let guarded = (preconditions.names_version() || whole_list) && !changed.is_empty();
            let outcome = Outcome { document_changed: patched.changed || guarded, changed };
            work.store(stored, patched.resource, outcome).await
        })
        .await;
    tell_if_full(app, provider.scope, outcome).await
}

/// Removes a group; its members stay (D-9), and it leaves the groups that it was in (D-8).
pub async fn delete(app: &Parts, provider: &Provider, id: &str, preconditions: &Preconditions) -> Result<(), AppError> {
    let change = &Change::new(app, provider, "group.deleted");
    app.directory
        .write(|unit| async move {
            let stored = Work { app, provider, unit: &unit, change }.found(id).await?;
            preconditions.check_write(Some(stored.version))?;
            let mapping = Mapping::of_provider(app, &unit, provider, change);
            let pushed = mapping.before_delete(stored.id, &name(&stored)).await?;
            unit.delete_group(provider.scope, stored.id, stored.version, change.at);
            mapping.apply(&Pushed { before: Some(&name(&stored)), ..pushed }).await?;
            activity::note(&unit, change, stored.id);
            Ok(())
        })
        .await
}

/// What a request came to.
struct Outcome {
    /// Whether the row is written whole, and only over the version that was read.
    document_changed: bool,
    changed: MembersChanged,
}

/// One change of a group at work in its unit.
struct Work<'a> {
    app: &'a Parts,
    provider: &'a Provider,
    unit: &'a Unit,
    change: &'a Change,
}

impl Work<'_> {
    async fn found(&self, id: &str) -> Result<DirectoryGroup, AppError> {
        let group = match resource_id(id) {
            Some(uuid) => self.unit.group_to_change(self.provider.scope, DirectoryGroupId(uuid)).await?,
            None => None,
        };
        group.ok_or_else(|| ScimError::not_found(id).into())
    }

    /// Writes what changed and nothing else: no change leaves version and `lastModified` alone (A-40, G-6).
    async fn store(
        &self,
        stored: DirectoryGroup,
        next: Resource,
        outcome: Outcome,
    ) -> Result<DirectoryGroup, AppError> {
        if !outcome.document_changed && outcome.changed.is_empty() {
            // The team may have been deleted meanwhile; it comes back with any write of its group.
            self.map(&stored, &stored, &outcome.changed).await?;
            return Ok(stored);
        }
        let mut group = changed_group(&stored, next, self.change.at);
        if outcome.document_changed {
            self.store_document(&stored, &group).await?;
            self.map(&stored, &group, &outcome.changed).await?;
        } else {
            self.map(&stored, &group, &outcome.changed).await?;
            let touched = self.unit.touch_group(self.provider.scope, group.id, self.change.at).await?;
            (group.version, group.updated_at) = touched.unwrap_or((group.version, group.updated_at));
        }
        activity::note(self.unit, self.change, group.id);
        Ok(group)
    }

    async fn store_document(&self, stored: &DirectoryGroup, group: &DirectoryGroup) -> Result<(), AppError> {
        pushed::check_lengths(&group.resource)?;
        if group.display_name_folded != stored.display_name_folded {
            refuse_taken_name(self.unit, self.provider, group).await?;
        }
        let search = search_document(self.app.catalog.group(), &group.resource, &group.id.to_string());
        self.unit.update_group(group, &search, stored.version);
        Ok(())
    }

    /// What the change means for teams and people (G-7).
    async fn map(
        &self,
        before: &DirectoryGroup,
        after: &DirectoryGroup,
        changed: &MembersChanged,
    ) -> Result<(), AppError> {
        let changed = users(changed);
        let pushed = Pushed { id: after.id, before: Some(&name(before)), after: Some(&name(after)), changed };
        Mapping::of_provider(self.app, self.unit, self.provider, self.change).apply(&pushed).await
    }
}

/// The users that came or went.
fn users(changed: &MembersChanged) -> Vec<DirectoryUserId> {
    let all = changed.added.iter().chain(&changed.removed);
    all.filter(|member| member.kind == Kind::User).map(|member| DirectoryUserId(member.id)).collect()
}

fn name(group: &DirectoryGroup) -> Folded {
    Folded::from_parts(group.display_name.as_str(), group.display_name_folded.as_str())
}

/// Whether a change of members depends on who else is in the group; adding and removing named ones does not.
fn rests_on_the_list(change: &MemberChange) -> bool {
    match change {
        MemberChange::Add(_) | MemberChange::Remove(MemberSelection::Ids(_)) => false,
        MemberChange::Remove(MemberSelection::Matching(_))
        | MemberChange::RemoveAll
        | MemberChange::Replace(_)
        | MemberChange::ReplaceMatching { .. } => true,
    }
}

/// Group names are unique per connection, compared folded (design.md 7).
async fn refuse_taken_name(unit: &Unit, provider: &Provider, group: &DirectoryGroup) -> Result<(), AppError> {
    match unit.group_by_display_name(provider.scope, &group.display_name_folded).await? {
        Some(other) if other.id != group.id => {
            Err(ScimError::uniqueness(format!("displayName `{}` is already taken", group.display_name)).into())
        }
        Some(_) | None => Ok(()),
    }
}

fn take_members(resource: &mut Resource, tolerances: &Tolerances) -> Result<Vec<Member>, ScimError> {
    resource.take_members().map_or_else(|| Ok(Vec::new()), |list| member::parse_members(Value::Array(list), tolerances))
}

fn roll<'a>(provider: &'a Provider, group: DirectoryGroupId, tolerances: &'a Tolerances) -> Roll<'a> {
    Roll { scope: provider.scope, group, base_url: &provider.base_url, tolerances }
}

fn new_group(provider: &Provider, id: DirectoryGroupId, resource: Resource, now: i64) -> DirectoryGroup {
    let group = DirectoryGroup {
        company: provider.scope.company,
        connection: provider.scope.connection,
        id,
        resource: Resource::default(),
        display_name: String::new(),
        display_name_folded: String::new(),
        external_id: None,
        version: 0,
        created_at: now,
        updated_at: now,
    };
    changed_group(&group, resource, now)
}

fn changed_group(group: &DirectoryGroup, resource: Resource, now: i64) -> DirectoryGroup {
    let display_name = resource.display_name().unwrap_or_default().to_owned();
    DirectoryGroup {
        display_name_folded: fold(&display_name),
        display_name,
        external_id: resource.external_id().map(str::to_owned),
        resource,
        version: group.version + 1,
        // A clock that steps back must not make `lastModified` precede `created`.
        updated_at: now.max(group.updated_at),
        ..*group
    }
}
