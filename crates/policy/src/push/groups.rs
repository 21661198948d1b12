//! What the groups of a pushed user mean for its person: mapped teams and their organizations (G-2, G-8, RC-14, RC-15).

use super::{
    PushFacts, PushRefusal,
    apply::{Hand, name},
};
use crate::{
    draft::Draft,
    facts::{AccountFacts, DirectoryState},
    group_push::GroupPlace,
    ids::DirectoryUserId,
    membership::{Origin, Role},
    roster::{Roster, gives_access},
    rule::Rule,
    warning::WarningCode,
};

/// The places of somebody whose pushed user is active: its own, and those of the account's other active users.
pub(super) fn given_to_active<'a>(
    facts: &'a PushFacts,
    own: Option<DirectoryUserId>,
    account: Option<&AccountFacts>,
) -> Vec<&'a GroupPlace> {
    places(facts, |user| Some(user) == own || is_active(facts, user, account))
}

/// The places of somebody whose pushed user is not, or not any more: those of the account's other active users.
pub(super) fn given_by_others<'a>(
    facts: &'a PushFacts,
    own: Option<DirectoryUserId>,
    account: Option<&AccountFacts>,
) -> Vec<&'a GroupPlace> {
    places(facts, |user| Some(user) != own && is_active(facts, user, account))
}

fn places(facts: &PushFacts, counts: impl Fn(DirectoryUserId) -> bool) -> Vec<&GroupPlace> {
    let here = |place: &GroupPlace| facts.connection.organization(place.organization).is_some();
    facts.groups.iter().filter(|(user, place)| here(place) && counts(*user)).map(|(_, place)| place).collect()
}

fn is_active(facts: &PushFacts, user: DirectoryUserId, account: Option<&AccountFacts>) -> bool {
    let account = account.map(|account| account.id);
    facts.directory.iter().any(|other| {
        let linked = account.is_some() && other.account == account;
        other.id == user && linked && other.scim && other.state == DirectoryState::Active
    })
}

/// RC-14: of the teams that groups map to, the person stays in those given and leaves every other. Whose removal is held
/// loses nothing where they still come in (RC-12).
pub(super) fn leave_others(roster: &mut Roster<'_>, given: &[&GroupPlace], held: bool, draft: &mut Draft) {
    for membership in roster.all().into_iter().filter(|membership| !held || !gives_access(membership)) {
        let organization = membership.organization;
        let stays = |key: &str| {
            gives_access(&membership)
                && given.iter().any(|place| place.organization == organization && place.team.key == key)
        };
        for team in membership.teams.iter().filter(|team| team.mapped && !stays(&team.name.key)) {
            draft.trail.note(Rule::G7);
            roster.leave_team(organization, &team.name, draft);
        }
    }
}

impl Hand<'_, '_> {
    /// G-2, RC-15: groups add organizations and take none away. RC-14: their teams are exactly those given.
    pub(super) fn follow_groups(&mut self, given: &[&GroupPlace]) -> Result<(), PushRefusal> {
        for place in given {
            let organization = place.organization;
            match self.roster.get(organization).map(gives_access) {
                Some(true) => {}
                Some(false) => {
                    self.draft.trail.note(Rule::Rc4);
                    self.draft.warn(WarningCode::MembershipSuspended, name(self.facts, organization));
                    continue;
                }
                None => {
                    if !self.seat(organization)? {
                        continue;
                    }
                    self.draft.trail.note(Rule::G2);
                    self.roster.join(organization, Role::default(), Origin::Scim, self.draft);
                }
            }
            self.draft.trail.note(Rule::G7);
            self.roster.join_mapped_team(organization, &place.team, self.draft);
        }
        leave_others(&mut self.roster, given, false, self.draft);
        Ok(())
    }
}
