//! Differences that a rehearsal finds: how a candidate policy would have decided what was decided otherwise.

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Creates the table of differences.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000030_rehearsals"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[TABLES]).await
    }
}

const TABLES: &str = "
CREATE TABLE rehearsal_difference (
    company_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    person {text} NOT NULL,
    digest {text} NOT NULL,
    occasion {text} NOT NULL,
    difference TEXT NOT NULL,
    times BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, connection_id, person, digest)
);
";
