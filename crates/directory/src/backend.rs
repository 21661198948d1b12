//! The two kinds of database.

/// Which database is behind a directory. Only queries whose SQL differs ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// One file beside the server.
    Sqlite,
    /// PostgreSQL 14 or newer, or an engine that speaks like it.
    Postgres,
}

impl Backend {
    pub(crate) fn driver(self) -> sea_orm::DbBackend {
        match self {
            Self::Sqlite => sea_orm::DbBackend::Sqlite,
            Self::Postgres => sea_orm::DbBackend::Postgres,
        }
    }
}
