//! Why a directory user is not linked, or not fully applied (design.md 1, RC-5).

use crate::code::codes;

codes! {
    /// What an administrator should look at. Stored with the directory user.
    pub enum Finding {
        /// Its address is in no domain verified on the connection (RC-5).
        DomainNotVerified = "domain_not_verified",
        /// Another person has its address: an account, or an earlier user of this connection (RC-5, RC-8).
        EmailTaken = "email_taken",
        /// It has neither an e-mail nor a `userName` that is an address (RC-6).
        NoAddress = "no_address",
        /// An update would have joined an organization without a free seat (RC-16).
        NoSeat = "no_seat",
        /// Its organization is no longer one of the connection's.
        OrganizationUnknown = "organization_unknown",
        /// Its team was not created because the connection made too many in this hour (RC-17).
        TeamLimit = "team_limit",
    }
}

impl Finding {
    /// One sentence for people: the cause and what to do.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::DomainNotVerified => {
                "The address is in no domain that is verified on this connection; attach the domain or correct the address."
            }
            Self::EmailTaken => {
                "Another person has this address; free it or link the directory user to an account by hand."
            }
            Self::NoAddress => "There is no e-mail address; map one in the identity provider.",
            Self::NoSeat => "The organization has no free seat; add seats and let the provider push again.",
            Self::OrganizationUnknown => {
                "The organization of this user is not on this connection; attach it or correct the attribute."
            }
            Self::TeamLimit => "Too many teams were created in this hour; let the provider push again later.",
        }
    }
}
