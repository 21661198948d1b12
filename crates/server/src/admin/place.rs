//! Finds what a path names, for a caller who may: 404 for what is not there or not theirs, 403 where the role may not.

use rollcall_directory::{Company, Organization};

use super::call::Call;
use super::permission::{Access, Over};
use crate::app::Refusal;
use crate::edge::Problem;

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
