//! SQLite: a pool of read-only connections and one task that owns the write connection.

mod connect;
mod lease;
mod lock;
mod private_file;
mod writer;

pub(crate) use connect::{connect_aside, durability, open};
pub(crate) use lease::Lease;
pub(crate) use lock::Lock;
pub(crate) use writer::SqliteWriter;
