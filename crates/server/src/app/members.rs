//! Members of an organization, as its administrators see and change them.

mod add;
mod change;
mod export;
mod remove;

use rollcall_directory::{DirectoryError, Membership, Organization, OrganizationMember, Reader};
use rollcall_policy::{AccountId, ConnectionId, DirectoryUserId, SuspendedBy};

use super::version;

pub use add::{Added, NewMember, add, is_known};
pub use change::{Change, Wanted, change, change_seen};
pub use export::{HEADER, invitee, rows};
pub use remove::{remove, remove_seen};

/// A member and what providers have to do with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who, and how.
    pub member: OrganizationMember,
    /// A directory that serves the organization has pushed them: it may undo what is changed by hand (P4-33).
    pub managed_by_scim: bool,
    /// What they are called at the organization's connections (RC-7).
    pub scim_ids: Vec<(ConnectionId, DirectoryUserId)>,
}

/// The version of a membership, for `ETag` and `If-Match`: of what a change by hand may change.
pub fn version(membership: &Membership) -> u64 {
    let suspended_by = membership.suspended_by.map(SuspendedBy::code);
    version::of(&(membership.role.code(), membership.state.code(), suspended_by, membership.created_at))
}

/// Members by account id, those after `after`; removed ones are none.
pub async fn list(
    reader: &Reader,
    organization: &Organization,
    after: Option<AccountId>,
    limit: u64,
) -> Result<Vec<Member>, DirectoryError> {
    let (company, id) = (organization.company, organization.id);
    let members = reader.members_of_organization(company, id, after, limit).await?;
    let accounts: Vec<AccountId> = members.iter().map(|member| member.account.id).collect();
    let managed = reader.managed_in_organization(company, id, &accounts).await?;
    let mut scim_ids = reader.scim_ids_in_organization(company, id, &accounts).await?;
    let members = members.into_iter().map(|member| Member {
        managed_by_scim: managed.contains(&member.account.id),
        scim_ids: scim_ids.remove(&member.account.id).unwrap_or_default(),
        member,
    });
    Ok(members.collect())
}

/// One member, as in the list.
pub async fn one(
    reader: &Reader,
    organization: &Organization,
    account: AccountId,
) -> Result<Option<Member>, DirectoryError> {
    // What comes right after the id before it; there is none before the first.
    let before = account.uuid().as_u128().checked_sub(1).map(AccountId::from_u128);
    let found = list(reader, organization, before, 1).await?;
    Ok(found.into_iter().find(|member| member.member.account.id == account))
}
