//! Changes a member's role, suspends them, or lifts a suspension (M-9, RC-2, RC-4).

use rollcall_directory::{Directory, Membership, Organization};
use rollcall_policy::{AccountId, MembershipState, Role, SuspendedBy};
use rollcall_scim::etag::Preconditions;
use serde_json::json;

use crate::app::events::{Data, Kind};
use crate::app::hand::Hand;
use crate::app::{Doer, Refusal, version};

/// What is to change; what is absent stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change {
    /// The role.
    pub role: Option<Role>,
    /// Whether the membership gives access.
    pub state: Option<Wanted>,
}

/// What an administrator may make of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It gives access: any suspension is lifted, and a removal that was held is dropped.
    Active,
    /// It gives none until an administrator lifts it.
    Suspended,
}

/// Changes a membership. Nothing changes, nothing is noted.
pub async fn change(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    account: AccountId,
    change: Change,
) -> Result<(), Refusal> {
    change_seen(directory, doer, organization, account, (&Preconditions::none(), change)).await
}

/// The same, if the membership still is what the caller has seen.
pub async fn change_seen(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    account: AccountId,
    (seen, change): (&Preconditions, Change),
) -> Result<(), Refusal> {
    directory
        .write(|unit| async move { change_in(&Hand::new(&unit, doer, organization), account, (seen, change)).await })
        .await
}

async fn change_in(
    hand: &Hand<'_>,
    account: AccountId,
    (seen, change): (&Preconditions, Change),
) -> Result<(), Refusal> {
    hand.unit.lock_account(account).await?;
    let found = hand.membership(account).await?.map(|view| view.membership);
    let before = found.filter(|membership| membership.state != MembershipState::Removed);
    let before = before.ok_or(Refusal::NotFound("member"))?;
    version::check(seen, super::version(&before))?;
    let after = changed(&before, change, hand.doer.now);
    let told = |membership: &Membership| (membership.role, membership.state, membership.suspended_by);
    if told(&after) == told(&before) {
        return Ok(());
    }
    if after.role != Role::Owner || after.state == MembershipState::Suspended {
        hand.keep_an_owner(&before).await?;
    }
    if before.state == MembershipState::Suspended && after.state == MembershipState::Active {
        hand.take_seat().await?;
    }
    hand.unit.update_membership(&before, &after);
    if before.role != after.role {
        hand.note("member.role_changed", &account, json!({"from": before.role, "to": after.role}));
        hand.tell_of(Kind::RoleChanged, &after);
    }
    if before.state == MembershipState::Held && after.state != MembershipState::Held {
        // RC-12: an administrator's own word comes before the directory's.
        let keeps_access = after.state == MembershipState::Active;
        hand.unit.settle_holds(after.company, account, keeps_access);
    }
    note_state(hand, &before, &after);
    Ok(())
}

fn changed(before: &Membership, change: Change, now: i64) -> Membership {
    let (state, suspended_by) = match change.state {
        Some(Wanted::Active) => (MembershipState::Active, None),
        // Whatever directory had suspended it: from now on it is the administrator's word (RC-4).
        Some(Wanted::Suspended) => (MembershipState::Suspended, Some(SuspendedBy::Administrator)),
        None => (before.state, before.suspended_by),
    };
    let role = change.role.unwrap_or(before.role);
    Membership { role, state, suspended_by, updated_at: now.max(before.updated_at), ..before.clone() }
}

fn note_state(hand: &Hand<'_>, before: &Membership, after: &Membership) {
    if (before.state, before.suspended_by) == (after.state, after.suspended_by) {
        return;
    }
    let account = after.account;
    if after.state == MembershipState::Suspended {
        hand.note("member.suspended", &account, json!({"from": before.state}));
        hand.unit.end_sessions_of_company(account, after.company, hand.doer.now);
        hand.tell_of(Kind::PersonSuspended, after);
        hand.tell(Kind::SessionEnded, account, Data::of(account).because("access_ended"));
    } else {
        hand.note("member.restored", &account, json!({"from": before.state, "suspended_by": before.suspended_by}));
        hand.tell_of(Kind::PersonRestored, after);
    }
}
