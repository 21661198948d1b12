//! Brings events to whoever is told: hands them on, and sends what is due to webhooks.
//!
//! Requests only store events, so that no receiver ever delays one. Each webhook is served by one instance at a time, a few
//! deliveries at once, and then has to wait until the others had their turn: a receiver that hangs holds up itself alone.

use std::time::Duration;

use rollcall_directory::DirectoryError;
use tokio::task::JoinSet;

use crate::app::events::fan_out::fan_out;
use crate::app::webhooks::{serve, take};
use crate::state::AppState;

/// How often the job looks whether something is due.
const INTERVAL: Duration = Duration::from_secs(1);
/// Webhooks that an instance serves at a time.
const AT_ONCE: usize = 32;

type Running = JoinSet<Result<(), DirectoryError>>;

/// Goes on until it is dropped. What it was sending then is sent again by whoever comes after it.
pub(super) async fn run(state: AppState) {
    let mut running = Running::new();
    let mut wait = INTERVAL;
    loop {
        tokio::select! {
            Some(served) = running.join_next() => complain(served),
            () = tokio::time::sleep(wait) => {}
        }
        wait = match turn(&state, &mut running).await {
            Ok(Turn { more: true, .. }) => Duration::ZERO,
            Ok(Turn { more: false, .. }) => INTERVAL,
            Err(error) => {
                tracing::warn!(%error, "events could not be handed on; that is tried again");
                INTERVAL
            }
        };
    }
}

/// All that is due now, to the end; how many times a webhook was served. For tests, which hold the clock still.
pub async fn pass(state: &AppState) -> Result<usize, DirectoryError> {
    let mut running = Running::new();
    let mut outcome = Ok(0);
    loop {
        let more = match turn(state, &mut running).await {
            Ok(Turn { served, more }) => {
                outcome = outcome.map(|before| before + served);
                more
            }
            Err(error) => {
                outcome = Err(error);
                false
            }
        };
        match running.join_next().await {
            Some(done) => complain(done),
            None if more => {}
            None => return outcome,
        }
    }
}

/// What one turn did.
struct Turn {
    /// Webhooks that it began to serve.
    served: usize,
    /// Whether events may wait for the next one.
    more: bool,
}

/// Hands events on, and begins to serve as many webhooks as there is room for, even if no event can be handed on.
async fn turn(state: &AppState, running: &mut Running) -> Result<Turn, DirectoryError> {
    let now = state.clock.now();
    let handed_on = fan_out(state, now).await;
    let room = AT_ONCE.saturating_sub(running.len());
    let taken = take(&state.directory, now, room as u64).await?;
    let served = taken.len();
    for webhook in taken {
        running.spawn(serve(state.clone(), webhook));
    }
    Ok(Turn { served, more: handed_on? })
}

fn complain(served: Result<Result<(), DirectoryError>, tokio::task::JoinError>) {
    match served {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "a webhook could not be served; that is tried again"),
        Err(error) => tracing::error!(%error, "serving a webhook did not end as it should"),
    }
}
