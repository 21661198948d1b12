//! An account in an organization: role, origin, state (design.md 1).

use crate::code::codes;

codes! {
    /// What a member may do in one organization. Ordered: an owner may more than an editor.
    #[derive(Default)]
    pub enum Role {
        /// Reads. What everybody gets who is given nothing else.
        #[default]
        Member = "member",
        /// Changes content, administers nobody.
        Editor = "editor",
        /// Administers people, teams and settings.
        Owner = "owner",
    }
}

codes! {
    /// The door through which a membership came.
    pub enum Origin {
        /// Pushed by a directory.
        Scim = "scim",
        /// Added at a sign-in.
        Jit = "jit",
        /// An accepted invitation.
        Invitation = "invitation",
        /// Admitted because of a verified domain.
        Domain = "domain",
        /// Added by an administrator.
        Manual = "manual",
    }
}

codes! {
    /// Where a membership stands.
    pub enum MembershipState {
        /// Gives access.
        Active = "active",
        /// Gives none and takes no seat, until it is lifted (RC-4).
        Suspended = "suspended",
        /// Its removal waits for an administrator (RC-12); gives access meanwhile.
        Held = "held",
        /// Ended. Counts as no membership.
        Removed = "removed",
    }
}

codes! {
    /// Who suspended a membership, and so who may lift it (RC-4).
    pub enum SuspendedBy {
        /// A directory that says inactive or deleted.
        Directory = "directory",
        /// An administrator, by hand: only an administrator lifts it.
        Administrator = "administrator",
    }
}
