//! The brake: how many people each directory removed lately, and whose removals wait for an administrator (RC-12).

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Creates the tables of the brake, and an index that counts the active linked people of a connection.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000021_brake"
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
CREATE TABLE brake (
    company_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    passed BIGINT NOT NULL,
    latest_at BIGINT NOT NULL,
    people BIGINT NOT NULL,
    counted_at BIGINT NULL,
    braking_since BIGINT NULL,
    leased_until BIGINT NULL,
    PRIMARY KEY (company_id, connection_id),
    FOREIGN KEY (company_id, connection_id) REFERENCES connection (company_id, id)
);

-- Removals that passed, numbered: the one that has to be out of the window is found by its number.
CREATE TABLE brake_removal (
    company_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (company_id, connection_id, number)
);
CREATE INDEX brake_removal_at ON brake_removal (at);

-- By the directory user, alive or deleted: a removal is of one directory.
CREATE TABLE brake_hold (
    company_id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    account_id {uuid} NOT NULL,
    state {text} NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (company_id, user_id)
);
CREATE INDEX brake_hold_held ON brake_hold (company_id, connection_id, since, user_id) WHERE state = 'held';
CREATE INDEX brake_hold_account ON brake_hold (company_id, account_id);

-- People are counted once in a window, and then the first removal waits for it.
CREATE INDEX directory_user_linked ON directory_user (company_id, connection_id)
    WHERE active = TRUE AND account_id IS NOT NULL;
";
