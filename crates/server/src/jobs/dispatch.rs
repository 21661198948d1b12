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
    loop {
        tokio::select! {
            Some(served) = running.join_next() => complain(served),
            () = tokio::time::sleep(INTERVAL) => {}
        }
        if let Err(error) = turn(&state, &mut running).await {
            tracing::warn!(%error, "events could not be handed on; that is tried again");
        }
    }
}

/// All that is due now, to the end; how many times a webhook was served. For tests, which hold the clock still.
pub async fn pass(state: &AppState) -> Result<usize, DirectoryError> {
    let mut running = Running::new();
    let mut served = 0;
    loop {
        served += turn(state, &mut running).await?;
        match running.join_next().await {
            Some(done) => complain(done),
            None => return Ok(served),
        }
    }
}

/// Hands events on, and begins to serve as many webhooks as there is room for.
async fn turn(state: &AppState, running: &mut Running) -> Result<usize, DirectoryError> {
    let now = state.clock.now();
    fan_out(state, now).await?;
    let room = AT_ONCE.saturating_sub(running.len());
    let taken = take(&state.directory, now, room as u64).await?;
    let count = taken.len();
    for webhook in taken {
        running.spawn(serve(state.clone(), webhook));
    }
    Ok(count)
}

fn complain(served: Result<Result<(), DirectoryError>, tokio::task::JoinError>) {
    match served {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "a webhook could not be served; that is tried again"),
        Err(error) => tracing::error!(%error, "serving a webhook did not end as it should"),
    }
}
