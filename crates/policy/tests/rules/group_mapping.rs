//! Pushed groups: where they map to, whom a push concerns, and what becomes of each person.

use rollcall_policy::group_push::*;
use rollcall_policy::*;

use crate::fixture::*;

fn place(organization: OrganizationId, name: &str, team: &str) -> GroupPlace {
    GroupPlace { organization, name: folded(name), team: folded(team) }
}

fn dev() -> GroupPlace {
    place(ACME, "acme", "dev")
}

#[test]
fn a_name_maps_to_a_team_of_the_connection_or_to_nothing() {
    // P/G-1, P/G-10, P4-13, RC-17, RC-18
    let off = ConnectionPolicy { group_mapping: false, ..both() };
    let silent = ConnectionPolicy { scim: false, ..both() };
    let rows = [
        (both(), " Acme : Dev ", Ok(place(ACME, "acme", "Dev"))),
        (both(), "labs:a:b", Ok(place(LABS, "labs", "a:b"))),
        (both(), "Crew", Err(NoPlace::Malformed)),
        (both(), "acme:", Err(NoPlace::Malformed)),
        (both(), "globex:dev", Err(NoPlace::Foreign)),
        (off, "acme:dev", Err(NoPlace::Off)),
        (silent, "acme:dev", Err(NoPlace::Off)),
    ];
    for (policy, name, expected) in rows {
        let found = place_of(&policy, &connection(), &folded(name)).map(|place| (place.organization, place.team.key));
        assert_eq!(found, expected.map(|place| (place.organization, place.team.key)), "{name}");
    }
}

#[test]
fn a_push_concerns_no_more_people_than_it_can_move() {
    // P/G-3, P/G-7, P4-34, P4-35, RC-17
    let (dev, ops) = (dev(), place(ACME, "acme", "ops"));
    let spelled = place(ACME, "ACME", "DEV");
    let facts = |before: Option<&GroupPlace>, after: Option<&GroupPlace>, team_exists, shared| GroupFacts {
        before: before.cloned(),
        after: after.cloned(),
        team_exists,
        shared,
        anew: false,
        teams_created_last_hour: 999,
    };
    let rows = [
        ("a new team", facts(None, Some(&dev), false, false), (false, Some((true, Concerns::Everybody)))),
        ("its first group", facts(None, Some(&dev), true, false), (false, Some((false, Concerns::Everybody)))),
        ("one more group", facts(None, Some(&dev), true, true), (false, Some((false, Concerns::Group)))),
        ("other members", facts(Some(&dev), Some(&dev), true, true), (false, Some((false, Concerns::Changed)))),
        ("another spelling", facts(Some(&dev), Some(&spelled), true, true), (false, Some((false, Concerns::Changed)))),
        ("a deleted team", facts(Some(&dev), Some(&dev), false, true), (false, Some((true, Concerns::Everybody)))),
        ("renamed", facts(Some(&dev), Some(&ops), true, true), (true, Some((false, Concerns::Group)))),
        ("renamed away", facts(Some(&dev), None, false, false), (true, None)),
    ];
    for (what, facts, expected) in rows {
        let got = decide_group(&facts);
        let enters = got.enters.as_ref().map(|entry| (entry.make, entry.concerns));
        assert_eq!((got.leaves.is_some(), enters), expected, "{what}");
        let anew = decide_group(&GroupFacts { anew: true, ..facts.clone() }).enters.map(|entry| entry.concerns);
        assert_eq!(anew, enters.map(|_| Concerns::Everybody), "RC-18: {what}");
        let limited = decide_group(&GroupFacts { teams_created_last_hour: NEW_TEAMS_PER_HOUR, ..facts });
        let makes = enters.is_some_and(|(make, _)| make);
        assert_eq!(limited.enters.is_none(), makes || got.enters.is_none(), "RC-17: {what}");
        assert_eq!(limited.trail.rules().contains(&Rule::Rc17), makes, "RC-17: {what}");
    }
}

#[test]
fn each_person_is_in_the_team_exactly_if_a_group_gives_it_to_a_member() {
    // P/G-2, P/G-7, P/G-8, RC-4, RC-14
    use MembershipState::{Active, Held, Removed, Suspended};
    let states = [None, Some(Active), Some(Held), Some(Suspended), Some(Removed)];
    for membership in states {
        for (given, in_team) in [(false, false), (false, true), (true, false), (true, true)] {
            let got = decide_people(&[GroupPerson { account: JANE, membership, in_team, given, kept: false }]);
            let member = matches!(membership, Some(Active | Held));
            let belongs = given && membership != Some(Suspended);
            let (joins, leaves) = (!got.join_team.is_empty(), !got.leave_team.is_empty());
            let what = format!("{membership:?} given {given} in team {in_team}");
            assert_eq!((in_team || joins) && !leaves, belongs, "{what}");
            assert_eq!((joins, leaves), (belongs && !in_team, in_team && !belongs), "{what}");
            assert_eq!(!got.join_organization.is_empty(), belongs && !member, "{what}");
        }
    }
}

/// Jane's stored user with these memberships, in groups that map to `acme:dev` (its own) and as given.
fn grouped(user: PushedUser, memberships: Vec<MembershipFacts>, groups: &[(DirectoryUserId, GroupPlace)]) -> PushFacts {
    let mut facts = update(stored(), user);
    facts.accounts = vec![AccountFacts { memberships, ..jane() }];
    facts.groups = groups.to_vec();
    for team in facts.connection.organizations.iter_mut().flat_map(|organization| &mut organization.teams) {
        team.mapped = team.name.key != "everyone";
    }
    facts
}

fn in_dev() -> MembershipFacts {
    MembershipFacts { teams: vec![TeamFacts { mapped: true, ..team("dev") }], ..member(ACME) }
}

#[test]
fn a_pushed_user_is_in_the_teams_of_its_groups_and_in_no_other_mapped_one() {
    // P/G-2, P/G-7, P/G-8, RC-4, RC-14, RC-15
    let research = (RESOURCE, place(LABS, "labs", "research"));
    let own = [(RESOURCE, dev())];
    let leaver = || PushedUser { active: false, ..pushed() };
    let admins = suspended(ACME, SuspendedBy::Administrator);
    let rows: &[(&str, PushFacts, &[&str], &[Rule])] = &[
        ("joins", grouped(pushed(), vec![member(ACME)], &own), &["team acme:dev"], &[Rule::G7]),
        ("stays", grouped(pushed(), vec![in_dev()], &own), &[], &[Rule::G7]),
        ("leaves", grouped(pushed(), vec![in_dev()], &[]), &["leave acme:dev"], &[Rule::G7]),
        (
            "joins the organization, too",
            grouped(pushed(), vec![member(ACME)], &[research]),
            &["join labs member scim", "team labs:research"],
            &[Rule::G2],
        ),
        ("suspended by hand", grouped(pushed(), vec![admins], &own), &[], &[Rule::Rc4]),
        (
            "inactive",
            grouped(leaver(), vec![in_dev()], &own),
            &["suspend acme", "leave acme:dev", "end company sessions"],
            &[Rule::U9, Rule::G7],
        ),
        ("elsewhere", grouped(pushed(), vec![member(ACME)], &[(RESOURCE, place(ELSEWHERE, "else", "dev"))]), &[], &[]),
    ];
    for (what, facts, effects, rules) in rows {
        let got = decide_push(&authoritative(), facts).unwrap();
        assert_eq!(words(&got.effects), *effects, "{what}");
        for rule in *rules {
            assert!(got.trail.rules().contains(rule), "{what}: {rule}");
        }
    }
}

#[test]
fn another_directory_that_says_active_keeps_the_teams_of_its_groups() {
    // RC-4, RC-14
    let leaver = PushedUser { active: false, ..pushed() };
    for (state, effects) in [
        (DirectoryState::Active, &[][..]),
        (DirectoryState::Inactive, &["suspend acme", "leave acme:dev", "end company sessions"][..]),
    ] {
        let mut facts = grouped(leaver.clone(), vec![in_dev()], &[(EARLIER, dev())]);
        facts.directory = vec![DirectoryUserFacts { connection: OTHER, ..directory_user(state) }];
        check_push(&facts, effects, None, &[]);
    }
}

/// RC-4, RC-14, S-7: groups count for a person while an active user of a directory that still speaks stands for them.
#[test]
fn groups_of_another_user_count_while_that_one_stands_for_the_person() {
    let other = || DirectoryUserFacts { connection: OTHER, ..directory_user(DirectoryState::Active) };
    let rows = [
        ("stands for the person", EARLIER, other(), true),
        ("is inactive", EARLIER, DirectoryUserFacts { state: DirectoryState::Inactive, ..other() }, false),
        ("is silent", EARLIER, DirectoryUserFacts { scim: false, ..other() }, false),
        ("is somebody else", EARLIER, DirectoryUserFacts { account: Some(JOHN), ..other() }, false),
        ("is nobody", EARLIER, DirectoryUserFacts { account: None, ..other() }, false),
        ("is in no such group", KEPT, other(), false),
    ];
    for (what, grouped_user, user, counts) in rows {
        let groups = [(grouped_user, dev())];
        for (memberships, effects) in [
            (vec![in_dev()], if counts { vec![] } else { vec!["leave acme:dev"] }),
            (vec![member(ACME)], if counts { vec!["team acme:dev"] } else { vec![] }),
        ] {
            let mut facts = grouped(pushed(), memberships, &groups);
            facts.directory = vec![user.clone()];
            let got = decide_push(&authoritative(), &facts).unwrap();
            assert_eq!(
                (words(&got.effects), got.finding),
                (effects.iter().map(|it| (*it).to_owned()).collect(), None),
                "{what}"
            );
        }
    }
}

/// RC-4, RC-14: a membership that another directory keeps does not keep the teams of groups whose user is gone.
#[test]
fn a_leaver_whom_another_directory_keeps_leaves_the_teams_of_inactive_users() {
    let leaver = PushedUser { active: false, ..pushed() };
    let mut facts = grouped(leaver, vec![in_dev()], &[(EARLIER, dev())]);
    let other = |id, state| DirectoryUserFacts { connection: OTHER, id, ..directory_user(state) };
    facts.directory = vec![other(EARLIER, DirectoryState::Inactive), other(KEPT, DirectoryState::Active)];
    check_push(&facts, &["leave acme:dev"], None, &[Rule::Rc4, Rule::G7]);
}

/// P/G-2: teams of one name in two organizations are two teams.
#[test]
fn a_group_of_one_organization_gives_no_team_of_another() {
    let labs_dev = (RESOURCE, place(LABS, "labs", "dev"));
    let mut facts = grouped(pushed(), vec![in_dev(), member(LABS)], &[labs_dev]);
    facts.connection.organizations[1].teams.push(TeamFacts { mapped: true, ..team("dev") });
    let got = decide_push(&authoritative(), &facts).unwrap();
    let mut effects = words(&got.effects);
    effects.sort();
    assert_eq!(effects, ["leave acme:dev", "team labs:dev"]);
}

/// RC-2: whoever goes inactive loses this company's sessions, even those that no membership backs any more.
#[test]
fn sessions_end_with_the_news_and_not_with_its_repetition() {
    let leaver = || PushedUser { active: false, ..pushed() };
    check_push(&grouped(leaver(), vec![], &[]), &["end company sessions"], None, &[Rule::Rc2]);
    let mut again = grouped(leaver(), vec![], &[]);
    again.push = Push::Update { before: StoredUser { active: false, ..stored() }, user: leaver() };
    check_push(&again, &[], None, &[]);
}

/// RC-8, RC-15: a create that makes an inactive user active again finds the groups of that user.
#[test]
fn a_reactivated_user_is_in_the_teams_of_its_groups() {
    let mut facts = grouped(pushed(), vec![suspended(ACME, SuspendedBy::Directory)], &[(EARLIER, dev())]);
    facts.push = Push::Create { user: pushed() };
    facts.directory = vec![directory_user(DirectoryState::Inactive)];
    let got = decide_push(&authoritative(), &facts).unwrap();
    assert_eq!(got.resource, ResourcePlan::Reactivate { id: EARLIER });
    assert!(words(&got.effects).contains(&"team acme:dev".to_owned()), "{got:#?}");
}

#[test]
fn a_group_of_a_full_organization_refuses_an_activation_and_marks_an_update() {
    // RC-16
    let groups = [(RESOURCE, place(LABS, "labs", "research"))];
    let mut facts = grouped(pushed(), vec![member(ACME)], &groups);
    facts.connection.organizations[1].seats = Seats::Full;
    check_push(&facts, &["emit seats.exhausted"], Some(Finding::NoSeat), &[Rule::Rc16]);
    facts.push = Push::Update { before: StoredUser { active: false, ..stored() }, user: pushed() };
    check_refused(&authoritative(), &facts, 403, None, "`labs`");
}
