//! The journal is kept for so many days, and so many exchanges of each connection.

use std::time::Duration;

use rollcall_directory::DirectoryError;

use crate::clock::DAY;
use crate::state::AppState;

/// How often.
pub(super) const INTERVAL: Duration = Duration::from_mins(1);
/// Exchanges that one turn deletes, for each reason: more than a busy provider sends meanwhile.
const BATCH: u64 = 5_000;

/// Deletes one batch of what is too old or too much. Several instances may do so at once.
pub(super) async fn tidy(state: &AppState) -> Result<(), DirectoryError> {
    let store = state.journal.store().await.map_err(|error| DirectoryError::Unavailable(error.to_string()))?;
    let kept = &state.config.journal;
    let oldest = state.clock.now().saturating_sub(i64::from(kept.days) * DAY);
    store.forget_before(oldest, BATCH).await?;
    store.forget_beyond(kept.entries, BATCH).await
}
