//! One state of the whole directory, read while others write.

use crate::backend::Backend;
use crate::error::DirectoryError;
use crate::fault::Fault;
use crate::reader::Reader;
use crate::shared::Shared;
use crate::unit::Slot;
use crate::unit_connection::UnitConnection;
use sea_orm::{AccessMode, IsolationLevel, TransactionTrait};
use std::ops::Deref;
use std::sync::Arc;

/// A [`Reader`] whose queries all see the same committed state, however long they take.
///
/// Nobody waits for it: SQLite keeps the pages of that state in its write-ahead log, PostgreSQL the rows. Neither is freed
/// before the snapshot is dropped, so a snapshot is for work that ends.
#[derive(Debug)]
pub struct Snapshot {
    reader: Reader,
    slot: Arc<Slot>,
}

impl Snapshot {
    pub(crate) async fn begin(shared: Arc<Shared>) -> Result<Self, DirectoryError> {
        let begun = match shared.backend {
            // The first read fixes the state; the connections of the pool cannot write.
            Backend::Sqlite => shared.pool.begin().await,
            Backend::Postgres => {
                let (isolation, access) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
                shared.pool.begin_with_config(Some(isolation), Some(access)).await
            }
        };
        let transaction = begun.map_err(|error| Fault::of(&error, &shared.constraints).error)?;
        let slot = Slot::new(shared, UnitConnection::Transaction(transaction), false);
        let snapshot = Self { reader: Reader::of_unit(Arc::clone(&slot)), slot };
        snapshot.setting("").await?;
        Ok(snapshot)
    }
}

impl Deref for Snapshot {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Drop for Snapshot {
    /// Copies of the reader may live on; the state does not.
    fn drop(&mut self) {
        self.slot.abandon();
    }
}
