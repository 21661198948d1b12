//! Every rule that can show up in a trail, by its stable code.

use crate::code::codes;

codes! {
    /// A rule of provisioning. Its code is stored in decisions and never changes its meaning.
    pub enum Rule {
        ///
        A3 = "A-3",
        ///
        A4 = "A-4",
        ///
        A6 = "A-6",
        ///
        A7 = "A-7",
        ///
        A8 = "A-8",
        /// E-1
        E1 = "E-1",
        /// SI-4
        Si4 = "SI-4",
        /// SI-5
        Si5 = "SI-5",
        /// SI-8
        Si8 = "SI-8",
        /// SI-10
        Si10 = "SI-10",
        /// J-1
        J1 = "J-1",
        /// J-2
        J2 = "J-2",
        /// J-3
        J3 = "J-3",
        /// J-4
        J4 = "J-4",
        /// J-5
        J5 = "J-5",
        /// J-6
        J6 = "J-6",
        /// J-7
        J7 = "J-7",
        /// J-8
        J8 = "J-8",
        /// J-9
        J9 = "J-9",
        /// J-10
        J10 = "J-10",
        /// J-12
        J12 = "J-12",
        /// N-1
        N1 = "N-1",
        /// N-2
        N2 = "N-2",
        /// N-3
        N3 = "N-3",
        /// N-4
        N4 = "N-4",
        /// G-2
        G2 = "G-2",
        /// G-3
        G3 = "G-3",
        /// G-6
        G6 = "G-6",
        /// G-7
        G7 = "G-7",
        /// G-8
        G8 = "G-8",
        ///
        R1 = "R-1",
        ///
        R2 = "R-2",
        ///
        R3 = "R-3",
        ///
        R4 = "R-4",
        ///
        R5 = "R-5",
        ///
        R8 = "R-8",
        /// SS-1
        Ss1 = "SS-1",
        /// SS-2
        Ss2 = "SS-2",
        /// SS-3
        Ss3 = "SS-3",
        /// U-4
        U4 = "U-4",
        /// U-6
        U6 = "U-6",
        /// U-8
        U8 = "U-8",
        /// U-9
        U9 = "U-9",
        /// U-10
        U10 = "U-10",
        /// M-5
        M5 = "M-5",
        /// M-9
        M9 = "M-9",
        /// RC-1
        Rc1 = "RC-1",
        /// RC-2
        Rc2 = "RC-2",
        /// RC-3
        Rc3 = "RC-3",
        /// RC-4
        Rc4 = "RC-4",
        /// RC-5
        Rc5 = "RC-5",
        /// RC-6
        Rc6 = "RC-6",
        /// RC-7
        Rc7 = "RC-7",
        /// RC-8
        Rc8 = "RC-8",
        /// RC-10
        Rc10 = "RC-10",
        /// RC-11
        Rc11 = "RC-11",
        /// RC-12
        Rc12 = "RC-12",
        /// RC-13
        Rc13 = "RC-13",
        /// RC-14
        Rc14 = "RC-14",
        /// RC-15
        Rc15 = "RC-15",
        /// RC-16
        Rc16 = "RC-16",
        /// RC-17
        Rc17 = "RC-17",
        /// RC-18
        Rc18 = "RC-18",
    }
}

impl Rule {
    /// What the rule says, in one sentence for people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::A3 => "The domain is verified and admits its people, so the account joins the organization.",
            Self::A4 => "No account has this address, and a sign-in without SSO makes none.",
            Self::A6 => "Owners are told of who joined because of their domain.",
            Self::A7 => "The organization has no free seat, so the domain adds nobody; the sign-in is as it was.",
            Self::A8 => "The domain belongs to an SSO connection, so it adds nobody by itself.",
            Self::E1 => "People of this domain must use SSO.",
            Self::Si4 => "The address must be in a verified domain of this connection.",
            Self::Si5 => "The NameID is no e-mail address, and nothing else in the response is one.",
            Self::Si8 => "An account with this address exists and is used; it is never duplicated.",
            Self::Si10 => "An e-mail address is required.",
            Self::J1 => "The account exists; its full name follows the provider.",
            Self::J2 => "No account exists, so one is made, with a generated username.",
            Self::J3 => "A pending invitation is accepted.",
            Self::J4 => "The invitation names a team, which is joined too.",
            Self::J5 => {
                "Group mappings were sent: every organization and team they name is joined, defaults are not used."
            }
            Self::J6 => "No mappings were sent and the person is a member already: nothing changes.",
            Self::J7 => "No mappings were sent and the person is a member of none: the defaults are joined.",
            Self::J8 => "Role attributes count only when somebody joins an organization.",
            Self::J9 => "A sign-in never changes the role of a member.",
            Self::J10 => "A sign-in may add teams and never removes one.",
            Self::J12 => "The organization has no free seat, so it is not joined.",
            Self::N1 => "With JIT off the account is still found or made, before membership is checked.",
            Self::N2 => "With JIT off, members and invitees come in.",
            Self::N3 => "With JIT off, somebody who is neither member nor invited is denied.",
            Self::N4 => "With JIT off, a sign-in puts nobody into teams by their groups.",
            Self::G2 => "Members of a directory group join the organization that its name says.",
            Self::G3 => "The team did not exist, so it is made.",
            Self::G6 => "Group names that are not organization:team are ignored.",
            Self::G7 => "The people of a mapped team are those of the directory groups that map to it.",
            Self::G8 => "Whoever leaves a directory group leaves its team, and stays in the organization.",
            Self::R1 => "The role is one of member, editor, owner; without one it is member.",
            Self::R2 => "Without an organization attribute, the connection's default organization is meant.",
            Self::R3 => "An organization attribute alone does not join the default team.",
            Self::R4 => "A team attribute alone means that team in the default organization.",
            Self::R5 => "Organization and team attributes together mean that team in that organization.",
            Self::R8 => "The directory may change the role later.",
            Self::Ss1 => "The session has the default length.",
            Self::Ss2 => "The session has the length that the provider asked for.",
            Self::Ss3 => "Session minutes are a positive whole number of at most 90 days.",
            Self::U4 => "A pushed person gets an account and joins before any sign-in.",
            Self::U6 => "The directory links the account that has this address, however its membership came.",
            Self::U8 => "A pushed name changes the account's; it is never cleared.",
            Self::U9 => "The directory says inactive or deleted: memberships are suspended.",
            Self::U10 => "The directory says active again: memberships are restored.",
            Self::M5 => "A pending invitation is accepted; the account keeps what it has.",
            Self::M9 => "The last owner of an organization cannot be removed or demoted.",
            Self::Rc1 => {
                "Only the company that has verified an account's domain links it by e-mail or writes its name."
            }
            Self::Rc2 => "A company never disables an account; only the operator does.",
            Self::Rc3 => "The session is of the account alone, for no company.",
            Self::Rc4 => {
                "A suspended membership is lifted only by a directory that says active, or by an administrator."
            }
            Self::Rc5 => {
                "A pushed user has effects on people only if their address is in a domain verified on the connection."
            }
            Self::Rc6 => "The address is the primary e-mail, else the work one, else the first, else the userName.",
            Self::Rc7 => "The person's SCIM id at this connection is kept, by whichever door they came first.",
            Self::Rc8 => "The same person gets the same id back; somebody else never does.",
            Self::Rc10 => "Linking an account whose address was never verified ends its sessions.",
            Self::Rc11 => "Whom a directory removed or deactivated is refused for as long as the connection exists.",
            Self::Rc12 => "A removal of this person is held until an administrator decides; meanwhile they come in.",
            Self::Rc13 => "A new subject does not take over somebody else's account.",
            Self::Rc14 => "What an active directory carries is not overwritten by a sign-in.",
            Self::Rc15 => {
                "A pushed, linked, active person joins the organization and team of the attributes, else the defaults."
            }
            Self::Rc16 => "Without a free seat nothing is stored.",
            Self::Rc17 => "Team names are short and clean, and the number of new teams is limited.",
            Self::Rc18 => "Group mapping is off on this connection, so groups are not used.",
        }
    }
}
