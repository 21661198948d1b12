//! Pushing what a file holds: users first, then groups, then who is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use rollcall_directory::DirectoryUser;
use rollcall_scim::etag::{Preconditions, etag};
use rollcall_scim::fold::fold;
use rollcall_scim::patch::{Op, Operation};
use rollcall_scim::{Resource, ScimError, Tolerances};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

use super::check::{Checked, Judge};
use super::records::Records;
use super::{BadLine, Record, Subject, get, hash, manager};
use crate::app::{AppError, Provider, groups, users};
use crate::state::AppState;

/// Users that are pushed at a time: on SQLite they share commits, on PostgreSQL they use its processors.
const AT_ONCE: usize = 64;
/// How often a user is looked for who changes between being found and being written.
const LOOKS: usize = 5;

/// What came of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// New ones.
    pub created: u64,
    /// Others than before.
    pub changed: u64,
    /// As before.
    pub unchanged: u64,
    /// Refused by a rule.
    pub refused: u64,
}

/// Why an import ended before its end. What was pushed before stays; running it again goes on.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The file.
    #[error("the file cannot be read any more: {0}")]
    File(#[from] std::io::Error),
    /// The directory.
    #[error(transparent)]
    App(#[from] AppError),
    /// A fault of ours.
    #[error("a push did not end: {0}")]
    Task(#[from] JoinError),
}

/// An import at work.
pub(crate) struct Import<'a> {
    /// The parts of a server.
    pub app: AppState,
    /// Whose directory.
    pub provider: Provider,
    /// What the connection accepts.
    pub tolerances: Tolerances,
    /// Opens the file from its beginning.
    pub open: &'a dyn Fn() -> std::io::Result<Box<dyn BufRead + Send>>,
    /// Hears of each line that is through: how many, and why it was refused.
    pub told: &'a mut dyn FnMut(u64, Option<BadLine>),
}

/// Lines that are pushed again, and whether they were made the first time.
type Waiting = BTreeMap<u64, bool>;

/// What one push came to.
struct Pushed {
    line: u64,
    /// Hash of the id in the file, and ours.
    id: Option<(u128, Uuid)>,
    outcome: Result<Outcome, ScimError>,
}

enum Outcome {
    Created,
    Changed,
    Unchanged,
    /// It waits until another one has an id; true if it was made meanwhile.
    Waits(bool),
}

/// Ids of the file, sorted, and what they are here.
struct Ours {
    theirs: Vec<u128>,
    ours: Vec<Option<Uuid>>,
}

impl Ours {
    fn place(&self, id: u128) -> Option<usize> {
        self.theirs.binary_search(&id).ok()
    }

    fn set(&mut self, id: u128, ours: Uuid) {
        if let Some(slot) = self.place(id).and_then(|place| self.ours.get_mut(place)) {
            *slot = Some(ours);
        }
    }

    /// `None` if the file has it and it is not here yet; an id that the file does not have means itself.
    fn here(&self, id: &str) -> Option<String> {
        match self.place(hash(id)) {
            Some(place) => self.ours.get(place).copied().flatten().map(|id| id.to_string()),
            None => Some(id.to_owned()),
        }
    }
}

impl Import<'_> {
    /// Pushes everything of a checked file.
    pub(crate) async fn run(&mut self, checked: Checked) -> Result<Counts, PushError> {
        let mut counts = Counts::default();
        let mut ours = Ours { ours: vec![None; checked.ids.len()], theirs: checked.ids };
        let waiting = self.users(&mut ours, &mut counts, None).await?;
        if !waiting.is_empty() {
            // Their managers are there by now. Whoever still waits names somebody whom a rule refused.
            self.users(&mut ours, &mut counts, Some(waiting)).await?;
        }
        if checked.groups > 0 {
            let made = self.make_groups(&mut ours, &mut counts).await?;
            self.fill_groups(&ours, &made, &mut counts).await?;
        }
        Ok(counts)
    }

    /// Pushes the users, or those of some lines for the second time; answers the lines of those that wait for others.
    async fn users(
        &mut self,
        ours: &mut Ours,
        counts: &mut Counts,
        only: Option<Waiting>,
    ) -> Result<Waiting, PushError> {
        let mut records = Records::new((self.open)()?);
        let mut running: JoinSet<Result<Pushed, AppError>> = JoinSet::new();
        let mut waiting = Waiting::new();
        while let Some(record) = records.read()? {
            let Ok(record) = record else { continue };
            let again = only.as_ref().and_then(|lines| lines.get(&record.line).copied());
            if record.subject != Subject::User || (only.is_some() && again.is_none()) {
                continue;
            }
            if running.len() >= AT_ONCE
                && let Some(done) = running.join_next().await
            {
                self.count(done??, ours, counts, &mut waiting);
            }
            let manager = self.manager(&record, ours);
            let one = OneUser {
                app: self.app.clone(),
                provider: self.provider.clone(),
                tolerances: self.tolerances.clone(),
                partial: records.is_table(),
                again,
                record,
                manager,
            };
            running.spawn(one.push());
        }
        while let Some(done) = running.join_next().await {
            self.count(done??, ours, counts, &mut waiting);
        }
        Ok(waiting)
    }

    /// The manager whom the record names, if it names one.
    fn manager(&self, record: &Record, ours: &Ours) -> Option<Manager> {
        let reader = self.app.directory.read();
        let judge = self.judge(&reader);
        let (resource, _) = judge.resource(record).ok()?;
        manager(&resource).map(|id| Manager(ours.here(id)))
    }

    fn judge<'a>(&'a self, reader: &'a rollcall_directory::Reader) -> Judge<'a> {
        Judge { catalog: &self.app.catalog, tolerances: &self.tolerances, provider: &self.provider, reader }
    }

    fn count(&mut self, pushed: Pushed, ours: &mut Ours, counts: &mut Counts, waiting: &mut Waiting) {
        if let Some((theirs, id)) = pushed.id {
            ours.set(theirs, id);
        }
        match pushed.outcome {
            Ok(Outcome::Waits(made)) => {
                waiting.insert(pushed.line, made);
                return;
            }
            Ok(Outcome::Created) => counts.created += 1,
            Ok(Outcome::Changed) => counts.changed += 1,
            Ok(Outcome::Unchanged) => counts.unchanged += 1,
            Err(error) => {
                counts.refused += 1;
                (self.told)(1, Some(BadLine { line: pushed.line, problem: error.to_string() }));
                return;
            }
        }
        (self.told)(1, None);
    }

    /// Groups that are not here yet, without members: each must have an id before another can have it as a member.
    async fn make_groups(&mut self, ours: &mut Ours, counts: &mut Counts) -> Result<BTreeSet<Uuid>, PushError> {
        let mut records = Records::new((self.open)()?);
        let mut all = BTreeSet::new();
        while let Some(record) = records.read()? {
            let Some(record) = record.ok().filter(|record| record.subject == Subject::Group) else { continue };
            let theirs = record.id.as_deref().map(hash);
            let reader = self.app.directory.read();
            let Ok((resource, _)) = self.judge(&reader).resource(&record) else { continue };
            let name = fold(resource.display_name().unwrap_or_default());
            let found = reader.group_by_display_name(self.provider.scope, &name).await.map_err(AppError::from)?;
            let id = if let Some(group) = found {
                Ok(group.id.uuid())
            } else {
                let mut body = record.body.clone();
                super::take(&mut body, "members");
                let made = groups::create(&self.app, &self.provider, Value::Object(body), &self.tolerances).await;
                if let Ok(group) = &made {
                    counts.created += 1;
                    all.insert(group.id.uuid());
                }
                made.map(|group| group.id.uuid())
            };
            match id {
                Ok(id) => theirs.into_iter().for_each(|theirs| ours.set(theirs, id)),
                Err(AppError::Scim(error) | AppError::NoSeat { refusal: error, .. }) => {
                    counts.refused += 1;
                    (self.told)(1, Some(BadLine { line: record.line, problem: error.to_string() }));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(all)
    }

    async fn fill_groups(&mut self, ours: &Ours, made: &BTreeSet<Uuid>, counts: &mut Counts) -> Result<(), PushError> {
        let mut records = Records::new((self.open)()?);
        while let Some(record) = records.read()? {
            let Some(record) = record.ok().filter(|record| record.subject == Subject::Group) else { continue };
            let reader = self.app.directory.read();
            let Ok((resource, members)) = self.judge(&reader).resource(&record) else { continue };
            let name = fold(resource.display_name().unwrap_or_default());
            let found = reader.group_by_display_name(self.provider.scope, &name).await.map_err(AppError::from)?;
            // One that could not be made was told already.
            let Some(stored) = found else { continue };
            let here: Vec<Value> =
                members.iter().filter_map(|member| ours.here(&member.id)).map(|id| json!({"value": id})).collect();
            let missing = members.len() - here.len();
            let mut body = record.body.clone();
            super::take(&mut body, "members");
            body.insert("members".to_owned(), Value::from(here));
            let (app, provider, id) = (&self.app, &self.provider, stored.id.to_string());
            let body = Ok(Value::Object(body));
            match groups::replace(app, provider, &id, &Preconditions::none(), &body, &self.tolerances).await {
                // A new one was counted when it was made.
                Ok(_) if made.contains(&stored.id.uuid()) => {}
                Ok(group) if group.version == stored.version => counts.unchanged += 1,
                Ok(_) => counts.changed += 1,
                Err(AppError::Scim(error) | AppError::NoSeat { refusal: error, .. }) => {
                    counts.refused += 1;
                    (self.told)(1, Some(BadLine { line: record.line, problem: error.to_string() }));
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            let problem = || format!("{missing} of its members were refused, and are not in the group");
            (self.told)(1, (missing > 0).then(|| BadLine { line: record.line, problem: problem() }));
        }
        Ok(())
    }
}

/// A manager whom a record names: the id here, once it is known.
#[derive(Clone, Debug)]
struct Manager(Option<String>);

/// One user to be pushed, in a task of its own.
struct OneUser {
    app: AppState,
    provider: Provider,
    tolerances: Tolerances,
    record: Record,
    /// Of a table: what has no column stays as it is.
    partial: bool,
    /// The second time, when nobody is waited for any more; true if it was made the first time.
    again: Option<bool>,
    /// If one is named.
    manager: Option<Manager>,
}

impl OneUser {
    async fn push(self) -> Result<Pushed, AppError> {
        let theirs = self.record.id.as_deref().map(hash);
        let line = self.record.line;
        match self.decide().await {
            Ok((outcome, id)) => Ok(Pushed { line, id: theirs.zip(id), outcome: Ok(outcome) }),
            Err(AppError::Scim(error) | AppError::NoSeat { refusal: error, .. }) => {
                Ok(Pushed { line, id: None, outcome: Err(error) })
            }
            Err(error) => Err(error),
        }
    }

    /// Whoever changed since they were found may be somebody else by now: then they are looked for again.
    async fn decide(&self) -> Result<(Outcome, Option<Uuid>), AppError> {
        for _ in 1..LOOKS {
            match self.look_and_push().await {
                Err(AppError::Scim(error)) if error.status() == 412 => {}
                decided => return decided,
            }
        }
        self.look_and_push().await
    }

    async fn look_and_push(&self) -> Result<(Outcome, Option<Uuid>), AppError> {
        let reader = self.app.directory.read();
        let (app, provider) = (&self.app, &self.provider);
        let judge = Judge { catalog: &app.catalog, tolerances: &self.tolerances, provider, reader: &reader };
        let (resource, _) = judge.resource(&self.record)?;
        let stored = self.stored(&reader, &resource).await?;
        let mut body = self.record.body.clone();
        match (&self.manager, &stored) {
            (Some(Manager(Some(id))), _) => set_manager(&mut body, Some(id)),
            (Some(Manager(None)), None) if self.again.is_none() => {
                // Somebody may wait for this one, too: it is made now, and gets its manager later.
                set_manager(&mut body, None);
                let made = users::create(app, provider, Value::Object(body), &self.tolerances).await?;
                return Ok((Outcome::Waits(true), Some(made.id.uuid())));
            }
            (Some(Manager(None)), Some(stored)) if self.again.is_none() => {
                return Ok((Outcome::Waits(false), Some(stored.id.uuid())));
            }
            (Some(Manager(None)), _) => set_manager(&mut body, None),
            (None, _) => {}
        }
        if self.partial && stored.is_some() {
            super::take(&mut body, "schemas");
        }
        let body = Value::Object(body);
        let Some(stored) = stored else {
            let made = users::create(app, provider, body, &self.tolerances).await?;
            return Ok((Outcome::Created, Some(made.id.uuid())));
        };
        let id = stored.id.to_string();
        let as_found = Preconditions::parse(Some(&etag(stored.version)), None)?;
        let user = if self.partial {
            let operations = Ok(vec![Operation { op: Op::Replace, path: None, value: Some(body) }]);
            users::modify(app, provider, &id, &as_found, &operations, &self.tolerances).await?
        } else {
            users::replace(app, provider, &id, &as_found, &Ok(body), &self.tolerances).await?
        };
        let outcome = match self.again {
            Some(true) => Outcome::Created,
            Some(false) | None if user.version == stored.version => Outcome::Unchanged,
            Some(false) | None => Outcome::Changed,
        };
        Ok((outcome, Some(user.id.uuid())))
    }

    /// Who it is here: by the provider's own id, else by name. Two such ids are two people, whatever they are called: what
    /// one had is not handed to the other (RC-8), and the name is refused as it would be for a POST.
    async fn stored(
        &self,
        reader: &rollcall_directory::Reader,
        resource: &Resource,
    ) -> Result<Option<DirectoryUser>, AppError> {
        let scope = self.provider.scope;
        let external_id = resource.external_id().filter(|id| !id.is_empty());
        if let Some(external_id) = external_id
            && let Some(user) = reader.users_by_external_id(scope, external_id).await?.into_iter().next()
        {
            return Ok(Some(user));
        }
        let named = reader.user_by_user_name(scope, &fold(resource.user_name().unwrap_or_default())).await?;
        Ok(named.filter(|user| {
            let theirs = user.external_id.as_deref().filter(|id| !id.is_empty());
            external_id.is_none() || theirs.is_none() || theirs == external_id
        }))
    }
}

/// Names another manager, or none.
fn set_manager(body: &mut Map<String, Value>, id: Option<&str>) {
    let urn = rollcall_scim::schema::enterprise::URN;
    let Some(Value::Object(mut extension)) = get(body, urn).cloned() else { return };
    super::take(&mut extension, "manager");
    if let Some(id) = id {
        extension.insert("manager".to_owned(), json!({"value": id}));
    }
    super::take(body, urn);
    if !extension.is_empty() {
        body.insert(urn.to_owned(), Value::Object(extension));
    }
}
