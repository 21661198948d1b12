//! What becomes of a removal that was held, once somebody answers or the time is over (RC-12).

use super::{PushFacts, apply, groups};
use crate::{
    draft::Draft,
    effect::Effect,
    facts::AccountFacts,
    ids::{DirectoryUserId, OrganizationId},
    membership::{MembershipState, SuspendedBy},
    roster::Roster,
    rule::Rule,
    trail::Trail,
};

/// The answer to a removal that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The removal acts.
    Release,
    /// The person stays until the directory speaks of them again.
    Reject,
}

/// What an answer comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerDecision {
    /// What is to be done, in order.
    pub effects: Vec<Effect>,
    /// Organizations whose last owner this person is: nobody suspends them there (M-9).
    pub last_owner_of: Vec<OrganizationId>,
    /// The rules that fired, in order.
    pub trail: Trail,
}

/// Decides what the answer means for the person. Total: all facts have an answer.
///
/// `facts` are those of the push that was held; `user` is the directory user, alive or deleted. Only memberships that are
/// held change: what an administrator decided meanwhile stays, and so does what another directory vouches for (RC-4).
pub fn decide_answer(
    facts: &PushFacts,
    account: &AccountFacts,
    user: DirectoryUserId,
    answer: Answer,
) -> AnswerDecision {
    let mut draft = Draft::default();
    let mut roster = Roster::new(&facts.connection, &account.memberships);
    let (mut suspended, mut last_owner_of) = (false, Vec::new());
    draft.trail.note(Rule::Rc12);
    for membership in roster.all().iter().filter(|membership| membership.state == MembershipState::Held) {
        let organization = membership.organization;
        let vouched = apply::vouched_elsewhere(facts, account, organization);
        if answer == Answer::Release && !vouched && !membership.last_owner {
            draft.trail.note(Rule::U9);
            roster.suspend(organization, SuspendedBy::Directory, &mut draft);
            suspended = true;
            continue;
        }
        if answer == Answer::Release && vouched {
            draft.trail.note(Rule::Rc4);
        } else if answer == Answer::Release {
            draft.trail.note(Rule::M9);
            last_owner_of.push(organization);
        }
        roster.drop_hold(organization, &mut draft);
    }
    if suspended {
        groups::leave_others(
            &mut roster,
            &groups::given_by_others(facts, Some(user), Some(account)),
            false,
            &mut draft,
        );
        draft.because(Rule::Rc2, Effect::EndSessions { company: Some(facts.connection.company) });
    }
    // Whoever keeps some access keeps it although the directory says that they are gone.
    draft.also(if roster.admits() { Effect::RejectHold } else { Effect::EndHold });
    AnswerDecision { effects: draft.effects, last_owner_of, trail: draft.trail }
}
