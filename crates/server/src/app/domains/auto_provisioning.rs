//! Who joins by the domain of their address alone (P/A-1, P/A-2, P/A-10, P4-7, P4-30).

use rollcall_directory::{Directory, Domain, DomainState, Unit};
use rollcall_policy::{CompanyId, OrganizationId};
use rollcall_scim::etag::Preconditions;
use serde_json::json;

use super::name::DomainName;
use super::{Attached, DomainError, activity};
use crate::app::Doer;

/// What is wanted of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Whether people with a verified address in the domain join.
    pub on: bool,
    /// The name of the organization that they join; needed where the company has several.
    pub organization: Option<&'a str>,
}

/// Turns auto-provisioning on or off. Nobody leaves by it (P/A-11, P/A-12).
pub async fn set(
    directory: &Directory,
    company: CompanyId,
    name: &DomainName,
    (seen, wanted): (&Preconditions, Wanted<'_>),
    doer: Doer<'_>,
) -> Result<Attached, DomainError> {
    let action = if wanted.on { "auto_provisioning_enabled" } else { "auto_provisioning_disabled" };
    let noted =
        activity(action, company, name.as_str(), &json!({"rule": "A-1", "organization": wanted.organization}), doer);
    directory
        .write(|unit| {
            let noted = &noted;
            async move {
                let before = super::claimed(&unit, company, name).await?;
                super::check_seen(seen, &before)?;
                if wanted.on && before.state != DomainState::Verified {
                    return Err(DomainError::NotVerified(name.clone()));
                }
                let organization = target(&unit, &before, wanted).await?;
                let domain = Domain { auto_provisioning: wanted.on, organization, ..before.clone() };
                if domain != before {
                    unit.update_domain(&domain);
                    unit.touch_connections_of_domain(company, name.as_str(), doer.now);
                    unit.insert_activity(noted);
                }
                let connections = unit.connections_of_domain(company, name.as_str()).await?;
                Ok(Attached { domain, connections })
            }
        })
        .await
}

/// The organization that is named, else the one that was, else the company's only one.
async fn target(unit: &Unit, domain: &Domain, wanted: Wanted<'_>) -> Result<Option<OrganizationId>, DomainError> {
    if let Some(name) = wanted.organization {
        let found = unit.organization_by_name(name).await?.filter(|found| found.company == domain.company);
        return found.map(|found| Some(found.id)).ok_or_else(|| DomainError::NoOrganization(name.to_owned()));
    }
    if !wanted.on || domain.organization.is_some() {
        return Ok(domain.organization);
    }
    match unit.organizations(domain.company, "", 2).await?.as_slice() {
        [only] => Ok(Some(only.id)),
        [] | [..] => Err(DomainError::WhichOrganization),
    }
}
