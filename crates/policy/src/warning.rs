//! What an administrator should know about a decision that was made nevertheless.

use serde::{Deserialize, Serialize};

use crate::code::codes;

codes! {
    /// The kind of a warning.
    pub enum WarningCode {
        /// Group names that are not `organization:team` (G-6).
        GroupsMalformed = "groups_malformed",
        /// Groups or invitations that name an organization which this connection does not serve.
        OrganizationForeign = "organization_foreign",
        /// The organization attribute names none of the connection's organizations.
        OrganizationUnknown = "organization_unknown",
        /// The team attribute is no team name (RC-17).
        TeamInvalid = "team_invalid",
        /// Teams not created because there were too many (RC-17).
        TeamLimit = "team_limit",
        /// Teams not joined because directory groups alone say who is in them (RC-14).
        TeamMapped = "team_mapped",
        /// The role attribute is none of member, editor, owner.
        RoleUnknown = "role_unknown",
        /// Session minutes that are not a positive whole number (SS-3).
        SessionMinutesInvalid = "session_minutes_invalid",
        /// Session minutes beyond 90 days.
        SessionMinutesCapped = "session_minutes_capped",
        /// An organization was not joined for want of a seat (J-12).
        NoSeats = "no_seats",
        /// A suspended membership stays so (RC-4).
        MembershipSuspended = "membership_suspended",
        /// The provider's address is not the account's.
        EmailDiffers = "email_differs",
        /// The product has not verified the address, so invitations and domains do not count (RC-10).
        EmailUnverified = "email_unverified",
        /// Organizations not joined because a directory of their company removed or deactivated the person (RC-11).
        RemovedByDirectory = "removed_by_directory",
        /// The provider left groups out because there are too many.
        GroupsIncomplete = "groups_incomplete",
    }
}

impl WarningCode {
    /// One sentence for people: the cause and what happened instead.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::GroupsMalformed => "Group names must be organization:team; these were ignored.",
            Self::OrganizationForeign => "These name organizations that are not on this connection; they were ignored.",
            Self::OrganizationUnknown => {
                "The organization attribute names no organization of this connection; it was ignored, with its team and role."
            }
            Self::TeamInvalid => {
                "The team attribute must have 1 to 100 characters and no control characters; it was ignored."
            }
            Self::TeamLimit => "Too many new teams at once; these were not created.",
            Self::TeamMapped => "Directory groups say who is in these teams; a sign-in or attribute adds nobody.",
            Self::RoleUnknown => "The role must be member, editor or owner; it was ignored.",
            Self::SessionMinutesInvalid => {
                "Session minutes must be a positive whole number; the default length was used."
            }
            Self::SessionMinutesCapped => "Session minutes were cut to 90 days.",
            Self::NoSeats => "These organizations have no free seat and were not joined.",
            Self::MembershipSuspended => "The memberships in these organizations are suspended and stay so.",
            Self::EmailDiffers => "The provider's address differs from the account's, which was left as it is.",
            Self::EmailUnverified => {
                "The address is not verified; verify it, so that invitations and the domain count at the next sign-in."
            }
            Self::RemovedByDirectory => {
                "A directory removed or deactivated this person, so these organizations were not joined."
            }
            Self::GroupsIncomplete => {
                "The provider left groups out because there are too many; nothing was concluded from those that are missing."
            }
        }
    }
}

/// One warning with the names it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Warning {
    /// The kind.
    pub code: WarningCode,
    /// One sentence for people.
    pub text: String,
    /// What it is about, as sent: group names, an organization, a value.
    pub names: Vec<String>,
}
