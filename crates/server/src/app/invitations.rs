//! Invitations: somebody is asked into an organization and takes a seat until they answer (M-1 to M-7, M-14; P4-43).
//!
//! An inviter learns nothing about accounts (RC-10): an address or username that nobody has reads like any other. Only who
//! is a member or invited here already is said, and that an owner sees anyway.

mod answer;
pub mod link;

use rollcall_directory::{
    Account, Directory, DirectoryError, Invitation, InvitationState, Organization, SentInvitation, Unit,
};
use rollcall_policy::{InvitationId, MembershipState, Role, TeamId};
use rollcall_scim::fold::fold;
use serde_json::json;

use super::events::{Data, Kind};
use super::hand::Hand;
use super::{Doer, Refusal, address, teams};

pub use answer::{Accepted, accept, decline};

/// Characters of a username; generated ones are far shorter.
const LONGEST_USERNAME: usize = 64;

/// Who is invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invitee {
    /// Whoever proves this address.
    Email(String),
    /// Whoever has this username now.
    Username(String),
}

/// An invitation that is to be sent.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Who.
    pub invitee: Invitee,
    /// The team to begin with, which must exist.
    pub team: Option<String>,
    /// The role to begin with.
    pub role: Option<Role>,
}

/// Invites somebody. Who is invited already is not invited twice: their invitation is given back, and `false`.
pub async fn create(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    new: &NewInvitation,
) -> Result<(SentInvitation, bool), Refusal> {
    let invitee = &checked(&new.invitee)?;
    directory
        .write(|unit| async move {
            let hand = Hand::new(&unit, doer, organization);
            // Two who invite the same person at once meet here, and the later one finds the invitation.
            unit.lock_organization(organization.company, organization.id).await?;
            if let Some(there) = pending(&unit, organization, invitee).await? {
                return same(&unit, there, new).await.map(|sent| (sent, false));
            }
            let account = account(&unit, invitee).await?;
            refuse_member(&hand, account.as_ref()).await?;
            let team = match &new.team {
                Some(name) => Some(teams::find(&unit, organization, name).await?.id),
                None => None,
            };
            hand.take_seat().await?;
            let sent = sent(&hand, invitee, account.as_ref(), (team, new.role));
            unit.insert_sent_invitation(&sent);
            hand.note("invitation.created", &invitation_subject(sent.invitation.id), json!({"role": new.role}));
            tell(&hand, sent.invitation.id);
            Ok((sent, true))
        })
        .await
}

/// An address or username that somebody could have.
fn checked(invitee: &Invitee) -> Result<Invitee, Refusal> {
    match invitee {
        Invitee::Email(email) => {
            let email = email.trim();
            if !address::is_address(email) {
                let detail = format!("`{email}` is no e-mail address; expected {}", address::EXPECTED);
                return Err(Refusal::Invalid(detail));
            }
            Ok(Invitee::Email(email.to_owned()))
        }
        Invitee::Username(name) => {
            let name = fold(name);
            if name.is_empty() || name.len() > LONGEST_USERNAME || name.chars().any(char::is_control) {
                return Err(Refusal::Invalid("that is no username".to_owned()));
            }
            Ok(Invitee::Username(name))
        }
    }
}

async fn account(unit: &Unit, invitee: &Invitee) -> Result<Option<Account>, DirectoryError> {
    match invitee {
        Invitee::Email(address) => unit.account_by_email(&fold(address)).await,
        Invitee::Username(name) => unit.account_by_username(name).await,
    }
}

async fn pending(
    unit: &Unit,
    organization: &Organization,
    invitee: &Invitee,
) -> Result<Option<SentInvitation>, DirectoryError> {
    let (company, id) = (organization.company, organization.id);
    match invitee {
        Invitee::Email(address) => unit.invitation_to_address(company, id, &fold(address)).await,
        Invitee::Username(name) => unit.invitation_to_username(company, id, name).await,
    }
}

/// The invitation that is there, if it says the same.
async fn same(unit: &Unit, there: SentInvitation, new: &NewInvitation) -> Result<SentInvitation, Refusal> {
    let team = match there.invitation.team {
        Some(id) => unit.team(there.invitation.company, id).await?.map(|team| team.name_folded),
        None => None,
    };
    if there.invitation.role == new.role && team == new.team.as_deref().map(fold) {
        return Ok(there);
    }
    let detail = "this person is invited already, with another role or team; cancel that invitation first";
    Err(Refusal::Taken(detail.to_owned()))
}

async fn refuse_member(hand: &Hand<'_>, account: Option<&Account>) -> Result<(), Refusal> {
    let Some(account) = account else { return Ok(()) };
    let detail = match hand.membership(account.id).await?.map(|view| view.membership.state) {
        None | Some(MembershipState::Removed) => return Ok(()),
        Some(MembershipState::Active | MembershipState::Held) => "this person is a member already",
        Some(MembershipState::Suspended) => "this person is a suspended member; lift the suspension instead",
    };
    Err(Refusal::Taken(detail.to_owned()))
}

fn sent(
    hand: &Hand<'_>,
    invitee: &Invitee,
    account: Option<&Account>,
    (team, role): (Option<TeamId>, Option<Role>),
) -> SentInvitation {
    let (address, address_folded, username) = match invitee {
        Invitee::Email(address) => (address.clone(), fold(address), None),
        // It is found by its account: the address that this has today may be somebody else's tomorrow.
        Invitee::Username(name) => (String::new(), String::new(), Some(name.clone())),
    };
    SentInvitation {
        invitation: Invitation {
            company: hand.organization.company,
            id: hand.doer.id(),
            organization: hand.organization.id,
            email: address,
            email_folded: address_folded,
            team,
            role,
            state: InvitationState::Pending,
            created_at: hand.doer.now,
        },
        // An address may become somebody else's; a username never does.
        account: account.filter(|_| username.is_some()).map(|account| account.id),
        username,
        sent_at: hand.doer.now,
    }
}

/// Tells that an invitation went out; the invitee gets a letter of it.
fn tell(hand: &Hand<'_>, invitation: InvitationId) {
    let organization = Some(hand.organization.name.clone());
    let data = Data { invitation: Some(invitation), organization, ..Data::default() };
    hand.teller().tell(Kind::InvitationSent, invitation, data);
}

fn invitation_subject(id: InvitationId) -> String {
    format!("invitation:{id}")
}

/// Sends an invitation again, pending or declined: its link is fresh, the earlier one is no good any more (M-6).
pub async fn resend(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    id: InvitationId,
) -> Result<SentInvitation, Refusal> {
    directory
        .write(|unit| async move {
            let hand = Hand::new(&unit, doer, organization);
            unit.lock_organization(organization.company, organization.id).await?;
            let mut sent = find(&unit, organization, id).await?;
            match sent.invitation.state {
                InvitationState::Pending => {}
                InvitationState::Declined => {
                    refuse_member(&hand, account(&unit, &invitee(&sent)).await?.as_ref()).await?;
                    if pending(&unit, organization, &invitee(&sent)).await?.is_some() {
                        return Err(Refusal::Taken("this person is invited again already".to_owned()));
                    }
                    hand.take_seat().await?;
                }
                state @ (InvitationState::Accepted | InvitationState::Withdrawn) => return Err(settled(state)),
            }
            unit.resend_invitation(organization.company, id, sent.invitation.state, doer.now);
            hand.note("invitation.resent", &invitation_subject(id), json!({}));
            tell(&hand, id);
            sent.invitation.state = InvitationState::Pending;
            sent.sent_at = doer.now;
            Ok(sent)
        })
        .await
}

/// Takes an invitation back and frees its seat (M-6). One that was taken back stays so.
pub async fn cancel(
    directory: &Directory,
    doer: Doer<'_>,
    organization: &Organization,
    id: InvitationId,
) -> Result<(), Refusal> {
    directory
        .write(|unit| async move {
            let sent = find(&unit, organization, id).await?;
            match sent.invitation.state {
                state @ (InvitationState::Pending | InvitationState::Declined) => {
                    unit.set_invitation_state(organization.company, id, state, InvitationState::Withdrawn);
                    let hand = Hand::new(&unit, doer, organization);
                    hand.note("invitation.cancelled", &invitation_subject(id), json!({}));
                    Ok(())
                }
                InvitationState::Withdrawn => Ok(()),
                InvitationState::Accepted => Err(settled(InvitationState::Accepted)),
            }
        })
        .await
}

async fn find(unit: &Unit, organization: &Organization, id: InvitationId) -> Result<SentInvitation, Refusal> {
    let found = unit.sent_invitation(organization.company, id).await?;
    found.filter(|sent| sent.invitation.organization == organization.id).ok_or(Refusal::NotFound("invitation"))
}

fn invitee(sent: &SentInvitation) -> Invitee {
    match &sent.username {
        Some(name) => Invitee::Username(name.clone()),
        None => Invitee::Email(sent.invitation.email.clone()),
    }
}

/// What is over is over.
fn settled(state: InvitationState) -> Refusal {
    let (what, instead) = match state {
        InvitationState::Accepted => ("accepted", "remove the member instead"),
        InvitationState::Pending | InvitationState::Declined | InvitationState::Withdrawn => {
            ("taken back", "invite them anew")
        }
    };
    Refusal::standing("M-6", format!("the invitation was {what}; {instead}"))
}
