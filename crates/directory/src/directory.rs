//! The open directory and the one way to write into it.

use crate::error::DirectoryError;
use crate::fault::Fault;
use crate::journal::JournalStore;
use crate::open::{Database, OpenError, Options};
use crate::reader::Reader;
use crate::shared::Shared;
use crate::snapshot::Snapshot;
use crate::sqlite;
use crate::unit::{Slot, Unit};
use crate::unit_connection::UnitConnection;
use crate::{Backend, postgres};
use sea_orm::TransactionTrait;
use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a unit is run when the database says that somebody else was faster.
///
/// On SQLite units run one after another: a second run sees everything, a third could see nothing new.
const ATTEMPTS_SQLITE: u32 = 2;
const ATTEMPTS_POSTGRES: u32 = 8;

/// What Rollcall stores. Cloning is cheap; all clones share connections.
#[derive(Debug, Clone)]
pub struct Directory {
    shared: Arc<Shared>,
    running: Arc<Running>,
    options: Arc<Options>,
}

/// What lives as long as the directory is open.
#[derive(Debug, Default)]
struct Running {
    lock: Mutex<Option<sqlite::Lock>>,
    writer: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Directory {
    /// Opens a migrated database.
    ///
    /// # Errors
    ///
    /// [`OpenError`], whose message tells the operator what to do.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let (shared, running) = match &options.database {
            Database::Sqlite(path) => {
                let opened = sqlite::open(path, &options).await?;
                let running = Running { lock: Mutex::new(opened.lock), writer: Mutex::new(Some(opened.task)) };
                (opened.shared, running)
            }
            Database::Postgres(url) => (postgres::open(url, &options).await?, Running::default()),
        };
        Ok(Self { shared: Arc::new(shared), running: Arc::new(running), options: Arc::new(options) })
    }

    /// Opens the journal that belongs to this directory. It stands beside it: nothing that is done there keeps anybody
    /// waiting here.
    ///
    /// # Errors
    ///
    /// [`OpenError`], as for the directory.
    pub async fn open_journal(&self) -> Result<JournalStore, OpenError> {
        JournalStore::open(&self.options).await
    }

    /// Queries outside of units, each on its own.
    pub fn read(&self) -> Reader {
        Reader::of_pool(Arc::clone(&self.shared))
    }

    /// One state of everything, to be read at leisure while others write. It holds a connection of the pool.
    ///
    /// # Errors
    ///
    /// Whatever beginning a transaction that only reads is answered.
    pub async fn snapshot(&self) -> Result<Snapshot, DirectoryError> {
        Snapshot::begin(Arc::clone(&self.shared)).await
    }

    /// Which database is behind.
    pub fn backend(&self) -> Backend {
        self.shared.backend
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), DirectoryError> {
        self.read().query("SELECT name FROM setting WHERE name = ?", vec!["".into()]).await.map(drop)
    }

    /// What the database says about its own durability: names and values, for `doctor`, logs and tests.
    pub async fn durability(&self) -> Result<Vec<(String, String)>, DirectoryError> {
        // Inside of a unit, because on SQLite it is a matter of the connection that writes.
        self.write(|unit| async move {
            match unit.backend() {
                Backend::Sqlite => sqlite::durability(&unit).await,
                Backend::Postgres => postgres::durability(&unit).await,
            }
        })
        .await
    }

    /// Statements sent so far, transaction control apart. The same work counts the same on every database.
    pub fn statements(&self) -> u64 {
        self.shared.statements()
    }

    /// Commits done so far by [`Directory::write`]; on SQLite fewer than units, when many run at once.
    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::Relaxed)
    }

    /// Waits for running units, then closes every connection and releases the lock.
    ///
    /// Other clones answer [`DirectoryError::Unavailable`] from then on.
    pub async fn close(self) {
        if let Some(writer) = &self.shared.writer {
            writer.stop();
        }
        let task = self.running.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the writing task did not end as it should");
        }
        if let Err(error) = self.shared.pool.close_by_ref().await {
            tracing::warn!(%error, "closing the database failed");
        }
        self.running.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Runs `work` as one unit: all of it is stored, or nothing. Answers after the commit.
    ///
    /// `work` may run more than once (somebody else was faster), so it touches nothing but the unit, and awaits nothing
    /// but the unit: on SQLite everybody else waits meanwhile. If the caller goes away in the middle, nothing is stored;
    /// if it goes away while the commit runs, the unit is stored whole.
    ///
    /// # Errors
    ///
    /// What `work` returns, or what the database says, once trying again is over: [`DirectoryError::Conflict`],
    /// [`DirectoryError::VersionMoved`], [`DirectoryError::Busy`] after several runs, anything else at once.
    pub async fn write<T, E, F, Fut>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Unit) -> Fut + Send,
        Fut: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<DirectoryError> + Send,
    {
        let attempts = match self.shared.backend {
            Backend::Sqlite => ATTEMPTS_SQLITE,
            Backend::Postgres => ATTEMPTS_POSTGRES,
        };
        let mut attempt = 1;
        loop {
            match self.attempt(&work, attempt > 1).await {
                Ok(outcome) => return outcome,
                Err(fault) if fault.retry && attempt < attempts => {
                    tracing::debug!(error = %fault.error, attempt, "a unit of work is run again");
                    self.pause(attempt).await;
                    attempt += 1;
                }
                Err(fault) => return Err(fault.error.into()),
            }
        }
    }

    /// One run. The outer error is the database's, the inner one is the work's own.
    async fn attempt<T, E, F, Fut>(&self, work: &F, again: bool) -> Result<Result<T, E>, Fault>
    where
        F: Fn(Unit) -> Fut + Send,
        Fut: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<DirectoryError> + Send,
    {
        let slot = Slot::new(Arc::clone(&self.shared), self.begin().await?, again);
        let caller = Caller(Arc::clone(&slot));
        let outcome = work(Unit::new(Arc::clone(&slot))).await;
        let flushed = match (&outcome, slot.failure()) {
            // The work may have turned a failed statement into an answer of its own; the failure decides all the same.
            (_, Some(fault)) => Err(fault),
            (Ok(_), None) => slot.finish().await,
            (Err(_), None) => Ok(()),
        };
        let connection = slot.end().await;
        drop(caller);
        let keep = outcome.is_ok() && flushed.is_ok();
        match connection {
            Some(UnitConnection::Sqlite(lease)) => {
                // Also for a refusal or conflict: it may rest on what neighbours in the same commit have written.
                let failure = flushed.as_ref().err().map(|fault| fault.error.clone());
                let Ok(answer) = lease.finish(keep, failure).await else {
                    return Err(Fault::last(DirectoryError::Unavailable("the writer stopped".to_owned())));
                };
                answer.map_err(Fault::last)?;
                flushed?;
            }
            Some(UnitConnection::Transaction(transaction)) if keep => {
                transaction.commit().await.map_err(|error| self.commit_fault(&error))?;
                self.shared.commits.fetch_add(1, Ordering::Relaxed);
            }
            Some(UnitConnection::Transaction(transaction)) => {
                // The outcome stands either way: a connection that cannot roll back is closed by the pool.
                drop(transaction.rollback().await);
                flushed?;
            }
            None => flushed?,
        }
        Ok(outcome)
    }

    async fn begin(&self) -> Result<UnitConnection, Fault> {
        if let Some(writer) = &self.shared.writer {
            return writer.lease().await.map(UnitConnection::Sqlite).map_err(Fault::last);
        }
        let begun = self.shared.pool.begin().await;
        begun.map(UnitConnection::Transaction).map_err(|error| Fault::of(&error, &self.shared.constraints))
    }

    /// A line that breaks during COMMIT leaves open whether it happened: never run such a unit again.
    fn commit_fault(&self, error: &sea_orm::DbErr) -> Fault {
        let fault = Fault::of(error, &self.shared.constraints);
        let answered = !matches!(fault.error, DirectoryError::Unavailable(_));
        Fault { retry: fault.retry && answered, ..fault }
    }

    /// Waits before the next run: a random part of a span that doubles each time. Not on SQLite, where nobody collides.
    async fn pause(&self, attempt: u32) {
        if self.shared.backend == Backend::Postgres {
            let span_microseconds = 2_000_u64 << attempt.min(6);
            tokio::time::sleep(Duration::from_micros(self.shared.jitter() % span_microseconds)).await;
        }
    }
}

/// The caller of a running unit: when it goes away, the connection goes back at once, whoever still holds the unit.
struct Caller(Arc<Slot>);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod tests;
