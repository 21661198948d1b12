//! Decisions about sign-ins without SSO (RC-3): they are of an account and of no company.

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Creates the table of these decisions.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000002_account_decisions"
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
CREATE TABLE account_decision (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NULL,
    at BIGINT NOT NULL,
    outcome {text} NOT NULL,
    reason {text} NOT NULL,
    facts TEXT NOT NULL,
    decision TEXT NOT NULL
);
CREATE INDEX account_decision_account ON account_decision (account_id, id) WHERE account_id IS NOT NULL;
-- Owners are told of a full organization once a day: only these events are looked for.
CREATE INDEX outbox_seats_exhausted ON outbox (company_id, subject, at) WHERE kind = 'seats_exhausted';
";
