//! When a pending domain is looked up again (P/D-2), and an index that finds the accounts of a domain (P/D-13).

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Adds what the checks of domains need to know.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000004_domain_checks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[COLUMNS, ACCOUNTS]).await
    }
}

const COLUMNS: &str = "
ALTER TABLE domain ADD COLUMN next_check_at BIGINT NULL;
ALTER TABLE domain ADD COLUMN checked_at BIGINT NULL;
ALTER TABLE domain ADD COLUMN check_found TEXT NULL;
UPDATE domain SET next_check_at = created_at WHERE state = 'pending';
CREATE INDEX domain_due ON domain (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX domain_name ON domain (name);
";

/// What follows the at-sign, said in functions that both databases have: cut every letter but the at-sign off the end,
/// and take what is left out of the whole.
const ACCOUNTS: &str = "
CREATE INDEX account_domain ON account
    (replace(email_folded, rtrim(email_folded, replace(email_folded, '@', '')), ''), id);
";
