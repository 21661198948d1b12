//! The task that owns the write connection: units run one after another, each in its own savepoint, and share commits.

use super::connect::{WriterPlace, connect_writer};
use super::lease::{Lease, Returned, Savepoint, Turn};
use crate::constraint::Constraints;
use crate::error::DirectoryError;
use crate::fault::Fault;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Units that share one commit at most. More would make the first wait without saving pages (see the measurements).
const UNITS_PER_COMMIT: usize = 64;

/// Units that may wait for their turn; more callers wait for room in the queue.
const QUEUE: usize = 1024;

type Answer = oneshot::Sender<Result<(), DirectoryError>>;
type Request = oneshot::Sender<Result<Lease, DirectoryError>>;

/// The way to the writing task. Dropping the last one ends the task after what is queued.
#[derive(Debug)]
pub(crate) struct SqliteWriter {
    queue: Mutex<Option<mpsc::Sender<Request>>>,
    commits: Arc<AtomicU64>,
}

impl SqliteWriter {
    /// Starts the task. It runs until the handle is gone.
    pub(crate) fn start(place: WriterPlace, connection: DatabaseTransaction) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, requests) = mpsc::channel(QUEUE);
        let commits = Arc::<AtomicU64>::default();
        let task = Task { place, connection: Some(connection), requests, commits: Arc::clone(&commits) };
        (Self { queue: Mutex::new(Some(queue)), commits }, tokio::spawn(task.run()))
    }

    /// Waits for a turn on the write connection.
    pub(crate) async fn lease(&self) -> Result<Lease, DirectoryError> {
        let (request, answer) = oneshot::channel();
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or_else(stopped)?;
        queue.send(request).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Counts the commits.
    pub(crate) fn commits(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.commits)
    }

    /// Lets nobody new into the queue; the task ends after those who wait.
    pub(crate) fn stop(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

fn stopped() -> DirectoryError {
    DirectoryError::Unavailable("the directory is closed".to_owned())
}

struct Task {
    place: WriterPlace,
    /// Absent after a failure that the connection may not have survived; the next unit opens another.
    connection: Option<DatabaseTransaction>,
    requests: mpsc::Receiver<Request>,
    commits: Arc<AtomicU64>,
}

/// How a batch ended before its commit.
enum Ended {
    Ready(Turn),
    Broken(Option<DatabaseTransaction>, DirectoryError),
}

impl Task {
    async fn run(mut self) {
        while let Some(request) = self.requests.recv().await {
            match self.begin().await {
                Ok(connection) => self.batch(connection, request).await,
                // A caller that is gone needs no answer.
                Err(error) => drop(request.send(Err(error))),
            }
        }
    }

    /// A connection inside a fresh write transaction.
    async fn begin(&mut self) -> Result<DatabaseTransaction, DirectoryError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect_writer(&self.place).await.map_err(|fault| fault.error)?,
        };
        match run(&connection, "BEGIN IMMEDIATE").await {
            Ok(()) => Ok(connection),
            Err(error) => {
                // Another process that writes is no reason to open a new connection; anything else may be.
                if error == DirectoryError::Busy {
                    self.connection = Some(connection);
                }
                Err(error)
            }
        }
    }

    async fn batch(&mut self, connection: DatabaseTransaction, first: Request) {
        let mut waiting = Vec::new();
        let turn = Turn { connection, kept: None, own: None };
        let outcome = match self.units(turn, first, &mut waiting).await {
            Ended::Ready(turn) => match run(&turn.connection, "COMMIT").await {
                Ok(()) => {
                    self.commits.fetch_add(1, Ordering::Relaxed);
                    self.connection = Some(turn.connection);
                    Ok(())
                }
                Err(error) => {
                    self.roll_back(turn.connection).await;
                    Err(error)
                }
            },
            Ended::Broken(connection, error) => {
                if let Some(connection) = connection {
                    self.roll_back(connection).await;
                }
                Err(error)
            }
        };
        if let Err(error) = &outcome {
            tracing::error!(%error, units = waiting.len(), "a commit failed; its units were undone");
        }
        for answer in waiting {
            // A caller that is gone needs no answer.
            drop(answer.send(outcome.clone()));
        }
    }

    /// Lets waiting units in, one after another, until nobody waits or the batch is full.
    async fn units(&mut self, mut turn: Turn, first: Request, waiting: &mut Vec<Answer>) -> Ended {
        let mut request = Some(first);
        let mut units = 0;
        while let Some(current) = request.take() {
            let (back, returned) = oneshot::channel();
            // If the caller is gone, the lease comes back by being dropped right here.
            drop(current.send(Ok(Lease::new(turn, back))));
            let Ok(Returned { turn: next, keep, failure, answer }) = returned.await else {
                let error = DirectoryError::Unavailable("the write connection was lost".to_owned());
                return Ended::Broken(None, error);
            };
            turn = next;
            waiting.extend(answer);
            if let Some(own) = turn.own.take() {
                if keep {
                    turn.kept = Some(own);
                } else if let Err(error) = undo(&mut turn, own).await {
                    return Ended::Broken(Some(turn.connection), failure.unwrap_or(error));
                }
            }
            units += 1;
            if units < UNITS_PER_COMMIT {
                request = self.requests.try_recv().ok();
            }
        }
        Ended::Ready(turn)
    }

    /// Undoes the whole batch. A connection that cannot even do that is closed.
    async fn roll_back(&mut self, connection: DatabaseTransaction) {
        // SQLite ends the transaction by itself after some failures (disk full, I/O error): then this one fails, and a
        // new connection is the way to a known state.
        if run(&connection, "ROLLBACK").await.is_ok() {
            self.connection = Some(connection);
        }
    }
}

/// Undoes what a unit wrote, and leaves no savepoint open.
///
/// A unit that was abandoned while its text ran may have done none of it, or have released the kept savepoint only: then
/// its own savepoint is not there, and nothing of it was written.
async fn undo(turn: &mut Turn, own: Savepoint) -> Result<(), DirectoryError> {
    let kept = turn.kept.take();
    let name = own.name();
    let Err(error) = run(&turn.connection, &format!("ROLLBACK TO {name};RELEASE {name}")).await else { return Ok(()) };
    // A transaction inside a transaction is refused. If it is not, SQLite has ended ours by itself (disk full, I/O
    // error), and everything in the batch is lost.
    if run(&turn.connection, "BEGIN").await.is_ok() {
        return Err(error);
    }
    if let Some(kept) = kept {
        // It fails if the abandoned text has done it; either way it is released now.
        drop(run(&turn.connection, &format!("RELEASE {}", kept.name())).await);
    }
    Ok(())
}

async fn run(connection: &DatabaseTransaction, sql: &str) -> Result<(), DirectoryError> {
    match connection.execute_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql)).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Fault::of(&error, &Constraints::default()).error),
    }
}
