//! Domains as administrators see them: with connections, target and look-ups.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rollcall_directory::{Directory, DirectoryError, Domain, DomainChecks};
use rollcall_policy::{CompanyId, OrganizationId};

/// A domain with all that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The claim.
    pub domain: Domain,
    /// Names of the connections that have it.
    pub connections: Vec<String>,
    /// Name of the organization that people of it join.
    pub organization: Option<String>,
    /// What is known of the look-ups of its record.
    pub checks: DomainChecks,
}

/// Completes a company's domains, which come in the order of their names; in a few statements, however many they are.
pub async fn complete(
    directory: &Directory,
    company: CompanyId,
    domains: Vec<Domain>,
) -> Result<Vec<Seen>, DirectoryError> {
    let (Some(first), Some(last)) = (domains.first(), domains.last()) else { return Ok(Vec::new()) };
    let reader = directory.read();
    let mut connections = reader.connections_of_domains(company, &first.name, &last.name).await?;
    let mut checks = reader.domain_checks(company, &first.name, &last.name).await?;
    let mut names: BTreeMap<OrganizationId, Option<String>> = BTreeMap::new();
    for id in domains.iter().filter_map(|domain| domain.organization) {
        if let Entry::Vacant(name) = names.entry(id) {
            let found = reader.organization(company, id).await?;
            name.insert(found.map(|organization| organization.name));
        }
    }
    let seen = domains.into_iter().map(|domain| Seen {
        connections: connections.remove(&domain.name).unwrap_or_default(),
        checks: checks.remove(&domain.name).unwrap_or_default(),
        organization: domain.organization.and_then(|id| names.get(&id).cloned().flatten()),
        domain,
    });
    Ok(seen.collect())
}
