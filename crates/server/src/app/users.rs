//! Pushes of directory users: store what is pushed, decide what it means for the person, apply it (RC-2 to RC-8, RC-15).

use std::collections::BTreeSet;

use rollcall_directory::{DirectoryUser, Tombstone, Trace, TraceState, Unit};
use rollcall_policy::{
    DirectoryUserId, Hold, Push, PushDecision, PushFacts, PushRefusal, PushedUser, Removal, ResourcePlan, decide_push,
};
use rollcall_scim::error::ScimType;
use rollcall_scim::etag::Preconditions;
use rollcall_scim::fold::fold;
use rollcall_scim::patch::{self, Operation};
use rollcall_scim::search_document::search_document;
use rollcall_scim::{Resource, ScimError, Tolerances, resource};
use serde_json::{Map, Value, json};

use super::activity::{self, Change};
use super::connections::protected_accounts;
use super::effects::Subject;
use super::events::tell_if_full;
use super::facts::{self, Gathered, Occasion, Question};
use super::group_members::resource_id;
use super::{AppError, Provider, brake, pushed, rehearsals};
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
    pushed::check_lengths(&resource)?;
    let person = pushed::pushed_user(&resource);
    let (resource, person, change) = (&resource, &person, &change);
    let outcome = app
        .directory
        .write(|unit| async move {
            let work = Work { app, provider, unit: &unit, change };
            let (gathered, decision) = work.decide(Push::Create { user: person.clone() }).await?;
            let earlier = Earlier::of(&gathered.traces, &decision, fresh_id, change.at)?;
            let mut user = earlier.user(provider, resource, change.at);
            work.finish(gathered, &decision, &mut user).await?;
            let search = search_document(app.catalog.user(), &user.resource, &user.id.to_string());
            match earlier.replaces {
                Some(version) => unit.update_user(&user, &search, version),
                None => unit.insert_user(&user, &search),
            }
            Ok(user)
        })
        .await;
    tell_if_full(app, provider.scope, outcome).await
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
    let outcome = app
        .directory
        .write(|unit| async move {
            let work = Work { app, provider, unit: &unit, change };
            let (stored, hold) = work.found(id).await?;
            preconditions.check_write(Some(stored.version))?;
            let next = resource::replace(app.catalog.user(), &stored.resource, id, body.clone()?, tolerances)?;
            work.update(stored, hold, next).await
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
) -> Result<DirectoryUser, AppError> {
    let change = &Change::new(app, provider, "user.changed");
    let outcome = app
        .directory
        .write(|unit| async move {
            let work = Work { app, provider, unit: &unit, change };
            let (stored, hold) = work.found(id).await?;
            preconditions.check_write(Some(stored.version))?;
            let operations = operations.as_ref().map_err(Clone::clone)?;
            let patched = patch::apply(app.catalog.user(), id, &stored.resource, operations, tolerances)?;
            work.update(stored, hold, patched.resource).await
        })
        .await;
    tell_if_full(app, provider.scope, outcome).await
}

/// Removes a user and leaves a tombstone, so that the same person can come back under the same id (RC-8).
pub async fn delete(app: &Parts, provider: &Provider, id: &str, preconditions: &Preconditions) -> Result<(), AppError> {
    let change = &Change::new(app, provider, "user.deleted");
    app.directory
        .write(|unit| async move {
            let work = Work { app, provider, unit: &unit, change };
            let (mut stored, _) = work.found(id).await?;
            preconditions.check_write(Some(stored.version))?;
            let (gathered, decision) = work.decide(Push::Delete { before: pushed::stored_user(&stored) }).await?;
            work.finish(gathered, &decision, &mut stored).await?;
            unit.delete_user(provider.scope, &tombstone(&stored, change.at));
            Ok(())
        })
        .await
}

/// One push at work in its unit.
struct Work<'a> {
    app: &'a Parts,
    provider: &'a Provider,
    unit: &'a Unit,
    change: &'a Change,
}

impl<'a> Work<'a> {
    async fn found(&self, id: &str) -> Result<(DirectoryUser, Option<Hold>), AppError> {
        let user = match resource_id(id) {
            Some(uuid) => self.unit.user_to_change(self.provider.scope, DirectoryUserId(uuid)).await?,
            None => None,
        };
        user.ok_or_else(|| ScimError::not_found(id).into())
    }

    /// Stores a changed user and what the change means. A change that changes nothing writes nothing (A-40, G-6).
    async fn update(
        &self,
        stored: DirectoryUser,
        hold: Option<Hold>,
        next: Resource,
    ) -> Result<DirectoryUser, AppError> {
        if next == stored.resource {
            // Whom an administrator keeps, they keep until the directory speaks of them again: here it does (RC-12).
            if hold == Some(Hold::Rejected) && !stored.active {
                self.say_again(&stored).await?;
            }
            return Ok(stored);
        }
        let person = pushed::pushed_user(&next);
        pushed::check_lengths(&next)?;
        self.refuse_taken_name(&person, &stored).await?;
        let push = Push::Update { before: pushed::stored_user(&stored), user: person };
        let (gathered, decision) = self.decide(push).await?;
        let mut user = changed(&stored, next, self.change.at);
        self.finish(gathered, &decision, &mut user).await?;
        let search = search_document(self.app.catalog.user(), &user.resource, &user.id.to_string());
        self.unit.update_user(&user, &search, stored.version);
        Ok(user)
    }

    /// What the stored user means for the person, once more. The resource stays as it is.
    async fn say_again(&self, stored: &DirectoryUser) -> Result<(), AppError> {
        let user = pushed::pushed_user(&stored.resource);
        let (gathered, decision) = self.decide(Push::Update { before: pushed::stored_user(stored), user }).await?;
        self.finish(gathered, &decision, &mut stored.clone()).await
    }

    async fn refuse_taken_name(&self, person: &PushedUser, stored: &DirectoryUser) -> Result<(), AppError> {
        if person.user_name.key == stored.user_name_folded {
            return Ok(());
        }
        match self.unit.user_by_user_name(self.provider.scope, &person.user_name.key).await? {
            Some(_) => {
                Err(ScimError::uniqueness(format!("userName `{}` is already taken", person.user_name.text)).into())
            }
            None => Ok(()),
        }
    }

    /// Decides. Where somebody would lose access, the brake is asked, and where a counted seat would be taken, seats are
    /// counted; then it is decided again.
    async fn decide(&self, push: Push) -> Result<(Gathered<'a>, PushDecision), AppError> {
        let scope = self.provider.scope;
        let (mut gathered, mut facts, mut decision) = self.judge(push).await?;
        if decision.removes() && self.unit.share_unless_moved(scope, gathered.source.record.updated_at).await? {
            // Nobody could answer for people who are held in an organization that the connection serves no more. From
            // here on it stays as it is, or waits: see `refuse_holding`.
            (gathered, facts, decision) = self.judge(facts.push).await?;
        }
        if decision.removes() {
            let record = &gathered.source.record;
            facts.removal = brake::ask(self.app, self.unit, scope, record, self.change).await?;
            if facts.removal == Removal::Passes {
                return Ok((gathered, decision));
            }
        } else if gathered.takes_counted_seats(&decision.effects) {
            gathered.count_seats(self.unit, scope).await?;
            facts.connection.clone_from(&gathered.connection);
        } else {
            return Ok((gathered, decision));
        }
        let decision = decide_push(gathered.policy(), &facts).map_err(|refusal| refused(&refusal))?;
        Ok((gathered, decision))
    }

    /// Gathers the facts and decides by them, as if removals passed and seats were free.
    async fn judge(&self, push: Push) -> Result<(Gathered<'a>, PushFacts, PushDecision), AppError> {
        let gathered = self.gather(&push).await?;
        let mut facts = PushFacts {
            now: self.change.at,
            push,
            connection: gathered.connection.clone(),
            accounts: gathered.accounts.clone(),
            directory: gathered.directory.clone(),
            groups: gathered.groups.clone(),
            username_digits: self.app.ids.numbers(USERNAME_DIGITS),
            removal: Removal::Passes,
            protected: BTreeSet::new(),
        };
        if facts.push.leaves() {
            facts.protected = protected_accounts(&gathered.source.record);
        }
        if let Some(before) = facts.push.before_mut() {
            before.hold = gathered.traces.iter().find(|trace| trace.id == before.id).and_then(|trace| trace.hold);
        }
        let decision = decide_push(gathered.policy(), &facts).map_err(|refusal| refused(&refusal))?;
        Ok((gathered, facts, decision))
    }

    async fn gather(&self, push: &Push) -> Result<Gathered<'a>, AppError> {
        let (stored, user) = match push {
            Push::Create { user } => (None, Some(user)),
            Push::Update { before, user } => (Some(before), Some(user)),
            Push::Delete { before } => (Some(before), None),
        };
        let leaves = user.is_none_or(|user| !user.active);
        let question = Question {
            occasion: Occasion::Push {
                user: stored.map(|user| user.id),
                account: stored.and_then(|user| user.account),
                leaves,
            },
            email: user.and_then(|user| user.address.as_ref()).map(|address| address.key.as_str()),
            anchors: user.map(pushed::anchors).unwrap_or_default(),
            teams: user.into_iter().filter_map(|user| user.attributes.team.as_ref()).map(|it| it.key.clone()).collect(),
            now: self.change.at,
        };
        let provider = self.provider;
        let mut gathered = facts::gather(self.unit, provider.scope, &provider.connection, &question).await?;
        // The resource that the push is about is no witness about itself.
        gathered.directory.retain(|trace| Some(trace.id) != stored.map(|user| user.id));
        Ok(gathered)
    }

    /// Applies the decision to the person and notes it on the resource.
    async fn finish(
        &self,
        gathered: Gathered<'_>,
        decision: &PushDecision,
        user: &mut DirectoryUser,
    ) -> Result<(), AppError> {
        let name = pushed::address(&user.resource).or_else(|| user.resource.user_name()).unwrap_or_default();
        rehearsals::push(self.unit, self.provider.scope, &gathered, name, self.change.at);
        let mut subject = Subject::new(self.app, self.unit, self.provider.scope, self.change.at, user.id);
        subject.is(decision.account, gathered);
        subject.apply(&decision.effects).await?;
        if subject.linked() {
            user.account = subject.account().map(|account| account.id);
        }
        user.finding = decision.finding;
        let mut data = Map::new();
        data.insert("rules".to_owned(), json!(decision.trail.rules()));
        data.extend(decision.finding.map(|finding| ("finding".to_owned(), json!(finding))));
        activity::note_with(self.unit, self.change, user.id, data);
        Ok(())
    }
}

fn refused(refusal: &PushRefusal) -> AppError {
    let error = match refusal.scim_type() {
        Some("uniqueness") => ScimError::new(ScimType::Uniqueness, refusal.to_string()),
        Some(_) => ScimError::new(ScimType::InvalidValue, refusal.to_string()),
        None => ScimError::status_only(refusal.status(), refusal.to_string()),
    };
    if let PushRefusal::NoSeat { organization } = refusal {
        return AppError::NoSeat { organization: organization.clone(), refusal: error };
    }
    error.into()
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
    fn of(traces: &[Trace], decision: &PushDecision, fresh_id: DirectoryUserId, now: i64) -> Result<Self, AppError> {
        let new = |id| Self { id, version: 0, created_at: now, account: None, replaces: None };
        let id = match decision.resource {
            ResourcePlan::New | ResourcePlan::Keep | ResourcePlan::Remove => return Ok(new(fresh_id)),
            ResourcePlan::Adopt { id } => return Ok(new(id)),
            ResourcePlan::Reactivate { id } | ResourcePlan::Restore { id } => id,
        };
        let trace = traces.iter().find(|trace| trace.id == id).ok_or_else(|| unknown(id))?;
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
        changed(&user, resource.clone(), now)
    }
}

/// Policy names only resources that were among its facts; a decision that breaks this is not applied.
fn unknown(id: DirectoryUserId) -> AppError {
    let (table, row) = ("directory_user".to_owned(), id.to_string());
    AppError::Directory(rollcall_directory::DirectoryError::Inconsistent { table, row })
}

fn changed(user: &DirectoryUser, resource: Resource, now: i64) -> DirectoryUser {
    DirectoryUser {
        user_name_folded: fold(resource.user_name().unwrap_or_default()),
        external_id: resource.external_id().map(str::to_owned),
        active: resource.active(),
        resource,
        version: user.version + 1,
        // A clock that steps back must not make `lastModified` precede `created`.
        updated_at: now.max(user.updated_at),
        ..*user
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
