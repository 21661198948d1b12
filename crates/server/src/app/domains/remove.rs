//! Giving a domain up (P/D-8, P/A-11, P4-28).

use rollcall_directory::{Directory, Unit};
use rollcall_policy::CompanyId;
use rollcall_scim::etag::Preconditions;
use serde_json::json;

use super::name::DomainName;
use super::{DomainError, activity};
use crate::app::Doer;
use crate::app::events::Kind;

/// Removes a domain that no connection has. Its verification and its auto-provisioning end, members stay; added again, it
/// gets another TXT value (P/D-9).
pub async fn remove(
    directory: &Directory,
    company: CompanyId,
    name: &DomainName,
    seen: &Preconditions,
    doer: Doer<'_>,
) -> Result<(), DomainError> {
    let noted = activity("domain_removed", company, name.as_str(), &json!({}), doer);
    directory
        .write(|unit| {
            let noted = &noted;
            async move {
                let stored = super::claimed(&unit, company, name).await?;
                super::check_seen(seen, &stored)?;
                refuse_attached(&unit, company, name).await?;
                unit.delete_domain(company, name.as_str());
                unit.insert_activity(noted);
                super::tell(&unit, doer, company, Kind::DomainRemoved, (name.as_str(), None));
                Ok(())
            }
        })
        .await
}

/// P4-28: names the connections that still have the domain (P/D-10).
pub(super) async fn refuse_attached(unit: &Unit, company: CompanyId, name: &DomainName) -> Result<(), DomainError> {
    let connections = unit.connections_of_domain(company, name.as_str()).await?;
    if connections.is_empty() {
        return Ok(());
    }
    let connections = connections.into_iter().map(|connection| connection.name).collect();
    Err(DomainError::Attached { name: name.clone(), connections })
}
