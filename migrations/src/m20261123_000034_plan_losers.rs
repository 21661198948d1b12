//! A plan knows whose sessions end when it is applied: those of people who lose their access (design.md 5.2).

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Adds the column.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000034_plan_losers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[COLUMN]).await
    }
}

/// It is shown to nobody; a plan that was made before is without it and ends no sessions.
const COLUMN: &str = "ALTER TABLE plan_person ADD COLUMN loses_account_id {uuid} NULL;";
