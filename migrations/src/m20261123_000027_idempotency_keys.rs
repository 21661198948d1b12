//! Keys of requests that make something, so that a repeated one makes nothing twice (draft-ietf-httpapi-idempotency-key-header).

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Creates the table of keys.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000027_idempotency_keys"
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
CREATE TABLE idempotency_key (
    token_id {uuid} NOT NULL,
    key_hash {bytes} NOT NULL,
    request_hash {bytes} NOT NULL,
    claimed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- What was answered, sealed; NULL while the request runs.
    answer {bytes} NULL,
    PRIMARY KEY (token_id, key_hash)
);
CREATE INDEX idempotency_key_expired ON idempotency_key (expires_at);
";
