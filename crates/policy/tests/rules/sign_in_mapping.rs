//! Where a sign-in puts people: groups, attributes, roles, seats, teams.

use rollcall_policy::*;

use crate::fixture::*;

fn known(memberships: Vec<MembershipFacts>) -> SignInFacts {
    SignInFacts { accounts: vec![AccountFacts { memberships, ..known_jane() }], ..sign_in() }
}

fn grouped(groups: &[&str]) -> SignInFacts {
    let mut facts = known(vec![]);
    facts.assertion.groups = groups.iter().map(|group| folded(group)).collect();
    facts
}

fn attributed(organization: Option<&str>, team: Option<&str>, role: Option<&str>) -> SignInFacts {
    let mut facts = known(vec![]);
    facts.assertion.attributes = attributes(organization, team, role);
    facts
}

#[track_caller]
fn names(decision: &SignInDecision, code: WarningCode) -> Vec<&str> {
    let warning = decision.warnings.iter().find(|warning| warning.code == code);
    warning.map(|warning| warning.names.iter().map(String::as_str).collect()).unwrap_or_default()
}

#[test]
fn groups_are_a_union_and_bad_ones_are_listed() {
    // G-1, G-2, G-4, G-6
    let facts = grouped(&["acme:dev", "noise", "labs:research", "strangers:dev", "acme:dev", "acme:"]);
    let joined = ["join acme member jit", "team acme:dev", "join labs member jit", "team labs:research"];
    let got = check(&jit(), &facts, Reason::Allowed, &joined, &[Rule::J5, Rule::G6]);
    assert_eq!(names(&got, WarningCode::GroupsMalformed), ["noise", "acme:"]);
    assert_eq!(names(&got, WarningCode::OrganizationForeign), ["strangers:dev"]);
}

/// P4-12, P4-19.
#[test]
fn without_a_usable_group_the_defaults_are_joined() {
    // G-6, J-7
    let defaults = ["join acme member jit", "team acme:everyone"];
    check(&jit(), &grouped(&["noise", "strangers:dev"]), Reason::Allowed, &defaults, &[Rule::G6, Rule::J7]);
}

#[test]
fn groups_are_not_used_while_mapping_is_off() {
    let policy = ConnectionPolicy { group_mapping: false, ..jit() };
    let defaults = ["join acme member jit", "team acme:everyone"];
    check(&policy, &grouped(&["labs:research"]), Reason::Allowed, &defaults, &[Rule::Rc18, Rule::J7]);
}

/// Organization, team, effects, rule.
type Row<'a> = (Option<&'a str>, Option<&'a str>, &'a [&'a str], Rule);

/// P4-14, P4-15.
#[test]
fn attributes_choose_organization_and_team() {
    // R-6 and G-3: a missing team is made
    let rows: &[Row<'_>] = &[
        (Some("Labs"), None, &["join labs member jit"], Rule::R3),
        (Some("acme"), None, &["join acme member jit"], Rule::R3),
        (None, Some("dev"), &["join acme member jit", "team acme:dev"], Rule::R4),
        (Some("labs"), Some("Robots"), &["join labs member jit", "ensure labs:Robots", "team labs:Robots"], Rule::R5),
    ];
    for (organization, team, effects, rule) in rows {
        check(&jit(), &attributed(*organization, *team, None), Reason::Allowed, effects, &[*rule]);
    }
    // several organizations need group mapping; together they are one union.
    let mut facts = grouped(&["acme:dev"]);
    facts.assertion.attributes = attributes(Some("labs"), None, None);
    let union = ["join acme member jit", "team acme:dev", "join labs member jit"];
    check(&jit(), &facts, Reason::Allowed, &union, &[Rule::J5, Rule::R3]);
}

/// P4-16.
#[test]
fn attributes_that_name_nothing_are_ignored_and_listed() {
    let defaults = ["join acme member jit", "team acme:everyone"];
    let got = check(
        &jit(),
        &attributed(Some("nowhere"), Some("dev"), Some("owner")),
        Reason::Allowed,
        &defaults,
        &[Rule::J7],
    );
    assert_eq!(names(&got, WarningCode::OrganizationUnknown), ["nowhere"]);
    let got = check(&jit(), &attributed(None, None, Some("boss")), Reason::Allowed, &defaults, &[Rule::R1]);
    assert_eq!(names(&got, WarningCode::RoleUnknown), ["boss"]);
    let long = "t".repeat(101);
    let got = check(
        &jit(),
        &attributed(Some("labs"), Some(&long), None),
        Reason::Allowed,
        &["join labs member jit"],
        &[Rule::Rc17],
    );
    assert_eq!(names(&got, WarningCode::TeamInvalid), [long]);
}

/// P4-2.
#[test]
fn the_role_counts_at_the_first_join_only() {
    // J-8, J-9, R-8
    let facts = attributed(None, None, Some(" Editor "));
    let first = ["join acme editor jit", "team acme:everyone"];
    check(&jit(), &facts, Reason::Allowed, &first, &[Rule::J8]);
    let mut again = facts;
    again.accounts[0].memberships = vec![member(ACME)];
    again.assertion.attributes = attributes(None, Some("dev"), Some("owner"));
    check(&jit(), &again, Reason::Allowed, &["team acme:dev"], &[Rule::J9, Rule::J10]);
}

#[test]
fn a_role_beside_an_organization_is_meant_for_that_one() {
    let mut facts = grouped(&["acme:dev"]);
    facts.assertion.attributes = attributes(Some("labs"), None, Some("owner"));
    let joined = ["join acme member jit", "team acme:dev", "join labs owner jit"];
    check(&jit(), &facts, Reason::Allowed, &joined, &[Rule::J8]);
}

#[test]
fn an_invitation_gives_its_role_unless_the_attribute_says_otherwise() {
    // J-3, provisioning-rules section 4 row 17
    let rows = [(None, "join labs editor invitation"), (Some("owner"), "join labs owner invitation")];
    for (role, join) in rows {
        let mut facts = attributed(None, None, role);
        facts.invitations = vec![InvitationFacts { role: Some(Role::Editor), ..invitation(LABS) }];
        check(&jit(), &facts, Reason::Allowed, &["accept labs", join], &[Rule::J3, Rule::J6]);
    }
}

#[test]
fn an_invitation_is_accepted_before_groups_add_more() {
    // J-4, 2.10
    let mut facts = grouped(&["labs:robots"]);
    facts.invitations = vec![InvitationFacts { team: Some(folded("research")), ..invitation(LABS) }];
    let all =
        ["accept labs", "join labs member invitation", "team labs:research", "ensure labs:robots", "team labs:robots"];
    check(&jit(), &facts, Reason::Allowed, &all, &[Rule::J3, Rule::J4, Rule::J5]);
}

#[test]
fn a_full_organization_keeps_strangers_out_and_members_in() {
    let mut facts = known(vec![]);
    facts.connection.organizations[0].seats = Seats::Full;
    let got = check(&jit(), &facts, Reason::NoSeats, &["emit seats.exhausted"], &[Rule::J12]);
    assert!(got.message.contains("acme"), "J-12: {}", got.message);
    // A member of another organization of the connection comes in without it.
    facts.accounts[0].memberships = vec![member(LABS)];
    facts.assertion.groups = vec![folded("acme:dev")];
    let got = check(&jit(), &facts, Reason::Allowed, &["emit seats.exhausted"], &[Rule::J12]);
    assert_eq!(names(&got, WarningCode::NoSeats), ["acme"]);
    // An invitation holds its own seat (M-3).
    facts.accounts[0].memberships = Vec::new();
    facts.invitations = vec![invitation(ACME)];
    let accepted = ["accept acme", "join acme member invitation", "team acme:dev"];
    check(&jit(), &facts, Reason::Allowed, &accepted, &[Rule::J3]);
    // A stranger's account is made all the same, as with JIT off (J-2, N-1).
    let mut stranger = sign_in();
    stranger.connection.organizations[0].seats = Seats::Full;
    let outside = ["create jane@acme.example", "emit seats.exhausted"];
    check(&jit(), &stranger, Reason::NoSeats, &outside, &[Rule::J12]);
}

#[test]
fn a_mapped_team_is_the_directories_alone() {
    // RC-14, RC-15
    let mut facts = grouped(&["acme:dev", "acme:ops"]);
    facts.connection.organizations[0].teams[1].mapped = true;
    let joined = ["join acme member jit", "ensure acme:ops", "team acme:ops"];
    let got = check(&both(), &facts, Reason::Allowed, &joined, &[Rule::Rc14]);
    assert_eq!(names(&got, WarningCode::TeamMapped), ["dev"]);
}

#[test]
fn new_teams_are_limited() {
    // RC-17: 50 at once, 1,000 an hour; the rest is ignored and listed.
    let many: Vec<String> = (0..60).map(|index| format!("acme:team {index}")).collect();
    let facts = grouped(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let got = decide_sign_in(&jit(), &facts);
    let made =
        |decision: &SignInDecision| words(&decision.effects).iter().filter(|word| word.starts_with("ensure")).count();
    assert_eq!((made(&got), names(&got, WarningCode::TeamLimit).len()), (50, 10));
    let mut late = facts;
    late.connection.teams_created_last_hour = 997;
    let got = decide_sign_in(&jit(), &late);
    assert_eq!((made(&got), names(&got, WarningCode::TeamLimit).len()), (3, 57));
}

/// RC-14: groups that a provider left out are not groups that the person is not in.
#[test]
fn groups_that_were_left_out_say_nothing() {
    let mut facts = known(vec![]);
    facts.assertion.groups_incomplete = true;
    let defaults = ["join acme member jit", "team acme:everyone"];
    let got = check(&jit(), &facts, Reason::Allowed, &defaults, &[Rule::J7, Rule::Rc14]);
    assert_eq!(got.warnings[0].code, WarningCode::GroupsIncomplete);
    // A member keeps everything.
    let teams = vec![team("dev"), team("everyone")];
    facts.accounts[0].memberships = vec![MembershipFacts { role: Role::Editor, teams, ..member(ACME) }];
    let got = check(&jit(), &facts, Reason::Allowed, &[], &[Rule::J6]);
    assert_eq!((got.memberships[0].role, got.memberships[0].teams.len()), (Role::Editor, 2));
    // Those that did come are used.
    facts.assertion.groups = vec![folded("labs:research")];
    check(&jit(), &facts, Reason::Allowed, &["join labs member jit", "team labs:research"], &[Rule::J5]);
}

/// J-14, M-11: whoever owns the company becomes a member like everybody else, and uses a seat.
#[test]
fn a_company_owner_becomes_a_member_and_uses_a_seat() {
    let owner = known(vec![MembershipFacts { role: Role::Owner, ..member(ELSEWHERE) }]);
    let got = check(&jit(), &owner, Reason::Allowed, &["join acme member jit", "team acme:everyone"], &[Rule::J7]);
    assert_eq!(got.memberships.len(), 1);
    let mut full = owner;
    full.connection.organizations[0].seats = Seats::Full;
    check(&jit(), &full, Reason::NoSeats, &["emit seats.exhausted"], &[Rule::J12]);
}

/// RC-12.
#[test]
fn held_people_come_in_and_the_trail_says_why() {
    let held = known(vec![MembershipFacts { state: MembershipState::Held, ..member(ACME) }]);
    check(&jit(), &held, Reason::Allowed, &[], &[Rule::Rc12]);
    let active = check(&jit(), &known(vec![member(ACME)]), Reason::Allowed, &[], &[Rule::J6]);
    assert!(!active.trail.rules().contains(&Rule::Rc12));
    check(&authoritative(), &held, Reason::Allowed, &[], &[Rule::Rc12, Rule::N2]);
}
