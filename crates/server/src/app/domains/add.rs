//! Adding a domain.

use rollcall_directory::{Directory, Domain};
use rollcall_policy::CompanyId;
use serde_json::json;

use super::name::DomainName;
use super::{DomainError, activity, pending, recheck};
use crate::app::Doer;

/// Domains of a company that may wait for their record at a time: each is looked up again and again.
const MOST_PENDING: u64 = 100;

/// Adds a domain that is still to be proven (P/D-1). Others may have it, or have proven it: nobody learns that here (P/D-7).
pub async fn add(
    directory: &Directory,
    company: CompanyId,
    name: &DomainName,
    doer: Doer<'_>,
) -> Result<Domain, DomainError> {
    let claim = pending(company, name, doer.ids, doer.now);
    let noted = activity("domain_added", company, name.as_str(), &json!({}), doer);
    let added = directory
        .write(|unit| {
            let (claim, noted) = (&claim, &noted);
            async move {
                if unit.domain(company, name.as_str()).await?.is_some() {
                    return Err(DomainError::Exists(name.clone()));
                }
                if unit.pending_domains(company).await? >= MOST_PENDING {
                    return Err(DomainError::TooMany(MOST_PENDING));
                }
                unit.insert_domain(claim);
                unit.plan_domain_check(company, name.as_str(), recheck::first(doer.now));
                unit.insert_activity(noted);
                Ok(())
            }
        })
        .await;
    match added {
        Ok(()) => Ok(claim),
        Err(DomainError::Directory(error)) if error.violates("domain_pkey") => Err(DomainError::Exists(name.clone())),
        Err(error) => Err(error),
    }
}
