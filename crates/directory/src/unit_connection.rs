//! The connection of one running unit.

use crate::constraint::Constraints;
use crate::error::DirectoryError;
use crate::fault::Fault;
use crate::postgres;
use crate::sqlite::Lease;
use crate::unit::Write;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement};

#[derive(Debug)]
pub(crate) enum UnitConnection {
    /// A turn on the one write connection.
    Sqlite(Lease),
    /// A transaction of its own: a unit's on PostgreSQL, or a snapshot's.
    Transaction(DatabaseTransaction),
}

impl UnitConnection {
    pub(crate) async fn query(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(lease) => lease.query(statement).await,
            Self::Transaction(transaction) => transaction.query_all_raw(statement).await,
        }
    }

    /// A write that answers with rows.
    pub(crate) async fn returning(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(lease) => lease.returning(statement).await,
            Self::Transaction(transaction) => transaction.query_all_raw(statement).await,
        }
    }

    pub(crate) async fn flush(&mut self, writes: Vec<Write>, constraints: &Constraints) -> Result<(), Fault> {
        match self {
            Self::Sqlite(lease) => lease.flush(writes, constraints).await,
            Self::Transaction(transaction) => postgres::flush(transaction, writes, constraints).await,
        }
    }
}

/// A guard that hit another number of rows than it must: somebody else was faster.
pub(crate) fn check_rows(expected: u64, hit: u64) -> Result<(), Fault> {
    if expected == hit { Ok(()) } else { Err(Fault::again(DirectoryError::VersionMoved)) }
}
