//! What companies give to an account that comes without SSO: invitations first, then the domain.

use super::{AccountSignInFacts, CompanyFacts, DomainFacts};
use crate::{
    draft::Draft,
    effect::{Effect, Event},
    facts::{AccountFacts, InvitationFacts},
    ids::OrganizationId,
    membership::{Origin, Role},
    roster::{Roster, TeamJoin, gives_access},
    rule::Rule,
    sign_in::identify::sent_away,
    warning::WarningCode,
};

/// The one gate through which an account joins anything without SSO.
pub(super) struct Door<'a, 'r, 'c> {
    pub(super) facts: &'a AccountSignInFacts,
    pub(super) account: &'a AccountFacts,
    pub(super) roster: &'r mut Roster<'c>,
    pub(super) draft: &'r mut Draft,
}

impl Door<'_, '_, '_> {
    /// M-4 and RC-10: every pending invitation, once the product has verified the address.
    pub(super) fn accept_all(&mut self) {
        for invitation in self.facts.companies.iter().flat_map(|company| &company.invitations) {
            if invitation.email != self.account.email.key {
                continue;
            }
            if self.facts.email_verified {
                self.accept(invitation);
            } else {
                self.unverified();
            }
        }
    }

    /// M-5: an invitation holds a seat, makes a member, and carries team and role. What keeps it from that, the trail
    /// says; the sign-in goes on without it.
    fn accept(&mut self, invitation: &InvitationFacts) {
        let organization = invitation.organization;
        if self.sent_away(organization) {
            return;
        }
        let present = self.roster.get(organization).map(gives_access);
        if present == Some(false) {
            self.stays_suspended(organization);
            return;
        }
        self.draft.because(Rule::M5, Effect::AcceptInvitation { invitation: invitation.id, organization });
        if present.is_none() {
            self.roster.join(organization, invitation.role.unwrap_or_default(), Origin::Invitation, self.draft);
        }
        if let Some(team) = &invitation.team {
            self.draft.trail.note(Rule::J4);
            if self.roster.join_team(organization, team, self.draft) == TeamJoin::Mapped {
                self.draft.trail.note(Rule::Rc14);
                self.draft.warn(WarningCode::TeamMapped, &team.text);
            }
        }
    }

    /// a domain that admits its people, and that no connection has.
    pub(super) fn provision(&mut self) {
        let Some(domain) = self.facts.domain.as_ref().filter(|domain| domain.auto_provisioning) else { return };
        if domain.attached {
            self.draft.trail.note(Rule::A8);
            return;
        }
        let Some(organization) = domain.organization else { return };
        match self.roster.get(organization).map(gives_access) {
            Some(true) => {}
            Some(false) => self.stays_suspended(organization),
            None if !self.facts.email_verified => self.unverified(),
            None if self.sent_away(organization) => {}
            None if !self.roster.has_seat(organization) => self.no_seat(organization, domain),
            None => {
                self.draft.trail.note(Rule::A3);
                self.roster.join(organization, Role::default(), Origin::Domain, self.draft);
                self.draft.because(Rule::A6, Effect::emit_at(Event::DomainMemberAdded, organization));
            }
        }
    }

    /// RC-11 and RC-13: whom a directory of that company removed or deactivated joins none of its organizations, but where
    /// one that serves it says active (RC-4).
    fn sent_away(&mut self, organization: OrganizationId) -> bool {
        let Some(company) = self.company_of(organization) else { return true };
        let (account, address) = (Some(self.account.id), &self.account.email.key);
        let Some(rule) = sent_away(&company.directory, account, address, None, Some(organization)) else {
            return false;
        };
        self.draft.trail.note(rule);
        let name = self.name(organization);
        self.draft.warn(WarningCode::RemovedByDirectory, name);
        true
    }

    fn unverified(&mut self) {
        self.draft.trail.explain(Rule::Rc10, "Invitations and domains count only for a verified address.");
        self.draft.caution(WarningCode::EmailUnverified);
    }

    fn stays_suspended(&mut self, organization: OrganizationId) {
        self.draft.trail.note(Rule::Rc4);
        let name = self.name(organization);
        self.draft.warn(WarningCode::MembershipSuspended, name);
    }

    /// nobody is kept from signing in for want of a seat; owners are told once a day.
    fn no_seat(&mut self, organization: OrganizationId, domain: &DomainFacts) {
        self.draft.trail.note(Rule::A7);
        let name = self.name(organization);
        self.draft.warn(WarningCode::NoSeats, name);
        if !domain.owners_told {
            self.draft.also(Effect::emit_at(Event::SeatsExhausted, organization));
        }
    }

    fn company_of(&self, organization: OrganizationId) -> Option<&CompanyFacts> {
        let has = |company: &&CompanyFacts| company.organizations.iter().any(|facts| facts.id == organization);
        self.facts.companies.iter().find(has)
    }

    fn name(&self, organization: OrganizationId) -> String {
        let mut organizations = self.facts.companies.iter().flat_map(|company| &company.organizations);
        organizations.find(|facts| facts.id == organization).map(|facts| facts.name.text.clone()).unwrap_or_default()
    }
}
