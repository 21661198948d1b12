//! A unit of work: reads go out at once, writes are collected and sent together at the end.

use crate::backend::Backend;
use crate::error::DirectoryError;
use crate::fault::Fault;
use crate::foreseen::Foreseen;
use crate::log::{Event, Stored, insertions};
use crate::reader::Reader;
use crate::row::Row;
use crate::shared::Shared;
use crate::sql::Sql;
use crate::unit_connection::UnitConnection;
use sea_orm::{Statement, Value};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// What the closure of [`crate::Directory::write`] works on: a [`Reader`] of the unit's own state, plus writes.
///
/// Writes are stored all together or not at all, in the order given. Reads do not see the unit's own collected writes,
/// unless [`Unit::flush`] was called. A unit is over when its closure has returned; a copy kept longer answers errors.
#[derive(Debug, Clone)]
pub struct Unit {
    reader: Reader,
    slot: Arc<Slot>,
}

/// A collected write. `rows` is the number of rows that it must hit, if it is a guard.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) sql: Sql,
    pub(crate) values: Vec<Value>,
    pub(crate) rows: Option<u64>,
}

/// Whether a statement that answers with rows changes something, too.
#[derive(Debug, Clone, Copy)]
enum Sending {
    Read,
    Write,
}

/// Where a running unit keeps its connection and what it collected.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) shared: Arc<Shared>,
    connection: tokio::sync::Mutex<Option<UnitConnection>>,
    /// Somebody else was faster than an earlier run of this unit.
    again: bool,
    writes: Mutex<Vec<Write>>,
    /// What the unit tells; all of it goes out in one statement when the unit ends.
    told: Mutex<Vec<(Event, Stored)>>,
    failure: Mutex<Option<Fault>>,
    /// Answers that were read ahead; nothing, but for whoever asks about many.
    foreseen: Foreseen,
}

impl Unit {
    pub(crate) fn new(slot: Arc<Slot>) -> Self {
        Self { reader: Reader::of_unit(Arc::clone(&slot)), slot }
    }

    /// The text of a query for what this unit will write over. The first run trusts its luck; a unit that runs again
    /// because somebody was faster waits its turn instead, and has the rows to itself until it ends. So of any number of
    /// writers each gets through. On SQLite every unit is alone anyway.
    pub(crate) fn to_change(&self, plain: &'static str, locking: &'static str) -> &'static str {
        if self.slot.again && self.backend() == Backend::Postgres { locking } else { plain }
    }

    /// Collects a write with `?` placeholders.
    pub(crate) fn execute(&self, sql: impl Into<Sql>, values: Vec<Value>) {
        self.slot.collect(Write { sql: sql.into(), values, rows: None });
    }

    /// Collects a write that must hit exactly `rows` rows; otherwise nothing of the unit is stored and it runs again.
    pub(crate) fn guard(&self, sql: impl Into<Sql>, values: Vec<Value>, rows: u64) {
        self.slot.collect(Write { sql: sql.into(), values, rows: Some(rows) });
    }

    /// Keeps an event until the unit ends.
    pub(crate) fn keep_event(&self, event: Event, stored: Stored) {
        self.slot.told.lock().unwrap_or_else(PoisonError::into_inner).push((event, stored));
    }

    /// How many events the unit tells so far: ids of later ones sort behind those.
    pub fn events_told(&self) -> usize {
        self.slot.told.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Sends a write that answers with rows (`RETURNING`) at once, after what was collected before it.
    pub(crate) async fn returning(&self, sql: impl Into<Sql>, values: Vec<Value>) -> Result<Vec<Row>, DirectoryError> {
        self.slot.flush().await.map_err(|fault| fault.error)?;
        self.slot.send(&sql.into(), values, Sending::Write).await
    }

    /// Sends a write at once; how many rows it hit.
    pub(crate) async fn counted(&self, sql: &str, values: Vec<Value>) -> Result<u64, DirectoryError> {
        Ok(self.returning(format!("{sql} RETURNING 1 AS gone"), values).await?.len() as u64)
    }

    /// Sends what was collected so far, so that later reads of this unit see it. Nothing is stored before the unit ends.
    pub async fn flush(&self) -> Result<(), DirectoryError> {
        self.slot.flush().await.map_err(|fault| fault.error)
    }

    /// Where this unit keeps what it has read ahead.
    pub(crate) fn foreseen(&self) -> &Foreseen {
        &self.slot.foreseen
    }
}

impl Deref for Unit {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Slot {
    pub(crate) fn new(shared: Arc<Shared>, connection: UnitConnection, again: bool) -> Arc<Self> {
        Arc::new(Self {
            shared,
            connection: tokio::sync::Mutex::new(Some(connection)),
            again,
            writes: Mutex::default(),
            told: Mutex::default(),
            failure: Mutex::default(),
            foreseen: Foreseen::default(),
        })
    }

    fn collect(&self, write: Write) {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner).push(write);
    }

    pub(crate) async fn query(&self, sql: &Sql, values: Vec<Value>) -> Result<Vec<Row>, DirectoryError> {
        let Some(question) = self.foreseen.question(sql, &values) else {
            return self.send(sql, values, Sending::Read).await;
        };
        if let Some(rows) = self.foreseen.answer(&question) {
            return Ok(rows);
        }
        let rows = self.send(sql, values, Sending::Read).await?;
        self.foreseen.keep(question, rows.clone());
        Ok(rows)
    }

    async fn send(&self, sql: &Sql, values: Vec<Value>, sending: Sending) -> Result<Vec<Row>, DirectoryError> {
        let mut connection = self.connection.lock().await;
        let connection = connection.as_mut().ok_or_else(over)?;
        if let Some(fault) = self.failure() {
            return Err(fault.error);
        }
        if matches!(sending, Sending::Write) {
            self.foreseen.end();
        }
        let backend = self.shared.backend;
        let statement = Statement::from_sql_and_values(backend.driver(), sql.for_backend(backend), values);
        self.shared.count(1);
        let outcome = match sending {
            Sending::Read => connection.query(statement).await,
            Sending::Write => connection.returning(statement).await,
        };
        match outcome {
            Ok(rows) => Ok(rows.into_iter().map(|row| Row::new(row, sql)).collect()),
            Err(error) => Err(self.fail(Fault::of(&error, &self.shared.constraints)).error),
        }
    }

    /// Sends the collected writes.
    pub(crate) async fn flush(&self) -> Result<(), Fault> {
        let mut connection = self.connection.lock().await;
        let connection = connection.as_mut().ok_or_else(|| Fault::last(over()))?;
        if let Some(fault) = self.failure() {
            return Err(fault);
        }
        let writes = std::mem::take(&mut *self.writes.lock().unwrap_or_else(PoisonError::into_inner));
        if writes.is_empty() {
            return Ok(());
        }
        self.foreseen.end();
        self.shared.count(writes.len() as u64);
        connection.flush(writes, &self.shared.constraints).await.map_err(|fault| self.fail(fault))
    }

    /// Sends the collected writes, and the events after them: the last that is sent of a unit.
    pub(crate) async fn finish(&self) -> Result<(), Fault> {
        let told = std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner));
        insertions(told).for_each(|write| self.collect(write));
        self.flush().await
    }

    /// What failed in this unit first, if anything did. A unit in which a statement failed is never stored.
    pub(crate) fn failure(&self) -> Option<Fault> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fail(&self, fault: Fault) -> Fault {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault).clone()
    }

    /// Ends the unit: whatever copies of it exist, they reach no connection any more.
    pub(crate) async fn end(&self) -> Option<UnitConnection> {
        self.connection.lock().await.take()
    }

    /// The same without waiting, for a caller that went away.
    pub(crate) fn abandon(&self) {
        if let Ok(mut connection) = self.connection.try_lock() {
            drop(connection.take());
        }
    }
}

fn over() -> DirectoryError {
    DirectoryError::Unavailable("this unit of work is over; a unit must not be used after its closure".to_owned())
}
