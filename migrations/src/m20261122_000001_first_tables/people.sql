-- Companies, organizations, teams, accounts and who belongs where.

CREATE TABLE company (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX company_name ON company (name);

-- The namespace is unique among all companies, therefore its index cannot begin with the company.
CREATE TABLE organization (
    company_id {uuid} NOT NULL REFERENCES company (id),
    id {uuid} NOT NULL,
    name {text} NOT NULL,
    display_name {text} NOT NULL,
    seats BIGINT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id)
);
CREATE UNIQUE INDEX organization_name ON organization (name);

CREATE TABLE team (
    company_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    organization_id {uuid} NOT NULL,
    name {text} NOT NULL,
    name_folded {text} NOT NULL,
    made_by {uuid} NULL,
    made_at BIGINT NULL,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, organization_id) REFERENCES organization (company_id, id)
);
CREATE UNIQUE INDEX team_name ON team (company_id, organization_id, name_folded);
-- What a connection's evidence has made lately is counted; teams made by hand are not in it.
CREATE INDEX team_made ON team (company_id, made_by, made_at) WHERE made_by IS NOT NULL;

CREATE TABLE account (
    id {uuid} NOT NULL PRIMARY KEY,
    email {text} NOT NULL,
    email_folded {text} NOT NULL,
    username {text} NOT NULL,
    full_name {text} NOT NULL,
    email_verified BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_email ON account (email_folded);
CREATE UNIQUE INDEX account_username ON account (username);

-- No reference to the team: its row would be locked by every sign-in that joins it.
CREATE TABLE team_member (
    company_id {uuid} NOT NULL,
    team_id {uuid} NOT NULL,
    account_id {uuid} NOT NULL REFERENCES account (id),
    PRIMARY KEY (company_id, team_id, account_id)
);
CREATE INDEX team_member_account ON team_member (company_id, account_id);

-- No reference to the organization, for the same reason.
CREATE TABLE membership (
    company_id {uuid} NOT NULL,
    organization_id {uuid} NOT NULL,
    account_id {uuid} NOT NULL REFERENCES account (id),
    role {text} NOT NULL,
    origin {text} NOT NULL,
    state {text} NOT NULL,
    suspended_by {text} NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, organization_id, account_id)
);
-- The account first: a person's memberships are asked for in one company and in all.
CREATE INDEX membership_account ON membership (account_id, company_id);

CREATE TABLE invitation (
    company_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    organization_id {uuid} NOT NULL,
    email {text} NOT NULL,
    email_folded {text} NOT NULL,
    team_id {uuid} NULL,
    role {text} NULL,
    state {text} NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    FOREIGN KEY (company_id, organization_id) REFERENCES organization (company_id, id)
);
-- The address first: it is asked for in one company and in all.
CREATE INDEX invitation_email ON invitation (email_folded, company_id);
CREATE INDEX invitation_organization ON invitation (company_id, organization_id);
