//! Who owns a company.

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Creates the table of company owners.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000005_company_owners"
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
CREATE TABLE company_owner (
    company_id {uuid} NOT NULL REFERENCES company (id),
    account_id {uuid} NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, account_id)
);
";
