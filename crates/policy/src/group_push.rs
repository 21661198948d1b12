//! Decides what one push of a directory group means for teams and for people (G-1 to G-8, RC-14, RC-17, RC-18).
//!
//! A group named `organization:team` maps to that team; a team that groups map to has exactly the people of all of them.
//! First the group is judged (`decide_group`): which place it leaves, which it enters, whom it concerns. Then the people
//! are, in as many portions as the caller likes (`decide_people`): each one alone, so that portions make no difference.

use serde::{Deserialize, Serialize};

use crate::{
    connection::ConnectionPolicy,
    facts::ConnectionFacts,
    folded::Folded,
    ids::{AccountId, OrganizationId},
    mapping::GroupName,
    membership::MembershipState,
    rule::Rule,
    trail::Trail,
};

/// How many teams a connection may create in an hour (RC-17).
pub const NEW_TEAMS_PER_HOUR: u32 = 1_000;

/// A team, existing or not, that groups map to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupPlace {
    /// The organization.
    pub organization: OrganizationId,
    /// The organization's name.
    pub name: Folded,
    /// The team's name as the group has it.
    pub team: Folded,
}

impl GroupPlace {
    /// Whether both are the same team, however it is spelled.
    pub fn is(&self, other: &Self) -> bool {
        self.organization == other.organization && self.team.key == other.team.key
    }
}

/// Why a group maps to nothing. It is stored all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// Group mapping or SCIM is off on the connection (RC-18).
    Off,
    /// The name is not `organization:team` (G-10).
    Malformed,
    /// The connection does not serve that organization; what others serve is none of its business (section 4 row 13).
    Foreign,
}

/// Where a group of that name maps to.
pub fn place_of(policy: &ConnectionPolicy, connection: &ConnectionFacts, name: &Folded) -> Result<GroupPlace, NoPlace> {
    if !policy.scim || !policy.group_mapping {
        return Err(NoPlace::Off);
    }
    let group = GroupName::parse(name).map_err(|_| NoPlace::Malformed)?;
    let organization = connection.organization_named(&group.organization.key).ok_or(NoPlace::Foreign)?;
    Ok(GroupPlace { organization: organization.id, name: organization.name.clone(), team: group.team })
}

/// What a group's push is judged by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFacts {
    /// Where it mapped to before; `None` for a new one.
    pub before: Option<GroupPlace>,
    /// Where it maps to now; `None` for a deleted one.
    pub after: Option<GroupPlace>,
    /// The team of `after` exists.
    pub team_exists: bool,
    /// Other groups map to `after`, too.
    pub shared: bool,
    /// The connection maps groups from now on: what hands and other groups made is judged anew (RC-18).
    pub anew: bool,
    /// Teams that the connection has created in the last hour (RC-17); 0 where the team exists.
    pub teams_created_last_hour: u32,
}

/// What a group's push comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDecision {
    /// The place that the group's people, past and present, leave unless another group gives it to them.
    pub leaves: Option<GroupPlace>,
    /// The place that is theirs now.
    pub enters: Option<Entry>,
    /// The rules that fired, in order.
    pub trail: Trail,
}

/// A place that a group maps to after its push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub place: GroupPlace,
    /// The team has to be made (G-3).
    pub make: bool,
    /// Whose standing may be another than before.
    pub concerns: Concerns,
}

/// Who is to be judged because of a group's push. What it does not concern is as it should be already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concerns {
    /// Those who came or went: the group mapped there before.
    Changed,
    /// Everybody in the group: other groups mapped there before.
    Group,
    /// Everybody in the team and in any group that maps there: it is the first one, or the team is new (section 4 rows 34
    /// and 35).
    Everybody,
}

/// Decides what a group's push means. Total: all facts have an answer.
pub fn decide_group(facts: &GroupFacts) -> GroupDecision {
    let mut trail = Trail::default();
    let stays = matches!((&facts.before, &facts.after), (Some(before), Some(after)) if before.is(after));
    let leaves = facts.before.clone().filter(|_| !stays);
    if leaves.is_some() {
        trail.note(Rule::G8);
    }
    let enters = facts.after.clone().and_then(|place| {
        let make = !facts.team_exists;
        if make && facts.teams_created_last_hour >= NEW_TEAMS_PER_HOUR {
            trail.note(Rule::Rc17);
            return None;
        }
        if make {
            trail.note(Rule::G3);
        }
        trail.note(Rule::G7);
        let concerns = match (make || facts.anew, stays, facts.shared) {
            (true, ..) | (false, false, false) => Concerns::Everybody,
            (false, false, true) => Concerns::Group,
            (false, true, _) => Concerns::Changed,
        };
        Some(Entry { place, make, concerns })
    });
    GroupDecision { leaves, enters, trail }
}

/// How one person stands to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupPerson {
    /// Who.
    pub account: AccountId,
    /// Their membership in the organization.
    pub membership: Option<MembershipState>,
    /// They are in the team.
    pub in_team: bool,
    /// An active directory user of theirs is in a group that maps to the place.
    pub given: bool,
    /// A removal of theirs at a connection that serves the organization is held or rejected (RC-12).
    pub kept: bool,
}

/// What becomes of people at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleDecision {
    /// They become members of the organization: origin `scim`, role `member`. Each takes a seat.
    pub join_organization: Vec<AccountId>,
    /// They come into the team, those who join the organization among them.
    pub join_team: Vec<AccountId>,
    /// They leave the team and nothing else.
    pub leave_team: Vec<AccountId>,
    /// The rules that fired, in order.
    pub trail: Trail,
}

/// Decides for each person alone whether they are in the team (RC-14), and joins the organization where they are no members.
pub fn decide_people(people: &[GroupPerson]) -> PeopleDecision {
    let mut decision = PeopleDecision::default();
    for person in people {
        let suspended = person.membership == Some(MembershipState::Suspended);
        let member = matches!(person.membership, Some(MembershipState::Active | MembershipState::Held));
        match (person.given && !suspended, person.in_team) {
            (true, in_team) => {
                if !member {
                    decision.trail.note(Rule::G2);
                    decision.join_organization.push(person.account);
                }
                if !in_team {
                    decision.trail.note(Rule::G7);
                    decision.join_team.push(person.account);
                }
            }
            // A removal that does not act takes no team, either.
            (false, true) if person.kept && member => decision.trail.note(Rule::Rc12),
            (false, true) => {
                decision.trail.note(if suspended { Rule::Rc14 } else { Rule::G8 });
                decision.leave_team.push(person.account);
            }
            (false, false) => {
                if person.given {
                    decision.trail.note(Rule::Rc4);
                }
            }
        }
    }
    decision
}
