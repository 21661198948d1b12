//! Names of things: UUIDs (version 7, made by the caller) that cannot be mixed up (design.md 4).
//!
//! Text and JSON are the lower-case hyphenated form, e.g. `01890a5d-ac96-774b-bcce-b302099a8057`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident,)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// An id from 128 bits: for tests and examples.
            pub const fn from_u128(raw: u128) -> Self {
                Self(Uuid::from_u128(raw))
            }

            /// The UUID inside.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        #[cfg(feature = "schemas")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::schemas::uuid()
            }
        }

        #[cfg(feature = "schemas")]
        impl utoipa::ToSchema for $name {}

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(formatter)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// One person in the product.
    AccountId,
    /// One entry of the audit log.
    ActivityId,
    /// The tenant.
    CompanyId,
    /// One identity provider of a company.
    ConnectionId,
    /// One stored decision.
    DecisionId,
    /// A group as a provider pushed it.
    DirectoryGroupId,
    /// A user as a provider pushed them through one connection; the SCIM id.
    DirectoryUserId,
    /// One event of the outbox.
    EventId,
    /// A pending, accepted or withdrawn invitation.
    InvitationId,
    /// One exchange in the journal of a connection.
    JournalEntryId,
    /// A letter to an owner or an invitee, as the administration names it.
    LetterId,
    /// An organization of a company.
    OrganizationId,
    /// A policy change not made yet.
    PlanId,
    /// A session as the administration names it; never the secret that the person holds.
    SessionId,
    /// A team of an organization.
    TeamId,
    /// A bearer token as the administration names it; never the secret.
    TokenId,
    /// Somebody's address to which events are sent.
    WebhookId,
}
