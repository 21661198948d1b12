//! What a sign-in is told (design.md 6).

use crate::code::codes;

codes! {
    /// Whether somebody comes in.
    pub enum Outcome {
        /// They do.
        Allow = "allow",
        /// They do not.
        Deny = "deny",
    }
}

codes! {
    /// Why a sign-in came out as it did: the `reason` of the answer.
    pub enum Reason {
        /// They come in.
        Allowed = "allowed",
        /// Neither member nor invited, and JIT is off (N-3).
        AccessDenied = "access_denied",
        /// A directory removed or deactivated them, or an administrator suspended them (RC-4, RC-11).
        Deactivated = "deactivated",
        /// The operator disabled the account (RC-2).
        AccountDisabled = "account_disabled",
        /// The organization has no free seat (J-12).
        NoSeats = "no_seats",
        /// The address is outside the connection's verified domains (SI-4).
        DomainNotVerified = "domain_not_verified",
        /// The evidence has no e-mail address (SI-10).
        EmailMissing = "email_missing",
        /// The only candidate for an address was a `NameID` that is none (design.md 7).
        NameidNotEmail = "nameid_not_email",
        /// Another subject of this connection has the account (RC-13).
        IdentityConflict = "identity_conflict",
        /// The domain's people must use SSO (E-1).
        SsoRequired = "sso_required",
        /// The provider says that the address is not verified (RC-10).
        EmailNotVerified = "email_not_verified",
    }
}
