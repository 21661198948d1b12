//! Which domains a connection has, which organizations it serves, and where people go by default (C-1, D-11).

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::{DomainState, Reader, Unit};
use rollcall_policy::{CompanyId, OrganizationId, TeamId};
use rollcall_scim::fold::fold;

use crate::app::Refusal;

/// Domains, or organizations, of a connection at most.
const MOST: usize = 500;

/// What is asked for, by name.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Verified ones of the company.
    pub domains: Vec<String>,
    /// Of the company.
    pub organizations: Vec<String>,
    /// One of `organizations`; may be absent where there is only one.
    pub default_organization: Option<String>,
    /// A team there.
    pub default_team: Option<String>,
}

/// What is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    pub(super) domains: Vec<String>,
    pub(super) organizations: Vec<OrganizationId>,
    pub(super) default_organization: OrganizationId,
    pub(super) default_team: Option<TeamId>,
}

/// Finds what is named, in this company alone. `attached` are domains that the connection has already: they may stay
/// while their verification is in doubt. Nobody removes one that is new to the connection before the unit ends.
pub(super) async fn resolve(
    unit: &Unit,
    company: CompanyId,
    wanted: &Wanted,
    attached: &[String],
) -> Result<Placement, Refusal> {
    if wanted.domains.len() > MOST || wanted.organizations.len() > MOST {
        return Err(Refusal::Invalid(format!("a connection has at most {MOST} domains and {MOST} organizations")));
    }
    let domains = domains(unit, company, wanted, attached).await?;
    let organizations = organizations(unit, company, wanted).await?;
    let default = match (&wanted.default_organization, organizations.len()) {
        (Some(name), _) => organizations.get(name).copied(),
        (None, 1) => organizations.values().next().copied(),
        (None, _) => None,
    };
    let default_organization = default.ok_or_else(|| {
        Refusal::rule("C-1", "`default_organization` must be one of the connection's `organizations`")
    })?;
    let default_team = match &wanted.default_team {
        Some(name) => Some(team(unit, company, default_organization, name).await?),
        None => None,
    };
    let organizations = organizations.into_values().collect();
    Ok(Placement { domains, organizations, default_organization, default_team })
}

async fn domains(
    unit: &Unit,
    company: CompanyId,
    wanted: &Wanted,
    attached: &[String],
) -> Result<Vec<String>, Refusal> {
    let names: BTreeSet<String> = wanted.domains.iter().map(|name| fold(name)).collect();
    if names.is_empty() {
        return Err(Refusal::rule("D-11", "a connection needs at least one verified domain of its company"));
    }
    for name in &names {
        if !attached.contains(name) {
            // Whoever removes it looks for connections that have it, and must find this one. Names are in order, so that two
            // units do not wait for each other; those attached already are kept by the connection itself.
            unit.lock_domain(company, name).await?;
        }
        let verified = unit.domain(company, name).await?.is_some_and(|domain| domain.state == DomainState::Verified);
        if !verified && !attached.contains(name) {
            let detail = format!("`{name}` is no verified domain of this company; verify it first");
            return Err(Refusal::rule("D-11", detail));
        }
    }
    Ok(names.into_iter().collect())
}

async fn organizations(
    reader: &Reader,
    company: CompanyId,
    wanted: &Wanted,
) -> Result<BTreeMap<String, OrganizationId>, Refusal> {
    let mut found = BTreeMap::new();
    for name in &wanted.organizations {
        let organization = reader.organization_by_name(name).await?.filter(|found| found.company == company);
        let Some(organization) = organization else {
            return Err(Refusal::rule("C-1", format!("`{name}` is no organization of this company")));
        };
        found.insert(organization.name, organization.id);
    }
    if found.is_empty() {
        return Err(Refusal::rule("C-1", "a connection serves at least one organization of its company"));
    }
    Ok(found)
}

async fn team(
    reader: &Reader,
    company: CompanyId,
    organization: OrganizationId,
    name: &str,
) -> Result<TeamId, Refusal> {
    let team = reader.team_by_name(company, organization, &fold(name)).await?;
    let missing = || Refusal::rule("C-1", "`default_team` must be a team of the default organization; make it first");
    team.map(|team| team.id).ok_or_else(missing)
}
