//! Evidence that counts only once (design.md 6): what was accepted, until it expires by itself.

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Creates the table of accepted evidence.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000001_used_evidence"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[TABLE]).await
    }
}

const TABLE: &str = "
CREATE TABLE used_evidence (
    company_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    hash {bytes} NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, connection_id, hash)
);
CREATE INDEX used_evidence_expired ON used_evidence (expires_at);
";
