-- What identity providers pushed. `document` is the resource as text, `search` its comparable form (see the directory).

CREATE TABLE directory_user (
    company_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    user_name_folded {text} NOT NULL,
    external_id {text} NULL,
    display_name_folded {text} NULL,
    active BOOLEAN NOT NULL,
    document TEXT NOT NULL,
    search {json} NOT NULL,
    account_id {uuid} NULL,
    finding {text} NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);
-- Each index entry of a random value costs a page per created user: what may be absent is indexed only where present.
CREATE UNIQUE INDEX directory_user_user_name ON directory_user (company_id, connection_id, user_name_folded);
CREATE INDEX directory_user_external_id ON directory_user (company_id, connection_id, external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX directory_user_account ON directory_user (company_id, account_id) WHERE account_id IS NOT NULL;
CREATE INDEX directory_user_display_name ON directory_user (company_id, connection_id, display_name_folded)
    WHERE display_name_folded IS NOT NULL;

CREATE TABLE directory_address (
    company_id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    value_folded {text} NOT NULL,
    PRIMARY KEY (company_id, user_id, value_folded)
);
CREATE INDEX directory_address_value ON directory_address (company_id, connection_id, value_folded);

CREATE TABLE directory_group (
    company_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    display_name {text} NOT NULL,
    display_name_folded {text} NOT NULL,
    external_id {text} NULL,
    document TEXT NOT NULL,
    search {json} NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE UNIQUE INDEX directory_group_display_name ON directory_group (company_id, connection_id, display_name_folded);
CREATE INDEX directory_group_external_id ON directory_group (company_id, connection_id, external_id)
    WHERE external_id IS NOT NULL;

CREATE TABLE directory_member (
    company_id {uuid} NOT NULL,
    group_id {uuid} NOT NULL,
    member_id {uuid} NOT NULL,
    member_kind {text} NOT NULL,
    PRIMARY KEY (company_id, group_id, member_id)
);
-- The group is in it, so that SQLite need not leave the index; else its planner prefers the primary key, which begins with the
-- whole company.
CREATE INDEX directory_member_member ON directory_member (company_id, member_id, group_id);

-- The SCIM id of a person on a connection, minted when either door first sees the pair.
CREATE TABLE scim_id (
    company_id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    account_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    PRIMARY KEY (company_id, connection_id, account_id)
);

-- What is left of a deleted user, outside the uniqueness of those that live.
CREATE TABLE tombstone (
    company_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    connection_id {uuid} NOT NULL,
    user_name_folded {text} NOT NULL,
    external_id {text} NULL,
    address_folded {text} NULL,
    account_id {uuid} NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE INDEX tombstone_user_name ON tombstone (company_id, connection_id, user_name_folded);
CREATE INDEX tombstone_external_id ON tombstone (company_id, connection_id, external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX tombstone_address ON tombstone (company_id, connection_id, address_folded)
    WHERE address_folded IS NOT NULL;
CREATE INDEX tombstone_account ON tombstone (company_id, account_id) WHERE account_id IS NOT NULL;
