//! Looking pending domains up again by itself: for 72 hours, then daily for 30 days (P/D-2).

use rollcall_directory::{Directory, DirectoryError, Domain, DomainCheck, DomainState};
use tokio::task::JoinSet;

use super::name::DomainName;
use super::{Attached, DomainError, verify};
use crate::app::Doer;
use crate::app::events::Kind;
use crate::clock::{DAY, HOUR, SECOND};
use crate::dns::{Dns, Lookup};

const MINUTE: i64 = 60 * SECOND;
/// The shortest time between two look-ups, and how long an instance keeps a look-up to itself.
const SHORTEST: i64 = 5 * MINUTE;
/// The longest time between two look-ups within the first hours.
const LONGEST: i64 = 15 * MINUTE;
/// Records take that long to be seen.
const EAGER: i64 = 72 * HOUR;
/// Then it is looked up daily for so long.
const PATIENT: i64 = 30 * DAY;
/// Domains that one pass takes.
const BATCH: u64 = 64;
/// Look-ups at a time.
const AT_ONCE: usize = 8;

/// What a pass did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pass {
    /// Domains that were looked up.
    pub looked_up: usize,
    /// Those that are verified now.
    pub verified: Vec<Attached>,
}

/// The first look-up of a domain that is added at `now`.
pub(super) fn first(now: i64) -> i64 {
    now.saturating_add(SHORTEST)
}

/// The look-up after one at `now`, of a domain that was added at `created_at`; `None` when it is left alone.
fn next(created_at: i64, now: i64) -> Option<i64> {
    let age = now.saturating_sub(created_at);
    if age < EAGER {
        return Some(now.saturating_add((age / 10).clamp(SHORTEST, LONGEST)));
    }
    (age < EAGER + PATIENT).then(|| now.saturating_add(DAY))
}

/// Looks up what is due. Instances share the work: what one has taken, no other takes meanwhile.
pub async fn pass(directory: &Directory, dns: &Dns, doer: Doer<'_>) -> Result<Pass, DirectoryError> {
    let mut waiting = take(directory, doer.now).await?.into_iter();
    let mut running = JoinSet::new();
    let mut pass = Pass::default();
    loop {
        while running.len() < AT_ONCE
            && let Some(check) = waiting.next()
        {
            let dns = dns.clone();
            running.spawn(async move {
                let lookup = dns.txt(&check.name).await;
                (check, lookup)
            });
        }
        let Some(ended) = running.join_next().await else { return Ok(pass) };
        match ended {
            Ok((check, lookup)) => {
                pass.looked_up += 1;
                pass.verified.extend(finish(directory, &check, &lookup, doer).await?);
            }
            Err(error) => tracing::error!(%error, "a look-up of a domain did not end as it should"),
        }
    }
}

/// Takes what is due for this instance. If it dies, another one finds the same domains due when the time is over.
async fn take(directory: &Directory, now: i64) -> Result<Vec<DomainCheck>, DirectoryError> {
    if directory.read().due_domain_checks(now, 1).await?.is_empty() {
        return Ok(Vec::new());
    }
    directory
        .write(|unit| async move {
            let due = unit.due_domain_checks(now, BATCH).await?;
            for check in &due {
                unit.lease_domain_check(check, now.saturating_add(SHORTEST));
            }
            Ok(due)
        })
        .await
}

/// Verifies the domain, or notes what was found instead.
async fn finish(
    directory: &Directory,
    check: &DomainCheck,
    lookup: &Lookup,
    doer: Doer<'_>,
) -> Result<Option<Attached>, DirectoryError> {
    let mut found = lookup.answer.word();
    if lookup.has(&check.txt_value)
        && let Ok(name) = check.name.parse::<DomainName>()
    {
        match verify::store(directory, &claim(check), &name, "dns", doer).await {
            Ok(verified) => return Ok(Some(verified)),
            Err(DomainError::Taken(_)) => found = "taken",
            // It was removed meanwhile: there is nothing to note.
            Err(DomainError::Unknown(_) | DomainError::Moved(_)) => return Ok(None),
            Err(DomainError::Directory(error)) => return Err(error),
            Err(error) => tracing::error!(%error, "a domain could not be verified"),
        }
    }
    let next_at = next(check.created_at, doer.now);
    directory
        .write(|unit| async move {
            unit.note_domain_check(check, doer.now, found, next_at);
            let given_up = match next_at {
                None => unit.domain(check.company, &check.name).await?,
                Some(_) => None,
            };
            // Another domain by now, if it was removed and added again.
            if given_up.is_some_and(|domain| domain == claim(check)) {
                super::tell(&unit, doer, check.company, Kind::DomainFailing, (&check.name, Some(found)));
            }
            Ok(None)
        })
        .await
}

fn claim(check: &DomainCheck) -> Domain {
    Domain {
        company: check.company,
        name: check.name.clone(),
        state: DomainState::Pending,
        txt_value: check.txt_value.clone(),
        verified_at: None,
        auto_provisioning: false,
        organization: None,
        created_at: check.created_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P/D-2.
    #[test]
    fn look_ups_become_rarer_and_end() {
        let minutes = |age: i64| next(0, age * MINUTE).map(|at| at / MINUTE - age);
        let days = 24 * 60;
        for (age, wait) in [
            (0, Some(5)),
            (50, Some(5)),
            (100, Some(10)),
            (600, Some(15)),
            (3 * days - 1, Some(15)),
            (3 * days, Some(days)),
            (33 * days - 1, Some(days)),
            (33 * days, None),
            (-10, Some(5)),
        ] {
            assert_eq!(minutes(age), wait, "{age}");
        }
    }
}
