//! Every kind of event: its word, what it means, which members its data may have, whether it is kept without a listener.

/// Whether an event is stored where no webhook listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// Owners read of it by mail, or a later decision looks for it.
    Always,
    /// It is for programs alone.
    IfHeard,
}

macro_rules! kinds {
    ($($(#[doc = $about:literal])+ $name:ident = $word:literal, $keeping:ident, [$($member:literal),+];)+) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[doc = $about])+ $name,)+ }

        impl Kind {
            /// Every kind, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The dotted word that receivers see.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// The kind of a word exactly as written.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($word => Some(Self::$name),)+ _ => None }
            }

            /// What it means, in a sentence or two.
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($about),+).trim_start(),)+ }
            }

            /// Whether it is stored where nobody listens.
            pub const fn keeping(self) -> Keeping {
                match self { $(Self::$name => Keeping::$keeping,)+ }
            }

            /// Names of the members that its data may have.
            pub const fn members(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($member),+],)+ }
            }
        }
    };
}

kinds! {
    /// Somebody became a member of an organization. `reason` is the door: `scim`, `jit`, `invitation`, `domain` or `manual`.
    PersonJoined = "person.joined", IfHeard, ["account", "organization", "role", "state", "reason", "connection"];
    /// A membership was suspended: the person has no access to the organization. `reason` says by whom: `directory` or `administrator`.
    PersonSuspended = "person.suspended", IfHeard, ["account", "organization", "role", "state", "reason", "connection"];
    /// A suspended or held membership gives access again.
    PersonRestored = "person.restored", IfHeard, ["account", "organization", "role", "state", "connection"];
    /// A membership ended.
    PersonRemoved = "person.removed", IfHeard, ["account", "organization", "role", "state", "reason"];
    /// Name, address or state of the account changed. `changed` names what did: `email`, `email_verified`, `full_name`, `disabled`.
    PersonChanged = "person.changed", IfHeard, ["account", "changed", "connection"];
    /// A member has another role.
    RoleChanged = "role.changed", IfHeard, ["account", "organization", "role", "state", "connection"];
    /// People came into a team or left it; `added` and `removed` are accounts.
    TeamsChanged = "teams.changed", IfHeard, ["organization", "team", "added", "removed", "connection"];
    /// Sessions of the person ended: whoever remembers one asks again. `reason` is `access_ended`, `claimed`, `disabled`, `handed_over`, `identity_freed`, `connection_ended` or `revoked`.
    SessionEnded = "session.ended", IfHeard, ["account", "reason", "connection"];
    /// An account that nobody had proven to be theirs was taken over by its domain's owner.
    AccountClaimed = "account.claimed", Always, ["account", "connection"];
    /// A known person came with a new subject.
    IdentityReplaced = "identity.replaced", IfHeard, ["account", "connection"];
    /// Somebody joined because of their address's domain.
    MemberAutoProvisioned = "member.auto_provisioned", Always, ["account", "organization"];
    /// Somebody was kept out of an organization because it is full; told once a day.
    SeatsExhausted = "seats.exhausted", Always, ["organization", "account", "connection"];
    /// A provider removes so many people at once that the rest waits for an administrator; `count` were let through, and the first of the rest is suspended at `expires_at`. Told once, not for each person.
    BrakeHeld = "brake.held", Always, ["connection", "count", "expires_at"];
    /// Held removals of `count` people were carried out. `reason` says by whom: `administrator` or `time`.
    BrakeReleased = "brake.released", Always, ["connection", "count", "reason"];
    /// Held removals of `count` people were dropped; they stay members. `reason` is `administrator`.
    BrakeRejected = "brake.rejected", Always, ["connection", "count", "reason"];
    /// Who is the authority of a connection, whom it serves or where changed; `change` has the new values.
    PolicyChanged = "policy.changed", IfHeard, ["connection", "change"];
    /// A connection was deleted; its sessions and tokens ended.
    ConnectionEnded = "connection.ended", IfHeard, ["connection", "name"];
    /// Somebody was invited to an organization, or invited again: the link is a fresh one.
    InvitationSent = "invitation.sent", Always, ["invitation", "organization"];
    /// The company has proven that a domain is its own. `reason` is the proof: `dns`, `operator` or `transfer`.
    DomainVerified = "domain.verified", Always, ["domain", "reason"];
    /// A domain was not proven in 33 days and is not looked up any more. `reason` is what was found last.
    DomainFailing = "domain.failing", Always, ["domain", "reason"];
    /// The company has given a domain up, or it went to another company (`reason` is `transfer`).
    DomainRemoved = "domain.removed", Always, ["domain", "reason"];
    /// A token ends soon.
    TokenExpiring = "token.expiring", Always, ["token", "connection", "name", "expires_at"];
    /// A certificate of a provider ends soon.
    CertificateExpiring = "certificate.expiring", Always, ["connection", "name", "expires_at"];
    /// A webhook was turned off because its receiver answered 410.
    WebhookDisabled = "webhook.disabled", Always, ["webhook", "url", "reason"];
    /// A test that an administrator sent.
    Ping = "ping", IfHeard, ["webhook"];
}

impl std::fmt::Display for Kind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use rollcall_policy::Event;

    use super::*;

    #[test]
    fn words_are_dotted_and_each_stands_for_one_kind() {
        for kind in Kind::ALL {
            let (word, plain) = (kind.code(), |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_'));
            assert!(word.bytes().all(plain) && (word.contains('.') || word == "ping"), "{word}");
            assert_eq!(Kind::from_code(word), Some(*kind));
        }
        assert_eq!(Kind::from_code("person.joined "), None);
    }

    #[test]
    fn what_policy_tells_is_in_the_catalogue() {
        for event in Event::ALL {
            assert!(Kind::from_code(event.code()).is_some(), "{event}");
        }
    }
}
