//! What a push can be refused for; then nothing is stored (RC-5, RC-16, provisioning-rules section 4 rows 16 and 32).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rule::Rule;

/// A push that must not be stored. `Display` is the `detail` of the SCIM error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PushRefusal {
    /// The connection's SCIM switch is off.
    ScimOff,
    /// An organization that the person would join or come back to is full.
    NoSeat {
        /// Its name.
        organization: String,
    },
    /// The organization would be left without an owner.
    LastOwner {
        /// Its name.
        organization: String,
    },
    /// The person is among the connection's protected accounts (RC-12).
    Protected,
    /// The organization attribute names none of the connection's.
    UnknownOrganization {
        /// As sent.
        name: String,
    },
    /// The role attribute is no role.
    UnknownRole {
        /// As sent.
        role: String,
    },
    /// The team attribute is no team name.
    InvalidTeam {
        /// As sent.
        name: String,
    },
    /// The address is outside the verified domains and the policy refuses that.
    UnverifiedDomain {
        /// The domain, as sent.
        domain: String,
    },
    /// Another user of this connection is there already.
    UserExists,
}

impl PushRefusal {
    /// The HTTP status (RFC 7644 section 3.12).
    pub const fn status(&self) -> u16 {
        match self {
            // 403, never 409: clients read 409 as "exists already" and stop trying (RC-16).
            Self::ScimOff | Self::NoSeat { .. } => 403,
            Self::LastOwner { .. } | Self::Protected | Self::UserExists => 409,
            Self::UnknownOrganization { .. }
            | Self::UnknownRole { .. }
            | Self::InvalidTeam { .. }
            | Self::UnverifiedDomain { .. } => 400,
        }
    }

    /// The `scimType`, where one fits.
    pub const fn scim_type(&self) -> Option<&'static str> {
        match self {
            Self::ScimOff | Self::NoSeat { .. } | Self::LastOwner { .. } | Self::Protected => None,
            Self::UserExists => Some("uniqueness"),
            Self::UnknownOrganization { .. }
            | Self::UnknownRole { .. }
            | Self::InvalidTeam { .. }
            | Self::UnverifiedDomain { .. } => Some("invalidValue"),
        }
    }

    /// The rule that refuses.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::ScimOff | Self::NoSeat { .. } => Rule::Rc16,
            Self::LastOwner { .. } => Rule::M9,
            Self::Protected => Rule::Rc12,
            Self::UnknownOrganization { .. } => Rule::R2,
            Self::UnknownRole { .. } => Rule::R1,
            Self::InvalidTeam { .. } => Rule::Rc17,
            Self::UnverifiedDomain { .. } => Rule::Rc5,
            Self::UserExists => Rule::Rc8,
        }
    }
}

impl fmt::Display for PushRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScimOff => {
                write!(formatter, "SCIM is turned off for this connection; an administrator can turn it on.")
            }
            Self::NoSeat { organization } => write!(
                formatter,
                "The organization `{organization}` has no free seat; add a seat or remove a member, then push again."
            ),
            Self::LastOwner { organization } => write!(
                formatter,
                "This person is the last owner of the organization `{organization}`; make somebody else an owner first."
            ),
            Self::Protected => write!(
                formatter,
                "This person's account is protected by the administrators of this connection, so no push deactivates or \
                 deletes it; ask them to take it off `protected_accounts` first."
            ),
            Self::UnknownOrganization { name } => {
                write!(
                    formatter,
                    "`{name}` is no organization of this connection; use one of its names or leave it out."
                )
            }
            Self::UnknownRole { role } => {
                write!(formatter, "`{role}` is no role; use member, editor or owner, or leave it out.")
            }
            Self::InvalidTeam { name } => write!(
                formatter,
                "`{name}` is no team name; it must have 1 to 100 characters and no control characters."
            ),
            Self::UnverifiedDomain { domain } => write!(
                formatter,
                "The domain `{domain}` is not verified for this connection; verify and attach it, or correct the address."
            ),
            Self::UserExists => {
                write!(formatter, "A user with this userName or externalId exists already; update that one instead.")
            }
        }
    }
}

impl std::error::Error for PushRefusal {}
