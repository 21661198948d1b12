//! Webhooks of companies, and what is sent to them; kinds of events are dotted words from here on.

use sea_orm_migration::prelude::*;

use crate::texts::run;

/// Creates the tables of webhooks.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000023_webhooks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[TABLES, KINDS]).await
    }
}

const TABLES: &str = "
CREATE TABLE webhook (
    company_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    kinds TEXT NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT NULL,
    old_secret_until BIGINT NULL,
    disabled_at BIGINT NULL,
    disabled_because {text} NULL,
    busy_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);
-- An administrator names a webhook by its id alone.
CREATE INDEX webhook_by_id ON webhook (id);
-- The dispatcher looks for work in all companies.
CREATE INDEX webhook_free ON webhook (busy_until) WHERE disabled_at IS NULL;

CREATE TABLE delivery (
    company_id {uuid} NOT NULL,
    webhook_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    at BIGINT NOT NULL,
    kind {text} NOT NULL,
    subject {text} NOT NULL,
    body TEXT NOT NULL,
    state {text} NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NULL,
    tried_at BIGINT NULL,
    status BIGINT NULL,
    problem TEXT NULL,
    PRIMARY KEY (company_id, webhook_id, id)
);
CREATE INDEX delivery_due ON delivery (company_id, webhook_id, next_at) WHERE state = 'pending';
CREATE INDEX delivery_order ON delivery (company_id, webhook_id, subject, id) WHERE state = 'pending';
-- Housekeeping asks for all companies.
CREATE INDEX delivery_old ON delivery (at);

-- Housekeeping asks for all companies.
CREATE INDEX outbox_delivered ON outbox (delivered_at) WHERE delivered_at IS NOT NULL;
";

/// Owners are told of a full organization once a day: only these events are looked for.
const KINDS: &str = "
DROP INDEX outbox_seats_exhausted;
UPDATE outbox SET kind = 'account.claimed' WHERE kind = 'account_claimed';
UPDATE outbox SET kind = 'identity.replaced' WHERE kind = 'identity_replaced';
UPDATE outbox SET kind = 'member.auto_provisioned' WHERE kind = 'domain_member_added';
UPDATE outbox SET kind = 'role.changed' WHERE kind = 'person.role_changed';
UPDATE outbox SET kind = 'seats.exhausted' WHERE kind = 'seats_exhausted';
-- Nobody ever heard of them.
UPDATE outbox SET delivered_at = at WHERE delivered_at IS NULL;
CREATE INDEX outbox_seats_told ON outbox (company_id, subject, at) WHERE kind = 'seats.exhausted';
";
