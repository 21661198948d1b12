//! Deletes what is of no use any more: records of used evidence that nobody could use again, and sessions long over.

use std::time::Duration;

use rollcall_directory::{Directory, DirectoryError};

use crate::clock::{DAY, HOUR};

/// How often.
pub(crate) const INTERVAL: Duration = Duration::from_mins(1);
/// Rows of each kind that one turn deletes: more than a busy server adds meanwhile, few enough to keep nobody waiting.
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

/// Deletes one batch of each kind. Several instances may do so at once: what is gone is gone.
pub async fn tidy(directory: &Directory, now: i64) -> Result<(), DirectoryError> {
    directory
        .write(|unit| async move {
            unit.forget_used_evidence(now.saturating_sub(EVIDENCE_KEPT), BATCH);
            Ok::<_, DirectoryError>(())
        })
        .await?;
    directory
        .write(|unit| async move {
            unit.forget_sessions(now.saturating_sub(SESSIONS_KEPT), BATCH);
            unit.forget_last_evidence(now.saturating_sub(LAST_EVIDENCE_KEPT), BATCH);
            unit.forget_idempotency_keys(now, BATCH);
            unit.forget_removals(now.saturating_sub(REMOVALS_KEPT), BATCH);
            unit.forget_rehearsal_differences(now.saturating_sub(DIFFERENCES_KEPT), BATCH);
            unit.forget_rehearsal_differences_beyond(DIFFERENCES, BATCH).await?;
            unit.forget_plans(now.saturating_sub(PLANS_KEPT), PLANS);
            unit.forget_events(now.saturating_sub(EVENTS_KEPT), BATCH);
            unit.forget_deliveries(now.saturating_sub(EVENTS_KEPT), false, BATCH);
            unit.forget_deliveries(now.saturating_sub(DELIVERIES_KEPT), true, BATCH);
            unit.give_up_letters(
                now.saturating_sub(LETTERS_UNTAKEN),
                now,
                "nobody sent it; is mail configured?",
                BATCH,
            );
            unit.forget_letters(now.saturating_sub(LETTERS_KEPT), BATCH);
            unit.forget_told(now.saturating_sub(TOLD_KEPT), BATCH);
            Ok::<_, DirectoryError>(())
        })
        .await
}
