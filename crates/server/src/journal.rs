//! The journal: what providers sent and were answered, kept for some days, redacted, off the path of every request.
//!
//! An edge notes what it learns of a request in [`Noted`] and offers the exchange when it is answered. The queue is bounded:
//! what does not fit is counted, and nobody waits. One task takes exchanges off it, blanks what must not be kept
//! (`redaction`) and stores them many at a time.

pub mod curl;
pub mod dialogue;
pub mod exchange;
mod mode;
mod noted;
mod prepare;
mod queue;
pub(crate) mod redaction;
mod retention;
mod shelf;
pub mod wanted;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use rollcall_directory::{Directory, JournalStore, OpenError, Scope};
use tokio::sync::{mpsc, oneshot};

pub use mode::Mode;
pub use noted::{Noted, Person};
pub(crate) use prepare::{Captured, Part};
pub use queue::{QUEUE, QUEUE_BYTES};

use self::queue::Job;
use self::shelf::Shelf;
use self::writer::Writer;
use crate::clock::Clock;
use crate::config;
use crate::ids::Ids;
use crate::metrics::Metrics;

/// How long somebody who reads or closes the journal waits for what is queued.
const PATIENCE: Duration = Duration::from_secs(5);

/// The journal of a server; cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal {
    queue: mpsc::Sender<Job>,
    shelf: Arc<Shelf>,
}

/// What the journal works with.
#[derive(Debug)]
pub(crate) struct Tools {
    pub(crate) directory: Directory,
    pub(crate) config: config::Journal,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) metrics: Metrics,
    /// What SCIM URLs in answers begin with.
    pub(crate) scim_base_url: String,
}

impl Journal {
    /// Starts the task that writes; it ends when nobody holds the journal any more.
    pub(crate) fn start(tools: Tools) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let shelf = Arc::new(Shelf::new(tools.directory, tools.metrics, tools.config.mode));
        let writer = Writer {
            shelf: Arc::clone(&shelf),
            body_bytes: tools.config.body_bytes,
            scim_base_url: tools.scim_base_url,
            ids: tools.ids,
            clock: tools.clock,
            latest: 0,
        };
        tokio::spawn(writer.run(waiting));
        Self { queue, shelf }
    }

    /// What is kept of connections that say nothing else.
    pub(crate) fn default_mode(&self) -> Mode {
        self.shelf.default_mode
    }

    /// Puts an exchange into the queue, or counts it as lost. Never waits.
    pub(crate) fn offer(&self, captured: Captured) {
        let scope = captured.scope;
        let refused_too_often = captured.is_refused() && !self.shelf.takes_refusal(scope, captured.at);
        if refused_too_often || !self.shelf.takes(scope, captured.at) {
            return self.shelf.lose(scope, 1);
        }
        let size = captured.size();
        if !self.shelf.reserve(size) {
            return self.shelf.lose(scope, 1);
        }
        if self.queue.try_send(Job::Keep(Box::new(captured))).is_err() {
            self.shelf.release(size);
            self.shelf.lose(scope, 1);
        }
    }

    /// Waits until everything that was offered before is stored, or lost; not for ever.
    pub async fn written(&self) {
        let (done, told) = oneshot::channel();
        let asked = async {
            if self.queue.send(Job::Tell(done)).await.is_ok() {
                // A writer that ended has nothing left to write.
                let _ = told.await;
            }
        };
        if tokio::time::timeout(PATIENCE, asked).await.is_err() {
            tracing::warn!("the journal is behind; its latest exchanges are not shown yet");
        }
    }

    /// Where exchanges are kept.
    pub async fn store(&self) -> Result<&JournalStore, OpenError> {
        self.shelf.store().await
    }

    /// Deletes what is kept of a connection that is gone. A failure is logged: the days that exchanges are kept pass.
    pub(crate) async fn forget_connection(&self, scope: Scope) {
        let forgotten = match self.store().await {
            Ok(store) => store.forget_connection(scope).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = forgotten {
            tracing::warn!(error, "the journal of a removed connection stays until it is too old");
        }
    }

    /// Writes what is queued and closes the store.
    pub(crate) async fn close(&self) {
        self.written().await;
        self.shelf.close().await;
    }
}

#[cfg(test)]
mod tests;
