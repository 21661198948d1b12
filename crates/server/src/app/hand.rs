//! What every change by hand in an organization needs: the person alone for itself, the seat gate, owners, the log.

use rollcall_directory::{Account, Membership, MembershipView, Organization, Unit};
use rollcall_policy::{AccountId, InvitationId, MembershipState, Role};
use serde_json::{Value, json};

use super::events::{Data, Kind, Teller};
use super::{Doer, Refusal, leavers};

/// One change by hand, at work in its unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand<'a> {
    pub(super) unit: &'a Unit,
    pub(super) doer: Doer<'a>,
    pub(super) organization: &'a Organization,
}

impl<'a> Hand<'a> {
    pub(super) const fn new(unit: &'a Unit, doer: Doer<'a>, organization: &'a Organization) -> Self {
        Self { unit, doer, organization }
    }

    /// The account. Nobody else decides about this person until the unit ends.
    pub(super) async fn account(&self, id: AccountId) -> Result<Account, Refusal> {
        self.unit.lock_account(id).await?;
        self.unit.account(id).await?.ok_or(Refusal::NotFound("account"))
    }

    /// The person's membership here; removed ones count as none, and are given to write over.
    pub(super) async fn membership(&self, account: AccountId) -> Result<Option<MembershipView>, Refusal> {
        Ok(self.unit.membership(self.organization.company, self.organization.id, account).await?)
    }

    /// The one seat gate of all changes by hand (M-3, M-11): the last seat goes to one of those who ask at a time.
    pub(super) async fn take_seat(&self) -> Result<(), Refusal> {
        let seats = self.unit.take_seats_of(self.organization.company, self.organization.id).await?;
        let seats = seats.ok_or(Refusal::NotFound("organization"))?;
        if seats.free() == Some(0) {
            let detail = format!(
                "the organization `{}` has no free seat; add seats, remove a member or cancel an invitation first",
                seats.name
            );
            return Err(Refusal::standing("RC-16", detail));
        }
        Ok(())
    }

    /// M-9: whoever takes access or role from the last owner is refused. Owners may leave at the same time, so the
    /// organization is held while they are counted.
    pub(super) async fn keep_an_owner(&self, membership: &Membership) -> Result<(), Refusal> {
        if membership.role != Role::Owner || !gives_access(membership.state) {
            return Ok(());
        }
        let (company, organization) = (self.organization.company, self.organization.id);
        self.unit.lock_organization(company, organization).await?;
        if self.unit.owners(company, organization).await? > 1 {
            return Ok(());
        }
        let detail = format!(
            "this person is the last owner of the organization `{}`; make somebody else an owner first",
            self.organization.name
        );
        Err(Refusal::standing("M-9", detail))
    }

    /// RC-4, RC-11: whom a directory has sent away comes back only on a directory's or an administrator's lifting word.
    pub(super) async fn refuse_leaver(&self, account: &Account) -> Result<(), Refusal> {
        if account.disabled {
            return Err(Refusal::standing(
                "RC-2",
                "the operator has disabled this account; only the operator enables it",
            ));
        }
        if leavers::is_sent_away(self.unit, self.organization, account).await? {
            let detail = "a directory has deactivated or removed this person; activate them there first";
            return Err(Refusal::standing("RC-11", detail));
        }
        Ok(())
    }

    /// Invitations of this person that wait for an answer here; each holds a seat.
    pub(super) async fn pending(&self, account: &Account) -> Result<Vec<InvitationId>, Refusal> {
        let pending = self.unit.pending_invitations(self.organization.company, &account.email_folded).await?;
        let here = pending.into_iter().map(|sent| sent.invitation);
        let here = here.filter(|invitation| invitation.organization == self.organization.id);
        Ok(here.map(|invitation| invitation.id).collect())
    }

    /// An entry of the audit log that the organization's owners may read.
    pub(super) fn note(&self, action: &str, subject: &impl std::fmt::Display, mut data: Value) {
        if let Value::Object(members) = &mut data {
            members.insert("organization".to_owned(), json!(self.organization.name));
        }
        let entry = self.doer.entry(action, Some(self.organization.company), subject.to_string(), &data);
        self.unit.insert_activity_of(self.organization.id, &entry);
    }

    /// Tells of a membership as it is now.
    pub(super) fn tell_of(&self, kind: Kind, membership: &Membership) {
        let data = Data::membership(membership, &self.organization.name);
        let joined = kind == Kind::PersonJoined;
        self.tell(kind, membership.account, if joined { data.because(membership.origin.code()) } else { data });
    }

    /// Tells of a person in this organization.
    pub(super) fn tell(&self, kind: Kind, account: AccountId, data: Data) {
        self.teller().tell(kind, account, data);
    }

    pub(super) const fn teller(&self) -> Teller<'a> {
        Teller { unit: self.unit, ids: self.doer.ids, now: self.doer.now, company: self.organization.company }
    }
}

/// Whether a membership lets its person in. Held ones do until somebody decides (RC-12).
pub(super) const fn gives_access(state: MembershipState) -> bool {
    matches!(state, MembershipState::Active | MembershipState::Held)
}
