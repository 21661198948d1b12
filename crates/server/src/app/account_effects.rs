//! Applies what policy decided about an account that came without SSO: memberships in any company, no identity, no pushed
//! user.

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::{Account, DirectoryError, InvitationState, Membership, Unit};
use rollcall_policy::{CompanyId, Effect, Event, MembershipState, OrganizationId, Origin, Role, TeamId};
use rollcall_scim::fold::fold;

use super::account_facts::AccountGathered;
use super::events::{Data, Kind, Teller};
use crate::state::Parts;

/// The account whose effects are applied.
#[derive(Debug)]
pub struct AccountSubject<'a> {
    app: &'a Parts,
    unit: &'a Unit,
    now: i64,
    account: Account,
    memberships: BTreeMap<OrganizationId, Membership>,
    /// Of each organization its company and its name.
    companies: BTreeMap<OrganizationId, (CompanyId, String)>,
    teams: BTreeMap<(OrganizationId, String), TeamId>,
    touched: BTreeSet<CompanyId>,
}

impl<'a> AccountSubject<'a> {
    /// `None` without an account: then there are no effects.
    pub fn new(app: &'a Parts, unit: &'a Unit, gathered: &AccountGathered) -> Option<Self> {
        let places = gathered.facts.companies.iter().flat_map(|company| {
            let place = |name: &str| (company.id, name.to_owned());
            company.organizations.iter().map(move |organization| (organization.id, place(&organization.name.text)))
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

    /// Applies all effects, in order, and tells of them.
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
                Effect::Emit { event, organization } => {
                    self.emit(*event, organization.ok_or_else(|| foreign(effect))?)?;
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
                | Effect::Hold { .. }
                | Effect::DropHold { .. }
                | Effect::HoldRemoval
                | Effect::EndHold
                | Effect::RejectHold
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
        let reason = if company.is_some() { "access_ended" } else { "claimed" };
        for company in company.map_or_else(|| self.everywhere(), |company| BTreeSet::from([company])) {
            self.teller(company).tell(Kind::SessionEnded, account, Data::of(account).because(reason));
        }
    }

    fn mark_verified(&mut self) {
        let before = self.account.clone();
        self.account.email_verified = true;
        self.account.updated_at = self.now.max(before.updated_at);
        self.unit.update_account(&before, &self.account);
        for company in self.everywhere() {
            let changed = Some(vec!["email_verified".to_owned()]);
            let data = Data { changed, ..Data::of(self.account.id) };
            self.teller(company).tell(Kind::PersonChanged, self.account.id, data);
        }
    }

    /// Companies in which the account is a member, whatever its state there.
    fn everywhere(&self) -> BTreeSet<CompanyId> {
        self.memberships.values().map(|membership| membership.company).collect()
    }

    /// Becomes an active member; a removed membership of the pair gives way.
    fn join(&mut self, organization: OrganizationId, role: Role, origin: Origin) -> Result<(), DirectoryError> {
        let (company, name) = self.place(organization)?;
        let membership = Membership {
            company,
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
        let data = Data::membership(&membership, &name).because(origin.code());
        self.touched.insert(company);
        self.teller(company).tell(Kind::PersonJoined, self.account.id, data);
        self.memberships.insert(organization, membership);
        Ok(())
    }

    /// A team that an invitation names. Deleted meanwhile, it takes nobody.
    fn join_team(&self, organization: OrganizationId, name: &str) -> Result<(), DirectoryError> {
        if let Some(team) = self.teams.get(&(organization, fold(name))) {
            let (company, at) = self.place(organization)?;
            self.unit.add_to_team(company, *team, self.account.id);
            let data = Data::team(&at, name, &[self.account.id], &[]);
            self.teller(company).tell(Kind::TeamsChanged, self.account.id, data);
        }
        Ok(())
    }

    /// What policy tells of an organization.
    fn emit(&mut self, event: Event, at: OrganizationId) -> Result<(), DirectoryError> {
        let (company, name) = self.place(at)?;
        self.touched.insert(company);
        let (account, organization) = (self.account.id, Some(name));
        let data = Data { organization, ..Data::of(account) };
        match event {
            // Policy says so once a day (P/A-7).
            Event::SeatsExhausted => self.teller(company).tell(Kind::SeatsExhausted, at, data),
            Event::DomainMemberAdded => self.teller(company).tell(Kind::MemberAutoProvisioned, account, data),
            Event::AccountClaimed => self.teller(company).tell(Kind::AccountClaimed, account, data),
            Event::IdentityReplaced => self.teller(company).tell(Kind::IdentityReplaced, account, data),
        }
        Ok(())
    }

    fn teller(&self, company: CompanyId) -> Teller<'_> {
        Teller { unit: self.unit, ids: &self.app.ids, now: self.now, company }
    }

    fn company(&self, organization: OrganizationId) -> Result<CompanyId, DirectoryError> {
        self.place(organization).map(|(company, _)| company)
    }

    fn place(&self, organization: OrganizationId) -> Result<(CompanyId, String), DirectoryError> {
        let missing = || DirectoryError::Inconsistent {
            table: "organization".to_owned(),
            row: format!("{organization} (an effect outside of the facts)"),
        };
        self.companies.get(&organization).cloned().ok_or_else(missing)
    }
}

/// Policy promises that a sign-in without SSO has no such effect; a decision that breaks this is not applied.
fn foreign(effect: &Effect) -> DirectoryError {
    DirectoryError::Inconsistent { table: "account".to_owned(), row: format!("an effect without SSO: {effect:?}") }
}
