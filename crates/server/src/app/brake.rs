//! The brake: what becomes of a removal when a directory removes too many people (RC-12).

pub mod answer;
pub mod status;
pub mod unanswered;

use rollcall_directory::{ConnectionRecord, DirectoryError, RemovalTurn, Scope, Unit};
use rollcall_policy::{Brake, Removal, Room};
use serde_json::{Map, json};

use super::Refusal;
use super::activity::{self, Change};
use super::connections;
use super::events::{Data, Kind, Teller};
use crate::state::Parts;

/// Asks whether a removal passes. It has its place among the others of the connection until the unit ends, so however
/// many come at once, not more than the limit pass; nothing but removals waits for it.
pub(super) async fn ask(
    app: &Parts,
    unit: &Unit,
    scope: Scope,
    record: &ConnectionRecord,
    change: &Change,
) -> Result<Removal, DirectoryError> {
    let settings = connections::Brake::of(record);
    let brake = settings.rule();
    let mut turn = unit.next_removal(scope, change.at).await?;
    if brake.begins(turn.counted_at, turn.at) {
        turn.people = unit.active_linked_people(scope).await?;
        unit.note_people(scope, turn.people, turn.at);
    }
    let passes = match brake.room(turn.people, turn.number) {
        Room::Free => true,
        Room::None => false,
        Room::After(earlier) => {
            let passed = unit.passed_removal(scope, earlier).await?;
            passed.is_none_or(|at| brake.has_left(at, turn.at))
        }
    };
    if passes {
        unit.pass_removal(scope, &turn);
        return Ok(Removal::Passes);
    }
    let since = braking_since(unit, scope, &brake, &turn).await?;
    unit.give_number_back(scope, since.unwrap_or(turn.at));
    if since.is_none() {
        let limit = brake.limit(turn.people);
        tell(app, unit, scope, change, limit, change.at.saturating_add(settings.patience()));
    }
    Ok(Removal::IsHeld)
}

/// Since when people are held already; `None` if this one is the first. A directory that takes its removals back and
/// makes them again is one braking: its owners hear of it once in a window.
async fn braking_since(
    unit: &Unit,
    scope: Scope,
    brake: &Brake,
    turn: &RemovalTurn,
) -> Result<Option<i64>, DirectoryError> {
    let Some(since) = turn.braking_since else { return Ok(None) };
    let goes_on = !brake.has_left(since, turn.at) || unit.holds_anybody(scope).await?;
    Ok(goes_on.then_some(since))
}

/// Owners are told once for a braking, not for each person.
fn tell(app: &Parts, unit: &Unit, scope: Scope, change: &Change, limit: u64, releases_at: i64) {
    let connection = scope.connection;
    let teller = Teller { unit, ids: &app.ids, now: change.at, company: scope.company };
    let data = Data { count: Some(limit), ..Data::default() };
    teller.tell(Kind::BrakeHeld, connection, data.by(connection).expiring(releases_at));
    let data = Map::from_iter([("limit".to_owned(), json!(limit)), ("rules".to_owned(), json!(["RC-12"]))]);
    activity::note_with(unit, &change.also(app, "brake.held"), format!("connection:{connection}"), data);
}

/// Refuses what would leave people held whom nobody could answer for any more.
pub(super) async fn refuse_holding(unit: &Unit, scope: Scope, then: &str) -> Result<(), Refusal> {
    unit.lock_brake(scope).await?;
    if !unit.holds_anybody(scope).await? {
        return Ok(());
    }
    let detail = format!("the connection holds removals back; release or reject them first, {then}");
    Err(Refusal::standing("RC-12", detail))
}
