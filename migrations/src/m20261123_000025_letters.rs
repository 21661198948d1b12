//! Letters to owners and invitees (P/A-6), and what was told once.

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Creates the tables of letters.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000025_letters"
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
CREATE TABLE letter (
    company_id {uuid} NOT NULL REFERENCES company (id),
    id {uuid} NOT NULL,
    kind {text} NOT NULL,
    address {text} NOT NULL,
    address_folded {text} NOT NULL,
    is_private BOOLEAN NOT NULL,
    items TEXT NOT NULL,
    state {text} NOT NULL,
    tries BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    due_since BIGINT NOT NULL,
    next_try_at BIGINT NULL,
    settled_at BIGINT NULL,
    answer TEXT NULL,
    PRIMARY KEY (company_id, id)
);
-- An administrator names a letter by its id alone; the operator's list is by id.
CREATE INDEX letter_by_id ON letter (id);
CREATE INDEX letter_due ON letter (next_try_at) WHERE next_try_at IS NOT NULL;
-- What happens meanwhile is gathered in the letter that is open. Private letters are apart: they tell nobody of themselves.
CREATE UNIQUE INDEX letter_open ON letter (company_id, address_folded, kind, is_private) WHERE state = 'open';
CREATE INDEX letter_recipient ON letter (company_id, address_folded, due_since);
CREATE INDEX letter_company ON letter (company_id, due_since);
CREATE INDEX letter_settled ON letter (settled_at) WHERE settled_at IS NOT NULL;

-- What is told once and never again, by a name that says of what.
CREATE TABLE told (
    what {text} NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX told_at ON told (at);

-- Owners are written to: found without reading all members.
CREATE INDEX membership_owner ON membership (company_id, organization_id, account_id) WHERE role = 'owner';
-- Tokens that end soon.
CREATE INDEX token_expiring ON token (expires_at) WHERE expires_at IS NOT NULL;
";
