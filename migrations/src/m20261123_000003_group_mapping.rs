//! Which team a pushed group maps to, in columns that are looked up (G-1, RC-14, RC-18).
//!
//! The two names of a group are a pure function of its `displayName`, so nothing has to be derived anew when a connection's
//! policy or organizations change: these are asked for where the groups are.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::texts::run;

/// Adds the columns, and fills them for what is stored.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000003_group_mapping"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let position = if manager.get_database_backend() == DbBackend::Postgres { "strpos" } else { "instr" };
        run(manager, &[COLUMNS, FILL, &FILL_GROUPS.replace("{position}", position)]).await
    }
}

// A server of the version before writes neither column: its organizations and connections map no group until this one
// has written them again.
const COLUMNS: &str = "
ALTER TABLE organization ADD COLUMN name_folded {text} NOT NULL DEFAULT '';
ALTER TABLE connection ADD COLUMN group_mapping BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE directory_group ADD COLUMN organization_folded {text} NULL;
ALTER TABLE directory_group ADD COLUMN team_folded {text} NULL;
CREATE INDEX directory_group_mapping ON directory_group (company_id, organization_folded, team_folded)
    WHERE team_folded IS NOT NULL;
";

// Names of organizations have been plain ASCII so far, so that this is their fold.
const FILL: &str = "
UPDATE organization SET name_folded = lower(name);
UPDATE connection SET group_mapping = TRUE WHERE settings LIKE '%\"group_mapping\":true%';
";

// Folding keeps colons, and the stored name is folded already.
const FILL_GROUPS: &str = "
UPDATE directory_group
SET organization_folded = trim(substr(display_name_folded, 1, {position}(display_name_folded, ':') - 1)),
    team_folded = trim(substr(display_name_folded, {position}(display_name_folded, ':') + 1))
WHERE {position}(display_name_folded, ':') > 1
    AND length(trim(substr(display_name_folded, 1, {position}(display_name_folded, ':') - 1))) > 0
    AND length(trim(substr(display_name_folded, {position}(display_name_folded, ':') + 1))) > 0
    AND length(trim(substr(display_name, {position}(display_name, ':') + 1))) <= 100;
";
