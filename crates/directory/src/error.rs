//! What can go wrong with stored data, in words of this crate: no library's type shows through.

/// Why the directory could not do what it was asked. Whatever is worth a second try was tried again already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Something else stands where this would go: a unique index, or a reference to a row that is not there.
    #[error("the write contradicts what is stored ({constraint})")]
    Conflict {
        /// Name of the unique index, `<table>_pkey`, or [`DirectoryError::REFERENCE`]; the same on every database.
        constraint: String,
    },
    /// A guarded row changed between reading and writing, again and again.
    #[error("the row was changed by somebody else meanwhile; read it again")]
    VersionMoved,
    /// Others hold what this needs for too long. Nothing was stored; trying later is safe.
    #[error("the database is busy; nothing was stored, try again")]
    Busy,
    /// The disk is full. Nothing was stored.
    #[error("the disk of the database is full; nothing was stored, free some space")]
    Full,
    /// The database takes no writes.
    #[error(
        "the database is read-only; nothing was stored, check permissions, mount options and that this is the primary"
    )]
    ReadOnly,
    /// The database says that its own data is damaged.
    #[error("the database is damaged ({0}); stop, keep a copy of the files and restore the last backup")]
    Corrupt(String),
    /// The database did not answer, or refused for another reason.
    #[error("the database is not available ({0})")]
    Unavailable(String),
    /// A stored row has a form that this version does not understand, or a write that no database accepts.
    #[error("the row {row} of table {table} is not as expected; the schema or the data was changed by other means")]
    Inconsistent {
        /// The table, as far as known.
        table: String,
        /// Which row or column, and what is wrong with it.
        row: String,
    },
}

impl DirectoryError {
    /// The constraint of a [`DirectoryError::Conflict`] about a missing or still used row: databases name these differently.
    pub const REFERENCE: &'static str = "reference";

    /// Whether this is a conflict with the unique index (or `<table>_pkey`) of that name.
    pub fn violates(&self, name: &str) -> bool {
        matches!(self, Self::Conflict { constraint } if constraint == name)
    }
}
