//! Steps written as SQL: one text for both databases, in which only the names of types differ.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Runs the statements of each text.
pub(crate) async fn run(manager: &SchemaManager<'_>, texts: &[&str]) -> Result<(), DbErr> {
    for text in texts {
        let text = with_types(text, manager.get_database_backend());
        manager.get_connection().execute_unprepared(&text).await?;
    }
    Ok(())
}

/// Text that is compared is compared by its bytes on both: SQLite's default, collation "C" on PostgreSQL.
fn with_types(text: &str, backend: DbBackend) -> String {
    let [uuid, compared, bytes, json] = if backend == DbBackend::Postgres {
        ["UUID", "TEXT COLLATE \"C\"", "BYTEA", "JSONB"]
    } else {
        ["BLOB", "TEXT", "BLOB", "TEXT"]
    };
    text.replace("{uuid}", uuid).replace("{text}", compared).replace("{bytes}", bytes).replace("{json}", json)
}
