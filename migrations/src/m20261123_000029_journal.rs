//! The journal of SCIM exchanges. On PostgreSQL it is a table; beside an embedded database it is a file of its own, which the
//! program makes when it needs it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::texts::run;

/// Creates the journal.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000029_journal"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            run(manager, &[TABLES]).await?;
        }
        Ok(())
    }
}

const TABLES: &str = "
CREATE TABLE journal_entry (
    company_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    at BIGINT NOT NULL,
    request_id {text} NOT NULL,
    method {text} NOT NULL,
    target {text} NOT NULL,
    status BIGINT NOT NULL,
    scim_type {text} NULL,
    tolerances {text} NOT NULL,
    people {text} NOT NULL,
    directory_user_id {uuid} NULL,
    account_id {uuid} NULL,
    user_name {text} NULL,
    micros BIGINT NOT NULL,
    lost BIGINT NOT NULL,
    exchange TEXT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX journal_entry_of_connection ON journal_entry (company_id, connection_id, id);
CREATE INDEX journal_entry_at ON journal_entry (at);
";
