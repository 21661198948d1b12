//! What a body may say of a connection: the same members for POST and PATCH (design.md 6).

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use rollcall_policy::{AccountId, OnNewSubject, Protocol, UnverifiedDomains};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::Nullable;
use crate::app::connection_settings::{OidcSettings, SamlSettings};
use crate::app::connections::create::NewConnection;
use crate::app::connections::placement::Wanted;
use crate::app::connections::{Brake, Settings};
use crate::edge::{Failure, Problem};
use crate::journal::Mode;

/// Settings of a connection. A new one needs `name` and `protocol`; a change leaves absent members as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConnectionSettings)]
pub(super) struct Given {
    name: Option<String>,
    protocol: Option<Protocol>,
    oidc: Option<OidcSettings>,
    saml: Option<SamlSettings>,
    domains: Option<Vec<String>>,
    organizations: Option<Vec<String>>,
    default_organization: Option<String>,
    /// By name; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    default_team: Nullable<String>,
    jit: Option<bool>,
    scim: Option<bool>,
    group_mapping: Option<bool>,
    enforce_sso: Option<bool>,
    freeze_name: Option<bool>,
    on_new_subject: Option<OnNewSubject>,
    create_denied_accounts: Option<bool>,
    unverified_domains: Option<UnverifiedDomains>,
    strict: Option<bool>,
    tolerances: Option<BTreeMap<String, bool>>,
    protected_accounts: Option<BTreeSet<AccountId>>,
    brake: Option<Brake>,
    /// Null for what the server says.
    #[serde(default)]
    #[schema(value_type = Option<Mode>)]
    journal: Nullable<Mode>,
}

impl Given {
    /// As the body of a POST.
    pub(super) fn into_new(self) -> Result<NewConnection, Problem> {
        let missing = |name| Failure::malformed(format!("the body is not as expected: missing field `{name}`"));
        if self.name.is_none() {
            return Err(missing("name").into());
        }
        let protocol = self.protocol.ok_or_else(|| missing("protocol"))?;
        let wanted = Wanted {
            domains: self.domains.clone().unwrap_or_default(),
            organizations: self.organizations.clone().unwrap_or_default(),
            default_organization: self.default_organization.clone(),
            default_team: self.default_team.clone().over(None),
        };
        let (jit, scim, group_mapping) = (self.jit, self.scim, self.group_mapping);
        Ok(NewConnection { protocol, settings: self.settings(), wanted, jit, scim, group_mapping })
    }

    /// As the body of a PATCH: 422 for what only a plan changes, since it may move people.
    pub(super) fn into_settings(self) -> Result<Settings, Problem> {
        let planned = [
            ("jit", self.jit.is_some()),
            ("scim", self.scim.is_some()),
            ("group_mapping", self.group_mapping.is_some()),
            ("domains", self.domains.is_some()),
            ("organizations", self.organizations.is_some()),
            ("default_organization", self.default_organization.is_some()),
            ("default_team", !self.default_team.is_absent()),
        ];
        if let Some((name, _)) = planned.into_iter().find(|(_, given)| *given) {
            let detail = format!(
                "`{name}` changes only through a plan, which shows beforehand whom it hits: POST it to \
                 /connections/{{id}}/plans, and apply that"
            );
            return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "needs_plan", detail).into());
        }
        if self.protocol.is_some() {
            let detail = "the protocol of a connection is for good; make another connection";
            return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "permanent", detail).into());
        }
        Ok(self.settings())
    }

    fn settings(self) -> Settings {
        Settings {
            name: self.name,
            oidc: self.oidc,
            saml: self.saml,
            enforce_sso: self.enforce_sso,
            freeze_name: self.freeze_name,
            on_new_subject: self.on_new_subject,
            create_denied_accounts: self.create_denied_accounts,
            unverified_domains: self.unverified_domains,
            strict: self.strict,
            tolerances: self.tolerances,
            protected_accounts: self.protected_accounts,
            brake: self.brake,
            journal: self.journal,
        }
    }
}
