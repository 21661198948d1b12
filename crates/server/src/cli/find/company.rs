//! Finds the company that an operator means.

use rollcall_directory::{Company, Directory};
use rollcall_policy::CompanyId;

use crate::app::domains::name::DomainName;
use crate::cli::Failure;
use crate::cli::pages::PAGE;

/// The one that is named, else the only one there is.
pub(in crate::cli) async fn find(directory: &Directory, name: Option<&str>) -> Result<Company, Failure> {
    if let Some(name) = name {
        let found = directory.read().company_by_name(name).await?;
        return found.ok_or_else(|| {
            Failure::failed(format!("there is no company `{name}`; `rollcall company list` shows all"))
        });
    }
    let mut companies = directory.read().companies("", 2).await?;
    match (companies.pop(), companies.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(Failure::failed("there are several companies; say which one with --company")),
        (None, _) => Err(Failure::failed("there is no company yet; make one with `rollcall company add`")),
    }
}

/// The one that is named, else the only one that has the domain, else the only one there is.
pub(in crate::cli) async fn of_domain(
    directory: &Directory,
    domain: &DomainName,
    company: Option<&str>,
) -> Result<CompanyId, Failure> {
    if company.is_none() {
        match directory.read().claims_of_domain(domain.as_str(), 2).await?.as_slice() {
            [one] => return Ok(one.company),
            [] => {}
            [..] => {
                return Err(Failure::failed(format!(
                    "several companies have the domain `{domain}`; say which one with --company"
                )));
            }
        }
    }
    Ok(find(directory, company).await?.id)
}

/// All of them, by name.
pub(in crate::cli) async fn all(directory: &Directory) -> Result<Vec<Company>, Failure> {
    let mut all: Vec<Company> = Vec::new();
    loop {
        let after = all.last().map_or("", |company| company.name.as_str());
        let page = directory.read().companies(after, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
