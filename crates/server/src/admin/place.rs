//! Finds what a path names, for a caller who may: 404 for what is not there or not theirs, 403 where the role may not.

use rollcall_directory::{Account, Company, Connection, Domain, Organization, Scope};
use rollcall_policy::{AccountId, ConnectionId, MembershipState};

use super::call::Call;
use super::permission::{Access, Over};
use crate::app::Refusal;
use crate::app::domains::name::DomainName;
use crate::edge::{Failure, Problem};

/// The company of this name or id.
pub(super) async fn company(call: &Call, name: &str, access: Access) -> Result<Company, Problem> {
    let reader = call.state.directory.read();
    let found = match name.parse() {
        Ok(id) => reader.company(id).await?,
        Err(_) => reader.company_by_name(name).await?,
    };
    let company = found.ok_or(Refusal::NotFound("company"))?;
    call.may(access, Over::Company(company.id), "company")?;
    Ok(company)
}

/// The organization of this name.
pub(super) async fn organization(call: &Call, name: &str, access: Access) -> Result<Organization, Problem> {
    let found = call.state.directory.read().organization_by_name(name).await?;
    let organization = found.ok_or(Refusal::NotFound("organization"))?;
    call.may(access, Over::Organization(organization.company, organization.id), "organization")?;
    Ok(organization)
}

/// The connection of this id.
pub(super) async fn connection(call: &Call, id: ConnectionId, access: Access) -> Result<(Scope, Connection), Problem> {
    let reader = call.state.directory.read();
    let company = reader.company_of_connection(id).await?.ok_or(Refusal::NotFound("connection"))?;
    call.may(access, Over::Company(company), "connection")?;
    let connection = reader.connection(company, id).await?.ok_or(Refusal::NotFound("connection"))?;
    Ok((Scope { company, connection: id }, connection))
}

/// The account of this id, if it belongs to somebody whom the caller knows. Changing it is the operator's matter.
pub(super) async fn account(call: &Call, id: AccountId) -> Result<Account, Problem> {
    let found = call.state.directory.read().account(id).await?;
    let account = found.ok_or(Refusal::NotFound("account"))?;
    if !knows(call, id).await? {
        return Err(Refusal::NotFound("account").into());
    }
    Ok(account)
}

/// Whether the caller knows an account: a member of what the caller is limited to.
pub(super) async fn knows(call: &Call, id: AccountId) -> Result<bool, Problem> {
    let Some((company, organization)) = call.own() else { return Ok(true) };
    let all = call.state.directory.read().memberships(id).await?;
    Ok(all.iter().map(|view| &view.membership).any(|membership| {
        membership.company == company
            && organization.is_none_or(|organization| membership.organization == organization)
            && membership.state != MembershipState::Removed
    }))
}

/// The domain of this name: the caller's own, else that of `?company=`, else the only one.
pub(super) async fn domain(call: &Call, name: &str, access: Access) -> Result<(DomainName, Domain), Problem> {
    let none = || Refusal::NotFound("domain");
    let name: DomainName = name.parse().map_err(|_| none())?;
    let reader = call.state.directory.read();
    let named = match call.parameter("company")? {
        Some(company) => Some(self::company(call, company, access).await?.id),
        None => call.role.company(),
    };
    let mut found = match named {
        Some(company) => Vec::from_iter(reader.domain(company, name.as_str()).await?),
        None => reader.claims_of_domain(name.as_str(), 2).await?,
    };
    if found.len() > 1 {
        let detail = format!("several companies have the domain `{name}`; say which one with `?company=NAME`");
        return Err(Failure::malformed(detail).into());
    }
    let domain = found.pop().ok_or_else(none)?;
    call.may(access, Over::Company(domain.company), "domain")?;
    Ok((name, domain))
}
