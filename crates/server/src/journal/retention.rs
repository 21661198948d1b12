//! Deletes what is too old or too much, in batches, until nothing of it is left.

use std::time::{Duration, Instant};

use rollcall_directory::{DirectoryError, JournalStore, Scope};

use super::Journal;
use crate::clock::{Clock, DAY};
use crate::config;

/// Exchanges of one deletion: few enough to keep nobody who writes waiting.
pub(super) const BATCH: u64 = 5_000;
/// One turn ends after so long, and the next one goes on.
const LONGEST: Duration = Duration::from_secs(30);

impl Journal {
    /// Keeps so many days, and so many exchanges of each connection. Only connections are looked at to which this server
    /// has added since; in its first turn, and after one that did not come to its end, all of them.
    pub(crate) async fn tidy(&self, kept: &config::Journal, now: i64) -> Result<(), DirectoryError> {
        let store = self.store().await.map_err(|error| DirectoryError::Unavailable(error.to_string()))?;
        let end = Clock::instant() + LONGEST;
        let grown = self.shelf.take_grown();
        let oldest = now.saturating_sub(i64::from(kept.days) * DAY);
        let tidied = async {
            let all_old = until_short(end, || store.forget_before(oldest, BATCH)).await?;
            let all_beyond = match grown {
                Some(grown) => forget_beyond(store, grown, kept.entries, end).await?,
                None => forget_beyond_of_all(store, kept.entries, end).await?,
            };
            Ok(all_old && all_beyond)
        };
        let tidied = tidied.await;
        if !matches!(tidied, Ok(true)) {
            self.shelf.forget_grown();
        }
        tidied.map(drop)
    }
}

async fn forget_beyond(
    store: &JournalStore,
    scopes: Vec<Scope>,
    kept: u64,
    end: Instant,
) -> Result<bool, DirectoryError> {
    for scope in scopes {
        if !until_short(end, || store.forget_beyond(scope, kept, BATCH)).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn forget_beyond_of_all(store: &JournalStore, kept: u64, end: Instant) -> Result<bool, DirectoryError> {
    let mut next = store.next_connection(None).await?;
    while let Some(scope) = next {
        if !forget_beyond(store, vec![scope], kept, end).await? {
            return Ok(false);
        }
        next = store.next_connection(Some(scope)).await?;
    }
    Ok(true)
}

/// Repeats it until a batch is short; false if the time is over before that.
async fn until_short<F>(end: Instant, batch: impl Fn() -> F) -> Result<bool, DirectoryError>
where
    F: Future<Output = Result<u64, DirectoryError>>,
{
    while batch().await? >= BATCH {
        if Clock::instant() >= end {
            return Ok(false);
        }
        // Whoever writes exchanges comes between.
        tokio::task::yield_now().await;
    }
    Ok(true)
}
