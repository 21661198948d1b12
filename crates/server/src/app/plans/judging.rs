//! Judges people twice in a unit that is never stored: as things are, and with the change made.
//!
//! The change is really made, by the use case that applies plans, and everybody is judged by those that sign people in;
//! then all of it is dropped. So what a plan shows is what happens, whatever else a change brings with it.

use std::collections::BTreeSet;

use rollcall_directory::{Arrival, Connection, DirectoryError, Unit};
use rollcall_policy::plan::{Judged, compare};
use rollcall_policy::{AccountId, Client, OrganizationId, Outcome, SignInDecision};

use super::population::{Face, Visit};
use super::{Wish, change};
use crate::app::account_facts::Occasion;
use crate::app::connections::policy::PolicyChange;
use crate::app::sign_in::{self, SignInError};
use crate::app::{Refusal, account_sign_in};
use crate::state::Parts;

/// People of one unit: it holds up others who write for as long as it runs.
const AT_ONCE: usize = 250;
/// The same where every unit applies all groups of the connection first.
const AT_ONCE_WITH_GROUPS: usize = 2_500;

/// How many people are judged in one unit.
pub(super) fn at_once(wanted: &PolicyChange) -> usize {
    if change::moves_groups(wanted) { AT_ONCE_WITH_GROUPS } else { AT_ONCE }
}

/// One person, judged.
pub(super) struct Verdict {
    pub(super) judged: Judged,
    /// Their account, if they would come in through the connection no more.
    pub(super) loses: Option<AccountId>,
}

/// Why the unit is not stored.
enum Dropped {
    /// It was never meant to be.
    Judged(Vec<Verdict>),
    /// The change is not allowed, or the database failed.
    Refused(Refusal),
}

impl From<SignInError> for Dropped {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Directory(error) => error.into(),
            SignInError::Moved | SignInError::Replayed => Self::Refused(Refusal::Moved),
        }
    }
}

impl From<DirectoryError> for Dropped {
    fn from(error: DirectoryError) -> Self {
        Self::Refused(error.into())
    }
}

pub(super) async fn judge(app: &Parts, wish: Wish<'_>, faces: &[Face]) -> Result<Vec<Verdict>, Refusal> {
    let done: Result<(), Dropped> =
        app.directory.write(|unit| async move { Err(in_unit(app, &unit, wish, faces).await?) }).await;
    match done {
        Err(Dropped::Judged(judged)) => Ok(judged),
        Err(Dropped::Refused(refusal)) => Err(refusal),
        Ok(()) => Ok(Vec::new()),
    }
}

async fn in_unit(app: &Parts, unit: &Unit, wish: Wish<'_>, faces: &[Face]) -> Result<Dropped, Dropped> {
    let now = decided(app, unit, wish, wish.connection, faces).await?;
    let after = change::make(app, unit, wish).await.map_err(Dropped::Refused)?;
    let then = decided(app, unit, wish, &after, faces).await?;
    let pairs = faces.iter().zip(now.iter().zip(&then));
    Ok(Dropped::Judged(pairs.map(|(face, (now, then))| judged(face, now, then)).collect()))
}

fn judged(face: &Face, now: &Doors, then: &Doors) -> Verdict {
    let judged = compare(&face.email, face.basis, &now.sso, &then.sso);
    // The door without SSO opens no session of the connection.
    let loses = (judged.now, judged.then) == (Outcome::Allow, Outcome::Deny);
    let loses = now.sso.account.filter(|_| loses);
    let judged = match (&face.without_sso, &now.account, &then.account) {
        (Some(visit), Some(now), Some(then)) => judged.and_without_sso(compare(&face.email, visit.basis, now, then)),
        _ => judged,
    };
    Verdict { judged, loses }
}

/// What is decided of somebody, at each door that is theirs.
struct Doors {
    sso: SignInDecision,
    account: Option<SignInDecision>,
}

async fn decided(
    app: &Parts,
    unit: &Unit,
    wish: Wish<'_>,
    connection: &Connection,
    faces: &[Face],
) -> Result<Vec<Doors>, Dropped> {
    let arrival = |face: &Face| {
        let (email, subject) = (face.assertion.email.as_ref()?.key.clone(), face.assertion.subject.clone());
        Some((email, subject))
    };
    let arrivals: Vec<(String, String)> = faces.iter().filter_map(arrival).collect();
    let arrivals: Vec<Arrival<'_>> = arrivals.iter().map(|(email, subject)| Arrival { email, subject }).collect();
    unit.foresee(wish.scope(), &arrivals).await?;
    let mut decisions = Vec::with_capacity(faces.len());
    for face in faces {
        let asked = sign_in::Asked { connection, assertion: &face.assertion, client: Client::Web, now: wish.doer.now };
        let sso = sign_in::decide(app, unit, asked).await?;
        let account = match &face.without_sso {
            Some(visit) if concerns_account_door(wish.change) => Some(without_sso(unit, wish, visit).await?),
            Some(_) | None => None,
        };
        decisions.push(Doors { sso, account });
    }
    Ok(decisions)
}

/// The account door looks at enforcement, domains, groups and what directories say; it knows neither JIT nor strictness nor
/// the connection's defaults.
fn concerns_account_door(change: &PolicyChange) -> bool {
    change.enforce_sso.is_some()
        || change.domains.is_some()
        || change.organizations.is_some()
        || change.scim.is_some()
        || change.group_mapping.is_some()
}

/// Only what this company gives: an account session shows memberships of others, and they are nobody's business here.
async fn without_sso(unit: &Unit, wish: Wish<'_>, visit: &Visit) -> Result<SignInDecision, DirectoryError> {
    let Visit { email, email_verified, .. } = visit;
    let occasion = Occasion { email, email_verified: *email_verified, client: Client::Web, now: wish.doer.now };
    let (gathered, mut decision) = account_sign_in::decide(unit, occasion).await?;
    let companies = gathered.facts.companies.iter().filter(|company| company.id == wish.scope().company);
    let own: BTreeSet<OrganizationId> =
        companies.flat_map(|company| &company.organizations).map(|facts| facts.id).collect();
    decision.memberships.retain(|membership| own.contains(&membership.organization));
    Ok(decision)
}
