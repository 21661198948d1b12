//! Removes a member: access ends at once, and so do their teams (M-8). A later JIT sign-in may bring them back (RC-11).

use rollcall_directory::{Directory, Membership, Organization};
use rollcall_policy::{AccountId, MembershipState};
use rollcall_scim::etag::Preconditions;
use serde_json::json;

use crate::app::events::{Data, Kind};
use crate::app::hand::Hand;
use crate::app::{Doer, Refusal, version};

/// Removes a member; true if a directory manages them, which may bring them back at its next push (M-10).
pub async fn remove(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    account: AccountId,
) -> Result<bool, Refusal> {
    remove_seen(directory, doer, organization, account, &Preconditions::none()).await
}

/// The same, if they still are what the caller has seen.
pub async fn remove_seen(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    account: AccountId,
    seen: &Preconditions,
) -> Result<bool, Refusal> {
    directory.write(|unit| async move { remove_in(&Hand::new(&unit, doer, organization), account, seen).await }).await
}

async fn remove_in(hand: &Hand<'_>, account: AccountId, seen: &Preconditions) -> Result<bool, Refusal> {
    hand.unit.lock_account(account).await?;
    let found = hand.membership(account).await?.map(|view| view.membership);
    let before = found.filter(|membership| membership.state != MembershipState::Removed);
    let before = before.ok_or(Refusal::NotFound("member"))?;
    version::check(seen, super::version(&before))?;
    hand.keep_an_owner(&before).await?;
    let (unit, company, organization) = (hand.unit, hand.organization.company, hand.organization.id);
    let managed = unit.managed_in_organization(company, organization, &[account]).await?.contains(&account);
    let now = hand.doer.now;
    let (state, updated_at) = (MembershipState::Removed, now.max(before.updated_at));
    let after = Membership { state, suspended_by: None, updated_at, ..before.clone() };
    unit.update_membership(&before, &after);
    if before.state == MembershipState::Held {
        unit.settle_holds(company, account, false);
    }
    unit.remove_from_teams(company, organization, account);
    unit.end_sessions_without_membership(account, company, now);
    hand.note("member.removed", &account, json!({"role": before.role, "origin": before.origin, "state": before.state}));
    let data = Data::membership(&after, &hand.organization.name).because("administrator");
    hand.tell(Kind::PersonRemoved, account, data);
    hand.tell(Kind::SessionEnded, account, Data::of(account).because("access_ended"));
    Ok(managed)
}
