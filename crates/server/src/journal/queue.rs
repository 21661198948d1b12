//! What waits to be written: bounded in number and in bytes.

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Duration, Instant, timeout_at};

use super::Captured;

/// Exchanges that wait at a time.
pub const QUEUE: usize = 2_048;
/// Bytes of their bodies together.
pub const QUEUE_BYTES: usize = 32 * 1024 * 1024;
/// Exchanges of one transaction.
const BATCH: usize = 256;
/// How long the first of a batch waits for others.
const PAUSE: Duration = Duration::from_millis(100);

/// Something to do for the writer.
#[derive(Debug)]
pub(super) enum Job {
    /// Store this.
    Keep(Box<Captured>),
    /// Say when everything before it is stored.
    Tell(oneshot::Sender<()>),
}

/// What is written in one go.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) exchanges: Vec<Captured>,
    pub(super) told: Vec<oneshot::Sender<()>>,
}

impl Batch {
    /// The next batch; `None` once nobody can offer anything any more.
    pub(super) async fn next(queue: &mut mpsc::Receiver<Job>) -> Option<Self> {
        let mut batch = Self::default();
        batch.take(queue.recv().await?);
        let until = Instant::now() + PAUSE;
        while batch.told.is_empty() && batch.exchanges.len() < BATCH {
            match timeout_at(until, queue.recv()).await {
                Ok(Some(job)) => batch.take(job),
                Ok(None) | Err(_) => break,
            }
        }
        Some(batch)
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Keep(captured) => self.exchanges.push(*captured),
            Job::Tell(done) => self.told.push(done),
        }
    }
}
