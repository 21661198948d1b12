//! Work that no request asks for. Each job has a file of its own, runs on every instance, and minds that others run it,
//! too: one that fails says so and tries again at its next turn.

pub mod dispatch;
mod domain_checks;
pub mod expiries;
pub mod housekeeping;
mod journal;
pub mod letters;
pub mod unanswered_removals;

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::state::AppState;

/// The running jobs. Dropping it ends them; what one of them has begun to write is written or is not.
#[derive(Debug)]
pub(crate) struct Jobs(JoinSet<()>);

impl Jobs {
    /// Starts all of them; none does anything at once.
    pub(crate) fn start(state: &AppState) -> Self {
        let mut running = JoinSet::new();
        running.spawn(repeat(housekeeping::INTERVAL, state.clone(), |state| async move {
            housekeeping::tidy(&state.directory, state.clock.now()).await
        }));
        running.spawn(repeat(domain_checks::INTERVAL, state.clone(), |state| async move {
            domain_checks::look_up(&state).await
        }));
        // A clock that stands still is a test's, which carries out turns itself.
        if state.clock.runs() {
            running.spawn(dispatch::run(state.clone()));
            running.spawn(repeat(
                expiries::INTERVAL,
                state.clone(),
                |state| async move { expiries::look(&state).await },
            ));
            if state.config.mail.is_some() {
                let job = |state: AppState| async move { letters::send_due(&state).await };
                running.spawn(repeat(letters::INTERVAL, state.clone(), job));
            }
        }
        if let Some(mail) = &state.config.mail {
            tracing::info!("mail is on: {}", mail.described());
        } else {
            tracing::info!("no mail is sent: nobody hears of anything; set `mail.smtp_url` and `mail.from`");
        }
        running.spawn(repeat(journal::INTERVAL, state.clone(), |state| async move { journal::tidy(&state).await }));
        running.spawn(repeat(unanswered_removals::INTERVAL, state.clone(), |state| async move {
            unanswered_removals::release(&state).await
        }));
        Self(running)
    }

    /// Ends them and waits until they have ended.
    pub(crate) async fn stop(mut self) {
        self.0.shutdown().await;
    }
}

/// Does it again and again, so long after it began or, if it takes longer, as soon as it is done.
async fn repeat<F, E>(every: Duration, state: AppState, job: impl Fn(AppState) -> F)
where
    F: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let mut turns = interval_at(Instant::now() + every, every);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        if let Err(error) = job(state.clone()).await {
            tracing::warn!(%error, "a job failed; it runs again at its next turn");
        }
    }
}
