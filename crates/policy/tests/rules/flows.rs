//! The two flows that this project was created from, step by step in their own words.

use rollcall_policy::*;

use crate::fixture::*;

#[test]
fn single_sign_on_with_jit_enabled() {
    // "If no account exists: A new account is created using basic user attributes (email, name, and surname). A unique
    // username is generated based on the user's email, name, and random numbers" (J-2)
    // "No group mappings provided: ... If not, the user is added to the default organization and team" (J-7)
    let stranger = sign_in();
    let new =
        ["create jane@acme.example", "identity sub-jane", "scim id", "join acme member jit", "team acme:everyone"];
    let got = check(&jit(), &stranger, Reason::Allowed, &new, &[Rule::J2, Rule::J7]);
    let Effect::CreateAccount { usernames, full_name, .. } = &got.effects[0] else { panic!("J-2") };
    assert_eq!((usernames[0].as_str(), full_name.as_deref()), ("jane4821", Some("Jane Doe")));

    // "If an account exists: The system uses the existing account and updates the user's full name if necessary." (J-1)
    let mut renamed = sign_in();
    renamed.accounts = vec![AccountFacts { full_name: Some("J. Doe".to_owned()), ..jane() }];
    let found = ["name Jane Doe", "identity sub-jane", "scim id", "join acme member jit", "team acme:everyone"];
    check(&jit(), &renamed, Reason::Allowed, &found, &[Rule::J1, Rule::Si8]);

    // "Invitation found: The invitation is automatically accepted." (J-3)
    // "Invitation includes a specific group: The user is added to that group" (J-4)
    let mut invited = renamed.clone();
    invited.accounts = vec![known_jane()];
    invited.invitations = vec![InvitationFacts { team: Some(folded("research")), ..invitation(LABS) }];
    let accepted = ["accept labs", "join labs member invitation", "team labs:research"];
    check(&jit(), &invited, Reason::Allowed, &accepted, &[Rule::J3, Rule::J4, Rule::J6]);

    // "Group mappings provided: The user is assigned to the relevant organizations and teams." (J-5)
    let mut grouped = invited.clone();
    grouped.invitations = Vec::new();
    grouped.assertion.groups = vec![folded("acme:dev"), folded("Labs:Robots")];
    let mapped =
        ["join acme member jit", "team acme:dev", "join labs member jit", "ensure labs:Robots", "team labs:Robots"];
    check(&jit(), &grouped, Reason::Allowed, &mapped, &[Rule::J5, Rule::G3]);

    // "No group mappings provided: The system checks if the user is already part of the organization." (J-6)
    let mut again = grouped.clone();
    again.assertion.groups = Vec::new();
    again.accounts[0].memberships = vec![member(LABS)];
    let got = check(&jit(), &again, Reason::Allowed, &[], &[Rule::J6]);
    assert_eq!(got.memberships.iter().map(|membership| membership.name.as_str()).collect::<Vec<_>>(), ["labs"]);
}

#[test]
fn single_sign_on_with_jit_disabled() {
    // "If no account exists: A new account is created" and "No invitation found: ... the sign-in fails, and an
    // `Access denied` error appears." (N-1, N-3)
    let stranger = sign_in();
    let denied =
        check(&authoritative(), &stranger, Reason::AccessDenied, &["create jane@acme.example"], &[Rule::N1, Rule::N3]);
    assert_eq!(denied.message, "Access denied");

    // "The system uses the existing account and updates the user's full name if necessary." (N-1)
    let mut renamed = sign_in();
    renamed.accounts = vec![AccountFacts { full_name: Some("J. Doe".to_owned()), ..jane() }];
    check(&authoritative(), &renamed, Reason::AccessDenied, &["name Jane Doe"], &[Rule::N1, Rule::N3]);

    // "If the user is a member of the organization ... sign-in is successful" (N-2)
    let mut known = sign_in();
    known.accounts = vec![AccountFacts { memberships: vec![member(LABS)], ..known_jane() }];
    check(&authoritative(), &known, Reason::Allowed, &[], &[Rule::N2]);

    // "or has a pending invitation, sign-in is successful, and the invitation is automatically accepted." (N-2)
    let mut invited = sign_in();
    invited.invitations = vec![invitation(ACME)];
    let accepted =
        ["create jane@acme.example", "identity sub-jane", "scim id", "accept acme", "join acme member invitation"];
    check(&authoritative(), &invited, Reason::Allowed, &accepted, &[Rule::N2]);

    // "With JIT disabled, group mapping is only available if you have SCIM enabled": a sign-in maps nothing. (N-4)
    known.assertion.groups = vec![folded("acme:dev")];
    check(&authoritative(), &known, Reason::Allowed, &[], &[Rule::N4]);
    let neither = ConnectionPolicy { scim: false, ..authoritative() };
    check(&neither, &known, Reason::Allowed, &[], &[Rule::N4]);
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
