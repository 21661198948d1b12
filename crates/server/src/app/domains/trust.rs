//! The operator's word instead of a DNS record: for name servers that Rollcall cannot see.

use rollcall_directory::{Directory, Domain, DomainState};
use rollcall_policy::CompanyId;
use serde_json::json;

use super::name::DomainName;
use super::verify::{attached, mark};
use super::{Attached, DomainError, activity, pending};
use crate::app::Doer;
use crate::app::events::Kind;

/// Marks a domain as verified, and adds it first if the company does not have it.
pub async fn trust(
    directory: &Directory,
    company: CompanyId,
    name: &DomainName,
    doer: Doer<'_>,
) -> Result<Attached, DomainError> {
    let fresh = Domain {
        state: DomainState::Verified,
        verified_at: Some(doer.now),
        ..pending(company, name, doer.ids, doer.now)
    };
    let added = activity("domain_added", company, name.as_str(), &json!({}), doer);
    let verified = activity("domain_verified", company, name.as_str(), &json!({"proof": "operator"}), doer);
    let trusted = directory
        .write(|unit| {
            let (fresh, added, verified) = (&fresh, &added, &verified);
            async move {
                let stored = match super::claimed(&unit, company, name).await {
                    Ok(stored) if stored.state == DomainState::Verified => {
                        return attached(&unit, stored, doer.now).await;
                    }
                    Ok(stored) => {
                        mark(&unit, &stored, name, doer.now).await?;
                        stored
                    }
                    Err(DomainError::Unknown(_)) => {
                        if unit.verified_domain(name.as_str()).await?.is_some() {
                            return Err(DomainError::Taken(name.clone()));
                        }
                        unit.insert_domain(fresh);
                        unit.insert_activity(added);
                        fresh.clone()
                    }
                    Err(error) => return Err(error),
                };
                unit.insert_activity(verified);
                super::tell(&unit, doer, company, Kind::DomainVerified, (name.as_str(), Some("operator")));
                attached(&unit, stored, doer.now).await
            }
        })
        .await;
    match trusted {
        Err(DomainError::Directory(error)) if error.violates("domain_verified") => {
            Err(DomainError::Taken(name.clone()))
        }
        trusted => trusted,
    }
}
