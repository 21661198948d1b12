//! Finds the connection that an operator means.

use rollcall_directory::{Company, Directory};
use rollcall_policy::{CompanyId, ConnectionId};

use crate::cli::Failure;

/// By id, or by a name that is unambiguous once the company is named.
pub(in crate::cli) async fn find(
    directory: &Directory,
    wanted: &str,
    company: Option<&str>,
) -> Result<(CompanyId, ConnectionId), Failure> {
    let reader = directory.read();
    if let Ok(id) = wanted.parse::<ConnectionId>() {
        return match reader.company_of_connection(id).await? {
            Some(company) => Ok((company, id)),
            None => Err(Failure::failed(format!("there is no connection {id}; check the id"))),
        };
    }
    let companies = match company {
        Some(name) => match reader.company_by_name(name).await? {
            Some(company) => vec![company],
            None => return Err(Failure::failed(format!("there is no company `{name}`; check the name"))),
        },
        None => all_companies(directory).await?,
    };
    let mut found = Vec::new();
    for company in companies {
        if let Some(connection) = reader.connection_by_name(company.id, wanted).await? {
            found.push((company.id, connection.id));
        }
    }
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::failed(format!("there is no connection `{wanted}`; check the name, or give its id"))),
        [..] => Err(Failure::failed(format!(
            "several companies have a connection `{wanted}`; add --company, or give its id"
        ))),
    }
}

async fn all_companies(directory: &Directory) -> Result<Vec<Company>, Failure> {
    let mut all: Vec<Company> = Vec::new();
    loop {
        let after = all.last().map_or("", |company| company.name.as_str());
        let page = directory.read().companies(after, 500).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
