//! What a new administrator's token may do.

use clap::ValueEnum;
use rollcall_directory::Directory;

use crate::auth::AdminRole;
use crate::cli::{Failure, find};
use crate::config::Problem;

/// What an administrator may do, before it is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Role {
    /// Everything.
    Operator,
    /// Everything of one company.
    #[value(alias = "company_owner")]
    CompanyOwner,
    /// Everything of one organization.
    #[value(alias = "organization_owner")]
    OrganizationOwner,
    /// Reads everything, or all of one company, and changes nothing.
    Auditor,
}

/// The role with what it is limited to; exit code 2 for flags that do not go together.
pub(super) async fn limited(
    directory: &Directory,
    role: Role,
    company: Option<&str>,
    organization: Option<&str>,
) -> Result<AdminRole, Failure> {
    match (role, company, organization) {
        (Role::Operator, None, None) => Ok(AdminRole::Operator),
        (Role::Auditor, None, None) => Ok(AdminRole::Auditor(None)),
        (Role::Auditor, Some(_), None) => {
            Ok(AdminRole::Auditor(Some(find::company::find(directory, company).await?.id)))
        }
        (Role::CompanyOwner, Some(_), None) => {
            Ok(AdminRole::CompanyOwner(find::company::find(directory, company).await?.id))
        }
        (Role::OrganizationOwner, None, Some(_)) => {
            let found = find::organization::find(directory, organization).await?;
            Ok(AdminRole::OrganizationOwner(found.company, found.id))
        }
        (Role::Operator, ..) => Err(wrong("an operator is limited to nothing; leave --company and --organization out")),
        (Role::Auditor, ..) => Err(wrong("an auditor reads all, or one --company; leave --organization out")),
        (Role::CompanyOwner, ..) => Err(wrong("a company owner's token names the --company, and nothing else")),
        (Role::OrganizationOwner, ..) => {
            Err(wrong("an organization owner's token names the --organization, and nothing else"))
        }
    }
}

fn wrong(problem: &str) -> Failure {
    vec![Problem { place: "--role".to_owned(), problem: problem.to_owned() }].into()
}
