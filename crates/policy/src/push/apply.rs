//! What a linked directory user does to memberships (RC-2, RC-4, RC-15, RC-16, R-1 to R-8, U-9, U-10, M-9).

use super::{PushFacts, PushRefusal, PushedUser, Removal, StoredUser, groups, link::Link};
use crate::{
    brake::Hold,
    draft::Draft,
    effect::{Effect, Event},
    facts::{AccountFacts, DirectoryState, DirectoryUserFacts, MembershipFacts},
    finding::Finding,
    folded::Folded,
    ids::{DirectoryUserId, OrganizationId},
    mapping::{Misplaced, Target},
    membership::{MembershipState, Origin, Role, SuspendedBy},
    roster::{Roster, TeamJoin, gives_access},
    rule::Rule,
    warning::WarningCode,
};

/// In what way somebody is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Return {
    /// They have no earlier life at this connection.
    Fresh,
    /// The same resource goes on; a reactivation gives back what was suspended, its teams derived anew.
    Same,
    /// They were pushed anew: no owner role and no hand-made grant comes back (RC-8).
    Restored,
}

/// Out of what the pushed user comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comes<'a> {
    /// As stored; absent in a create.
    pub(super) before: Option<&'a StoredUser>,
    /// Its SCIM id, where it has one already.
    pub(super) id: Option<DirectoryUserId>,
    /// What became of an earlier removal that did not act at once.
    pub(super) hold: Option<Hold>,
    /// In what way it is active.
    pub(super) returns: Return,
}

/// Applies a create or update to the person it is linked to; answers with the finding to store.
pub(super) fn apply(
    facts: &PushFacts,
    user: &PushedUser,
    comes: Comes<'_>,
    link: &Link<'_>,
    draft: &mut Draft,
) -> Result<Option<Finding>, PushRefusal> {
    let Comes { before, id, hold, returns } = comes;
    let (linked, link_finding) = match link {
        // Stored without effect on people, whatever its attributes say (RC-5).
        Link::Not(finding) => return Ok(*finding),
        Link::Was(account, finding) => (Some(*account), *finding),
        Link::Now(account) => (Some(*account), None),
        Link::New => (None, None),
    };
    let wish = Wish::read(facts, user, before)?;
    let newly_linked = !matches!(link, Link::Was(..));
    if !user.active {
        if let Some(account) = linked {
            let news = newly_linked || before.is_none_or(|before| before.active);
            suspend_all(facts, account, Leaves { id, hold, news }, draft)?;
        }
        return Ok(link_finding);
    }
    let memberships = linked.map(|account| account.memberships.as_slice()).unwrap_or_default();
    let mut hand = Hand {
        facts,
        roster: Roster::new(&facts.connection, memberships),
        draft,
        wish,
        returns,
        activation: newly_linked || before.is_none_or(|before| !before.active),
        finding: link_finding,
    };
    hand.drop_holds(hold);
    hand.resume_suspended()?;
    hand.place()?;
    hand.follow_groups(&groups::given_to_active(facts, id, linked))?;
    Ok(hand.finding)
}

/// A deleted user: its person's memberships are suspended (RC-2).
pub(super) fn remove(
    facts: &PushFacts,
    account: &AccountFacts,
    before: &StoredUser,
    draft: &mut Draft,
) -> Result<(), PushRefusal> {
    suspend_all(facts, account, Leaves { id: Some(before.id), hold: before.hold, news: true }, draft)
}

/// Somebody of whom the directory says that they are gone.
#[derive(Clone, Copy, Debug)]
struct Leaves {
    /// The SCIM id, where there is one already.
    id: Option<DirectoryUserId>,
    /// What became of an earlier removal that did not act at once.
    hold: Option<Hold>,
    /// It did not say so before.
    news: bool,
}

/// Suspends every membership that no other directory vouches for (RC-4), and ends the company's sessions; or holds it all,
/// if too many people are removed (RC-12).
///
/// Mapped teams go with them: nobody who is suspended, or whom no active user stands for, is in one (RC-14).
fn suspend_all(
    facts: &PushFacts,
    account: &AccountFacts,
    leaves: Leaves,
    draft: &mut Draft,
) -> Result<(), PushRefusal> {
    let protected = facts.protected.contains(&account.id);
    if protected && leaves.news {
        return Err(PushRefusal::Protected);
    }
    let mut roster = Roster::new(&facts.connection, &account.memberships);
    let mut met = Met::default();
    for membership in roster.all().iter().filter(|membership| gives_access(membership)) {
        let organization = membership.organization;
        if vouched_elsewhere(facts, account, organization) {
            draft
                .trail
                .explain(Rule::Rc4, "Another directory says that the person is active, so the membership stays.");
        } else if membership.state == MembershipState::Held && leaves.hold == Some(Hold::Held) {
            // The same removal, said again.
            draft.trail.note(Rule::Rc12);
            met.holds = if met.holds == Holds::Nothing { Holds::Still } else { met.holds };
        } else if protected {
            return Err(PushRefusal::Protected);
        } else if membership.last_owner {
            return Err(PushRefusal::LastOwner { organization: name(facts, organization) });
        } else {
            met.lose(facts.removal, membership, &mut roster, draft);
        }
    }
    let given = groups::given_by_others(facts, leaves.id, Some(account));
    groups::leave_others(&mut roster, &given, met.holds != Holds::Nothing, draft);
    if met.suspended || (leaves.news && !roster.admits()) {
        draft.because(Rule::Rc2, Effect::EndSessions { company: Some(facts.connection.company) });
    }
    met.note(leaves.hold, draft);
    Ok(())
}

/// What became of the memberships of somebody who leaves.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    suspended: bool,
    /// Some that are suspended now were held because of what another directory says.
    held_before: bool,
    holds: Holds,
}

/// Whether some memberships stay because the removal is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Holds {
    #[default]
    Nothing,
    /// Since an earlier push.
    Still,
    /// Because of this one.
    FromNowOn,
}

impl Met {
    /// Notes what becomes of the removal itself, if that is another thing than before.
    fn note(self, before: Option<Hold>, draft: &mut Draft) {
        match self.holds {
            Holds::FromNowOn => draft.also(Effect::HoldRemoval),
            Holds::Nothing if before.is_some() || self.held_before => draft.also(Effect::EndHold),
            Holds::Nothing | Holds::Still => {}
        }
    }

    fn lose(&mut self, removal: Removal, membership: &MembershipFacts, roster: &mut Roster<'_>, draft: &mut Draft) {
        let (organization, held) = (membership.organization, membership.state == MembershipState::Held);
        match removal {
            Removal::IsHeld => {
                draft.trail.note(Rule::Rc12);
                if !held {
                    roster.hold(organization, draft);
                }
                self.holds = Holds::FromNowOn;
            }
            Removal::Passes => {
                draft.trail.note(Rule::U9);
                roster.suspend(organization, SuspendedBy::Directory, draft);
                self.suspended = true;
                self.held_before |= held;
            }
        }
    }
}

/// RC-4: another managing directory that serves the organization and still speaks says active.
pub(super) fn vouched_elsewhere(facts: &PushFacts, account: &AccountFacts, organization: OrganizationId) -> bool {
    let vouches = |other: &DirectoryUserFacts| {
        other.connection != facts.connection.id
            && other.scim
            && other.state == DirectoryState::Active
            && other.account == Some(account.id)
            && other.serves.contains(&organization)
    };
    facts.directory.iter().any(vouches)
}

pub(super) fn name(facts: &PushFacts, organization: OrganizationId) -> String {
    let found = facts.connection.organization(organization);
    found.map(|found| found.name.text.clone()).unwrap_or_default()
}

/// Where the attributes want the person, once they are known to make sense.
#[derive(Clone, Debug)]
struct Wish {
    target: Option<Target>,
    role: Option<Role>,
    /// The attributes were not so before.
    changed: bool,
}

impl Wish {
    /// Refuses attributes that name nothing (section 4 row 16) when they are news; old ones merely lose their effect.
    ///
    /// Saying inactive is never refused: leavers must be able to leave.
    fn read(facts: &PushFacts, user: &PushedUser, before: Option<&StoredUser>) -> Result<Self, PushRefusal> {
        let changed = before.is_none_or(|before| before.attributes != user.attributes);
        let refusing = before.is_none() || (changed && user.active);
        let target = match user.attributes.target(&facts.connection) {
            Ok(target) => Some(target),
            Err(Misplaced::Organization(name)) if refusing => {
                return Err(PushRefusal::UnknownOrganization { name });
            }
            Err(Misplaced::Team(name)) if refusing => return Err(PushRefusal::InvalidTeam { name }),
            Err(Misplaced::Organization(_) | Misplaced::Team(_)) => None,
        };
        let role = match user.attributes.role() {
            Ok(role) => role,
            Err(role) if refusing => return Err(PushRefusal::UnknownRole { role: role.to_owned() }),
            Err(_) => None,
        };
        Ok(Self { target, role, changed })
    }
}

/// The one gate through which a push joins anything.
pub(super) struct Hand<'a, 'd> {
    pub(super) facts: &'a PushFacts,
    pub(super) roster: Roster<'a>,
    pub(super) draft: &'d mut Draft,
    wish: Wish,
    returns: Return,
    /// Created, linked or reactivated by this push: then a missing seat refuses it (RC-16).
    activation: bool,
    finding: Option<Finding>,
}

impl Hand<'_, '_> {
    /// RC-12: whoever is active again was never removed. RC-4: any directory that serves the organization may say so.
    fn drop_holds(&mut self, own: Option<Hold>) {
        let held = self.roster.all().into_iter().filter(|membership| membership.state == MembershipState::Held);
        let held: Vec<OrganizationId> = held.map(|membership| membership.organization).collect();
        for organization in &held {
            self.draft
                .trail
                .explain(Rule::Rc12, "The person is active again, so the removal that was held is dropped.");
            self.roster.drop_hold(*organization, self.draft);
        }
        if own.is_some() || !held.is_empty() {
            self.draft.also(Effect::EndHold);
        }
    }

    /// U-10 and RC-4: what directories suspended becomes active again; an administrator's suspension stays.
    fn resume_suspended(&mut self) -> Result<(), PushRefusal> {
        for membership in self.roster.all() {
            let by_directory = membership.suspended_by != Some(SuspendedBy::Administrator);
            if membership.state != MembershipState::Suspended || !by_directory || !self.comes_back(&membership) {
                continue;
            }
            let organization = membership.organization;
            if !self.seat(organization)? {
                continue;
            }
            self.draft.trail.note(Rule::U10);
            self.roster.resume(organization, self.draft);
            if self.returns == Return::Restored && membership.role != Role::Member {
                self.draft.trail.explain(Rule::Rc8, "Roles above member do not come back by themselves.");
                self.roster.set_role(organization, Role::Member, self.draft);
            }
            self.derive_teams(&membership);
        }
        Ok(())
    }

    /// RC-8: a restored person gets back where the push puts them and what no hand had made.
    fn comes_back(&self, membership: &MembershipFacts) -> bool {
        let by_hand = matches!(membership.origin, Origin::Manual | Origin::Invitation);
        let target = self.wish.target.as_ref().map(|target| target.organization);
        self.returns != Return::Restored || !by_hand || target == Some(membership.organization)
    }

    /// Teams are derived anew: what neither the push nor a directory group gives is left (section 4 row 3).
    fn derive_teams(&mut self, membership: &MembershipFacts) {
        let organization = membership.organization;
        let target = self.wish.target.as_ref().filter(|target| target.organization == organization);
        let wanted = target.and_then(|target| target.team.as_ref()).map(|team| team.key.clone());
        for team in membership.teams.iter().filter(|team| !team.mapped && Some(&team.name.key) != wanted.as_ref()) {
            self.roster.leave_team(organization, &team.name, self.draft);
        }
    }

    /// RC-15: organization and team of the attributes, else the defaults.
    fn place(&mut self) -> Result<(), PushRefusal> {
        let Some(Target { organization, team, rule }) = self.wish.target.clone() else {
            self.finding = self.finding.or(Some(Finding::OrganizationUnknown));
            return Ok(());
        };
        let role = self.wish.role;
        match self.roster.get(organization).map(|entry| (gives_access(entry), entry.role, entry.last_owner)) {
            Some((false, ..)) => {
                self.draft.trail.note(Rule::Rc4);
                self.draft.warn(WarningCode::MembershipSuspended, name(self.facts, organization));
                return Ok(());
            }
            Some((true, held, last_owner)) => {
                if let Some(role) = role.filter(|role| *role != held) {
                    if last_owner {
                        return Err(PushRefusal::LastOwner { organization: name(self.facts, organization) });
                    }
                    self.draft.trail.note(Rule::R8);
                    self.roster.set_role(organization, role, self.draft);
                }
                // Somebody may have been taken out of the team by hand; only news puts them in again.
                if !self.activation && !self.wish.changed {
                    return Ok(());
                }
            }
            None => {
                if !self.seat(organization)? {
                    return Ok(());
                }
                self.roster.join(organization, role.unwrap_or_default(), Origin::Scim, self.draft);
            }
        }
        self.draft.trail.note(Rule::Rc15);
        self.draft.trail.note(rule);
        if let Some(team) = team {
            self.team(organization, &team);
        }
        Ok(())
    }

    fn team(&mut self, organization: OrganizationId, team: &Folded) {
        match self.roster.join_team(organization, team, self.draft) {
            TeamJoin::Joined | TeamJoin::Already | TeamJoin::NotMember => {}
            TeamJoin::Mapped => {
                self.draft.trail.note(Rule::Rc14);
                self.draft.warn(WarningCode::TeamMapped, &team.text);
            }
            TeamJoin::OverLimit => {
                self.draft.trail.note(Rule::Rc17);
                self.draft.warn(WarningCode::TeamLimit, &team.text);
                self.finding = self.finding.or(Some(Finding::TeamLimit));
            }
        }
    }

    /// RC-16: no seat refuses an activation; another update goes through with a finding.
    pub(super) fn seat(&mut self, organization: OrganizationId) -> Result<bool, PushRefusal> {
        if self.roster.has_seat(organization) {
            return Ok(true);
        }
        if self.activation {
            return Err(PushRefusal::NoSeat { organization: name(self.facts, organization) });
        }
        self.draft.trail.note(Rule::Rc16);
        if self.finding != Some(Finding::NoSeat) {
            self.draft.also(Effect::emit_at(Event::SeatsExhausted, organization));
        }
        self.finding = self.finding.or(Some(Finding::NoSeat));
        Ok(false)
    }
}
