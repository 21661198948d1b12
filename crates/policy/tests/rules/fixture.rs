//! The company of all rows: `acme`, with the organizations `acme` (the default) and `labs`, and one connection.

use std::collections::BTreeSet;

use rollcall_policy::*;

pub(crate) const ACME: OrganizationId = OrganizationId::from_u128(1);
pub(crate) const LABS: OrganizationId = OrganizationId::from_u128(2);
pub(crate) const ELSEWHERE: OrganizationId = OrganizationId::from_u128(3);
pub(crate) const COMPANY: CompanyId = CompanyId::from_u128(10);
pub(crate) const HERE: ConnectionId = ConnectionId::from_u128(20);
pub(crate) const OTHER: ConnectionId = ConnectionId::from_u128(21);
pub(crate) const JANE: AccountId = AccountId::from_u128(30);
pub(crate) const JOHN: AccountId = AccountId::from_u128(31);
pub(crate) const RESOURCE: DirectoryUserId = DirectoryUserId::from_u128(40);
pub(crate) const EARLIER: DirectoryUserId = DirectoryUserId::from_u128(41);
pub(crate) const KEPT: DirectoryUserId = DirectoryUserId::from_u128(42);
pub(crate) const INVITATION: InvitationId = InvitationId::from_u128(50);
pub(crate) const NOW: i64 = 1_800_000_000_000_000;
pub(crate) const DAY: i64 = 86_400_000_000;

pub(crate) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

pub(crate) fn folded(text: &str) -> Folded {
    Folded::new(text, fold)
}

pub(crate) fn jit() -> ConnectionPolicy {
    ConnectionPolicy { group_mapping: true, ..ConnectionPolicy::default() }
}

/// JIT off, SCIM on.
pub(crate) fn authoritative() -> ConnectionPolicy {
    ConnectionPolicy { jit: false, scim: true, group_mapping: true, ..ConnectionPolicy::default() }
}

/// JIT and SCIM on.
pub(crate) fn both() -> ConnectionPolicy {
    ConnectionPolicy { jit: true, ..authoritative() }
}

pub(crate) fn team(name: &str) -> TeamFacts {
    TeamFacts { name: folded(name), mapped: false }
}

pub(crate) fn connection() -> ConnectionFacts {
    let organization =
        |id, name: &str, teams| OrganizationFacts { id, name: folded(name), seats: Seats::Unlimited, teams };
    ConnectionFacts {
        id: HERE,
        company: COMPANY,
        domains: vec!["acme.example".to_owned()],
        organizations: vec![
            organization(ACME, "acme", vec![team("everyone"), team("dev")]),
            organization(LABS, "labs", vec![team("research")]),
        ],
        default_organization: ACME,
        default_team: Some(folded("everyone")),
        teams_created_last_hour: 0,
    }
}

pub(crate) fn assertion() -> Assertion {
    Assertion {
        subject: "sub-jane".to_owned(),
        subject_weak: false,
        external_id: None,
        email: Some(folded("jane@acme.example")),
        nameid_not_email: false,
        email_verified: None,
        full_name: Some("Jane Doe".to_owned()),
        groups: Vec::new(),
        groups_incomplete: false,
        attributes: Attributes::default(),
        session_minutes: None,
    }
}

pub(crate) fn attributes(organization: Option<&str>, team: Option<&str>, role: Option<&str>) -> Attributes {
    Attributes { organization: organization.map(folded), team: team.map(folded), role: role.map(str::to_owned) }
}

/// A stranger's sign-in; rows change what they are about.
pub(crate) fn sign_in() -> SignInFacts {
    SignInFacts {
        now: NOW,
        client: Client::Web,
        assertion: assertion(),
        connection: connection(),
        accounts: Vec::new(),
        directory: Vec::new(),
        invitations: Vec::new(),
        username_digits: vec![4821, 17],
    }
}

pub(crate) fn jane() -> AccountFacts {
    AccountFacts {
        id: JANE,
        email: folded("jane@acme.example"),
        email_verified: true,
        full_name: Some("Jane Doe".to_owned()),
        disabled: false,
        subject: None,
        scim_id: None,
        memberships: Vec::new(),
    }
}

/// Jane after a first sign-in.
pub(crate) fn known_jane() -> AccountFacts {
    AccountFacts { subject: Some("sub-jane".to_owned()), scim_id: Some(KEPT), ..jane() }
}

pub(crate) fn john() -> AccountFacts {
    AccountFacts { id: JOHN, email: folded("john@acme.example"), full_name: Some("John Roe".to_owned()), ..jane() }
}

pub(crate) fn member(organization: OrganizationId) -> MembershipFacts {
    MembershipFacts {
        organization,
        role: Role::Member,
        origin: Origin::Jit,
        state: MembershipState::Active,
        suspended_by: None,
        last_owner: false,
        teams: Vec::new(),
    }
}

pub(crate) fn suspended(organization: OrganizationId, by: SuspendedBy) -> MembershipFacts {
    MembershipFacts { state: MembershipState::Suspended, suspended_by: Some(by), ..member(organization) }
}

pub(crate) fn directory_user(state: DirectoryState) -> DirectoryUserFacts {
    DirectoryUserFacts {
        connection: HERE,
        scim: true,
        serves: vec![ACME, LABS],
        id: EARLIER,
        state,
        account: Some(JANE),
        external_id: Some("ext-jane".to_owned()),
        user_name: "jane@acme.example".to_owned(),
        address: Some("jane@acme.example".to_owned()),
        carries_name: true,
        hold: None,
    }
}

pub(crate) fn invitation(organization: OrganizationId) -> InvitationFacts {
    InvitationFacts { id: INVITATION, organization, email: "jane@acme.example".to_owned(), team: None, role: None }
}

pub(crate) fn pushed() -> PushedUser {
    PushedUser {
        user_name: folded("jane@acme.example"),
        external_id: Some("ext-jane".to_owned()),
        address: Some(folded("jane@acme.example")),
        full_name: Some("Jane Doe".to_owned()),
        active: true,
        attributes: Attributes::default(),
    }
}

/// Jane's resource as stored: active and linked.
pub(crate) fn stored() -> StoredUser {
    StoredUser {
        id: RESOURCE,
        active: true,
        account: Some(JANE),
        address: Some("jane@acme.example".to_owned()),
        attributes: Attributes::default(),
        hold: None,
    }
}

pub(crate) fn push(push: Push) -> PushFacts {
    PushFacts {
        now: NOW,
        push,
        connection: connection(),
        accounts: Vec::new(),
        directory: Vec::new(),
        groups: Vec::new(),
        username_digits: vec![4821, 17],
        removal: Removal::Passes,
        protected: BTreeSet::new(),
    }
}

pub(crate) fn create(user: PushedUser) -> PushFacts {
    push(Push::Create { user })
}

pub(crate) fn update(before: StoredUser, user: PushedUser) -> PushFacts {
    push(Push::Update { before, user })
}

/// One short word per effect, for rows.
pub(crate) fn words(effects: &[Effect]) -> Vec<String> {
    let at = |organization: &OrganizationId| match *organization {
        ACME => "acme".to_owned(),
        LABS => "labs".to_owned(),
        other => other.to_string(),
    };
    let word = |effect: &Effect| match effect {
        Effect::CreateAccount { email, .. } => format!("create {email}"),
        Effect::EndSessions { company: None } => "end all sessions".to_owned(),
        Effect::EndSessions { company: Some(_) } => "end company sessions".to_owned(),
        Effect::MarkEmailVerified => "verified".to_owned(),
        Effect::SetEmail { email } => format!("email {email}"),
        Effect::SetName { full_name } => format!("name {full_name}"),
        Effect::LinkIdentity { subject, replaces: None, .. } => format!("identity {subject}"),
        Effect::LinkIdentity { subject, replaces: Some(old), .. } => format!("identity {subject} for {old}"),
        Effect::ReleaseIdentity { .. } => "release identity".to_owned(),
        Effect::MintScimId { .. } => "scim id".to_owned(),
        Effect::LinkDirectoryUser => "link".to_owned(),
        Effect::DropTombstone { .. } => "drop tombstone".to_owned(),
        Effect::AcceptInvitation { organization, .. } => format!("accept {}", at(organization)),
        Effect::Join { organization, role, origin } => format!("join {} {role} {origin}", at(organization)),
        Effect::EnsureTeam { organization, team } => format!("ensure {}:{team}", at(organization)),
        Effect::JoinTeam { organization, team } => format!("team {}:{team}", at(organization)),
        Effect::LeaveTeam { organization, team } => format!("leave {}:{team}", at(organization)),
        Effect::Suspend { organization, .. } => format!("suspend {}", at(organization)),
        Effect::Resume { organization } => format!("resume {}", at(organization)),
        Effect::Hold { organization } => format!("hold {}", at(organization)),
        Effect::DropHold { organization } => format!("drop hold {}", at(organization)),
        Effect::HoldRemoval => "hold removal".to_owned(),
        Effect::EndHold => "end hold".to_owned(),
        Effect::RejectHold => "reject hold".to_owned(),
        Effect::SetRole { organization, role } => format!("role {} {role}", at(organization)),
        Effect::Emit { event, .. } => format!("emit {event}"),
    };
    effects.iter().map(word).collect()
}

/// The only line of these tests that knows how a sign-in is decided. Every rule named must be in the trail.
#[track_caller]
pub(crate) fn check(
    policy: &ConnectionPolicy,
    facts: &SignInFacts,
    reason: Reason,
    effects: &[&str],
    rules: &[Rule],
) -> SignInDecision {
    let got = decide_sign_in(policy, facts);
    assert_eq!(got.reason, reason, "{got:#?}");
    assert_eq!(words(&got.effects), effects, "{got:#?}");
    assert_eq!(got.outcome == Outcome::Allow, reason == Reason::Allowed);
    for rule in rules {
        assert!(got.trail.rules().contains(rule), "{rule} is missing: {:?}", got.trail.rules());
    }
    got
}

/// Likewise for pushes that are not refused.
#[track_caller]
pub(crate) fn check_push(
    facts: &PushFacts,
    effects: &[&str],
    finding: Option<Finding>,
    rules: &[Rule],
) -> PushDecision {
    let got = decide_push(&authoritative(), facts).unwrap();
    assert_eq!(words(&got.effects), effects, "{got:#?}");
    assert_eq!(got.finding, finding, "{got:#?}");
    for rule in rules {
        assert!(got.trail.rules().contains(rule), "{rule} is missing: {:?}", got.trail.rules());
    }
    got
}

/// Likewise for refused ones.
#[track_caller]
pub(crate) fn check_refused(
    policy: &ConnectionPolicy,
    facts: &PushFacts,
    status: u16,
    scim_type: Option<&str>,
    detail: &str,
) {
    let got = decide_push(policy, facts).unwrap_err();
    assert_eq!((got.status(), got.scim_type()), (status, scim_type), "{got}");
    assert!(got.to_string().contains(detail), "{got}");
}
