//! The invitee's answer, which the product brings (J-3, M-3, RC-4, RC-10).

use rollcall_directory::{
    Account, Directory, InvitationState, Membership, MembershipView, Organization, SentInvitation, Unit,
};
use rollcall_policy::{AccountId, InvitationId, MembershipState, Origin};
use serde_json::json;

use super::{invitation_subject, settled};
use crate::app::events::Kind;
use crate::app::hand::{Hand, gives_access};
use crate::app::{Doer, Refusal, teams};

/// An invitation that was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The invitation.
    pub sent: SentInvitation,
    /// What the invitee is now.
    pub membership: MembershipView,
}

/// Accepts an invitation for an account: its seat becomes the membership's. Accepting twice is accepting once.
pub async fn accept(
    directory: &Directory,
    doer: Doer<'_>,
    id: InvitationId,
    account: AccountId,
) -> Result<Accepted, Refusal> {
    directory
        .write(|unit| async move {
            // The person first: whoever else brings the same answer waits here, and reads what this one has written.
            unit.lock_account(account).await?;
            let (mut sent, organization) = find(&unit, id).await?;
            let hand = Hand::new(&unit, doer, &organization);
            let account = invitee(&hand, &sent, account).await?;
            let earlier = hand.membership(account.id).await?;
            match (sent.invitation.state, earlier.filter(|view| view.membership.state != MembershipState::Removed)) {
                (InvitationState::Accepted, Some(membership)) if gives_access(membership.membership.state) => {
                    return Ok(Accepted { sent, membership });
                }
                (InvitationState::Pending, None) => join(&hand, &sent, &account).await?,
                (InvitationState::Pending, Some(there)) => stay(&hand, &sent, &there).await?,
                (state, _) => return Err(settled(state)),
            }
            unit.flush().await?;
            sent.invitation.state = InvitationState::Accepted;
            let membership = hand.membership(account.id).await?.ok_or(Refusal::NotFound("member"))?;
            Ok(Accepted { sent, membership })
        })
        .await
}

/// Declines an invitation for an account, which frees the seat. It can be sent again (M-6).
pub async fn decline(
    directory: &Directory,
    doer: Doer<'_>,
    id: InvitationId,
    account: AccountId,
) -> Result<SentInvitation, Refusal> {
    directory
        .write(|unit| async move {
            unit.lock_account(account).await?;
            let (mut sent, organization) = find(&unit, id).await?;
            let hand = Hand::new(&unit, doer, &organization);
            invitee(&hand, &sent, account).await?;
            match sent.invitation.state {
                InvitationState::Pending => {
                    let (from, to) = (InvitationState::Pending, InvitationState::Declined);
                    unit.set_invitation_state(organization.company, id, from, to);
                    hand.note("invitation.declined", &invitation_subject(id), json!({}));
                    sent.invitation.state = to;
                }
                InvitationState::Declined => {}
                state @ (InvitationState::Accepted | InvitationState::Withdrawn) => return Err(settled(state)),
            }
            Ok(sent)
        })
        .await
}

/// The invitation of this id, in whatever company: the product acts for all of them.
async fn find(unit: &Unit, id: InvitationId) -> Result<(SentInvitation, Organization), Refusal> {
    let none = Refusal::NotFound("invitation");
    let Some(company) = unit.company_of_invitation(id).await? else { return Err(none) };
    let Some(sent) = unit.sent_invitation(company, id).await? else { return Err(none) };
    let organization = unit.organization(company, sent.invitation.organization).await?.ok_or(none)?;
    Ok((sent, organization))
}

/// The account, if the invitation is its own: it has proven the invited address, or had the invited username (RC-10). Nobody
/// answers for an account that the operator has disabled (RC-2).
async fn invitee(hand: &Hand<'_>, sent: &SentInvitation, id: AccountId) -> Result<Account, Refusal> {
    let account = hand.unit.account(id).await?.ok_or(Refusal::NotFound("account"))?;
    let own = match &sent.username {
        Some(_) => sent.account == Some(account.id),
        None => sent.invitation.email_folded == account.email_folded,
    };
    if !own {
        let detail = "the invitation went to somebody else; the account must have the address that was invited";
        return Err(Refusal::rule("RC-10", detail));
    }
    if account.disabled {
        return Err(Refusal::standing("RC-2", "the operator has disabled the account; ask the operator"));
    }
    if !account.email_verified {
        let detail = "the account's e-mail address is not verified; verify it first, then accept";
        return Err(Refusal::rule("RC-10", detail));
    }
    Ok(account)
}

async fn join(hand: &Hand<'_>, sent: &SentInvitation, account: &Account) -> Result<(), Refusal> {
    hand.refuse_leaver(account).await?;
    consume(hand, account, sent).await?;
    let membership = Membership {
        company: hand.organization.company,
        organization: hand.organization.id,
        account: account.id,
        role: sent.invitation.role.unwrap_or_default(),
        origin: Origin::Invitation,
        state: MembershipState::Active,
        suspended_by: None,
        created_at: hand.doer.now,
        updated_at: hand.doer.now,
    };
    match hand.membership(account.id).await? {
        Some(removed) => hand.unit.update_membership(&removed.membership, &membership),
        None => hand.unit.insert_membership(&membership),
    }
    join_team(hand, sent, account.id).await?;
    hand.note("member.added", &account.id, json!({"role": membership.role, "origin": membership.origin}));
    hand.tell_of(Kind::PersonJoined, &membership);
    Ok(())
}

/// A member stays what they are, and joins the team that the invitation names (J-4). A suspension stays, too (RC-4).
async fn stay(hand: &Hand<'_>, sent: &SentInvitation, there: &MembershipView) -> Result<(), Refusal> {
    if !gives_access(there.membership.state) {
        let detail = "the membership is suspended, and an invitation does not lift that; ask an administrator";
        return Err(Refusal::standing("RC-4", detail));
    }
    let account = there.membership.account;
    let (from, to) = (InvitationState::Pending, InvitationState::Accepted);
    hand.unit.set_invitation_state(hand.organization.company, sent.invitation.id, from, to);
    hand.note("invitation.accepted", &invitation_subject(sent.invitation.id), json!({"account": account}));
    join_team(hand, sent, account).await
}

/// Accepts this invitation and whatever else invited the same person here: one person takes one seat.
async fn consume(hand: &Hand<'_>, account: &Account, sent: &SentInvitation) -> Result<(), Refusal> {
    let mut pending = hand.pending(account).await?;
    if !pending.contains(&sent.invitation.id) {
        // Somebody has cancelled it just now: then moving it on fails, and the unit looks again.
        pending.push(sent.invitation.id);
    }
    for id in pending {
        let (from, to) = (InvitationState::Pending, InvitationState::Accepted);
        hand.unit.set_invitation_state(hand.organization.company, id, from, to);
        hand.note("invitation.accepted", &invitation_subject(id), json!({"account": account.id}));
    }
    Ok(())
}

/// A team that is gone by now, or that a provider's groups map to (RC-14), is passed over.
async fn join_team(hand: &Hand<'_>, sent: &SentInvitation, account: AccountId) -> Result<(), Refusal> {
    let Some(id) = sent.invitation.team else { return Ok(()) };
    let company = hand.organization.company;
    if let Some(team) = hand.unit.team(company, id).await?
        && !teams::is_mapped(hand.unit, &team).await?
    {
        hand.unit.add_to_team(company, team.id, account);
        teams::tell(hand, &team, &[account], &[]);
    }
    Ok(())
}
