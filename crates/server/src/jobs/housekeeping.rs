//! Deletes what is of no use any more: records of used evidence that nobody could use again, and sessions long over.

use std::time::Duration;

use rollcall_directory::{Directory, DirectoryError, Unit};

use crate::clock::{DAY, HOUR};

/// How often.
pub(crate) const INTERVAL: Duration = Duration::from_mins(1);
/// Rows of one batch: few enough to keep nobody waiting.
const BATCH: u64 = 5_000;
/// Instances' clocks may be apart; evidence that is kept a little longer costs nothing.
const EVIDENCE_KEPT: i64 = HOUR;
/// Sessions that are over can be looked into for so long.
const SESSIONS_KEPT: i64 = DAY;
/// Plans judge by evidence of the last 90 days (design.md 5.2).
const LAST_EVIDENCE_KEPT: i64 = 91 * DAY;
/// Events that were handed on, and deliveries that arrived, can be looked into for so long.
const EVENTS_KEPT: i64 = 7 * DAY;
/// Deliveries that did not arrive can be sent again for so long.
const DELIVERIES_KEPT: i64 = 30 * DAY;
/// The brake looks back 30 days at most.
const REMOVALS_KEPT: i64 = 31 * DAY;
/// What a rehearsal found is kept for so long after it was last seen.
const DIFFERENCES_KEPT: i64 = 91 * DAY;
/// Differences that are kept of each connection.
const DIFFERENCES: u64 = 10_000;
/// Plans that nobody applied in time can be looked at for so long.
const PLANS_KEPT: i64 = DAY;
/// Plans of one turn: each may have a hundred thousand people.
const PLANS: u64 = 1;

/// Letters that were sent or given up can be looked at for so long.
const LETTERS_KEPT: i64 = 30 * DAY;
/// A letter that nobody takes, as where mail was turned off, is given up after so long.
const LETTERS_UNTAKEN: i64 = 4 * DAY;
/// What was told once is known for so long; longer than what it is about takes to end.
const TOLD_KEPT: i64 = 400 * DAY;

/// Batches of one kind in one turn; the next turn goes on.
const BATCHES: u32 = 100;

/// What is deleted.
#[derive(Clone, Copy, Debug)]
enum Old {
    UsedEvidence,
    Sessions,
    LastEvidence,
    IdempotencyKeys,
    Removals,
    Differences,
    Plans,
    Events,
    Delivered,
    Deliveries,
    UntakenLetters,
    Letters,
    Told,
}

const ALL: [Old; 13] = [
    Old::UsedEvidence,
    Old::Sessions,
    Old::LastEvidence,
    Old::IdempotencyKeys,
    Old::Removals,
    Old::Differences,
    Old::Plans,
    Old::Events,
    Old::Delivered,
    Old::Deliveries,
    Old::UntakenLetters,
    Old::Letters,
    Old::Told,
];

/// Deletes each kind batch by batch, each batch in a unit of its own, until one is short. Several instances may do so at
/// once: what is gone is gone.
pub async fn tidy(directory: &Directory, now: i64) -> Result<(), DirectoryError> {
    for old in ALL {
        for _ in 0..BATCHES {
            if directory.write(|unit| async move { forget(&unit, old, now).await }).await? < BATCH {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    shorten_rehearsals(directory).await
}

/// Differences beyond those that are kept. They are looked for outside of any unit: it takes long where there are many.
async fn shorten_rehearsals(directory: &Directory) -> Result<(), DirectoryError> {
    for scope in directory.read().rehearsals_beyond(DIFFERENCES).await? {
        directory
            .write(|unit| async move {
                unit.forget_rehearsal_differences_beyond(scope, DIFFERENCES, BATCH);
                Ok::<_, DirectoryError>(())
            })
            .await?;
    }
    Ok(())
}

/// Deletes one batch; how many rows it had.
async fn forget(unit: &Unit, old: Old, now: i64) -> Result<u64, DirectoryError> {
    let before = |kept: i64| now.saturating_sub(kept);
    match old {
        Old::UsedEvidence => unit.forget_used_evidence(before(EVIDENCE_KEPT), BATCH).await,
        Old::Sessions => unit.forget_sessions(before(SESSIONS_KEPT), BATCH).await,
        Old::LastEvidence => unit.forget_last_evidence(before(LAST_EVIDENCE_KEPT), BATCH).await,
        Old::IdempotencyKeys => unit.forget_idempotency_keys(now, BATCH).await,
        Old::Removals => unit.forget_removals(before(REMOVALS_KEPT), BATCH).await,
        Old::Differences => unit.forget_rehearsal_differences(before(DIFFERENCES_KEPT), BATCH).await,
        Old::Plans => {
            unit.forget_plans(before(PLANS_KEPT), PLANS);
            Ok(PLANS)
        }
        Old::Events => unit.forget_events(before(EVENTS_KEPT), BATCH).await,
        Old::Delivered => unit.forget_deliveries(before(EVENTS_KEPT), false, BATCH).await,
        Old::Deliveries => unit.forget_deliveries(before(DELIVERIES_KEPT), true, BATCH).await,
        Old::UntakenLetters => {
            let why = "nobody sent it; is mail configured?";
            unit.give_up_letters(before(LETTERS_UNTAKEN), now, why, BATCH).await
        }
        Old::Letters => unit.forget_letters(before(LETTERS_KEPT), BATCH).await,
        Old::Told => unit.forget_told(before(TOLD_KEPT), BATCH).await,
    }
}
