//! A connection's policy: what its administrators decide (design.md 5 and 6).

use serde::{Deserialize, Serialize};

use crate::code::codes;

codes! {
    /// How a connection's evidence arrives.
    pub enum Protocol {
        /// OpenID Connect ID tokens.
        Oidc = "oidc",
        /// SAML 2.0 responses.
        Saml = "saml",
        /// Attributes that the product itself has verified.
        Attributes = "attributes",
    }
}

codes! {
    /// What the two switches `jit` and `scim` make together (design.md 5).
    pub enum Mode {
        /// A stranger with a good assertion comes in.
        Jit = "jit",
        /// So they do, unless the directory removed or deactivated them.
        ScimWithJit = "scim_with_jit",
        /// Only members and invitees come in; the directory makes members.
        ScimAuthoritative = "scim_authoritative",
        /// Only members and invitees come in; nobody makes members but people.
        InvitationOnly = "invitation_only",
    }
}

codes! {
    /// What happens when a new subject brings the e-mail of somebody who has another one here (RC-13).
    #[derive(Default)]
    pub enum OnNewSubject {
        /// Denied with `identity_conflict` until an administrator or the directory re-links.
        #[default]
        Refuse = "refuse",
        /// The new subject takes the place of the old one.
        Link = "link",
    }
}

codes! {
    /// What happens to a pushed user whose address is in no verified domain of the connection (RC-5).
    #[derive(Default)]
    pub enum UnverifiedDomains {
        /// Stored without effect on people, with a finding.
        #[default]
        Store = "store",
        /// Refused with 400 `invalidValue`.
        Refuse = "refuse",
    }
}

/// What one connection's administrators decided. Missing fields have the values of a new connection.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of the interface in design.md 6")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectionPolicy {
    /// A sign-in may add people (J-0: on for every new connection).
    pub jit: bool,
    /// The provider may push (S-5: off at first).
    pub scim: bool,
    /// Groups named `organization:team` put people into teams (RC-18: off at first).
    pub group_mapping: bool,
    /// People of its domains must use it (E-1).
    pub enforce_sso: bool,
    /// A name carried by an active directory user is not written by sign-ins (RC-14).
    pub freeze_name: bool,
    /// What a new subject with a known e-mail gets (RC-13).
    pub on_new_subject: OnNewSubject,
    /// A denied stranger gets an account without any membership (N-1).
    pub create_denied_accounts: bool,
    /// What a pushed user outside the verified domains gets (RC-5).
    pub unverified_domains: UnverifiedDomains,
    /// For how many days a deleted directory user's id can be restored (RC-8).
    pub restore_days: u32,
}

impl Default for ConnectionPolicy {
    fn default() -> Self {
        Self {
            jit: true,
            scim: false,
            group_mapping: false,
            enforce_sso: false,
            freeze_name: true,
            on_new_subject: OnNewSubject::Refuse,
            create_denied_accounts: true,
            unverified_domains: UnverifiedDomains::Store,
            restore_days: 30,
        }
    }
}

impl ConnectionPolicy {
    /// The mode that the two switches make.
    pub const fn mode(&self) -> Mode {
        match (self.jit, self.scim) {
            (true, false) => Mode::Jit,
            (true, true) => Mode::ScimWithJit,
            (false, true) => Mode::ScimAuthoritative,
            (false, false) => Mode::InvitationOnly,
        }
    }
}
