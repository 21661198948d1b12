//! Applies what policy decided about an account that came without SSO: memberships in any company, no identity, no pushed
//! user.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::{Account, DirectoryError, Event, InvitationState, Membership, Unit};
use rollcall_policy::{CompanyId, Effect, EventId, MembershipState, OrganizationId, Origin, Role, TeamId};
use rollcall_scim::fold::fold;
use serde_json::json;

use super::account_facts::AccountGathered;
use crate::state::Parts;

/// The account whose effects are applied.
#[derive(Debug)]
pub struct AccountSubject<'a> {
    app: &'a Parts,
    unit: &'a Unit,
    now: i64,
    account: Account,
    memberships: BTreeMap<OrganizationId, Membership>,
    companies: BTreeMap<OrganizationId, CompanyId>,
    teams: BTreeMap<(OrganizationId, String), TeamId>,
    /// Where the domain's people go.
    target: Option<OrganizationId>,
    touched: BTreeSet<CompanyId>,
}

impl<'a> AccountSubject<'a> {
    /// `None` without an account: then there are no effects.
    pub fn new(app: &'a Parts, unit: &'a Unit, gathered: &AccountGathered) -> Option<Self> {
        let places =
            gathered.facts.companies.iter().flat_map(|company| {
                company.organizations.iter().map(move |organization| (organization.id, company.id))
            });
        let memberships =
            gathered.memberships.iter().map(|view| (view.membership.organization, view.membership.clone()));
        let teams = gathered.teams.iter().map(|team| ((team.organization, team.name_folded.clone()), team.id));
        Some(Self {
            app,
            unit,
            now: gathered.facts.now,
            account: gathered.account.clone()?,
            memberships: memberships.collect(),
            companies: places.collect(),
            teams: teams.collect(),
            target: gathered.facts.domain.as_ref().and_then(|domain| domain.organization),
            touched: BTreeSet::new(),
        })
    }

    /// The account after the effects.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// Companies in which something changed.
    pub const fn touched(&self) -> &BTreeSet<CompanyId> {
        &self.touched
    }

    /// Applies all effects, in order; the events they mean go into the outbox.
    pub fn apply(&mut self, effects: &[Effect]) -> Result<(), DirectoryError> {
        for effect in effects {
            match effect {
                Effect::EndSessions { company } => self.end_sessions(*company),
                Effect::MarkEmailVerified => self.mark_verified(),
                Effect::AcceptInvitation { invitation, organization } => {
                    let (from, to) = (InvitationState::Pending, InvitationState::Accepted);
                    self.unit.set_invitation_state(self.company(*organization)?, *invitation, from, to);
                }
                Effect::Join { organization, role, origin } => self.join(*organization, *role, *origin)?,
                Effect::JoinTeam { organization, team } => self.join_team(*organization, team)?,
                Effect::Emit { event } => {
                    let at = self.target.ok_or_else(|| foreign(effect))?;
                    self.tell(event.code(), at, &at.to_string())?;
                }
                Effect::CreateAccount { .. }
                | Effect::SetEmail { .. }
                | Effect::SetName { .. }
                | Effect::LinkIdentity { .. }
                | Effect::ReleaseIdentity { .. }
                | Effect::MintScimId { .. }
                | Effect::LinkDirectoryUser
                | Effect::DropTombstone { .. }
                | Effect::EnsureTeam { .. }
                | Effect::LeaveTeam { .. }
                | Effect::Suspend { .. }
                | Effect::Resume { .. }
                | Effect::SetRole { .. } => return Err(foreign(effect)),
            }
        }
        Ok(())
    }

    /// Those opened so far; the one of this sign-in comes after them.
    fn end_sessions(&self, company: Option<CompanyId>) {
        let account = self.account.id;
        match company {
            Some(company) => self.unit.end_sessions_of_company(account, company, self.now),
            None => self.unit.end_sessions(account, self.now),
        }
        self.event(company, "session.ended", None, &account.to_string());
    }

    fn mark_verified(&mut self) {
        let before = self.account.clone();
        self.account.email_verified = true;
        self.account.updated_at = self.now.max(before.updated_at);
        self.unit.update_account(&before, &self.account);
        self.event(None, "person.changed", None, &self.account.id.to_string());
    }

    /// Becomes an active member; a removed membership of the pair gives way.
    fn join(&mut self, organization: OrganizationId, role: Role, origin: Origin) -> Result<(), DirectoryError> {
        let membership = Membership {
            company: self.company(organization)?,
            organization,
            account: self.account.id,
            role,
            origin,
            state: MembershipState::Active,
            suspended_by: None,
            created_at: self.now,
            updated_at: self.now,
        };
        match self.memberships.get(&organization) {
            Some(removed) => self.unit.update_membership(removed, &membership),
            None => self.unit.insert_membership(&membership),
        }
        self.memberships.insert(organization, membership);
        self.tell("person.joined", organization, &self.account.id.to_string())
    }

    /// A team that an invitation names. Deleted meanwhile, it takes nobody.
    fn join_team(&self, organization: OrganizationId, name: &str) -> Result<(), DirectoryError> {
        if let Some(team) = self.teams.get(&(organization, fold(name))) {
            self.unit.add_to_team(self.company(organization)?, *team, self.account.id);
        }
        Ok(())
    }

    fn tell(&mut self, kind: &str, at: OrganizationId, subject: &str) -> Result<(), DirectoryError> {
        let company = self.company(at)?;
        self.touched.insert(company);
        self.event(Some(company), kind, Some(at), subject);
        Ok(())
    }

    /// Payloads carry ids; receivers ask for the rest.
    fn event(&self, company: Option<CompanyId>, kind: &str, organization: Option<OrganizationId>, subject: &str) {
        let payload = json!({"account": self.account.id, "organization": organization, "at": self.now});
        self.unit.insert_event(&Event {
            company,
            id: EventId::from(self.app.ids.uuid(self.now)),
            at: self.now,
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            payload: payload.to_string(),
            delivered_at: None,
        });
    }

    fn company(&self, organization: OrganizationId) -> Result<CompanyId, DirectoryError> {
        let missing = || DirectoryError::Inconsistent {
            table: "organization".to_owned(),
            row: format!("{organization} (an effect outside of the facts)"),
        };
        self.companies.get(&organization).copied().ok_or_else(missing)
    }
}

/// Policy promises that a sign-in without SSO has no such effect; a decision that breaks this is not applied.
fn foreign(effect: &Effect) -> DirectoryError {
    DirectoryError::Inconsistent { table: "account".to_owned(), row: format!("an effect without SSO: {effect:?}") }
}
