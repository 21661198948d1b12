//! Whom a plan judges, and by what (design.md 5.2).

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::{KnownPerson, LastEvidence, Reader, Scope};
use rollcall_policy::plan::Basis;
use rollcall_policy::{Assertion, AttributeValue, email};
use rollcall_scim::fold::fold;

use crate::app::Refusal;
use crate::clock::DAY;

/// For so long everybody who signed in is judged by the evidence of then.
const REMEMBERED: i64 = 90 * DAY;
/// Pieces of evidence of one statement.
const PAGE: u64 = 1_000;

/// Somebody to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Face {
    /// The address that the plan lists.
    pub(super) email: String,
    /// What they would sign in with.
    pub(super) assertion: Assertion,
    /// Where that comes from.
    pub(super) basis: Basis,
}

/// Everybody, by folded address: known accounts, everybody who signed in, and addresses that nobody came with yet.
pub(super) async fn everybody(reader: &Reader, scope: Scope, now: i64) -> Result<Vec<Face>, Refusal> {
    let mut evidence = remembered(reader, scope, now - REMEMBERED).await?;
    let known = reader.population(scope).await?;
    let mut faces: BTreeMap<(String, String), Face> = BTreeMap::new();
    let mut met = BTreeSet::new();
    let mut by_address = addresses(&evidence);
    for person in known {
        met.insert(fold(&person.email));
        let face = known_face(person, &mut evidence, &mut by_address);
        faces.insert((fold(&face.email), face.assertion.subject.clone()), face);
    }
    for assertion in evidence.into_values() {
        let Some(address) = assertion.email.clone() else { continue };
        met.insert(address.key.clone());
        let face = Face { email: address.text, assertion, basis: Basis::Recorded };
        faces.insert((address.key, face.assertion.subject.clone()), face);
    }
    for address in reader.population_addresses(scope).await? {
        if email::is_address(&address) && met.insert(address.clone()) {
            let face = Face { assertion: assumed(None, &address), email: address.clone(), basis: Basis::Assumed };
            faces.insert((address, String::new()), face);
        }
    }
    Ok(faces.into_values().collect())
}

/// By subject.
async fn remembered(reader: &Reader, scope: Scope, since: i64) -> Result<BTreeMap<String, Assertion>, Refusal> {
    let mut found = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = reader.last_evidence(scope, since, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after.clone_from(&last.subject);
        for LastEvidence { subject, assertion } in page {
            let assertion = serde_json::from_str(&assertion).map_err(|error| unreadable(&subject, &error))?;
            found.insert(subject, assertion);
        }
    }
}

/// An account with the evidence of its own subject, else of its address, else with its address alone.
fn known_face(
    person: KnownPerson,
    evidence: &mut BTreeMap<String, Assertion>,
    by_address: &mut BTreeMap<String, String>,
) -> Face {
    let KnownPerson { email, subject, .. } = person;
    // Whoever has no subject here yet, and was denied so far, came with their address.
    let came_as = subject.clone().or_else(|| by_address.remove(&fold(&email)));
    match came_as.and_then(|subject| evidence.remove(&subject)) {
        Some(assertion) => Face { email, assertion, basis: Basis::Recorded },
        None => Face { assertion: assumed(subject, &email), email, basis: Basis::Assumed },
    }
}

/// From addresses to the subjects that brought them.
fn addresses(evidence: &BTreeMap<String, Assertion>) -> BTreeMap<String, String> {
    let address =
        |(subject, assertion): (&String, &Assertion)| Some((assertion.email.as_ref()?.key.clone(), subject.clone()));
    evidence.iter().filter_map(address).collect()
}

fn assumed(subject: Option<String>, address: &str) -> Assertion {
    let subject = subject.unwrap_or_else(|| format!("assumed:{}", fold(address)));
    let attributes = BTreeMap::from([("email".to_owned(), AttributeValue::from(address.to_owned()))]);
    Assertion::from_attributes(subject, &attributes, fold)
}

fn unreadable(subject: &str, error: &serde_json::Error) -> Refusal {
    let row = format!("of a subject of {} bytes ({error})", subject.len());
    Refusal::Directory(rollcall_directory::DirectoryError::Inconsistent { table: "last_evidence".to_owned(), row })
}
