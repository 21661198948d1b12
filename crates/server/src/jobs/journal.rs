//! The journal is kept for so many days, and so many exchanges of each connection.

use std::time::Duration;

use rollcall_directory::DirectoryError;

use crate::state::AppState;

/// How often.
pub(super) const INTERVAL: Duration = Duration::from_mins(1);

/// Deletes what is too old or too much. Several instances may do so at once.
pub(super) async fn tidy(state: &AppState) -> Result<(), DirectoryError> {
    state.journal.tidy(&state.config.journal, state.clock.now()).await
}
