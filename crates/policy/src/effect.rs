//! What a decision does. Whoever applies effects thinks nothing: each one is one small write, in order.

use serde::{Deserialize, Serialize};

use crate::{
    code::codes,
    ids::{AccountId, CompanyId, ConnectionId, DirectoryUserId, InvitationId, OrganizationId},
    membership::{Origin, Role, SuspendedBy},
};

/// One change to the person of the decision, or for them. Applied in order, all or none.
///
/// Exhaustive on purpose: a new effect must break every interpreter until it is handled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// Make an account; it is the person of all effects that follow (J-2).
    CreateAccount {
        /// The address as given.
        email: String,
        /// Always true so far: only proven addresses make accounts.
        email_verified: bool,
        /// The full name.
        full_name: Option<String>,
        /// Candidates, best first; the first free one is taken.
        usernames: Vec<String>,
    },
    /// End sessions and everything else that whoever held the account may have opened (RC-10, RC-2).
    EndSessions {
        /// Only those opened for this company; all sessions of the account if `None`.
        company: Option<CompanyId>,
    },
    /// Mark the account's address as proven.
    MarkEmailVerified,
    /// Give the account this address, proven.
    SetEmail {
        /// The address as given.
        email: String,
    },
    /// Give the account this full name (J-1, U-8).
    SetName {
        /// The new name.
        full_name: String,
    },
    /// Bind the subject to the account.
    LinkIdentity {
        /// At this connection.
        connection: ConnectionId,
        /// The subject.
        subject: String,
        /// The account's subject until now, whose binding ends (RC-13).
        replaces: Option<String>,
    },
    /// End the binding of the subject that follows, an address, to an account that has the address no more (RC-13).
    ReleaseIdentity {
        /// At this connection.
        connection: ConnectionId,
        /// Whose binding ends; the account itself stays as it is.
        account: AccountId,
    },
    /// Keep the SCIM id of (connection, person): the id of the pushed resource, or a fresh one at a sign-in (RC-7).
    MintScimId {
        /// At this connection. What is kept for the pair is replaced.
        connection: ConnectionId,
    },
    /// Bind the pushed directory user to the account.
    LinkDirectoryUser,
    /// Forget the trace of a deleted directory user, because the person is back (RC-8).
    DropTombstone {
        /// Its SCIM id.
        id: DirectoryUserId,
    },
    /// Mark the invitation accepted; frees the seat it held.
    AcceptInvitation {
        /// Which.
        invitation: InvitationId,
        /// To this organization.
        organization: OrganizationId,
    },
    /// Become an active member; takes a seat. A removed membership of the pair gives way.
    Join {
        /// Where.
        organization: OrganizationId,
        /// As what.
        role: Role,
        /// By which door.
        origin: Origin,
    },
    /// Make the team unless it is there by now.
    EnsureTeam {
        /// In this organization.
        organization: OrganizationId,
        /// Its name as given; compared folded.
        team: String,
    },
    /// Put the person into the team.
    JoinTeam {
        /// In this organization.
        organization: OrganizationId,
        /// Its name; compared folded.
        team: String,
    },
    /// Take the person out of the team.
    LeaveTeam {
        /// In this organization.
        organization: OrganizationId,
        /// Its name; compared folded.
        team: String,
    },
    /// Suspend the membership; frees the seat (RC-4).
    Suspend {
        /// Where.
        organization: OrganizationId,
        /// On whose word.
        by: SuspendedBy,
    },
    /// Make a suspended membership active again; takes a seat.
    Resume {
        /// Where.
        organization: OrganizationId,
    },
    /// Hold the membership: its removal waits for an administrator, and it gives access meanwhile (RC-12).
    Hold {
        /// Where.
        organization: OrganizationId,
    },
    /// Make a held membership active: its removal was dropped.
    DropHold {
        /// Where.
        organization: OrganizationId,
    },
    /// Note that the removal of the directory user is held from now on (RC-12).
    HoldRemoval,
    /// Forget that the removal of the directory user was held or rejected, and of the person's others whatever holds no
    /// membership any more.
    EndHold,
    /// Note that it is rejected: the person stays until the directory speaks of them again.
    RejectHold,
    /// Change the role.
    SetRole {
        /// Where.
        organization: OrganizationId,
        /// The new one.
        role: Role,
    },
    /// Tell whoever listens.
    Emit {
        /// What happened.
        event: Event,
        /// Where, if it is about an organization.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organization: Option<OrganizationId>,
    },
}

impl Effect {
    /// Tells what happened to the person.
    pub const fn emit(event: Event) -> Self {
        Self::Emit { event, organization: None }
    }

    /// Tells what happened in an organization.
    pub const fn emit_at(event: Event, organization: OrganizationId) -> Self {
        Self::Emit { event, organization: Some(organization) }
    }

    /// The organization that the effect touches, if it touches one.
    pub const fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::AcceptInvitation { organization, .. }
            | Self::Join { organization, .. }
            | Self::EnsureTeam { organization, .. }
            | Self::JoinTeam { organization, .. }
            | Self::LeaveTeam { organization, .. }
            | Self::Suspend { organization, .. }
            | Self::Resume { organization }
            | Self::Hold { organization }
            | Self::DropHold { organization }
            | Self::SetRole { organization, .. } => Some(*organization),
            Self::CreateAccount { .. }
            | Self::EndSessions { .. }
            | Self::MarkEmailVerified
            | Self::SetEmail { .. }
            | Self::SetName { .. }
            | Self::LinkIdentity { .. }
            | Self::ReleaseIdentity { .. }
            | Self::MintScimId { .. }
            | Self::LinkDirectoryUser
            | Self::DropTombstone { .. }
            | Self::HoldRemoval
            | Self::EndHold
            | Self::RejectHold
            | Self::Emit { .. } => None,
        }
    }
}

codes! {
    /// Events that the effects before them do not say by themselves.
    pub enum Event {
        /// An account that nobody had proven to be theirs was taken over by its domain's owner (RC-10).
        #[serde(alias = "account_claimed")]
        AccountClaimed = "account.claimed",
        /// A known person came with a new subject (RC-13).
        #[serde(alias = "identity_replaced")]
        IdentityReplaced = "identity.replaced",
        /// Somebody joined because of their address's domain; owners want to know.
        #[serde(alias = "domain_member_added")]
        DomainMemberAdded = "member.auto_provisioned",
        /// Somebody was kept out of an organization because it is full; owners want to know.
        #[serde(alias = "seats_exhausted")]
        SeatsExhausted = "seats.exhausted",
    }
}
