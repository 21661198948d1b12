-- Connections to identity providers, their domains, and who signs in through them.

CREATE TABLE connection (
    company_id {uuid} NOT NULL REFERENCES company (id),
    id {uuid} NOT NULL,
    name {text} NOT NULL,
    protocol {text} NOT NULL,
    jit BOOLEAN NOT NULL,
    scim BOOLEAN NOT NULL,
    settings TEXT NOT NULL,
    default_organization_id {uuid} NOT NULL,
    default_team_id {uuid} NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, default_organization_id) REFERENCES organization (company_id, id),
    FOREIGN KEY (company_id, default_team_id) REFERENCES team (company_id, id)
);
CREATE UNIQUE INDEX connection_name ON connection (company_id, name);
-- An administrator names a connection by its id alone.
CREATE INDEX connection_by_id ON connection (id);

CREATE TABLE connection_organization (
    company_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    organization_id {uuid} NOT NULL,
    PRIMARY KEY (company_id, connection_id, organization_id),
    FOREIGN KEY (company_id, connection_id) REFERENCES connection (company_id, id),
    FOREIGN KEY (company_id, organization_id) REFERENCES organization (company_id, id)
);
CREATE INDEX connection_organization_served ON connection_organization (company_id, organization_id);

CREATE TABLE connection_domain (
    company_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    domain {text} NOT NULL,
    PRIMARY KEY (company_id, connection_id, domain),
    FOREIGN KEY (company_id, connection_id) REFERENCES connection (company_id, id)
);
CREATE INDEX connection_domain_name ON connection_domain (company_id, domain);

CREATE TABLE domain (
    company_id {uuid} NOT NULL REFERENCES company (id),
    name {text} NOT NULL,
    state {text} NOT NULL,
    txt_value TEXT NOT NULL,
    verified_at BIGINT NULL,
    auto_provisioning BOOLEAN NOT NULL,
    organization_id {uuid} NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, name)
);
-- Many companies may claim a domain, one has it.
CREATE UNIQUE INDEX domain_verified ON domain (name) WHERE state = 'verified';

CREATE TABLE identity (
    company_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    subject {text} NOT NULL,
    account_id {uuid} NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, connection_id, subject)
);
-- The account before the connection: the same index finds all identities of a person.
CREATE UNIQUE INDEX identity_account ON identity (company_id, account_id, connection_id);

CREATE TABLE token (
    id {uuid} NOT NULL PRIMARY KEY,
    company_id {uuid} NULL,
    connection_id {uuid} NULL,
    kind {text} NOT NULL,
    secret_hash {bytes} NOT NULL,
    role {text} NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NULL,
    revoked_at BIGINT NULL,
    last_used_day BIGINT NULL
);
CREATE INDEX token_connection ON token (company_id, connection_id);

CREATE TABLE session (
    id_hash {bytes} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    company_id {uuid} NULL,
    connection_id {uuid} NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    idle_seconds BIGINT NULL,
    last_seen_at BIGINT NOT NULL,
    ended_at BIGINT NULL
);
CREATE INDEX session_account ON session (account_id);
