//! A change of policy that has not been made yet: whom it hits, and how (design.md 5.2).
//!
//! Everybody is judged twice by the function that decides sign-ins, once as things are and once as they would be. A plan is
//! the difference of the two decisions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{code::codes, reason::Outcome, roster::Membership, rule::Rule, sign_in::SignInDecision};

codes! {
    /// On what somebody is judged.
    pub enum Basis {
        /// The evidence of their last accepted sign-in.
        Recorded = "recorded",
        /// Their address alone: they have not signed in lately.
        Assumed = "assumed",
    }
}

codes! {
    /// By which way somebody signs in.
    #[derive(Default)]
    pub enum Door {
        /// Through the connection.
        #[default]
        Sso = "sso",
        /// With the product's own word, without SSO.
        Account = "account",
    }
}

impl Door {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks this way")]
    fn is_sso(&self) -> bool {
        *self == Self::Sso
    }
}

/// Two values of the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Change<T> {
    /// As things are.
    pub now: T,
    /// As they would be.
    pub then: T,
}

/// Somebody for whom something changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Affected {
    /// Their address.
    pub email: String,
    /// Whether they come in now.
    pub now: Outcome,
    /// Whether they would.
    pub then: Outcome,
    /// Their teams as `organization:team`, where these change for somebody who comes in both times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams: Option<Change<Vec<String>>>,
    /// Their roles as `organization:role`, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Change<Vec<String>>>,
    /// The rules that would decide and do not decide now.
    pub rules: Vec<Rule>,
    /// On what they were judged.
    pub basis: Basis,
    /// Where something changes for them; left out where it is the connection's own door.
    #[serde(default, skip_serializing_if = "Door::is_sso")]
    pub door: Door,
}

/// How many are hit, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Summary {
    /// Come in now and then.
    pub keeps: u64,
    /// Come in now and would not.
    pub loses: u64,
    /// Do not come in and would.
    pub gains: u64,
    /// Of those who keep their access: other teams.
    pub changes_teams: u64,
    /// Of those who keep their access: another role somewhere.
    pub changes_role: u64,
}

impl Summary {
    /// Counts one person, whether anything changes for them or not.
    pub fn count(&mut self, judged: &Judged) {
        match (judged.now, judged.then) {
            (Outcome::Allow, Outcome::Allow) => self.keeps += 1,
            (Outcome::Allow, Outcome::Deny) => self.loses += 1,
            (Outcome::Deny, Outcome::Allow) => self.gains += 1,
            (Outcome::Deny, Outcome::Deny) => {}
        }
        let affected = judged.affected.as_ref();
        self.changes_teams += u64::from(affected.is_some_and(|affected| affected.teams.is_some()));
        self.changes_role += u64::from(affected.is_some_and(|affected| affected.roles.is_some()));
    }
}

/// One person, judged twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// As things are.
    pub now: Outcome,
    /// As they would be.
    pub then: Outcome,
    /// `None` if nothing changes for them.
    pub affected: Option<Affected>,
}

impl Judged {
    /// The same person at the door without SSO, too: one line for them, of the door where something changes. What changes at
    /// both is told as of the connection's, with the rules of both.
    #[must_use]
    pub fn and_without_sso(self, other: Self) -> Self {
        let Some(mut further) = other.affected else { return self };
        let Some(mut affected) = self.affected else {
            further.door = Door::Account;
            return Self { affected: Some(further), ..other };
        };
        further.rules.retain(|rule| !affected.rules.contains(rule));
        affected.rules.append(&mut further.rules);
        Self { affected: Some(affected), ..self }
    }
}

/// What the difference of two decisions about the same person is.
pub fn compare(email: &str, basis: Basis, now: &SignInDecision, then: &SignInDecision) -> Judged {
    let both = now.outcome == Outcome::Allow && then.outcome == Outcome::Allow;
    let differs = |of: fn(&SignInDecision) -> Vec<String>| {
        let change = Change { now: of(now), then: of(then) };
        (both && change.now != change.then).then_some(change)
    };
    let (teams, roles) = (differs(teams), differs(roles));
    let changes = now.outcome != then.outcome || teams.is_some() || roles.is_some();
    let affected = changes.then(|| Affected {
        email: email.to_owned(),
        now: now.outcome,
        then: then.outcome,
        teams,
        roles,
        rules: news(now, then),
        basis,
        door: Door::Sso,
    });
    Judged { now: now.outcome, then: then.outcome, affected }
}

/// What a membership gives is listed in a stable order, so that equal lists are equal.
fn teams(decision: &SignInDecision) -> Vec<String> {
    let of = |membership: &Membership| {
        let name = membership.name.clone();
        // The membership itself counts, too: with no team it is the organization alone.
        let alone = membership.teams.is_empty().then(|| format!("{name}:"));
        membership.teams.iter().map(move |team| format!("{name}:{team}")).chain(alone).collect::<Vec<_>>()
    };
    decision.memberships.iter().flat_map(of).collect::<BTreeSet<_>>().into_iter().collect()
}

fn roles(decision: &SignInDecision) -> Vec<String> {
    let of = |membership: &Membership| format!("{}:{}", membership.name, membership.role);
    decision.memberships.iter().map(of).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The rules of the later trail that are not in the earlier one, in their order, each once.
fn news(now: &SignInDecision, then: &SignInDecision) -> Vec<Rule> {
    let before = now.trail.rules();
    let mut news = Vec::new();
    for rule in then.trail.rules() {
        if !before.contains(&rule) && !news.contains(&rule) {
            news.push(rule);
        }
    }
    news
}
