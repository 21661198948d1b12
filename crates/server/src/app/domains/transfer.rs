//! Moving a verified domain to another company: the operator's way out where two companies can prove it (P/D-7).

use rollcall_directory::{Directory, Domain, DomainState};
use rollcall_policy::CompanyId;
use serde_json::json;

use super::name::DomainName;
use super::remove::refuse_attached;
use super::{Attached, DomainError, activity, pending};
use crate::app::Doer;
use crate::app::events::Kind;

/// Takes a verified domain from the company that has it and gives it to another one, verified. It must be off the
/// connections of the former; auto-provisioning ends. A domain that the company has verified already stays as it is.
pub async fn transfer(
    directory: &Directory,
    name: &DomainName,
    to: CompanyId,
    doer: Doer<'_>,
) -> Result<Attached, DomainError> {
    let fresh = pending(to, name, doer.ids, doer.now);
    let entries = [
        activity("domain_added", to, name.as_str(), &json!({}), doer),
        activity("domain_verified", to, name.as_str(), &json!({"proof": "transfer"}), doer),
        activity("domain_removed", to, name.as_str(), &json!({"reason": "transfer"}), doer),
    ];
    directory
        .write(|unit| {
            let (fresh, [added, verified, removed]) = (&fresh, &entries);
            async move {
                let held = unit.verified_domain(name.as_str()).await?;
                let held = held.ok_or_else(|| DomainError::NotVerified(name.clone()))?;
                if held.company == to {
                    return super::verify::attached(&unit, held, doer.now).await;
                }
                let held = super::claimed(&unit, held.company, name).await?;
                refuse_attached(&unit, held.company, name).await?;
                unit.delete_domain(held.company, name.as_str());
                unit.insert_activity(&rollcall_directory::Activity { company: Some(held.company), ..removed.clone() });
                let claim = if let Some(claim) = unit.domain(to, name.as_str()).await? {
                    claim
                } else {
                    unit.insert_domain(fresh);
                    unit.insert_activity(added);
                    fresh.clone()
                };
                unit.verify_domain(&claim, doer.now);
                unit.touch_connections_of_domain(to, name.as_str(), doer.now);
                unit.insert_activity(verified);
                let moved = (name.as_str(), Some("transfer"));
                super::tell(&unit, doer, held.company, Kind::DomainRemoved, moved);
                super::tell(&unit, doer, to, Kind::DomainVerified, moved);
                super::verify::attached(&unit, Domain { state: DomainState::Verified, ..claim }, doer.now).await
            }
        })
        .await
}
