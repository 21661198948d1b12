//! The journal of SCIM exchanges: a store beside the directory, written in batches off the path of every request.
//!
//! With an embedded database it is a file of its own, so that nobody who pushes waits for its writes; on PostgreSQL a table
//! behind a small pool of its own (docs/decisions/0021-journal-beside-the-directory.md).

mod append;
mod entry;
mod file;
mod list;
mod retention;

use crate::backend::Backend;
use crate::constraint::Constraints;
use crate::open::{Database, OpenError, Options};
use crate::postgres;
use crate::reader::Reader;
use crate::shared::Shared;
use std::sync::Arc;

pub use entry::JournalEntry;
pub use list::JournalFilter;

/// The open journal. Cloning is cheap; all clones share connections.
#[derive(Debug, Clone)]
pub struct JournalStore {
    shared: Arc<Shared>,
}

impl JournalStore {
    /// Opens the journal of the directory that these options open.
    pub(crate) async fn open(options: &Options) -> Result<Self, OpenError> {
        let (backend, pool) = match &options.database {
            Database::Sqlite(path) => (Backend::Sqlite, file::open(&file::beside(path), options.busy_timeout).await?),
            Database::Postgres(url) => (Backend::Postgres, postgres::connect_aside(url).await?),
        };
        let shared = Shared::new(backend, pool, None, Constraints::default());
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Closes its connections.
    pub async fn close(self) {
        if let Err(error) = self.shared.pool.close_by_ref().await {
            tracing::warn!(%error, "closing the journal failed");
        }
    }

    fn reader(&self) -> Reader {
        Reader::of_pool(Arc::clone(&self.shared))
    }
}

#[cfg(test)]
mod tests;
