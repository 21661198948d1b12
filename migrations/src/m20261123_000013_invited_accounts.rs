//! Invitations by username are found by the account that was invited.

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Adds the index.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000013_invited_accounts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[INDEX]).await
    }
}

/// A sign-in without SSO asks for all companies, therefore the index does not begin with the company.
const INDEX: &str =
    "CREATE INDEX invitation_account ON invitation (account_id, company_id) WHERE account_id IS NOT NULL;";
