//! Judges by the candidate what was just decided by the policy.

use rollcall_directory::{DirectoryError, Scope, Unit};
use rollcall_policy::plan::{Affected, Basis, compare};
use rollcall_policy::{ConnectionPolicy, SignInDecision, SignInFacts, decide_sign_in};
use rollcall_scim::fold::fold;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Rehearsal, note};
use crate::app::connections::policy::PolicyChange;
use crate::app::facts::Gathered;

/// Hexadecimal digits of a difference's digest: enough to tell those of one person apart.
const DIGITS: usize = 16;

/// How a sign-in would have gone, for the log of decisions.
#[derive(Clone, Debug, Serialize)]
pub(in crate::app) struct Rehearsed {
    change: PolicyChange,
    outcome: rollcall_policy::Outcome,
    reason: rollcall_policy::Reason,
    rules: Vec<rollcall_policy::Rule>,
    /// Absent where nothing would have differed.
    difference: Option<Affected>,
}

/// Judges a sign-in by the candidate, if one is rehearsed, and notes a difference. Asks the database only where the candidate
/// takes a counted seat that the policy does not take.
pub(in crate::app) async fn sign_in(
    unit: &Unit,
    scope: Scope,
    gathered: &mut Gathered<'_>,
    facts: &SignInFacts,
    decision: &SignInDecision,
) -> Result<Option<Rehearsed>, DirectoryError> {
    let Some(rehearsal) = Rehearsal::of(&gathered.source.record) else { return Ok(None) };
    let Some(candidate) = candidate(gathered.policy(), &rehearsal.change) else { return Ok(None) };
    let mut facts = facts.clone();
    for user in facts.directory.iter_mut().filter(|user| user.connection == scope.connection) {
        user.scim = candidate.scim;
    }
    let mut then = decide_sign_in(&candidate, &facts);
    if gathered.takes_counted_seats(&then.effects) && !gathered.takes_counted_seats(&decision.effects) {
        gathered.count_seats(unit, scope).await?;
        facts.connection.clone_from(&gathered.connection);
        then = decide_sign_in(&candidate, &facts);
    }
    let email = facts.assertion.email.as_ref().map_or(facts.assertion.subject.as_str(), |email| email.text.as_str());
    let difference = compare(email, Basis::Recorded, decision, &then).affected;
    if let Some(difference) = &difference {
        let value = json!({"difference": difference, "reasons": {"now": decision.reason, "then": then.reason}});
        note(unit, scope, (fold(email), "sign_in"), &value, facts.now);
    }
    let rules = then.trail.rules();
    Ok(Some(Rehearsed { change: rehearsal.change, outcome: then.outcome, reason: then.reason, rules, difference }))
}

/// Notes that a push would have been refused: the only thing that a switch changes about an accepted one (RC-16).
pub(in crate::app) fn push(unit: &Unit, scope: Scope, gathered: &Gathered<'_>, user_name: &str, now: i64) {
    let Some(rehearsal) = Rehearsal::of(&gathered.source.record) else { return };
    let refused = candidate(gathered.policy(), &rehearsal.change).is_some_and(|candidate| !candidate.scim);
    if refused {
        let value = json!({"difference": {"now": "accepted", "then": "refused", "rules": ["RC-16"]}});
        note(unit, scope, (fold(user_name), "push"), &value, now);
    }
}

/// The policy with the change; `None` where facts would change with it, too.
fn candidate(policy: &ConnectionPolicy, change: &PolicyChange) -> Option<ConnectionPolicy> {
    let mut candidate = policy.clone();
    candidate.jit = change.jit.unwrap_or(policy.jit);
    candidate.scim = change.scim.unwrap_or(policy.scim);
    (candidate.scim == policy.scim || !policy.group_mapping).then_some(candidate)
}

/// Tells differences of one person apart.
pub(super) fn digest(occasion: &str, difference: &str) -> String {
    let hash = Sha256::new().chain_update(occasion).chain_update([0]).chain_update(difference).finalize();
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).take(DIGITS).collect()
}
