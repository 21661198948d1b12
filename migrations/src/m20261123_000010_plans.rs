//! Plans: what a change of policy would do, kept until it is applied or an hour old (design.md 5.2), and the last evidence
//! of everybody who signed in, by which plans judge.

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Creates the tables of plans.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000010_plans"
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
CREATE TABLE last_evidence (
    company_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    subject {text} NOT NULL,
    at BIGINT NOT NULL,
    assertion TEXT NOT NULL,
    PRIMARY KEY (company_id, connection_id, subject)
);
CREATE INDEX last_evidence_at ON last_evidence (at);

CREATE TABLE plan (
    company_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    change TEXT NOT NULL,
    summary TEXT NOT NULL,
    digest {bytes} NOT NULL,
    watermark {text} NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    applied_at BIGINT NULL,
    PRIMARY KEY (company_id, id)
);
-- An administrator names a plan by its id alone.
CREATE INDEX plan_by_id ON plan (id);
CREATE INDEX plan_expired ON plan (expires_at);

CREATE TABLE plan_person (
    company_id {uuid} NOT NULL,
    plan_id {uuid} NOT NULL,
    number BIGINT NOT NULL,
    affected TEXT NOT NULL,
    PRIMARY KEY (company_id, plan_id, number)
);
";
