//! Where somebody belongs: the precedence of all sources at a sign-in (provisioning-rules 2.10), in one place.
//!
//! | Order | Source | JIT on | JIT off |
//! |---|---|---|---|
//! | 1 | pending invitations | accepted, with their team (J-3, J-4) | accepted, with their team (N-2) |
//! | 2 | groups and the organization and team attributes, as one union | joined (J-5, R-3 to R-5) | not used (N-4) |
//! | 3 | being a member already | nothing changes (J-6) | comes in (N-2) |
//! | 4 | the connection's defaults | joined (J-7, R-2) | not used: `Access denied` (N-3) |
//!
//! Above all of them stands the seat gate (J-12), and a suspension, which none of them lifts (RC-4).
//! Roles are written when somebody joins and never after (J-8, J-9); teams are added and never removed (J-10).

use std::collections::BTreeMap;

use super::{
    Denial, SignInFacts,
    identify::{DEACTIVATED, Person, sent_away},
};
use crate::{
    connection::ConnectionPolicy,
    draft::Draft,
    effect::{Effect, Event},
    facts::InvitationFacts,
    folded::Folded,
    ids::OrganizationId,
    mapping::{GroupName, Misplaced, Target},
    membership::{Origin, Role},
    reason::Reason,
    roster::{Roster, TeamJoin, gives_access},
    rule::Rule,
    warning::WarningCode,
};

/// What the user of a connection without JIT reads who is neither member nor invited (N-3), to the letter.
pub(super) const ACCESS_DENIED: &str = "Access denied";

/// Joins what the sources say; `Err` if nothing is left that gives access.
pub(super) fn admit(
    policy: &ConnectionPolicy,
    facts: &SignInFacts,
    person: &Person<'_>,
    roster: &mut Roster<'_>,
    draft: &mut Draft,
) -> Result<(), Denial> {
    let role = AskedRole::read(facts, draft);
    let mut gate = Gate { facts, person, roster, draft, role, full: None, sent_away: false };
    for invitation in pending(facts, person) {
        gate.accept(policy, invitation);
    }
    if policy.jit {
        gate.map_or_default(policy);
    } else if !facts.assertion.groups.is_empty() {
        gate.draft.trail.note(Rule::N4);
    }
    gate.conclude(policy)
}

/// Invitations to an address that the person has proven, as RC-10 demands.
fn pending<'a>(facts: &'a SignInFacts, person: &Person<'a>) -> impl Iterator<Item = &'a InvitationFacts> {
    let vouched = facts.assertion.email_verified != Some(false);
    let email = &person.email.key;
    // An address that is another account's is not this person's, whatever the provider says.
    let free = person
        .account
        .is_none_or(|account| facts.accounts.iter().all(|other| other.email.key != *email || other.id == account.id));
    let own = person.account.filter(|account| account.email_verified).map(|account| account.email.key.as_str());
    facts.invitations.iter().filter(move |invitation| {
        (vouched && free && invitation.email == *email) || Some(invitation.email.as_str()) == own
    })
}

/// The role attribute, and for which organizations it was meant.
struct AskedRole {
    role: Option<Role>,
    only: Option<OrganizationId>,
}

impl AskedRole {
    /// A role beside an organization is meant for that one alone: nobody becomes owner elsewhere by accident.
    fn read(facts: &SignInFacts, draft: &mut Draft) -> Self {
        let attributes = &facts.assertion.attributes;
        let role = attributes.role().unwrap_or_else(|text| {
            draft.trail.note(Rule::R1);
            draft.warn(WarningCode::RoleUnknown, text);
            None
        });
        let Some(name) = &attributes.organization else { return Self { role, only: None } };
        match facts.connection.organization_named(&name.key) {
            Some(organization) => Self { role, only: Some(organization.id) },
            None => Self { role: None, only: None },
        }
    }

    fn at(&self, organization: OrganizationId) -> Option<Role> {
        self.role.filter(|_| self.only.is_none_or(|only| only == organization))
    }
}

/// The one gate through which a sign-in joins anything.
struct Gate<'a, 'r, 'c> {
    facts: &'a SignInFacts,
    person: &'a Person<'a>,
    roster: &'r mut Roster<'c>,
    draft: &'r mut Draft,
    role: AskedRole,
    /// The first organization that had no seat.
    full: Option<OrganizationId>,
    /// Some organization was not joined because of what a directory says.
    sent_away: bool,
}

impl Gate<'_, '_, '_> {
    /// J-3, J-4, N-2: an invitation holds a seat, makes a member, and carries team and role.
    fn accept(&mut self, policy: &ConnectionPolicy, invitation: &InvitationFacts) {
        let organization = invitation.organization;
        if self.facts.connection.organization(organization).is_none() {
            self.draft.warn(WarningCode::OrganizationForeign, organization.to_string());
            return;
        }
        let present = self.roster.get(organization).map(gives_access);
        if present == Some(false) {
            self.stays_suspended(organization);
            return;
        }
        if present.is_none() && self.is_sent_away(organization) {
            return;
        }
        let accepted = if policy.jit { Rule::J3 } else { Rule::N2 };
        self.draft.because(accepted, Effect::AcceptInvitation { invitation: invitation.id, organization });
        if present.is_none() {
            let role = self.role.at(organization).or(invitation.role).unwrap_or_default();
            self.roster.join(organization, role, Origin::Invitation, self.draft);
        } else {
            self.role_stays(organization);
        }
        if let Some(team) = &invitation.team {
            self.draft.trail.note(Rule::J4);
            self.team(organization, team);
        }
    }

    /// J-5, J-6, J-7: mappings if there are any, else nothing for members, else the defaults.
    fn map_or_default(&mut self, policy: &ConnectionPolicy) {
        if policy.group_mapping && self.facts.assertion.groups_incomplete {
            let text = "The provider left groups out, so nothing is concluded from a group that is missing.";
            self.draft.trail.explain(Rule::Rc14, text);
            self.draft.caution(WarningCode::GroupsIncomplete);
        }
        let mut mappings = self.group_mappings(policy);
        if !mappings.is_empty() {
            self.draft.trail.note(Rule::J5);
        }
        mappings.extend(self.attribute_mapping());
        if mappings.is_empty() {
            if !self.roster.is_empty() {
                self.draft.trail.note(Rule::J6);
                return;
            }
            self.draft.trail.note(Rule::J7);
            mappings.push(Target::default_of(&self.facts.connection));
        }
        for target in mappings {
            self.place(&target);
        }
    }

    /// G-1, G-2, G-6: every well-formed group of an organization on the connection; the rest is ignored and listed.
    fn group_mappings(&mut self, policy: &ConnectionPolicy) -> Vec<Target> {
        let groups = &self.facts.assertion.groups;
        if !policy.group_mapping {
            if !groups.is_empty() {
                self.draft.trail.note(Rule::Rc18);
            }
            return Vec::new();
        }
        let organizations = &self.facts.connection.organizations;
        let served: BTreeMap<&str, OrganizationId> =
            organizations.iter().rev().map(|facts| (facts.name.key.as_str(), facts.id)).collect();
        let mut targets = Vec::new();
        for name in groups {
            let Ok(group) = GroupName::parse(name) else {
                self.draft.trail.note(Rule::G6);
                self.draft.warn(WarningCode::GroupsMalformed, &name.text);
                continue;
            };
            match served.get(group.organization.key.as_str()) {
                Some(known) => {
                    targets.push(Target { organization: *known, team: Some(group.team), rule: Rule::J5 });
                }
                None => self.draft.warn(WarningCode::OrganizationForeign, &name.text),
            }
        }
        targets
    }

    /// the attribute pair is one more mapping. What names nothing here is ignored and listed.
    fn attribute_mapping(&mut self) -> Option<Target> {
        let attributes = &self.facts.assertion.attributes;
        if attributes.organization.is_none() && attributes.team.is_none() {
            return None;
        }
        match attributes.target(&self.facts.connection) {
            Ok(target) => {
                self.draft.trail.note(target.rule);
                Some(target)
            }
            Err(Misplaced::Organization(name)) => {
                self.draft.warn(WarningCode::OrganizationUnknown, name);
                None
            }
            Err(Misplaced::Team(name)) => {
                self.draft.trail.note(Rule::Rc17);
                self.draft.warn(WarningCode::TeamInvalid, name);
                // The organization is good all the same.
                let organization = attributes.organization.as_ref()?;
                let known = self.facts.connection.organization_named(&organization.key)?;
                Some(Target { organization: known.id, team: None, rule: Rule::R3 })
            }
        }
    }

    /// Joins one organization, unless suspended there or no seat is left, and then its team.
    fn place(&mut self, target: &Target) {
        let organization = target.organization;
        match self.roster.get(organization).map(gives_access) {
            Some(true) => {
                self.role_stays(organization);
                if target.team.is_some() {
                    self.draft.trail.note(Rule::J10);
                }
            }
            Some(false) => return self.stays_suspended(organization),
            None if self.is_sent_away(organization) => return,
            None if !self.roster.has_seat(organization) => return self.no_seat(organization),
            None => {
                let role = self.role.at(organization);
                if role.is_some() {
                    self.draft.trail.note(Rule::J8);
                }
                self.roster.join(organization, role.unwrap_or_default(), Origin::Jit, self.draft);
            }
        }
        if let Some(team) = &target.team {
            self.team(organization, team);
        }
    }

    /// J-9: says so where the evidence asks for another role than the member has.
    fn role_stays(&mut self, organization: OrganizationId) {
        let held = self.roster.get(organization).map(|membership| membership.role);
        if self.role.at(organization).is_some_and(|asked| Some(asked) != held) {
            self.draft.trail.note(Rule::J9);
        }
    }

    /// R-6, G-3, RC-14: adds a team; what cannot be added is listed.
    fn team(&mut self, organization: OrganizationId, team: &Folded) {
        match self.roster.join_team(organization, team, self.draft) {
            TeamJoin::Mapped => {
                self.draft.trail.note(Rule::Rc14);
                self.draft.warn(WarningCode::TeamMapped, &team.text);
            }
            TeamJoin::OverLimit => {
                self.draft.trail.note(Rule::Rc17);
                self.draft.warn(WarningCode::TeamLimit, &team.text);
            }
            TeamJoin::Joined | TeamJoin::Already | TeamJoin::NotMember => {}
        }
    }

    fn stays_suspended(&mut self, organization: OrganizationId) {
        self.draft.trail.note(Rule::Rc4);
        let name = self.name(organization);
        self.draft.warn(WarningCode::MembershipSuspended, name);
    }

    /// RC-11, RC-13: whom a directory sent away joins only what is served by one that says active.
    fn is_sent_away(&mut self, organization: OrganizationId) -> bool {
        if self.facts.connection.organization(organization).is_none() {
            return false;
        }
        let (account, address) = (self.person.account.map(|account| account.id), &self.person.email.key);
        let at = Some(self.facts.connection.id);
        let Some(rule) = sent_away(&self.facts.directory, account, address, at, Some(organization)) else {
            return false;
        };
        let name = self.name(organization);
        let text = "A directory deactivated or removed the person, and none that says active serves the organization";
        self.draft.trail.explain(rule, format!("{text} {name}, so it is not joined."));
        self.draft.warn(WarningCode::RemovedByDirectory, name);
        self.sent_away = true;
        true
    }

    fn no_seat(&mut self, organization: OrganizationId) {
        // A default that the connection does not serve has no seats either, but nobody can add some.
        if self.facts.connection.organization(organization).is_none() {
            return;
        }
        if self.full.is_none() {
            self.full = Some(organization);
            // Owners are told that somebody did not get in.
            self.draft.also(Effect::emit_at(Event::SeatsExhausted, organization));
        }
        let name = self.name(organization);
        self.draft.trail.explain(Rule::J12, format!("The organization {name} has no free seat, so it is not joined."));
        self.draft.warn(WarningCode::NoSeats, name);
    }

    fn name(&self, organization: OrganizationId) -> String {
        let facts = self.facts.connection.organization(organization);
        facts.map(|facts| facts.name.text.clone()).unwrap_or_default()
    }

    /// Whoever has an active membership by now comes in; everybody else gets the reason that they can act upon.
    fn conclude(self, policy: &ConnectionPolicy) -> Result<(), Denial> {
        if self.roster.admits() {
            if self.roster.holds() {
                self.draft.trail.note(Rule::Rc12);
            }
            if !policy.jit {
                self.draft.trail.note(Rule::N2);
            }
            return Ok(());
        }
        if let Some(full) = self.full {
            let message = format!("Not enough seats in the organization {}; ask an administrator", self.name(full));
            return Err(Denial::new(Reason::NoSeats, message));
        }
        if !self.roster.is_empty() {
            self.draft.trail.note(Rule::Rc4);
            return Err(Denial::new(Reason::Deactivated, "Your access has been suspended; ask an administrator"));
        }
        if self.sent_away {
            return Err(Denial::new(Reason::Deactivated, DEACTIVATED));
        }
        self.draft.trail.note(Rule::N3);
        Err(Denial::new(Reason::AccessDenied, ACCESS_DENIED))
    }
}
