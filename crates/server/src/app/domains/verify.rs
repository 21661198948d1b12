//! Proving a domain by its TXT record (P/D-2, P/D-3, P/D-6, P/D-7).

use std::fmt;

use rollcall_directory::{Directory, Domain, DomainState, Unit};
use rollcall_policy::CompanyId;
use serde_json::json;

use super::name::DomainName;
use super::{Attached, DomainError, activity};
use crate::app::Doer;
use crate::app::events::Kind;
use crate::dns::{Answer, Dns, Lookup};

/// What the name server said instead of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unproven {
    /// Which domain.
    pub name: DomainName,
    /// What the TXT record must say.
    pub txt_value: String,
    /// What came instead.
    pub lookup: Lookup,
}

impl std::error::Error for Unproven {}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told())
    }
}

impl Unproven {
    /// Whether DNS itself is the trouble: asking again may help, whatever the record says.
    pub fn is_outage(&self) -> bool {
        !matches!(self.lookup.answer, Answer::Records(_) | Answer::NoSuchName)
    }

    fn told(&self) -> String {
        let Self { name, txt_value, lookup: Lookup { server, answer } } = self;
        let publish = format!(
            "publish a TXT record of exactly this name with the value `{txt_value}` and verify again (a new record may \
             take up to 72 hours to be seen)"
        );
        let later = "nothing was changed; verify again later";
        match answer {
            Answer::NoSuchName => format!("{server} says that there is no name `{name}`; {publish}"),
            Answer::Records(values) if values.is_empty() => {
                format!("{server} knows no TXT record of `{name}`; {publish}")
            }
            Answer::Records(values) => format!(
                "{server} knows {} TXT record(s) of `{name}`, and none of them is the expected one; {publish}",
                values.len()
            ),
            Answer::Failure(code) => {
                format!(
                    "{server} could not look up the TXT records of `{name}` ({code}); {later}, or have the zone checked"
                )
            }
            Answer::Silence(patience) => format!(
                "{server} did not say within {} seconds what TXT records `{name}` has; {later}, or name another server \
                 with `dns.server`",
                patience.as_secs()
            ),
            Answer::Unreachable(problem) => format!(
                "{server} could not be asked for the TXT records of `{name}` ({problem}); {later}, or name another server \
                 with `dns.server`"
            ),
        }
    }
}

/// Looks the record up now. A verified domain stays so, whatever DNS says (P/D-6).
pub async fn verify(
    directory: &Directory,
    dns: &Dns,
    company: CompanyId,
    name: &DomainName,
    doer: Doer<'_>,
) -> Result<Attached, DomainError> {
    let claim = directory.read().domain(company, name.as_str()).await?;
    let claim = claim.ok_or_else(|| DomainError::Unknown(name.clone()))?;
    if claim.state == DomainState::Pending {
        let lookup = dns.txt(name.as_str()).await;
        if !lookup.has(&claim.txt_value) {
            return Err(Unproven { name: name.clone(), txt_value: claim.txt_value, lookup }.into());
        }
    }
    store(directory, &claim, name, "dns", doer).await
}

/// Marks a claim as proven, if it still is the one that was looked up.
pub(super) async fn store(
    directory: &Directory,
    claim: &Domain,
    name: &DomainName,
    proof: &str,
    doer: Doer<'_>,
) -> Result<Attached, DomainError> {
    let noted = activity("domain_verified", claim.company, &claim.name, &json!({"proof": proof}), doer);
    let stored = directory
        .write(|unit| {
            let noted = &noted;
            async move {
                let stored = super::claimed(&unit, claim.company, name).await?;
                if stored.txt_value != claim.txt_value {
                    return Err(DomainError::Moved(name.clone()));
                }
                if stored.state == DomainState::Pending {
                    mark(&unit, &stored, name, doer.now).await?;
                    unit.insert_activity(noted);
                    super::tell(&unit, doer, claim.company, Kind::DomainVerified, (&claim.name, Some(proof)));
                }
                attached(&unit, stored, doer.now).await
            }
        })
        .await;
    match stored {
        Err(DomainError::Directory(error)) if error.violates("domain_verified") => {
            Err(DomainError::Taken(name.clone()))
        }
        stored => stored,
    }
}

/// Writes that a pending claim is proven. One company has a domain (P/D-7).
pub(super) async fn mark(unit: &Unit, claim: &Domain, name: &DomainName, now: i64) -> Result<(), DomainError> {
    if unit.verified_domain(&claim.name).await?.is_some() {
        return Err(DomainError::Taken(name.clone()));
    }
    unit.verify_domain(claim, now);
    unit.touch_connections_of_domain(claim.company, &claim.name, now);
    Ok(())
}

/// The claim as it is after [`mark`].
pub(super) async fn attached(unit: &Unit, stored: Domain, now: i64) -> Result<Attached, DomainError> {
    let connections = unit.connections_of_domain(stored.company, &stored.name).await?;
    let verified_at = stored.verified_at.or(Some(now));
    Ok(Attached { domain: Domain { state: DomainState::Verified, verified_at, ..stored }, connections })
}
