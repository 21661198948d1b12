//! A turn on the write connection, from the first read of a unit to its last write.

use crate::constraint::Constraints;
use crate::error::DirectoryError;
use crate::fault::Fault;
use crate::unit::Write;
use crate::unit_connection::check_rows;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, Statement, Value};
use tokio::sync::oneshot;

/// Writes in one string: fewer round trips to the connection's thread, and texts that the statement cache can hold.
const WRITES_IN_ONE_STRING: usize = 32;

/// The write connection, lent to one unit. It goes back to the writer however the unit ends, dropped ones included.
#[derive(Debug)]
pub(crate) struct Lease {
    turn: Option<Turn>,
    back: Option<oneshot::Sender<Returned>>,
}

/// The connection and the savepoints on it.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) connection: DatabaseTransaction,
    /// The savepoint of an earlier unit, kept; it is released together with the next text. Still noted while that text
    /// runs: if the unit is abandoned then, nobody knows how much of it was done.
    pub(crate) kept: Option<Savepoint>,
    /// The savepoint of this unit, if it has written.
    pub(crate) own: Option<Savepoint>,
}

/// Two names in turn: rolling back to the own one can never reach that of an earlier unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Savepoint {
    Even,
    Odd,
}

/// What the writer gets back.
#[derive(Debug)]
pub(crate) struct Returned {
    pub(crate) turn: Turn,
    /// Whether the unit's writes stay; if not, they are rolled back.
    pub(crate) keep: bool,
    /// What failed in the unit, if anything did. After some failures SQLite has undone the whole transaction already.
    pub(crate) failure: Option<DirectoryError>,
    /// Told once the commit with everything that the unit has seen and written is done.
    pub(crate) answer: Option<oneshot::Sender<Result<(), DirectoryError>>>,
}

impl Savepoint {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Even => "unit_even",
            Self::Odd => "unit_odd",
        }
    }

    fn after(kept: Option<Self>) -> Self {
        match kept {
            Some(Self::Even) => Self::Odd,
            Some(Self::Odd) | None => Self::Even,
        }
    }
}

impl Lease {
    pub(crate) fn new(turn: Turn, back: oneshot::Sender<Returned>) -> Self {
        Self { turn: Some(turn), back: Some(back) }
    }

    pub(crate) async fn query(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.turn {
            Some(turn) => turn.connection.query_all_raw(statement).await,
            None => Err(DbErr::Custom("the lease is over".to_owned())),
        }
    }

    /// A write that answers with rows: like every write, it stands behind the savepoint of its unit.
    pub(crate) async fn returning(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Some(turn) = &mut self.turn else {
            return Err(DbErr::Custom("the lease is over".to_owned()));
        };
        let mut text = turn.open_savepoint();
        text.push_str(&statement.sql);
        let values = statement.values.map(|values| values.0).unwrap_or_default();
        turn.connection.query_all_raw(Statement::from_sql_and_values(DbBackend::Sqlite, text, values)).await
    }

    /// Sends the writes, many in one string. Guards are followed by a question for the number of rows they hit.
    pub(crate) async fn flush(&mut self, writes: Vec<Write>, constraints: &Constraints) -> Result<(), Fault> {
        let Some(turn) = &mut self.turn else {
            return Err(Fault::last(DirectoryError::Unavailable("the lease is over".to_owned())));
        };
        let mut writes = writes.into_iter().peekable();
        while writes.peek().is_some() {
            let mut text = turn.open_savepoint();
            let mut values: Vec<Value> = Vec::new();
            let mut expected = Vec::new();
            for write in writes.by_ref().take(WRITES_IN_ONE_STRING) {
                text.push_str(write.sql.text());
                text.push(';');
                values.extend(write.values);
                if let Some(rows) = write.rows {
                    text.push_str("SELECT changes() AS hit;");
                    expected.push(rows);
                }
            }
            let statement = Statement::from_sql_and_values(DbBackend::Sqlite, text, values);
            let fault = |error: DbErr| Fault::of(&error, constraints);
            if expected.is_empty() {
                turn.connection.execute_raw(statement).await.map_err(fault)?;
                turn.kept = None;
                continue;
            }
            let hits = turn.connection.query_all_raw(statement).await.map_err(fault)?;
            turn.kept = None;
            check_rows(expected.len() as u64, hits.len() as u64)?;
            for (rows, hit) in expected.into_iter().zip(hits) {
                let hit: i64 = hit.try_get("", "hit").map_err(fault)?;
                check_rows(rows, u64::try_from(hit).unwrap_or(0))?;
            }
        }
        Ok(())
    }

    /// Gives the connection back. The receiver hears of the commit; it hears nothing if the writer is gone.
    pub(crate) fn finish(
        mut self,
        keep: bool,
        failure: Option<DirectoryError>,
    ) -> oneshot::Receiver<Result<(), DirectoryError>> {
        let (answer, receiver) = oneshot::channel();
        self.give_back(keep, failure, Some(answer));
        receiver
    }

    fn give_back(
        &mut self,
        keep: bool,
        failure: Option<DirectoryError>,
        answer: Option<oneshot::Sender<Result<(), DirectoryError>>>,
    ) {
        if let (Some(turn), Some(back)) = (self.turn.take(), self.back.take()) {
            // Without a writer (it ends with the directory) the connection is closed by being dropped.
            drop(back.send(Returned { turn, keep, failure, answer }));
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.give_back(false, None, None);
    }
}

impl Turn {
    /// The text that precedes the next writes. Noted before it is sent: a unit dropped in the middle is rolled back, too.
    fn open_savepoint(&mut self) -> String {
        if self.own.is_some() {
            return String::new();
        }
        let own = Savepoint::after(self.kept);
        self.own = Some(own);
        match self.kept {
            Some(kept) => format!("RELEASE {};SAVEPOINT {};", kept.name(), own.name()),
            None => format!("SAVEPOINT {};", own.name()),
        }
    }
}
