//! E-mail domains of companies: added, proven by a DNS record, given up (P/D-1 to P/D-14, P/A-1 to P/A-11).
//!
//! Names go by [`name::DomainName`]. What changes the facts of a connection moves the connection's `updated_at`, and hands
//! the connections back, so that this instance forgets what it remembers of them.

pub mod add;
pub mod audit;
pub mod auto_provisioning;
pub mod error;
pub mod name;
mod public_mail;
pub mod recheck;
pub mod remove;
pub mod seen;
pub mod transfer;
pub mod trust;
pub mod verify;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rollcall_directory::{Activity, ConnectionRecord, Domain, DomainState, Unit};
use rollcall_policy::CompanyId;
use rollcall_scim::etag::Preconditions;
use serde_json::Value;

use super::events::{Data, Kind, Teller};
use super::{Doer, version};
use crate::ids::Ids;
pub use error::DomainError;
use name::DomainName;

/// A claim to a domain, and who has it attached.
#[derive(Clone, Debug, PartialEq)]
pub struct Attached {
    /// The claim.
    pub domain: Domain,
    /// The connections that have it, by name.
    pub connections: Vec<ConnectionRecord>,
}

/// A claim that is not proven, with a value of 256 random bits for its TXT record (P/D-1).
fn pending(company: CompanyId, name: &DomainName, ids: &Ids, now: i64) -> Domain {
    Domain {
        company,
        name: name.as_str().to_owned(),
        state: DomainState::Pending,
        txt_value: format!("rollcall-verification={}", URL_SAFE_NO_PAD.encode(ids.secret())),
        verified_at: None,
        auto_provisioning: false,
        organization: None,
        created_at: now,
    }
}

/// Tells of a domain in the unit that changes it.
fn tell(unit: &Unit, doer: Doer<'_>, company: CompanyId, kind: Kind, (name, reason): (&str, Option<&str>)) {
    let data = Data::domain(name);
    let data = reason.map_or_else(|| data.clone(), |reason| data.clone().because(reason));
    Teller { unit, ids: doer.ids, now: doer.now, company }.tell(kind, format!("domain:{name}"), data);
}

/// The version of a domain, for `ETag` and `If-Match`.
pub fn version(domain: &Domain) -> u64 {
    version::of(&(domain.state.code(), &domain.txt_value, domain.auto_provisioning, domain.organization))
}

/// Whether the domain still is what the caller has seen.
fn check_seen(seen: &Preconditions, stored: &Domain) -> Result<(), DomainError> {
    version::check(seen, version(stored)).map_err(|_| DomainError::Seen)
}

/// The company's claim; nobody else changes it until the unit ends.
async fn claimed(unit: &Unit, company: CompanyId, name: &DomainName) -> Result<Domain, DomainError> {
    unit.lock_domain(company, name.as_str()).await?;
    let stored = unit.domain(company, name.as_str()).await?;
    stored.ok_or_else(|| DomainError::Unknown(name.clone()))
}

/// What is noted of a change (L-3).
fn activity(action: &str, company: CompanyId, name: &str, data: &Value, doer: Doer<'_>) -> Activity {
    doer.entry(action, Some(company), format!("domain:{name}"), data)
}
