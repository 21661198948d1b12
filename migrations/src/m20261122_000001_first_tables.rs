//! The first tables. One text for both databases: only the names of types differ.

use sea_orm_migration::prelude::*;

use crate::texts::run;

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
        run(manager, &TEXTS).await
    }
}

const TEXTS: [&str; 4] = [
    include_str!("m20261122_000001_first_tables/people.sql"),
    include_str!("m20261122_000001_first_tables/connections.sql"),
    include_str!("m20261122_000001_first_tables/scim.sql"),
    include_str!("m20261122_000001_first_tables/records.sql"),
];
