//! Applies what policy decided: one small write an effect, in order, inside the unit that gathered the facts.

mod events;
mod memberships;
mod teams;

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::{Account, DirectoryError, Identity, InvitationState, Membership, Scope, Unit};
use rollcall_policy::{AccountId, CompanyId, DirectoryUserId, Effect, OrganizationId, TeamId};
use rollcall_scim::fold::fold;

use super::events::{Data, Kind};
use super::facts::Gathered;
use crate::state::Parts;

/// The person whom the effects of one decision are about.
#[derive(Debug)]
pub struct Subject<'a> {
    app: &'a Parts,
    unit: &'a Unit,
    scope: Scope,
    now: i64,
    account: Option<Account>,
    memberships: Vec<Membership>,
    /// The pushed resource, or the id that a sign-in mints for the pair (RC-7).
    scim_id: DirectoryUserId,
    /// The id that is kept for the pair so far.
    kept_id: Option<DirectoryUserId>,
    teams: BTreeMap<(OrganizationId, String), TeamId>,
    /// Names of the organizations that the connection serves.
    names: BTreeMap<OrganizationId, String>,
    /// What changed of the account itself.
    changed: BTreeSet<&'static str>,
    linked: bool,
}

impl<'a> Subject<'a> {
    /// Nobody yet.
    pub fn new(app: &'a Parts, unit: &'a Unit, scope: Scope, now: i64, scim_id: DirectoryUserId) -> Self {
        Self {
            app,
            unit,
            scope,
            now,
            account: None,
            memberships: Vec::new(),
            scim_id,
            kept_id: None,
            teams: BTreeMap::new(),
            names: BTreeMap::new(),
            changed: BTreeSet::new(),
            linked: false,
        }
    }

    /// It is the one of this account, if that is among the facts; teams that are known need not be looked for again.
    pub fn is(&mut self, account: Option<AccountId>, mut gathered: Gathered<'_>) {
        if let Some(known) = account.and_then(|account| gathered.known.remove(&account)) {
            self.account = Some(known.person.account);
            self.kept_id = known.person.scim_id;
            for view in &known.memberships {
                let organization = view.membership.organization;
                self.teams.extend(view.teams.iter().map(|(id, name)| ((organization, fold(name)), *id)));
            }
            self.memberships = known.memberships.into_iter().map(|view| view.membership).collect();
        }
        let served = gathered.source.organizations.iter();
        self.names = served.map(|organization| (organization.id, organization.name.clone())).collect();
        let named = gathered.teams.into_iter().map(|team| ((team.organization, team.name_folded), team.id));
        self.teams.extend(named);
    }

    /// Applies all effects, and tells of them.
    pub async fn apply(&mut self, effects: &[Effect]) -> Result<(), DirectoryError> {
        for effect in effects {
            self.apply_one(effect).await?;
        }
        self.tell_of_account()
    }

    /// The person after the effects.
    pub const fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Whether the pushed directory user is to be bound to the person.
    pub const fn linked(&self) -> bool {
        self.linked
    }

    async fn apply_one(&mut self, effect: &Effect) -> Result<(), DirectoryError> {
        match effect {
            Effect::CreateAccount { email, email_verified, full_name, usernames } => {
                self.create_account(email, *email_verified, full_name.as_deref(), usernames).await?;
            }
            Effect::EndSessions { company } => self.end_sessions(*company).await?,
            Effect::MarkEmailVerified => {
                self.change_account("email_verified", |account| account.email_verified = true)?;
            }
            Effect::SetEmail { email } => self.change_account("email", |account| {
                account.email_folded = fold(email);
                account.email.clone_from(email);
                account.email_verified = true;
            })?,
            Effect::SetName { full_name } => {
                self.change_account("full_name", |account| account.full_name.clone_from(full_name))?;
            }
            Effect::LinkIdentity { connection, subject, replaces } => {
                let account = self.id()?;
                if replaces.is_some() {
                    self.unit.delete_identity(self.scope.company, *connection, account);
                }
                let (company, connection, subject) = (self.scope.company, *connection, subject.clone());
                self.unit.insert_identity(&Identity { company, connection, subject, account, created_at: self.now });
            }
            Effect::ReleaseIdentity { connection, account } => {
                self.unit.delete_identity(self.scope.company, *connection, *account);
            }
            Effect::MintScimId { connection } => {
                let scope = Scope { connection: *connection, ..self.scope };
                if self.kept_id != Some(self.scim_id) {
                    self.unit.set_scim_id(scope, self.id()?, self.kept_id, self.scim_id);
                    self.kept_id = Some(self.scim_id);
                }
            }
            Effect::LinkDirectoryUser => self.linked = true,
            Effect::DropTombstone { id } => self.unit.delete_tombstone(self.scope, *id),
            Effect::AcceptInvitation { invitation, organization: _ } => {
                let (from, to) = (InvitationState::Pending, InvitationState::Accepted);
                self.unit.set_invitation_state(self.scope.company, *invitation, from, to);
            }
            Effect::Join { organization, role, origin } => self.join(*organization, *role, *origin)?,
            Effect::Suspend { organization, by } => self.suspend(*organization, *by)?,
            Effect::Resume { organization } => self.resume(*organization)?,
            Effect::Hold { organization } => self.hold(*organization)?,
            Effect::DropHold { organization } => self.drop_hold(*organization)?,
            Effect::HoldRemoval => self.unit.hold_removal(self.scope, self.scim_id, self.id()?, self.now),
            Effect::EndHold => self.unit.end_hold(self.scope.company, self.scim_id, self.id()?),
            Effect::RejectHold => self.unit.reject_hold(self.scope.company, self.scim_id, self.id()?),
            Effect::SetRole { organization, role } => self.set_role(*organization, *role)?,
            Effect::EnsureTeam { organization, team } => self.ensure_team(*organization, team).await?,
            Effect::JoinTeam { organization, team } => self.join_team(*organization, team).await?,
            Effect::LeaveTeam { organization, team } => self.leave_team(*organization, team).await?,
            Effect::Emit { event, organization } => self.emit(*event, *organization).await?,
        }
        Ok(())
    }

    async fn create_account(
        &mut self,
        email: &str,
        email_verified: bool,
        full_name: Option<&str>,
        usernames: &[String],
    ) -> Result<(), DirectoryError> {
        let taken = self.unit.usernames_taken(usernames).await?;
        // If all of them are taken, the conflict runs the unit again, with other digits.
        let username = usernames.iter().find(|username| !taken.contains(*username)).or(usernames.last());
        let username = username.cloned().ok_or_else(nobody)?;
        let account = Account {
            id: AccountId::from(self.app.ids.uuid(self.now)),
            email: email.to_owned(),
            email_folded: fold(email),
            username,
            full_name: full_name.unwrap_or_default().to_owned(),
            email_verified,
            disabled: false,
            created_at: self.now,
            updated_at: self.now,
        };
        self.unit.insert_account(&account);
        self.account = Some(account);
        Ok(())
    }

    fn change_account(&mut self, name: &'static str, change: impl FnOnce(&mut Account)) -> Result<(), DirectoryError> {
        let now = self.now;
        let account = self.account.as_mut().ok_or_else(nobody)?;
        let before = account.clone();
        change(account);
        account.updated_at = now.max(before.updated_at);
        self.unit.update_account(&before, account);
        self.changed.insert(name);
        Ok(())
    }

    async fn end_sessions(&mut self, company: Option<CompanyId>) -> Result<(), DirectoryError> {
        let account = self.id()?;
        if let Some(company) = company {
            self.unit.end_sessions_of_company(account, company, self.now);
            self.tell(Kind::SessionEnded, Data::of(account).because("access_ended"))
        } else {
            self.unit.end_sessions(account, self.now);
            self.tell_of_sessions(account).await
        }
    }

    fn id(&self) -> Result<AccountId, DirectoryError> {
        self.account.as_ref().map(|account| account.id).ok_or_else(nobody)
    }
}

/// Policy promises that an account exists before anything is done to it; a decision that breaks this is not applied.
fn nobody() -> DirectoryError {
    DirectoryError::Inconsistent { table: "account".to_owned(), row: "an effect without a person".to_owned() }
}
