//! What the effects on a person tell, in the unit that makes them true.

use std::collections::BTreeSet;

use rollcall_directory::{DirectoryError, Membership};
use rollcall_policy::{AccountId, CompanyId, Event, OrganizationId};

use super::Subject;
use crate::app::events::{Data, Kind, Teller, tell_of_full};

impl Subject<'_> {
    /// Tells of the person.
    pub(super) fn tell(&self, kind: Kind, data: Data) -> Result<(), DirectoryError> {
        let subject = self.id()?;
        self.teller(self.scope.company).tell(kind, subject, data.by(self.scope.connection));
        Ok(())
    }

    pub(super) fn tell_of_membership(&self, kind: Kind, membership: &Membership) -> Result<(), DirectoryError> {
        let data = Data::membership(membership, &self.name(membership.organization));
        // Whoever joins says by which door; a suspension says by whom.
        let joined = kind == Kind::PersonJoined;
        self.tell(kind, if joined { data.because(membership.origin.code()) } else { data })
    }

    /// What policy tells beside its effects.
    pub(super) async fn emit(&self, event: Event, at: Option<OrganizationId>) -> Result<(), DirectoryError> {
        match (event, at) {
            (Event::SeatsExhausted, Some(full)) => {
                let data = Data { organization: Some(self.name(full)), ..Data::default() };
                tell_of_full(self.teller(self.scope.company), full, data.by(self.scope.connection)).await
            }
            (Event::SeatsExhausted, None) => Ok(()),
            (Event::DomainMemberAdded, at) => {
                let organization = at.map(|organization| self.name(organization));
                self.tell(Kind::MemberAutoProvisioned, Data { organization, ..Data::of(self.id()?) })
            }
            (Event::AccountClaimed, _) => self.tell(Kind::AccountClaimed, Data::of(self.id()?)),
            (Event::IdentityReplaced, _) => self.tell(Kind::IdentityReplaced, Data::of(self.id()?)),
        }
    }

    /// All sessions of an account that was claimed end (RC-10): those of other companies, too, and they are told.
    pub(super) async fn tell_of_sessions(&self, account: AccountId) -> Result<(), DirectoryError> {
        let memberships = self.unit.memberships(account).await?;
        let others: BTreeSet<CompanyId> = memberships.iter().map(|view| view.membership.company).collect();
        self.tell(Kind::SessionEnded, Data::of(account).because("claimed"))?;
        for company in others.into_iter().filter(|company| *company != self.scope.company) {
            self.teller(company).tell(Kind::SessionEnded, account, Data::of(account).because("claimed"));
        }
        Ok(())
    }

    /// Once all effects are applied: what changed of the account itself.
    pub(super) fn tell_of_account(&mut self) -> Result<(), DirectoryError> {
        let changed = std::mem::take(&mut self.changed);
        if changed.is_empty() {
            return Ok(());
        }
        let changed = Some(changed.into_iter().map(str::to_owned).collect());
        self.tell(Kind::PersonChanged, Data { changed, ..Data::of(self.id()?) })
    }

    pub(super) fn name(&self, organization: OrganizationId) -> String {
        self.names.get(&organization).cloned().unwrap_or_else(|| organization.to_string())
    }

    fn teller(&self, company: CompanyId) -> Teller<'_> {
        Teller { unit: self.unit, ids: &self.app.ids, now: self.now, company }
    }
}
