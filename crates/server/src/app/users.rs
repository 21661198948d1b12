//! Pushes of directory users: store what is pushed, decide what it means for the person, apply it (RC-2 to RC-8, RC-15).

use rollcall_directory::{DirectoryUser, Tombstone, TraceState, Unit};
use rollcall_policy::{
    DirectoryUserId, Push, PushDecision, PushFacts, PushRefusal, PushedUser, ResourcePlan, decide_push,
};
use rollcall_scim::error::ScimType;
use rollcall_scim::etag::Preconditions;
use rollcall_scim::fold::fold;
use rollcall_scim::patch::{self, Operation};
use rollcall_scim::search_document::search_document;
use rollcall_scim::{Resource, ScimError, Tolerances, resource};
use serde_json::{Map, Value, json};

use super::activity::{self, Change};
use super::effects::Subject;
use super::facts::{self, Gathered, Question};
use super::group_members::resource_id;
use super::{AppError, Provider, pushed};
use crate::state::Parts;

/// Candidates for a username's digits; more than a handful are never all taken.
const USERNAME_DIGITS: usize = 8;

/// One user.
pub async fn read(app: &Parts, provider: &Provider, id: &str) -> Result<DirectoryUser, AppError> {
    let user = match resource_id(id) {
        Some(uuid) => app.directory.read().user(provider.scope, DirectoryUserId(uuid)).await?,
        None => None,
    };
    user.ok_or_else(|| ScimError::not_found(id).into())
}

/// Stores a pushed user: new, adopted (RC-7), or the same person again (RC-8).
pub async fn create(
    app: &Parts,
    provider: &Provider,
    body: Value,
    tolerances: &Tolerances,
) -> Result<DirectoryUser, AppError> {
    let resource = resource::create(app.catalog.user(), body, tolerances)?;
    let change = Change::new(app, provider, "user.created");
    let fresh_id = DirectoryUserId(app.ids.uuid(change.at));
    let person = pushed::pushed_user(&resource);
    let (resource, person, change) = (&resource, &person, &change);
    app.directory
        .write(|unit| async move {
            let gathered = gather(&unit, provider, person, None).await?;
            let push = Push::Create { user: person.clone() };
            let decision = decide(app, provider, &gathered, push, change.at)?;
            let earlier = Earlier::of(&gathered, &decision, fresh_id, change.at)?;
            let mut user = earlier.user(provider, resource, change.at);
            finish(&unit, app, provider, gathered, &decision, &mut user, change).await?;
            let search = search_document(app.catalog.user(), &user.resource, &user.id.to_string());
            match earlier.replaces {
                Some(version) => unit.update_user(&user, &search, version),
                None => unit.insert_user(&user, &search),
            }
            Ok(user)
        })
        .await
}

/// Puts a pushed representation in the place of the stored one (RFC 7644 §3.5.1).
pub async fn replace(
    app: &Parts,
    provider: &Provider,
    id: &str,
    preconditions: &Preconditions,
    body: &Result<Value, ScimError>,
    tolerances: &Tolerances,
) -> Result<DirectoryUser, AppError> {
    let change = &Change::new(app, provider, "user.changed");
    app.directory
        .write(|unit| async move {
            let stored = found(&unit, provider, id).await?;
            preconditions.check_write(Some(stored.version))?;
            let next = resource::replace(app.catalog.user(), &stored.resource, id, body.clone()?, tolerances)?;
            update(&unit, app, provider, stored, next, change).await
        })
        .await
}

/// Applies a PATCH, all of it or nothing (G-3).
pub async fn modify(
    app: &Parts,
    provider: &Provider,
    id: &str,
    preconditions: &Preconditions,
    operations: &Result<Vec<Operation>, ScimError>,
    tolerances: &Tolerances,
) -> Result<DirectoryUser, AppError> {
    let change = &Change::new(app, provider, "user.changed");
    app.directory
        .write(|unit| async move {
            let stored = found(&unit, provider, id).await?;
            preconditions.check_write(Some(stored.version))?;
            let operations = operations.as_ref().map_err(Clone::clone)?;
            let patched = patch::apply(app.catalog.user(), id, &stored.resource, operations, tolerances)?;
            update(&unit, app, provider, stored, patched.resource, change).await
        })
        .await
}

/// Removes a user and leaves a tombstone, so that the same person can come back under the same id (RC-8).
pub async fn delete(app: &Parts, provider: &Provider, id: &str, preconditions: &Preconditions) -> Result<(), AppError> {
    let change = &Change::new(app, provider, "user.deleted");
    app.directory
        .write(|unit| async move {
            let mut stored = found(&unit, provider, id).await?;
            preconditions.check_write(Some(stored.version))?;
            let person = pushed::pushed_user(&stored.resource);
            let gathered = gather(&unit, provider, &person, Some(&stored)).await?;
            let push = Push::Delete { before: pushed::stored_user(&stored) };
            let decision = decide(app, provider, &gathered, push, change.at)?;
            finish(&unit, app, provider, gathered, &decision, &mut stored, change).await?;
            unit.delete_user(provider.scope, &tombstone(&stored, change.at));
            Ok(())
        })
        .await
}

/// Stores a changed user and what the change means. A change that changes nothing writes nothing (A-40, G-6).
async fn update(
    unit: &Unit,
    app: &Parts,
    provider: &Provider,
    stored: DirectoryUser,
    next: Resource,
    change: &Change,
) -> Result<DirectoryUser, AppError> {
    if next == stored.resource {
        return Ok(stored);
    }
    let person = pushed::pushed_user(&next);
    refuse_taken_name(unit, provider, &person, &stored).await?;
    let gathered = gather(unit, provider, &person, Some(&stored)).await?;
    let push = Push::Update { before: pushed::stored_user(&stored), user: person };
    let decision = decide(app, provider, &gathered, push, change.at)?;
    let read_version = stored.version;
    let mut user = changed(stored, next, change.at);
    finish(unit, app, provider, gathered, &decision, &mut user, change).await?;
    let search = search_document(app.catalog.user(), &user.resource, &user.id.to_string());
    unit.update_user(&user, &search, read_version);
    Ok(user)
}

async fn found(unit: &Unit, provider: &Provider, id: &str) -> Result<DirectoryUser, AppError> {
    let user = match resource_id(id) {
        Some(uuid) => unit.user(provider.scope, DirectoryUserId(uuid)).await?,
        None => None,
    };
    user.ok_or_else(|| ScimError::not_found(id).into())
}

async fn refuse_taken_name(
    unit: &Unit,
    provider: &Provider,
    person: &PushedUser,
    stored: &DirectoryUser,
) -> Result<(), AppError> {
    if person.user_name.key == stored.user_name_folded {
        return Ok(());
    }
    match unit.user_by_user_name(provider.scope, &person.user_name.key).await? {
        Some(_) => Err(ScimError::uniqueness(format!("userName `{}` is already taken", person.user_name.text)).into()),
        None => Ok(()),
    }
}

async fn gather(
    unit: &Unit,
    provider: &Provider,
    person: &PushedUser,
    stored: Option<&DirectoryUser>,
) -> Result<Gathered, AppError> {
    let question = Question {
        subject: None,
        email: person.address.as_ref().map(|address| address.key.as_str()),
        account: stored.and_then(|user| user.account),
        anchors: pushed::anchors(person),
        teams: person.attributes.team.iter().map(|team| team.key.clone()).collect(),
    };
    let mut gathered = facts::gather(unit, provider.scope, &provider.connection, &question).await?;
    // The resource that the push is about is no witness about itself.
    gathered.directory.retain(|trace| Some(trace.id) != stored.map(|user| user.id));
    Ok(gathered)
}

fn decide(
    app: &Parts,
    provider: &Provider,
    gathered: &Gathered,
    push: Push,
    now: i64,
) -> Result<PushDecision, AppError> {
    let facts = PushFacts {
        now,
        push,
        connection: gathered.connection.clone(),
        accounts: gathered.accounts.clone(),
        directory: gathered.directory.clone(),
        username_digits: app.ids.numbers(USERNAME_DIGITS),
    };
    decide_push(&provider.connection.record.policy, &facts).map_err(|refusal| AppError::Scim(refused(&refusal)))
}

fn refused(refusal: &PushRefusal) -> ScimError {
    match refusal.scim_type() {
        Some("uniqueness") => ScimError::new(ScimType::Uniqueness, refusal.to_string()),
        Some(_) => ScimError::new(ScimType::InvalidValue, refusal.to_string()),
        None => ScimError::status_only(refusal.status(), refusal.to_string()),
    }
}

/// Applies the decision to the person and notes it on the resource.
async fn finish(
    unit: &Unit,
    app: &Parts,
    provider: &Provider,
    mut gathered: Gathered,
    decision: &PushDecision,
    user: &mut DirectoryUser,
    change: &Change,
) -> Result<(), AppError> {
    let known = decision.account.and_then(|account| gathered.known.remove(&account));
    let mut subject = Subject::new(app, unit, provider.scope, change.at, user.id, known);
    subject.apply(&decision.effects).await?;
    if subject.linked() {
        user.account = subject.account().map(|account| account.id);
    }
    user.finding = decision.finding;
    let mut data = Map::new();
    data.insert("rules".to_owned(), json!(decision.trail.rules()));
    data.extend(decision.finding.map(|finding| ("finding".to_owned(), json!(finding))));
    activity::note_with(unit, change, user.id, data);
    Ok(())
}

/// What a create continues: nothing, an id kept for the person, a tombstone, or an inactive user.
struct Earlier {
    id: DirectoryUserId,
    version: u64,
    created_at: i64,
    account: Option<rollcall_policy::AccountId>,
    /// The version of the stored row that is written over.
    replaces: Option<u64>,
}

impl Earlier {
    fn of(gathered: &Gathered, decision: &PushDecision, fresh_id: DirectoryUserId, now: i64) -> Result<Self, AppError> {
        let new = |id| Self { id, version: 0, created_at: now, account: None, replaces: None };
        let id = match decision.resource {
            ResourcePlan::New | ResourcePlan::Keep | ResourcePlan::Remove => return Ok(new(fresh_id)),
            ResourcePlan::Adopt { id } => return Ok(new(id)),
            ResourcePlan::Reactivate { id } | ResourcePlan::Restore { id } => id,
        };
        let trace = gathered.traces.iter().find(|trace| trace.id == id).ok_or_else(|| unknown(id))?;
        Ok(match trace.state {
            TraceState::Live { version, created_at, .. } => {
                Self { id, version, created_at, account: trace.account, replaces: Some(version) }
            }
            // The version goes on, so that no tag of the earlier life is valid again.
            TraceState::Deleted { version, created_at, .. } => {
                Self { id, version, created_at, account: None, replaces: None }
            }
        })
    }

    fn user(&self, provider: &Provider, resource: &Resource, now: i64) -> DirectoryUser {
        let user = DirectoryUser {
            company: provider.scope.company,
            connection: provider.scope.connection,
            id: self.id,
            resource: Resource::default(),
            user_name_folded: String::new(),
            external_id: None,
            active: true,
            account: self.account,
            finding: None,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.created_at,
        };
        changed(user, resource.clone(), now)
    }
}

/// Policy names only resources that were among its facts; a decision that breaks this is not applied.
fn unknown(id: DirectoryUserId) -> AppError {
    let (table, row) = ("directory_user".to_owned(), id.to_string());
    AppError::Directory(rollcall_directory::DirectoryError::Inconsistent { table, row })
}

fn changed(user: DirectoryUser, resource: Resource, now: i64) -> DirectoryUser {
    DirectoryUser {
        user_name_folded: fold(resource.user_name().unwrap_or_default()),
        external_id: resource.external_id().map(str::to_owned),
        active: resource.active(),
        resource,
        version: user.version + 1,
        // A clock that steps back must not make `lastModified` precede `created`.
        updated_at: now.max(user.updated_at),
        ..user
    }
}

fn tombstone(user: &DirectoryUser, now: i64) -> Tombstone {
    Tombstone {
        id: user.id,
        user_name_folded: user.user_name_folded.clone(),
        external_id: user.external_id.clone(),
        address_folded: pushed::address(&user.resource).map(fold),
        account: user.account,
        version: user.version,
        created_at: user.created_at,
        deleted_at: now,
    }
}
