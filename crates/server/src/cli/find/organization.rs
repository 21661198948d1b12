//! Finds the organization that an operator means.

use rollcall_directory::{Directory, Organization};

use crate::cli::Failure;

/// The one that is named (no two companies have the same), else the only one there is.
pub(in crate::cli) async fn find(directory: &Directory, name: Option<&str>) -> Result<Organization, Failure> {
    let reader = directory.read();
    if let Some(name) = name {
        let found = reader.organization_by_name(name).await?;
        let missing = || format!("there is no organization `{name}`; `rollcall organization list` shows all");
        return found.ok_or_else(|| Failure::failed(missing()));
    }
    let companies = reader.companies("", 2).await?;
    let mut found = Vec::new();
    for company in &companies {
        found.extend(reader.organizations(company.id, "", 2).await?);
    }
    match (found.pop(), found.is_empty()) {
        (Some(only), true) if companies.len() == 1 => Ok(only),
        (Some(_), _) => Err(Failure::failed("there are several organizations; say which one with --organization")),
        (None, _) => {
            let sentence = "there is no organization yet; make one with `rollcall organization add`";
            Err(Failure::failed(sentence))
        }
    }
}
