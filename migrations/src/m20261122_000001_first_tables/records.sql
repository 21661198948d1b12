-- What happened: decisions with their facts, the audit log, events not delivered yet. Ids are UUIDv7, so they sort by time.

CREATE TABLE decision (
    company_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    account_id {uuid} NULL,
    at BIGINT NOT NULL,
    outcome {text} NOT NULL,
    reason {text} NOT NULL,
    facts TEXT NOT NULL,
    decision TEXT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX decision_connection ON decision (company_id, connection_id, id);

-- The company is absent in what the operator does; it is no part of the key for that reason.
CREATE TABLE activity (
    company_id {uuid} NULL,
    id {uuid} NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    action {text} NOT NULL,
    actor {text} NOT NULL,
    subject {text} NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX activity_company ON activity (company_id, id);

CREATE TABLE outbox (
    company_id {uuid} NULL,
    id {uuid} NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    kind {text} NOT NULL,
    subject {text} NOT NULL,
    payload TEXT NOT NULL,
    delivered_at BIGINT NULL
);
CREATE INDEX outbox_pending ON outbox (id) WHERE delivered_at IS NULL;

CREATE TABLE setting (
    name {text} NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
