//! Finds the connection that an operator means.

use rollcall_directory::Directory;
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
        None => super::company::all(directory).await?,
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

/// The only one there is, in the company if one is named.
pub(in crate::cli) async fn only(
    directory: &Directory,
    company: Option<&str>,
) -> Result<(CompanyId, ConnectionId), Failure> {
    let companies = match company {
        Some(_) => vec![super::company::find(directory, company).await?],
        None => super::company::all(directory).await?,
    };
    let mut found = Vec::new();
    for company in companies {
        let connections = directory.read().connections(company.id, "", 2).await?;
        found.extend(connections.into_iter().map(|connection| (company.id, connection.id)));
        if found.len() > 1 {
            return Err(Failure::failed("there are several connections; name one with --connection"));
        }
    }
    found.pop().ok_or_else(|| Failure::failed("there is no connection yet; make one first"))
}
