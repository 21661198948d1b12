//! Adds somebody by hand: the door `manual` (P4-33).

use rollcall_directory::{Account, Directory, InvitationState, Membership, Organization, Unit};
use rollcall_policy::{AccountId, CompanyId, MembershipState, Origin, Role};
use serde_json::json;

use crate::app::events::Kind;
use crate::app::hand::{Hand, gives_access};
use crate::app::{Doer, Refusal, address};

/// Who is added, and as what.
#[derive(Clone, Copy, Debug)]
pub struct NewMember {
    /// The account.
    pub account: AccountId,
    /// `member` unless said otherwise.
    pub role: Option<Role>,
    /// Only accounts that this company has to do with; all of them for the operator.
    pub within: Option<CompanyId>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// They are a member now.
    Joined,
    /// They were, in the same role: nothing changed.
    Already,
}

/// Makes somebody a member. A removed membership gives way; a pending invitation is accepted, and its seat taken over.
pub async fn add(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    new: NewMember,
) -> Result<Added, Refusal> {
    directory.write(|unit| async move { add_in(&Hand::new(&unit, doer, organization), new).await }).await
}

async fn add_in(hand: &Hand<'_>, new: NewMember) -> Result<Added, Refusal> {
    let account = hand.account(new.account).await?;
    if let Some(company) = new.within
        && !is_known(hand.unit, company, &account).await?
    {
        // Reads like an account that does not exist: nobody looks up other people's accounts this way (RC-10).
        return Err(Refusal::NotFound("account"));
    }
    let earlier = hand.membership(account.id).await?.map(|view| view.membership);
    if let Some(there) = earlier.as_ref().filter(|membership| membership.state != MembershipState::Removed) {
        return already(there, new.role);
    }
    refuse_unverified(&account)?;
    hand.refuse_leaver(&account).await?;
    let pending = hand.pending(&account).await?;
    if pending.is_empty() {
        hand.take_seat().await?;
    }
    let (company, organization) = (hand.organization.company, hand.organization.id);
    for invitation in pending {
        let (from, to) = (InvitationState::Pending, InvitationState::Accepted);
        hand.unit.set_invitation_state(company, invitation, from, to);
    }
    let membership = Membership {
        company,
        organization,
        account: account.id,
        role: new.role.unwrap_or_default(),
        origin: Origin::Manual,
        state: MembershipState::Active,
        suspended_by: None,
        created_at: hand.doer.now,
        updated_at: hand.doer.now,
    };
    match &earlier {
        Some(removed) => hand.unit.update_membership(removed, &membership),
        None => hand.unit.insert_membership(&membership),
    }
    hand.note("member.added", &account.id, json!({"role": membership.role, "origin": membership.origin}));
    hand.tell_of(Kind::PersonJoined, &membership);
    Ok(Added::Joined)
}

/// Whether a company has to do with an account: it is in a domain that the company has proven, or in one of its organizations.
/// Any other reads like one that does not exist (RC-10).
pub async fn is_known(unit: &Unit, company: CompanyId, account: &Account) -> Result<bool, Refusal> {
    if let Some(domain) = address::domain(&account.email_folded)
        && unit.verified_domain(&domain).await?.is_some_and(|domain| domain.company == company)
    {
        return Ok(true);
    }
    let memberships = unit.memberships(account.id).await?;
    let here = memberships.iter().map(|view| &view.membership).filter(|membership| membership.company == company);
    Ok(here.into_iter().any(|membership| membership.state != MembershipState::Removed))
}

/// RC-10: whoever registered with somebody else's address would be the one who comes in.
fn refuse_unverified(account: &Account) -> Result<(), Refusal> {
    if account.email_verified {
        return Ok(());
    }
    let detail = "the address of this account is not verified; add the person once they have signed in with it \
                  verified, or invite them";
    Err(Refusal::standing("RC-10", detail))
}

fn already(there: &Membership, role: Option<Role>) -> Result<Added, Refusal> {
    if !gives_access(there.state) {
        let detail = "this person is a member and suspended; lift the suspension instead";
        return Err(Refusal::standing("RC-4", detail));
    }
    if role.is_some_and(|role| role != there.role) {
        let detail = format!("this person is a member already, with the role {}; change the role instead", there.role);
        return Err(Refusal::Taken(detail));
    }
    Ok(Added::Already)
}
