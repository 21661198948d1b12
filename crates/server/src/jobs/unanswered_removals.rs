//! Removals that nobody answers act once the time is over (RC-12).

use std::time::Duration;

use rollcall_directory::DirectoryError;

use crate::app::Doer;
use crate::app::brake::unanswered;
use crate::state::Parts;

/// How often the job looks whether something is due.
pub(crate) const INTERVAL: Duration = Duration::from_mins(1);

/// Releases whom their connections have held for too long.
pub async fn release(app: &Parts) -> Result<(), DirectoryError> {
    let doer = Doer { actor: "job:unanswered_removals", ids: &app.ids, now: app.clock.now() };
    unanswered::release(app, doer).await
}
