//! Organization, team and role that a push carries.

use rollcall_policy::*;

use crate::fixture::*;

fn attributed(organization: Option<&str>, team: Option<&str>, role: Option<&str>) -> PushedUser {
    PushedUser { attributes: attributes(organization, team, role), ..pushed() }
}

fn joined<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    ["create jane@acme.example", "link", "scim id"].iter().copied().chain(rest.iter().copied()).collect()
}

fn linked(before: Attributes, user: PushedUser, memberships: Vec<MembershipFacts>) -> PushFacts {
    let before = StoredUser { attributes: before, ..stored() };
    PushFacts { accounts: vec![AccountFacts { memberships, ..jane() }], ..update(before, user) }
}

#[test]
fn attributes_choose_organization_team_and_role() {
    // RC-15, R-1, R-2, R-3, R-4, R-5, R-6
    let rows: &[(PushedUser, &[&str], Rule)] = &[
        (attributed(None, None, None), &["join acme member scim", "team acme:everyone"], Rule::R2),
        (attributed(Some("Labs"), None, None), &["join labs member scim"], Rule::R3),
        (attributed(None, Some("dev"), None), &["join acme member scim", "team acme:dev"], Rule::R4),
        (
            attributed(Some("labs"), Some("robots"), Some("EDITOR")),
            &["join labs editor scim", "ensure labs:robots", "team labs:robots"],
            Rule::R5,
        ),
    ];
    for (user, effects, rule) in rows {
        check_push(&create(user.clone()), &joined(effects), None, &[Rule::Rc15, *rule]);
    }
}

#[test]
fn our_own_extension_wins_over_its_alias() {
    let alias = attributes(Some("acme"), Some("dev"), Some("owner"));
    let ours = attributes(Some("labs"), None, None);
    assert_eq!(ours.or(alias), attributes(Some("labs"), Some("dev"), Some("owner")), "U-3");
}

/// P4-16.
#[test]
fn attributes_that_name_nothing_are_refused() {
    // R-1, RC-17, provisioning-rules section 4 row 16
    let long = "t".repeat(101);
    let rows = [
        (attributed(Some("nowhere"), None, None), "`nowhere`"),
        (attributed(None, None, Some("boss")), "`boss`"),
        (attributed(None, Some(&long), None), "team name"),
    ];
    for (user, detail) in rows {
        check_refused(&authoritative(), &create(user.clone()), 400, Some("invalidValue"), detail);
        let news = linked(Attributes::default(), user.clone(), vec![member(ACME)]);
        check_refused(&authoritative(), &news, 400, Some("invalidValue"), detail);
        // A leaver may leave with whatever attributes.
        let leaver = PushedUser { active: false, ..user };
        let leaving = linked(Attributes::default(), leaver, vec![member(ACME)]);
        check_push(&leaving, &["suspend acme", "end company sessions"], None, &[Rule::U9]);
    }
}

#[test]
fn an_organization_that_left_the_connection_blocks_no_update() {
    let user = attributed(Some("former"), None, None);
    let facts = linked(user.attributes.clone(), user, vec![member(ACME)]);
    check_push(&facts, &[], Some(Finding::OrganizationUnknown), &[]);
}

///
#[test]
fn the_directory_changes_the_role_later_and_its_silence_does_not() {
    //
    let editor = || vec![MembershipFacts { role: Role::Editor, ..member(ACME) }];
    let set = linked(Attributes::default(), attributed(None, None, Some("owner")), editor());
    check_push(&set, &["role acme owner", "team acme:everyone"], None, &[Rule::R8]);
    let silent = linked(attributes(None, None, Some("editor")), attributed(None, None, None), editor());
    check_push(&silent, &["team acme:everyone"], None, &[]);
}

/// P4-32.
#[test]
fn the_last_owner_is_not_demoted() {
    // RC-16, M-9
    let owner = vec![MembershipFacts { role: Role::Owner, last_owner: true, ..member(ACME) }];
    let facts = linked(Attributes::default(), attributed(None, None, Some("member")), owner);
    check_refused(&authoritative(), &facts, 409, None, "last owner");
}

#[test]
fn only_news_puts_somebody_into_a_team_again() {
    let same = attributes(None, Some("dev"), None);
    let user = PushedUser { attributes: same.clone(), ..pushed() };
    check_push(&linked(same, user.clone(), vec![member(ACME)]), &[], None, &[]);
    check_push(&linked(Attributes::default(), user, vec![member(ACME)]), &["team acme:dev"], None, &[Rule::R4]);
}

#[test]
fn a_mapped_team_is_left_to_its_groups() {
    let mut facts = create(attributed(None, Some("dev"), None));
    facts.connection.organizations[0].teams[1].mapped = true;
    check_push(&facts, &joined(&["join acme member scim"]), None, &[Rule::Rc14]);
    let mut limited = create(attributed(None, Some("fresh"), None));
    limited.connection.teams_created_last_hour = 1_000;
    check_push(&limited, &joined(&["join acme member scim"]), Some(Finding::TeamLimit), &[Rule::Rc17]);
}
