//! Rehearsals: a candidate policy judges beside the real one, and nobody is changed by it (design.md 5).
//!
//! The candidate is judged by the facts that were gathered for the real decision, in the same unit, before its effects are
//! applied; so only switches can be rehearsed that change no facts but those about the connection itself.

mod judging;

use rollcall_directory::{ConnectionRecord, DirectoryError, RehearsalDifference, Scope, Unit};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::connections::moved;
use super::connections::policy::{self, PolicyChange};
use super::{Doer, Refusal};
use crate::state::Parts;

pub(super) use judging::{Rehearsed, push, sign_in};

/// Where it stands among the details of a connection.
const KEY: &str = "rehearsal";
/// Characters of a person's name in the list: no address is longer.
const LONGEST: usize = 320;
/// What can be rehearsed; anything else needs a plan.
const SWITCHES: [&str; 2] = ["jit", "scim"];

/// A rehearsal that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The change of policy that is tried.
    pub change: PolicyChange,
    /// When it began, in UTC microseconds.
    pub since: i64,
}

/// What it has found so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Sign-ins that were judged by both.
    pub sign_ins: u64,
    /// Those that would have gone otherwise.
    pub differing_sign_ins: u64,
    /// Pushes that would have gone otherwise.
    pub differing_pushes: u64,
}

impl Rehearsal {
    /// The rehearsal of a connection, if one runs.
    pub fn of(record: &ConnectionRecord) -> Option<Self> {
        serde_json::from_value(record.details.get(KEY)?.clone()).ok()
    }
}

/// Begins to rehearse a change; it must be one that a plan could make.
pub async fn start(app: &Parts, doer: Doer<'_>, scope: Scope, change: &PolicyChange) -> Result<Rehearsal, Refusal> {
    refuse_others(change)?;
    let rehearsal = &Rehearsal { change: change.clone(), since: doer.now };
    let stored = &serde_json::to_value(rehearsal).map_err(|error| Refusal::Invalid(error.to_string()))?;
    let entry = &doer.entry("rehearsal_started", Some(scope.company), subject(scope), &json!({"change": change}));
    app.directory
        .write(|unit| async move {
            unit.hold_connection(scope).await?;
            let found = unit.connection(scope.company, scope.connection).await?;
            let connection = found.ok_or(Refusal::NotFound("connection"))?;
            if connection.record.details.contains_key(KEY) {
                let detail = "the connection rehearses a change already; end that rehearsal first";
                return Err(Refusal::Taken(detail.to_owned()));
            }
            let after = policy::judge(&unit, &connection, change).await?.record;
            if after.policy.scim != connection.record.policy.scim && connection.record.policy.group_mapping {
                return Err(Refusal::Invalid(
                    "`scim` cannot be rehearsed where groups make teams, since teams would change with it; make a plan"
                        .to_owned(),
                ));
            }
            let before = connection.record.updated_at;
            let mut record = connection.record;
            record.details.insert(KEY.to_owned(), stored.clone());
            record.updated_at = moved(before, doer.now);
            unit.update_connection(&record, before)?;
            unit.forget_rehearsal(scope);
            unit.insert_activity(entry);
            Ok(())
        })
        .await?;
    app.authenticator.forget_connection(scope.connection);
    Ok(rehearsal.clone())
}

/// Ends a rehearsal and forgets what it has found.
pub async fn stop(app: &Parts, doer: Doer<'_>, scope: Scope) -> Result<(), Refusal> {
    let entry = &doer.entry("rehearsal_ended", Some(scope.company), subject(scope), &json!({}));
    app.directory
        .write(|unit| async move {
            unit.hold_connection(scope).await?;
            let found = unit.connection(scope.company, scope.connection).await?;
            let mut record = found.ok_or(Refusal::NotFound("connection"))?.record;
            record.details.remove(KEY).ok_or(Refusal::NotFound("rehearsal"))?;
            let before = record.updated_at;
            record.updated_at = moved(before, doer.now);
            unit.update_connection(&record, before)?;
            unit.forget_rehearsal(scope);
            unit.insert_activity(entry);
            Ok::<(), Refusal>(())
        })
        .await?;
    app.authenticator.forget_connection(scope.connection);
    Ok(())
}

/// How much a rehearsal has found.
pub async fn found(app: &Parts, scope: Scope, rehearsal: &Rehearsal) -> Result<Found, DirectoryError> {
    let reader = app.directory.read();
    let counts = reader.rehearsal_counts(scope).await?;
    let of =
        |occasion: &str| -> u64 { counts.iter().filter(|(name, _)| name == occasion).map(|(_, times)| times).sum() };
    Ok(Found {
        sign_ins: reader.decisions_since(scope, rehearsal.since).await?,
        differing_sign_ins: of("sign_in"),
        differing_pushes: of("push"),
    })
}

fn refuse_others(change: &PolicyChange) -> Result<(), Refusal> {
    let wanted = serde_json::to_value(change).unwrap_or_default();
    let names: Vec<&String> = wanted.as_object().into_iter().flat_map(|members| members.keys()).collect();
    if names.is_empty() {
        return Err(Refusal::Invalid("say what is to be rehearsed, such as {\"jit\":false}".to_owned()));
    }
    match names.iter().find(|name| !SWITCHES.contains(&name.as_str())) {
        Some(name) => Err(Refusal::Invalid(format!(
            "`{name}` cannot be rehearsed, only `jit` and `scim` can: other changes bring other facts with them; make a plan"
        ))),
        None => Ok(()),
    }
}

fn subject(scope: Scope) -> String {
    format!("connection:{}", scope.connection)
}

/// Notes in the unit of a decision that it would have gone otherwise.
fn note(unit: &Unit, scope: Scope, (person, occasion): (String, &str), difference: &Value, now: i64) {
    let person = person.chars().take(LONGEST).collect();
    let difference = difference.to_string();
    let digest = judging::digest(occasion, &difference);
    let (occasion, times) = (occasion.to_owned(), 1);
    let found = RehearsalDifference { person, digest, occasion, difference, times, first_at: now, last_at: now };
    unit.put_rehearsal_difference(scope, &found);
}
