//! One person's memberships while a decision is made: in the connection's organizations, or in those of all companies.
//!
//! Every join, by whatever door, goes through here and so through the same seat gate (design.md 5).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    draft::Draft,
    effect::Effect,
    facts::{ConnectionFacts, MembershipFacts, OrganizationFacts, Seats, TeamFacts},
    folded::Folded,
    group_push::NEW_TEAMS_PER_HOUR,
    ids::OrganizationId,
    membership::{MembershipState, Origin, Role, SuspendedBy},
    rule::Rule,
};

/// How many teams one sign-in or push may create (RC-17).
const NEW_TEAMS_AT_ONCE: u32 = 50;

/// A membership as it stands after a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Where.
    pub organization: OrganizationId,
    /// The organization's name.
    pub name: String,
    /// As what.
    pub role: Role,
    /// By which door.
    pub origin: Origin,
    /// Names of the teams there.
    pub teams: Vec<String>,
}

/// What came of an attempt to join a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TeamJoin {
    /// In it now.
    Joined,
    /// In it already.
    Already,
    /// Directory groups alone say who is in it.
    Mapped,
    /// It would have to be created, and too many were.
    OverLimit,
    /// No active member of the organization.
    NotMember,
}

/// Memberships by organization; starts with the facts, grows by joins.
#[derive(Debug)]
pub(crate) struct Roster<'a> {
    /// In the order in which answers list them.
    order: Vec<&'a OrganizationFacts>,
    places: BTreeMap<OrganizationId, Place<'a>>,
    entries: BTreeMap<OrganizationId, MembershipFacts>,
    new_teams_left: u32,
}

/// One organization. An assertion may name thousands of teams, so they are looked up, never walked through.
#[derive(Debug)]
struct Place<'a> {
    seats: Seats,
    /// The teams that exist, by folded name.
    teams: BTreeMap<&'a str, &'a TeamFacts>,
    /// Folded names of those that the person is in.
    own: BTreeSet<String>,
}

impl<'a> Place<'a> {
    fn new(facts: &'a OrganizationFacts) -> Self {
        let teams = facts.teams.iter().rev().map(|team| (team.name.key.as_str(), team)).collect();
        Self { seats: facts.seats, teams, own: BTreeSet::new() }
    }
}

impl<'a> Roster<'a> {
    /// Of the connection's organizations. Removed memberships and those elsewhere count as none.
    pub(crate) fn new(connection: &'a ConnectionFacts, memberships: &[MembershipFacts]) -> Self {
        let hourly = NEW_TEAMS_PER_HOUR.saturating_sub(connection.teams_created_last_hour);
        let new_teams_left = NEW_TEAMS_AT_ONCE.min(hourly);
        Self { new_teams_left, ..Self::over(connection.organizations.iter(), memberships) }
    }

    /// Of any organizations; no team is made.
    pub(crate) fn over(
        organizations: impl Iterator<Item = &'a OrganizationFacts>,
        memberships: &[MembershipFacts],
    ) -> Self {
        let order: Vec<&OrganizationFacts> = organizations.collect();
        let mut places: BTreeMap<_, _> = order.iter().map(|facts| (facts.id, Place::new(facts))).collect();
        let mut entries = BTreeMap::new();
        for entry in memberships.iter().filter(|entry| entry.state != MembershipState::Removed) {
            if let Some(place) = places.get_mut(&entry.organization) {
                place.own.extend(entry.teams.iter().map(|team| team.name.key.clone()));
                entries.insert(entry.organization, entry.clone());
            }
        }
        Self { order, places, entries, new_teams_left: 0 }
    }

    pub(crate) fn get(&self, organization: OrganizationId) -> Option<&MembershipFacts> {
        self.entries.get(&organization)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Memberships that give access.
    pub(crate) fn admits(&self) -> bool {
        self.entries.values().any(gives_access)
    }

    /// Copies of all entries, for walks that change them.
    pub(crate) fn all(&self) -> Vec<MembershipFacts> {
        self.entries.values().cloned().collect()
    }

    /// Whether a removal of some membership waits for an administrator (RC-12).
    pub(crate) fn holds(&self) -> bool {
        self.entries.values().any(|entry| entry.state == MembershipState::Held)
    }

    /// Whether one more person fits in; false for an organization that is not among these.
    pub(crate) fn has_seat(&self, organization: OrganizationId) -> bool {
        self.places.get(&organization).is_some_and(|place| place.seats != Seats::Full)
    }

    /// Becomes a member. The caller has asked for a seat, or an invitation holds one.
    pub(crate) fn join(&mut self, organization: OrganizationId, role: Role, origin: Origin, draft: &mut Draft) {
        let entry = MembershipFacts {
            organization,
            role,
            origin,
            state: MembershipState::Active,
            suspended_by: None,
            last_owner: false,
            teams: Vec::new(),
        };
        self.entries.insert(organization, entry);
        draft.also(Effect::Join { organization, role, origin });
    }

    /// Joins a team, creating it if need be (R-6, G-3). Mapped teams are left to the directory (RC-14).
    pub(crate) fn join_team(&mut self, organization: OrganizationId, team: &Folded, draft: &mut Draft) -> TeamJoin {
        let entry = self.entries.get_mut(&organization).filter(|entry| gives_access(entry));
        let (Some(entry), Some(place)) = (entry, self.places.get_mut(&organization)) else {
            return TeamJoin::NotMember;
        };
        if place.own.contains(&team.key) {
            return TeamJoin::Already;
        }
        let joined = match place.teams.get(team.key.as_str()) {
            Some(mapped) if mapped.mapped => return TeamJoin::Mapped,
            Some(there) => TeamFacts::clone(there),
            None if self.new_teams_left == 0 => return TeamJoin::OverLimit,
            None => {
                self.new_teams_left -= 1;
                draft.because(Rule::G3, Effect::EnsureTeam { organization, team: team.text.clone() });
                TeamFacts { name: team.clone(), mapped: false }
            }
        };
        draft.also(Effect::JoinTeam { organization, team: joined.name.text.clone() });
        place.own.insert(joined.name.key.clone());
        entry.teams.push(joined);
        TeamJoin::Joined
    }

    /// Joins a team because a directory group maps to it: only such groups say who is in it (RC-14). It exists; a team that
    /// does not is made by the next write of its group, with everybody who belongs there.
    pub(crate) fn join_mapped_team(&mut self, organization: OrganizationId, team: &Folded, draft: &mut Draft) {
        let entry = self.entries.get_mut(&organization).filter(|entry| gives_access(entry));
        let (Some(entry), Some(place)) = (entry, self.places.get_mut(&organization)) else { return };
        if place.own.contains(&team.key) {
            return;
        }
        if let Some(there) = place.teams.get(team.key.as_str()) {
            draft.also(Effect::JoinTeam { organization, team: there.name.text.clone() });
            place.own.insert(team.key.clone());
            entry.teams.push(TeamFacts::clone(there));
        }
    }

    pub(crate) fn leave_team(&mut self, organization: OrganizationId, team: &Folded, draft: &mut Draft) {
        if let Some(entry) = self.entries.get_mut(&organization) {
            entry.teams.retain(|own| own.name.key != team.key);
            if let Some(place) = self.places.get_mut(&organization) {
                place.own.remove(&team.key);
            }
            draft.also(Effect::LeaveTeam { organization, team: team.text.clone() });
        }
    }

    pub(crate) fn suspend(&mut self, organization: OrganizationId, by: SuspendedBy, draft: &mut Draft) {
        if let Some(entry) = self.entries.get_mut(&organization) {
            entry.state = MembershipState::Suspended;
            entry.suspended_by = Some(by);
            draft.also(Effect::Suspend { organization, by });
        }
    }

    pub(crate) fn resume(&mut self, organization: OrganizationId, draft: &mut Draft) {
        if let Some(entry) = self.entries.get_mut(&organization) {
            entry.state = MembershipState::Active;
            entry.suspended_by = None;
            draft.also(Effect::Resume { organization });
        }
    }

    /// RC-12: the suspension waits for an administrator; meanwhile it gives access.
    pub(crate) fn hold(&mut self, organization: OrganizationId, draft: &mut Draft) {
        if let Some(entry) = self.entries.get_mut(&organization) {
            entry.state = MembershipState::Held;
            draft.also(Effect::Hold { organization });
        }
    }

    /// A held membership is as it was before.
    pub(crate) fn drop_hold(&mut self, organization: OrganizationId, draft: &mut Draft) {
        if let Some(entry) = self.entries.get_mut(&organization) {
            entry.state = MembershipState::Active;
            draft.also(Effect::DropHold { organization });
        }
    }

    pub(crate) fn set_role(&mut self, organization: OrganizationId, role: Role, draft: &mut Draft) {
        if let Some(entry) = self.entries.get_mut(&organization) {
            entry.role = role;
            draft.also(Effect::SetRole { organization, role });
        }
    }

    /// The memberships that give access, in the order of the organizations.
    pub(crate) fn memberships(&self) -> Vec<Membership> {
        let active = self.order.iter().filter_map(|facts| Some((facts, self.entries.get(&facts.id)?)));
        active
            .filter(|(_, entry)| gives_access(entry))
            .map(|(facts, entry)| Membership {
                organization: facts.id,
                name: facts.name.text.clone(),
                role: entry.role,
                origin: entry.origin,
                teams: entry.teams.iter().map(|team| team.name.text.clone()).collect(),
            })
            .collect()
    }
}

/// Whether a membership lets its person in. Held ones do until somebody decides (RC-12).
pub(crate) fn gives_access(membership: &MembershipFacts) -> bool {
    matches!(membership.state, MembershipState::Active | MembershipState::Held)
}
