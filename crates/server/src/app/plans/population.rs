//! Whom a plan judges, and by what (design.md 5.2).
//!
//! First only who they are is listed, a few hundred bytes each; what they came with is read when their turn comes.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::{DirectoryError, DomainState, KnownPerson, LastEvidence, Reader, Scope};
use rollcall_policy::plan::Basis;
use rollcall_policy::{AccountId, Assertion, AttributeValue, Folded, email};
use rollcall_scim::fold::fold;
use serde::Deserialize;

use super::Wish;
use crate::app::Refusal;
use crate::app::domains::name::spellings;
use crate::clock::DAY;

/// For so long everybody who signed in is judged by the evidence of then.
const REMEMBERED: i64 = 90 * DAY;
/// Rows of one statement.
const PAGE: u64 = 1_000;

/// Somebody to judge, by name only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Somebody {
    /// The address that the plan lists.
    email: String,
    /// Their subject on the connection.
    subject: Option<String>,
    /// Whose evidence they are judged by, where some is kept.
    came_as: Option<String>,
    /// They come, or could only come, without SSO: their account, and whether its address is proven.
    without_sso: Option<(AccountId, bool)>,
}

/// Somebody to judge, with what they would sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Face {
    /// The address that the plan lists.
    pub(super) email: String,
    /// What they would sign in with.
    pub(super) assertion: Assertion,
    /// Where that comes from.
    pub(super) basis: Basis,
    /// How they would come without SSO.
    pub(super) without_sso: Option<Visit>,
}

/// A sign-in without SSO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) email: Folded,
    pub(super) email_verified: bool,
    pub(super) basis: Basis,
}

/// By folded address, then by subject.
type People = BTreeMap<(String, String), Somebody>;

/// Everybody, by folded address: known accounts, everybody who signed in, and addresses that nobody came with yet.
pub(super) async fn everybody(reader: &Reader, wish: Wish<'_>) -> Result<Vec<Somebody>, Refusal> {
    let (scope, since) = (wish.scope(), wish.doer.now - REMEMBERED);
    let mut came = came(reader, scope, since).await?;
    let mut by_address: BTreeMap<String, String> =
        came.iter().map(|(subject, address)| (fold(address), subject.clone())).collect();
    let mut met = BTreeSet::new();
    let mut people = People::new();
    for (person, without_sso) in accounts(reader, wish, since).await? {
        met.insert(fold(&person.email));
        let somebody = known(person, without_sso, &mut came, &mut by_address);
        let subject = somebody.subject.clone().or_else(|| somebody.came_as.clone()).unwrap_or_default();
        people.insert((fold(&somebody.email), subject), somebody);
    }
    for (subject, email) in came {
        let key = fold(&email);
        met.insert(key.clone());
        let somebody = Somebody { email, subject: None, came_as: Some(subject.clone()), without_sso: None };
        people.insert((key, subject), somebody);
    }
    for address in reader.population_addresses(scope).await? {
        if email::is_address(&address) && met.insert(address.clone()) {
            let somebody = Somebody { email: address.clone(), subject: None, came_as: None, without_sso: None };
            people.insert((address, String::new()), somebody);
        }
    }
    Ok(people.into_values().collect())
}

/// Subjects of the evidence that is kept, and the addresses that it brought.
async fn came(reader: &Reader, scope: Scope, since: i64) -> Result<BTreeMap<String, String>, Refusal> {
    let mut found = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = reader.last_evidence(scope, since, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after.clone_from(&last.subject);
        for evidence in page {
            if let Some(address) = assertion(&evidence)?.email {
                found.insert(evidence.subject, address.text);
            }
        }
    }
}

/// Accounts that the connection has to do with, and those in its domains, as these are and would be.
async fn accounts(
    reader: &Reader,
    wish: Wish<'_>,
    since: i64,
) -> Result<Vec<(KnownPerson, Option<(AccountId, bool)>)>, Refusal> {
    let scope = wish.scope();
    let known = reader.population(scope).await?;
    let mut people: BTreeMap<AccountId, _> = known.into_iter().map(|person| (person.account, (person, None))).collect();
    for domain in domains(reader, wish).await? {
        let mut after = None;
        loop {
            let page = reader.accounts_of_domain(scope, &domain, since, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.person.account);
            for found in page {
                let account = found.person.account;
                let without_sso = found.without_sso.then_some((account, found.email_verified));
                people.insert(account, (found.person, without_sso));
            }
        }
    }
    Ok(people.into_values().collect())
}

/// How addresses end in the verified domains of the connection, now and then. Nobody may ask about any other domain.
async fn domains(reader: &Reader, wish: Wish<'_>) -> Result<BTreeSet<String>, DirectoryError> {
    let attached = wish.connection.domains.iter().filter(|domain| domain.verified);
    let mut names: BTreeSet<String> = attached.flat_map(|domain| spellings(&domain.name)).collect();
    for name in wish.change.domains.iter().flatten() {
        let found = reader.domain(wish.scope().company, &fold(name)).await?;
        let verified = found.filter(|domain| domain.state == DomainState::Verified);
        names.extend(verified.iter().flat_map(|domain| spellings(&domain.name)));
    }
    Ok(names)
}

/// An account with the evidence of its own subject, else of its address, else with its address alone.
fn known(
    person: KnownPerson,
    without_sso: Option<(AccountId, bool)>,
    came: &mut BTreeMap<String, String>,
    by_address: &mut BTreeMap<String, String>,
) -> Somebody {
    let KnownPerson { email, subject, .. } = person;
    // Whoever has no subject here yet, and was denied so far, came with their address.
    let came_as = subject.clone().or_else(|| by_address.remove(&fold(&email)));
    let came_as = came_as.filter(|subject| came.remove(subject).is_some());
    Somebody { email, subject, came_as, without_sso }
}

/// The same people with what they would sign in with.
pub(super) async fn faces(reader: &Reader, wish: Wish<'_>, people: &[Somebody]) -> Result<Vec<Face>, Refusal> {
    let since = wish.doer.now - REMEMBERED;
    let subjects: Vec<&str> = people.iter().filter_map(|somebody| somebody.came_as.as_deref()).collect();
    let mut kept = BTreeMap::new();
    for evidence in reader.last_evidence_of(wish.scope(), since, &subjects).await? {
        kept.insert(evidence.subject.clone(), assertion(&evidence)?);
    }
    let accounts: Vec<AccountId> =
        people.iter().filter_map(|somebody| somebody.without_sso.map(|(account, _)| account)).collect();
    let words: BTreeMap<AccountId, String> = reader.last_account_facts(since, &accounts).await?.into_iter().collect();
    Ok(people.iter().map(|somebody| face(somebody, &mut kept, &words)).collect())
}

fn face(somebody: &Somebody, kept: &mut BTreeMap<String, Assertion>, words: &BTreeMap<AccountId, String>) -> Face {
    let Somebody { email, subject, came_as, without_sso } = somebody;
    let recorded = came_as.as_ref().and_then(|subject| kept.remove(subject));
    let basis = if recorded.is_some() { Basis::Recorded } else { Basis::Assumed };
    let assertion = recorded.unwrap_or_else(|| assumed(subject.as_deref(), email));
    let without_sso = without_sso.map(|(account, verified)| visit(email, verified, words.get(&account)));
    Face { email: email.clone(), assertion, basis, without_sso }
}

/// What is stored of a sign-in without SSO, as far as a plan asks.
#[derive(Deserialize)]
struct Stored {
    facts: Word,
}

#[derive(Deserialize)]
struct Word {
    email_verified: bool,
}

/// As they last came without SSO, else as the account is.
fn visit(email: &str, verified: bool, facts: Option<&String>) -> Visit {
    let recorded = facts.and_then(|facts| serde_json::from_str::<Stored>(facts).ok());
    let basis = if recorded.is_some() { Basis::Recorded } else { Basis::Assumed };
    let email_verified = recorded.map_or(verified, |stored| stored.facts.email_verified);
    Visit { email: Folded::new(email, fold), email_verified, basis }
}

fn assumed(subject: Option<&str>, address: &str) -> Assertion {
    let subject = subject.map_or_else(|| format!("assumed:{}", fold(address)), ToOwned::to_owned);
    let attributes = BTreeMap::from([("email".to_owned(), AttributeValue::from(address.to_owned()))]);
    Assertion::from_attributes(subject, &attributes, fold)
}

fn assertion(evidence: &LastEvidence) -> Result<Assertion, Refusal> {
    serde_json::from_str(&evidence.assertion).map_err(|error| {
        let row = format!("of a subject of {} bytes ({error})", evidence.subject.len());
        Refusal::Directory(DirectoryError::Inconsistent { table: "last_evidence".to_owned(), row })
    })
}
