//! The two flows that this project was created from, step by step in their own words.

use rollcall_policy::*;

use crate::fixture::*;

/// One sentence of the documents, who it is about, and what comes of their sign-in.
struct Row<'a> {
    says: &'a str,
    facts: SignInFacts,
    reason: Reason,
    effects: &'a [&'a str],
    rules: &'a [Rule],
}

#[track_caller]
fn check_rows(policy: &ConnectionPolicy, rows: &[Row<'_>]) {
    for Row { says, facts, reason, effects, rules } in rows {
        let got = decide_sign_in(policy, facts);
        assert_eq!(
            (got.reason, words(&got.effects)),
            (*reason, effects.iter().map(ToString::to_string).collect()),
            "{says}"
        );
        assert!(rules.iter().all(|rule| got.trail.rules().contains(rule)), "{says}: {:?}", got.trail.rules());
    }
}

fn nobody() -> SignInFacts {
    sign_in()
}

/// An account that no connection knows yet, under another name.
fn somebody() -> SignInFacts {
    SignInFacts { accounts: vec![AccountFacts { full_name: Some("J. Doe".to_owned()), ..jane() }], ..sign_in() }
}

fn member_of(organizations: &[OrganizationId]) -> SignInFacts {
    let memberships = organizations.iter().map(|organization| member(*organization)).collect();
    SignInFacts { accounts: vec![AccountFacts { memberships, ..known_jane() }], ..sign_in() }
}

fn with_invitation(invitation: InvitationFacts, facts: SignInFacts) -> SignInFacts {
    SignInFacts { invitations: vec![invitation], ..facts }
}

fn with_groups(groups: &[&str], mut facts: SignInFacts) -> SignInFacts {
    facts.assertion.groups = groups.iter().map(|group| folded(group)).collect();
    facts
}

/// P4-9: with enforcement off, as it is at first.
/// "SSO authentication with JIT provisioning enabled".
#[test]
fn single_sign_on_with_jit_enabled() {
    let to_research = InvitationFacts { team: Some(folded("research")), ..invitation(LABS) };
    let rows = [
        Row {
            says: "1. If an account exists: The system uses the existing account and updates the user's full name if necessary.",
            facts: somebody(),
            reason: Reason::Allowed,
            effects: &["name Jane Doe", "identity sub-jane", "scim id", "join acme member jit", "team acme:everyone"],
            rules: &[Rule::J1, Rule::Si8],
        },
        Row {
            says: "1. If no account exists: A new Docker account is created using basic user attributes (email, name, and surname).",
            facts: nobody(),
            reason: Reason::Allowed,
            effects: &[
                "create jane@acme.example",
                "identity sub-jane",
                "scim id",
                "join acme member jit",
                "team acme:everyone",
            ],
            rules: &[Rule::J2, Rule::J7],
        },
        Row {
            says: "2. Invitation found: The invitation is automatically accepted.",
            facts: with_invitation(invitation(LABS), member_of(&[])),
            reason: Reason::Allowed,
            effects: &["accept labs", "join labs member invitation"],
            rules: &[Rule::J3, Rule::J6],
        },
        Row {
            says: "2. Invitation includes a specific group: The user is added to that group within the SSO organization.",
            facts: with_invitation(to_research, member_of(&[])),
            reason: Reason::Allowed,
            effects: &["accept labs", "join labs member invitation", "team labs:research"],
            rules: &[Rule::J3, Rule::J4],
        },
        Row {
            says: "3. Group mappings provided: The user is assigned to the relevant organizations and teams.",
            facts: with_groups(&["acme:dev", "Labs:Robots"], member_of(&[])),
            reason: Reason::Allowed,
            effects: &[
                "join acme member jit",
                "team acme:dev",
                "join labs member jit",
                "ensure labs:Robots",
                "team labs:Robots",
            ],
            rules: &[Rule::J5, Rule::G3],
        },
        Row {
            says: "3. No group mappings provided: The system checks if the user is already part of the organization.",
            facts: member_of(&[LABS]),
            reason: Reason::Allowed,
            effects: &[],
            rules: &[Rule::J6],
        },
        Row {
            says: "3. If not, the user is added to the default organization and team configured in the SSO connection.",
            facts: member_of(&[]),
            reason: Reason::Allowed,
            effects: &["join acme member jit", "team acme:everyone"],
            rules: &[Rule::J7],
        },
    ];
    check_rows(&jit(), &rows);
    // "A unique username is generated based on the user's email, name, and random numbers" (J-2)
    let got = decide_sign_in(&jit(), &nobody());
    let Effect::CreateAccount { usernames, full_name, .. } = &got.effects[0] else { panic!("J-2") };
    assert_eq!((usernames[0].as_str(), full_name.as_deref()), ("jane4821", Some("Jane Doe")));
}

/// P4-44.
/// "SSO authentication with JIT provisioning disabled".
#[test]
fn single_sign_on_with_jit_disabled() {
    let rows = [
        Row {
            says: "1. If an account exists: The system uses the existing account and updates the user's full name if necessary.",
            facts: somebody(),
            reason: Reason::AccessDenied,
            effects: &["name Jane Doe"],
            rules: &[Rule::N1, Rule::J1],
        },
        Row {
            says: "1. If no account exists: A new Docker account is created using basic user attributes (email, name, and surname).",
            facts: nobody(),
            reason: Reason::AccessDenied,
            effects: &["create jane@acme.example"],
            rules: &[Rule::N1, Rule::J2],
        },
        Row {
            says: "2. If the user is a member of the organization [...], sign-in is successful",
            facts: member_of(&[LABS]),
            reason: Reason::Allowed,
            effects: &[],
            rules: &[Rule::N2],
        },
        Row {
            says: "2. If the user [...] has a pending invitation, sign-in is successful, and the invitation is automatically accepted.",
            facts: with_invitation(invitation(ACME), nobody()),
            reason: Reason::Allowed,
            effects: &[
                "create jane@acme.example",
                "identity sub-jane",
                "scim id",
                "accept acme",
                "join acme member invitation",
            ],
            rules: &[Rule::N2],
        },
        Row {
            says: "2. No invitation found: If the user is not a member of the organization and has no pending invitation, the sign-in fails",
            facts: member_of(&[]),
            reason: Reason::AccessDenied,
            effects: &[],
            rules: &[Rule::N3],
        },
        Row {
            says: "With JIT disabled, group mapping is only available if you have SCIM enabled: a sign-in maps nothing.",
            facts: with_groups(&["acme:dev"], member_of(&[LABS])),
            reason: Reason::Allowed,
            effects: &[],
            rules: &[Rule::N2, Rule::N4],
        },
    ];
    check_rows(&authoritative(), &rows);
    // "If SCIM is not enabled, users won't be auto-provisioned to groups."
    check_rows(&ConnectionPolicy { scim: false, ..authoritative() }, &rows);
    // "an `Access denied` error appears"
    assert_eq!(decide_sign_in(&authoritative(), &nobody()).message, "Access denied", "N-3");
}

#[test]
fn jit_is_on_for_every_new_connection() {
    let fresh: ConnectionPolicy = serde_json::from_str("{}").unwrap();
    assert_eq!(fresh, ConnectionPolicy::default());
    assert!(fresh.jit, "J-0");
    assert!(!fresh.scim && !fresh.group_mapping, "S-5, RC-18");
    assert_eq!(fresh.mode(), Mode::Jit);
    assert_eq!(authoritative().mode(), Mode::ScimAuthoritative);
}

#[test]
fn people_who_leave_the_provider_stay_until_somebody_removes_them() {
    // J-11: nothing is decided without a sign-in; RC-9: absence from pushes removes nobody. A sign-in long after
    // finds the member as they were.
    let mut facts = sign_in();
    facts.now = NOW + 400 * DAY;
    facts.accounts = vec![AccountFacts { memberships: vec![member(ACME)], ..known_jane() }];
    check(&jit(), &facts, Reason::Allowed, &[], &[Rule::J6]);
}

#[test]
fn who_was_pushed_is_a_member_and_comes_in() {
    // N-7
    let mut facts = sign_in();
    let pushed = MembershipFacts { origin: Origin::Scim, ..member(ACME) };
    facts.accounts = vec![AccountFacts { memberships: vec![pushed], ..jane() }];
    facts.directory = vec![directory_user(DirectoryState::Active)];
    check(&authoritative(), &facts, Reason::Allowed, &["identity sub-jane", "scim id"], &[Rule::N2]);
}
