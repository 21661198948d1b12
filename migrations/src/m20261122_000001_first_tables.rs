//! The first tables. One text for both databases: only the names of types differ.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Creates every table of the first release.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000001_first_tables"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// On SQLite too: a crash in the middle must leave nothing behind.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for text in TEXTS {
            let text = with_types(text, manager.get_database_backend());
            manager.get_connection().execute_unprepared(&text).await?;
        }
        Ok(())
    }
}

const TEXTS: [&str; 4] = [
    include_str!("m20261122_000001_first_tables/people.sql"),
    include_str!("m20261122_000001_first_tables/connections.sql"),
    include_str!("m20261122_000001_first_tables/scim.sql"),
    include_str!("m20261122_000001_first_tables/records.sql"),
];

/// Text that is compared is compared by its bytes on both: SQLite's default, collation "C" on PostgreSQL.
fn with_types(text: &str, backend: DbBackend) -> String {
    let [uuid, compared, bytes, json] = if backend == DbBackend::Postgres {
        ["UUID", "TEXT COLLATE \"C\"", "BYTEA", "JSONB"]
    } else {
        ["BLOB", "TEXT", "BLOB", "TEXT"]
    };
    text.replace("{uuid}", uuid).replace("{text}", compared).replace("{bytes}", bytes).replace("{json}", json)
}
