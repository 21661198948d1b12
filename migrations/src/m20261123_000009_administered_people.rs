//! What administrators do with people: invitations by username, links that end, whose organization an entry is about.

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Adds what invitations and the audit log lack.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000009_administered_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[COLUMNS]).await
    }
}

/// An invitation is named by its id alone by whoever accepts it. An entry of the audit log is shown to the owners of the
/// organization that it is about.
const COLUMNS: &str = "
ALTER TABLE invitation ADD COLUMN username {text} NULL;
ALTER TABLE invitation ADD COLUMN account_id {uuid} NULL;
ALTER TABLE invitation ADD COLUMN sent_at BIGINT NULL;
CREATE INDEX invitation_by_id ON invitation (id);
ALTER TABLE activity ADD COLUMN organization_id {uuid} NULL;
";
