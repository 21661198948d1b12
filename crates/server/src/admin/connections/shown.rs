//! How a connection reads.

use rollcall_directory::Connection;
use rollcall_policy::{AccountId, ConnectionId, Mode, OnNewSubject, Protocol, UnverifiedDomains};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::admin::answer::Instant;
use crate::admin::call::Call;
use crate::app::connection_settings::{OidcSettings, SamlSettings};
use crate::app::connections::Brake;
use crate::edge::Problem;
use crate::journal;

/// One identity provider of a company. Nothing in it is secret.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of the interface in design.md 6")]
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connection)]
pub(super) struct ConnectionBody {
    id: ConnectionId,
    pub(super) name: String,
    protocol: Protocol,
    mode: Mode,
    jit: bool,
    scim: bool,
    group_mapping: bool,
    /// For the provider (S-2).
    scim_base_url: String,
    /// For the product.
    sign_in_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<OidcSettings>)]
    oidc: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SamlSettings>)]
    saml: Option<Value>,
    domains: Vec<String>,
    organizations: Vec<String>,
    default_organization: Option<String>,
    default_team: Option<String>,
    enforce_sso: bool,
    freeze_name: bool,
    on_new_subject: OnNewSubject,
    create_denied_accounts: bool,
    unverified_domains: UnverifiedDomains,
    strict: bool,
    #[schema(value_type = BTreeMap<String, bool>)]
    tolerances: Value,
    #[schema(value_type = Vec<AccountId>)]
    protected_accounts: Value,
    #[schema(value_type = Brake)]
    brake: Value,
    /// What is kept of its SCIM exchanges.
    journal: journal::Mode,
    created_at: Instant,
    updated_at: Instant,
}

/// The body of a connection; the team's name is looked up.
pub(super) async fn body(call: &Call, connection: Connection) -> Result<ConnectionBody, Problem> {
    let Connection { record, organizations, domains } = connection;
    let default_team = match record.default_team {
        Some(team) => call.state.directory.read().team(record.company, team).await?.map(|team| team.name),
        None => None,
    };
    let default = organizations.iter().find(|served| served.id == record.default_organization);
    let default_organization = default.map(|served| served.name.clone());
    let policy = record.policy;
    let detail = |name: &str| record.details.get(name).cloned();
    Ok(ConnectionBody {
        id: record.id,
        name: record.name,
        protocol: record.protocol,
        mode: policy.mode(),
        jit: policy.jit,
        scim: policy.scim,
        group_mapping: policy.group_mapping,
        scim_base_url: call.state.base_url.join("/scim/v2"),
        sign_in_url: call.state.base_url.join("/sso/sign-in"),
        oidc: detail("oidc"),
        saml: detail("saml"),
        domains: domains.into_iter().map(|domain| domain.name).collect(),
        organizations: organizations.into_iter().map(|served| served.name).collect(),
        default_organization,
        default_team,
        enforce_sso: policy.enforce_sso,
        freeze_name: policy.freeze_name,
        on_new_subject: policy.on_new_subject,
        create_denied_accounts: policy.create_denied_accounts,
        unverified_domains: policy.unverified_domains,
        strict: detail("strict").and_then(|strict| strict.as_bool()).unwrap_or_default(),
        tolerances: detail("tolerances").unwrap_or_else(|| json!({})),
        protected_accounts: detail("protected_accounts").unwrap_or_else(|| json!([])),
        brake: detail("brake").unwrap_or_else(|| json!(Brake::default())),
        journal: journal::Mode::of(&record.details, call.state.journal.default_mode()),
        created_at: Instant(record.created_at),
        updated_at: Instant(record.updated_at),
    })
}
