//! Walks through the plan of a job and keeps the books (H-5, H-6, H-8, H-10).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value, json};

use super::operation::{Entry, Method, Operation};
use super::plan::{Planned, plan};
use super::reference;
use super::request::{Context, Request};
use super::target::Selected;
use super::{Action, Done, Limits, RESPONSE_URN, Step};
use crate::error::ScimError;
use crate::etag::etag;
use crate::representation::resource_url;
use crate::schema::ResourceType;
use crate::tolerance::Tolerances;

/// A bulk request on its way to its answer.
#[derive(Debug)]
pub struct Job {
    base_url: String,
    fail_on_errors: Option<u64>,
    errors: u64,
    entries: Vec<Entry>,
    plan: VecDeque<Planned>,
    pending: Option<Planned>,
    /// What was created: ids by `bulkId`.
    created: BTreeMap<String, String>,
    /// Circles of references of which one operation failed.
    failed_cycles: BTreeSet<usize>,
}

impl Job {
    /// Reads a request. Operations that are malformed fail later, one by one; an error here is the whole answer:
    /// 413 for too many operations (H-14), 400 for what is no bulk request (H-2) and for a `bulkId` used twice (H-11).
    pub fn parse(
        body: Value,
        base_url: &str,
        resource_types: &[ResourceType],
        limits: &Limits,
        tolerances: &Tolerances,
    ) -> Result<Self, ScimError> {
        let request = Request::read(body, &Context { base_url, resource_types }, limits, tolerances)?;
        let references: Vec<Vec<usize>> = request.entries.iter().map(|entry| entry.references.clone()).collect();
        Ok(Self {
            base_url: base_url.to_owned(),
            fail_on_errors: request.fail_on_errors,
            errors: 0,
            entries: request.entries,
            plan: plan(&references).into(),
            pending: None,
            created: BTreeMap::new(),
            failed_cycles: BTreeSet::new(),
        })
    }

    /// What to do next; `None` when there is nothing left. Its outcome must be recorded before the next call.
    pub fn next_step(&mut self) -> Option<Step> {
        while let Some(planned) = self.plan.pop_front() {
            if let Some(step) = self.begin(planned) {
                self.pending = Some(planned);
                return Some(step);
            }
        }
        None
    }

    /// Takes the outcome of the step that was given last.
    pub fn record(&mut self, outcome: Result<Done, ScimError>) {
        match (self.pending.take(), outcome) {
            (Some(Planned::Execute { index, .. }), Ok(done)) => self.succeed(index, done),
            (Some(Planned::Execute { index, cycle }), Err(error)) => self.fail(index, cycle, error),
            // The creation is still what the client asked for; only its version has moved.
            (Some(Planned::Link { index, .. }), Ok(done)) => self.edit(index, |entry| {
                if let Some(created) = &mut entry.done {
                    created.version = done.version;
                }
            }),
            (Some(Planned::Link { index, cycle }), Err(error)) => self.fail(index, Some(cycle), error),
            (Some(Planned::Close { index, .. }), Err(error)) => {
                let detail = format!("the circular references failed, and the creation could not be undone: {error}");
                self.edit(index, |entry| entry.error = Some(ScimError::status_only(500, detail)));
            }
            (Some(Planned::Close { .. }), Ok(_)) | (Some(Planned::Settle { .. }) | None, _) => {}
        }
    }

    /// The bulk response: the operations that were processed, in request order (H-5).
    ///
    /// When `failOnErrors` ended the job, what stands behind the last error is left out, unless something in front
    /// referred to it, so that it took effect already: a client must not believe that it is still to do.
    pub fn into_response(self) -> Value {
        let processed = |entry: &&Entry| entry.settled || entry.done.is_some();
        let operations: Vec<Value> = self.entries.iter().filter(processed).map(|entry| self.answer(entry)).collect();
        json!({"schemas": [RESPONSE_URN], "Operations": operations})
    }

    fn begin(&mut self, planned: Planned) -> Option<Step> {
        match planned {
            Planned::Execute { index, cycle } => self.execute(index, cycle),
            Planned::Link { index, cycle } => {
                if self.failed_cycles.contains(&cycle) {
                    return None;
                }
                let data = self.resolved(self.operation(index)?.data.clone());
                let id = self.entries.get(index)?.done.as_ref()?.id.clone();
                self.step(index, Action::Link { id, data })
            }
            Planned::Close { index, cycle } => {
                if !self.failed_cycles.contains(&cycle) {
                    return None;
                }
                let error = self.failed_reference(index);
                let entry = self.entries.get_mut(index)?;
                entry.error.get_or_insert(error);
                let id = entry.done.take()?.id;
                entry.bulk_id.as_ref().and_then(|bulk_id| self.created.remove(bulk_id));
                self.step(index, Action::Undo { id })
            }
            Planned::Settle { index } => {
                let entry = self.entries.get_mut(index)?;
                entry.settled = true;
                self.errors += u64::from(entry.error.is_some());
                if entry.error.is_some() && Some(self.errors) == self.fail_on_errors {
                    self.plan.clear();
                }
                None
            }
        }
    }

    fn execute(&mut self, index: usize, cycle: Option<usize>) -> Option<Step> {
        let entry = self.entries.get(index)?;
        if entry.error.is_some() || cycle.is_some_and(|cycle| self.failed_cycles.contains(&cycle)) {
            return None;
        }
        let failed = |other: &usize| self.entries.get(*other).is_some_and(|entry| entry.error.is_some());
        if entry.references.iter().any(failed) {
            self.fail(index, cycle, self.failed_reference(index));
            return None;
        }
        let action = self.action(index, cycle.is_some())?;
        self.step(index, action)
    }

    fn action(&mut self, index: usize, circular: bool) -> Option<Action> {
        let operation = self.entries.get_mut(index)?.operation.as_mut()?;
        // Only a circular one is needed once more, for its link.
        let data = if circular { operation.data.clone() } else { operation.data.take() };
        let mut data = self.resolved(data);
        if circular {
            reference::cut(&mut data, &self.missing(index));
        }
        let Operation { method, target, preconditions, .. } = self.operation(index)?;
        let preconditions = preconditions.clone();
        let id = match &target.selected {
            Some(Selected::Id(id)) => id.clone(),
            Some(Selected::Created(bulk_id)) => self.created.get(bulk_id)?.clone(),
            None => String::new(),
        };
        Some(match method {
            Method::Post => Action::Create { data },
            Method::Put => Action::Replace { id, data, preconditions },
            Method::Patch => Action::Modify { id, data, preconditions },
            Method::Delete => Action::Delete { id, preconditions },
        })
    }

    fn step(&self, index: usize, action: Action) -> Option<Step> {
        Some(Step { index, resource_type: self.operation(index)?.target.resource_type.clone(), action })
    }

    fn operation(&self, index: usize) -> Option<&Operation> {
        self.entries.get(index)?.operation.as_ref()
    }

    fn edit(&mut self, index: usize, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.get_mut(index) {
            change(entry);
        }
    }

    fn succeed(&mut self, index: usize, done: Done) {
        let Some(entry) = self.entries.get_mut(index) else { return };
        if let Some(bulk_id) = entry.bulk_id.as_ref().filter(|_| entry.creates()) {
            self.created.insert(bulk_id.clone(), done.id.clone());
        }
        entry.done = Some(done);
    }

    fn fail(&mut self, index: usize, cycle: Option<usize>, error: ScimError) {
        self.failed_cycles.extend(cycle);
        self.edit(index, |entry| entry.error = Some(error));
    }

    /// 409 (H-10): says which operation it was, in terms of the client.
    fn failed_reference(&self, index: usize) -> ScimError {
        let references = self.entries.get(index).map(|entry| entry.references.as_slice()).unwrap_or_default();
        let referred = references.iter().filter_map(|other| self.entries.get(*other));
        let failed = referred.filter(|entry| entry.error.is_some()).find_map(|entry| entry.bulk_id.as_deref());
        ScimError::status_only(
            409,
            match failed {
                Some(bulk_id) => format!("refers to `bulkId:{bulk_id}`, whose operation failed"),
                None => "belongs to a circle of references in which an operation failed".to_owned(),
            },
        )
    }

    fn resolved(&self, mut data: Value) -> Value {
        reference::substitute(&mut data, &self.created);
        data
    }

    /// What the operation refers to and is not created yet.
    fn missing(&self, index: usize) -> BTreeSet<&str> {
        let references = self.entries.get(index).map(|entry| entry.references.as_slice()).unwrap_or_default();
        let referred = references.iter().filter_map(|other| self.entries.get(*other));
        referred.filter(|entry| entry.done.is_none()).filter_map(|entry| entry.bulk_id.as_deref()).collect()
    }

    fn answer(&self, entry: &Entry) -> Value {
        let mut answer = Map::new();
        let mut put = |name: &str, value: Option<Value>| value.map(|value| answer.insert(name.to_owned(), value));
        put("method", entry.method.clone().map(Value::from));
        put("bulkId", entry.bulk_id.clone().map(Value::from));
        let selected = entry.operation.as_ref().and_then(|operation| operation.target.selected.as_ref());
        let created = match selected {
            Some(Selected::Created(bulk_id)) => self.created.get(bulk_id).map(String::as_str),
            Some(Selected::Id(_)) | None => None,
        };
        let location = entry.location(created);
        put("location", location.map(|(endpoint, id)| resource_url(&self.base_url, endpoint, &id).into()));
        let version = entry.done.as_ref().filter(|_| entry.error.is_none()).and_then(|done| done.version);
        put("version", version.map(|version| etag(version).into()));
        let status = match (&entry.error, &entry.done) {
            (Some(error), _) => error.status(),
            (None, Some(done)) => done.status,
            (None, None) => 500,
        };
        put("status", Some(status.to_string().into()));
        put("response", entry.error.as_ref().map(ScimError::to_body));
        Value::Object(answer)
    }
}
