//! What a decision is based on. Facts are gathered by the caller, stored with the decision, and replayed as they are.

use serde::{Deserialize, Serialize};

use crate::{
    brake::Hold,
    email,
    folded::Folded,
    ids::{AccountId, CompanyId, ConnectionId, DirectoryUserId, InvitationId, OrganizationId},
    membership::{MembershipState, Origin, Role, SuspendedBy},
};

/// The connection through which somebody signs in or is pushed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionFacts {
    /// Its id.
    pub id: ConnectionId,
    /// The company that owns it.
    pub company: CompanyId,
    /// Folded names of the domains attached to it *and* verified by its company.
    ///
    /// A domain is verified in one company only, so an account whose domain is among these is governed here (RC-1).
    pub domains: Vec<String>,
    /// The organizations it serves, in the order in which answers list them.
    pub organizations: Vec<OrganizationFacts>,
    /// Where people go for whom nothing else is said; one of `organizations`.
    pub default_organization: OrganizationId,
    /// The team they join there.
    pub default_team: Option<Folded>,
    /// Teams that this connection has created in the last hour (RC-17); 0 where no team would have to be created.
    pub teams_created_last_hour: u32,
}

impl ConnectionFacts {
    /// The organization of this id, if the connection serves it.
    pub fn organization(&self, id: OrganizationId) -> Option<&OrganizationFacts> {
        self.organizations.iter().find(|organization| organization.id == id)
    }

    /// The organization of this folded name, if the connection serves it.
    pub fn organization_named(&self, key: &str) -> Option<&OrganizationFacts> {
        self.organizations.iter().find(|organization| organization.name.key == key)
    }

    /// Whether the domain of a folded address is verified on this connection. Nothing is inherited (D-4).
    pub fn has_domain_of(&self, address: &str) -> bool {
        email::domain(address).is_some_and(|domain| self.domains.iter().any(|own| own == domain))
    }
}

/// One organization that the connection serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationFacts {
    /// Its id.
    pub id: OrganizationId,
    /// Its permanent name.
    pub name: Folded,
    /// Whether one more person fits in.
    pub seats: Seats,
    /// Its teams: at least those that the evidence, an invitation or the defaults name, if they exist.
    pub teams: Vec<TeamFacts>,
}

/// Whether an organization has room for one more person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seats {
    /// At least one seat is free, or none was asked for.
    Free,
    /// None is.
    Full,
    /// They are not counted.
    Unlimited,
}

/// A team that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamFacts {
    /// Its name; teams are compared by the key.
    pub name: Folded,
    /// Directory groups map to it, so they alone say who is in it (RC-14).
    pub mapped: bool,
}

/// An account that the subject or address in question leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// Its id.
    pub id: AccountId,
    /// Its one address.
    pub email: Folded,
    /// Somebody has proven the address.
    pub email_verified: bool,
    /// The full name, if there is one.
    pub full_name: Option<String>,
    /// The operator has disabled it (RC-2).
    pub disabled: bool,
    /// The subject of its identity on this connection, if it has one.
    pub subject: Option<String>,
    /// Its SCIM id at this connection, if minted (RC-7).
    pub scim_id: Option<DirectoryUserId>,
    /// Its memberships in the connection's organizations, at most one in each.
    pub memberships: Vec<MembershipFacts>,
}

/// A membership in one of the connection's organizations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipFacts {
    /// Where.
    pub organization: OrganizationId,
    /// As what.
    pub role: Role,
    /// By which door.
    pub origin: Origin,
    /// How it stands.
    pub state: MembershipState,
    /// Who suspended it, if it is suspended.
    pub suspended_by: Option<SuspendedBy>,
    /// This is the only active owner of the organization (M-9).
    pub last_owner: bool,
    /// The teams of that organization that the account is in.
    pub teams: Vec<TeamFacts>,
}

/// A user that a directory of the company pushed, or the trace of a deleted one (tombstone).
///
/// The resource that a push is about is not among these facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryUserFacts {
    /// The connection that pushed it.
    pub connection: ConnectionId,
    /// That connection's SCIM switch is on: only then does its directory still speak (S-7, RC-16).
    pub scim: bool,
    /// The organizations that connection serves.
    pub serves: Vec<OrganizationId>,
    /// Its SCIM id.
    pub id: DirectoryUserId,
    /// What the directory last said.
    pub state: DirectoryState,
    /// The account it is (or was) linked to.
    pub account: Option<AccountId>,
    /// `externalId`, compared exactly.
    pub external_id: Option<String>,
    /// Folded `userName`.
    pub user_name: String,
    /// Folded address (RC-6).
    pub address: Option<String>,
    /// It carries a name (RC-14).
    pub carries_name: bool,
    /// What became of its removal, if that did not act at once (RC-12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
}

/// What a directory last said about one of its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryState {
    /// `active` is true.
    Active,
    /// `active` is false.
    Inactive,
    /// Deleted.
    Deleted {
        /// When, in UTC microseconds.
        at: i64,
    },
}

/// A pending invitation to one of the connection's organizations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationFacts {
    /// Its id.
    pub id: InvitationId,
    /// Where to.
    pub organization: OrganizationId,
    /// Folded address of the invitee.
    pub email: String,
    /// The team it names.
    pub team: Option<Folded>,
    /// The role it names.
    pub role: Option<Role>,
}
