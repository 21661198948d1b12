//! Effects on memberships: join, suspend, hold, resume, role.

use rollcall_directory::{DirectoryError, Membership};
use rollcall_policy::{MembershipState, OrganizationId, Origin, Role, SuspendedBy};

use super::Subject;
use crate::app::events::Kind;

impl Subject<'_> {
    /// Becomes an active member; a removed membership of the pair gives way.
    pub(super) fn join(
        &mut self,
        organization: OrganizationId,
        role: Role,
        origin: Origin,
    ) -> Result<(), DirectoryError> {
        let account = self.id()?;
        let membership = Membership {
            company: self.scope.company,
            organization,
            account,
            role,
            origin,
            state: MembershipState::Active,
            suspended_by: None,
            created_at: self.now,
            updated_at: self.now,
        };
        if let Some(removed) = self.memberships.iter_mut().find(|known| known.organization == organization) {
            self.unit.update_membership(removed, &membership);
            *removed = membership.clone();
        } else {
            self.unit.insert_membership(&membership);
            self.memberships.push(membership.clone());
        }
        self.tell_of_membership(Kind::PersonJoined, &membership)
    }

    pub(super) fn suspend(&mut self, organization: OrganizationId, by: SuspendedBy) -> Result<(), DirectoryError> {
        self.change_membership(Kind::PersonSuspended, organization, |membership| {
            membership.state = MembershipState::Suspended;
            membership.suspended_by = Some(by);
        })
    }

    pub(super) fn resume(&mut self, organization: OrganizationId) -> Result<(), DirectoryError> {
        self.change_membership(Kind::PersonRestored, organization, |membership| {
            membership.state = MembershipState::Active;
            membership.suspended_by = None;
        })
    }

    /// Nobody is told of each person who is held: owners hear of the braking as a whole.
    pub(super) fn hold(&mut self, organization: OrganizationId) -> Result<(), DirectoryError> {
        self.change_silently(organization, |membership| membership.state = MembershipState::Held).map(drop)
    }

    pub(super) fn drop_hold(&mut self, organization: OrganizationId) -> Result<(), DirectoryError> {
        self.change_membership(Kind::PersonRestored, organization, |membership| {
            membership.state = MembershipState::Active;
        })
    }

    pub(super) fn set_role(&mut self, organization: OrganizationId, role: Role) -> Result<(), DirectoryError> {
        self.change_membership(Kind::RoleChanged, organization, |membership| membership.role = role)
    }

    fn change_membership(
        &mut self,
        kind: Kind,
        organization: OrganizationId,
        change: impl FnOnce(&mut Membership),
    ) -> Result<(), DirectoryError> {
        let after = self.change_silently(organization, change)?;
        self.tell_of_membership(kind, &after)
    }

    /// The membership as it is afterwards.
    fn change_silently(
        &mut self,
        organization: OrganizationId,
        change: impl FnOnce(&mut Membership),
    ) -> Result<Membership, DirectoryError> {
        let now = self.now;
        let membership = self.memberships.iter_mut().find(|known| known.organization == organization);
        let membership = membership.ok_or_else(no_membership)?;
        let before = membership.clone();
        change(membership);
        membership.updated_at = now.max(before.updated_at);
        self.unit.update_membership(&before, membership);
        Ok(membership.clone())
    }
}

fn no_membership() -> DirectoryError {
    DirectoryError::Inconsistent { table: "membership".to_owned(), row: "an effect on no membership".to_owned() }
}
