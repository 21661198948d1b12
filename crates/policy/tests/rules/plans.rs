//! What a plan says about one person, and the counts over all (design.md 5.2).

use rollcall_policy::plan::*;
use rollcall_policy::*;

use crate::fixture::*;

fn decided(policy: &ConnectionPolicy, memberships: Vec<MembershipFacts>) -> SignInDecision {
    let mut facts = sign_in();
    facts.accounts = vec![AccountFacts { memberships, ..known_jane() }];
    decide_sign_in(policy, &facts)
}

fn compared(now: &SignInDecision, then: &SignInDecision) -> Judged {
    compare("jane@acme.example", Basis::Recorded, now, then)
}

#[test]
fn a_plan_lists_access_teams_and_roles_where_they_change() {
    // N-1, N-3, N-6
    let in_teams =
        |names: &[&str]| MembershipFacts { teams: names.iter().map(|name| team(name)).collect(), ..member(ACME) };
    let stranger = |policy: &ConnectionPolicy| decided(policy, Vec::new());
    let as_member = |membership: MembershipFacts| decided(&jit(), vec![membership]);
    let (comes, stays_out) = (stranger(&jit()), stranger(&authoritative()));
    let editor = MembershipFacts { role: Role::Editor, ..member(ACME) };

    let same = compared(&as_member(in_teams(&["dev"])), &as_member(in_teams(&["dev"])));
    assert_eq!((same.now, same.then, same.affected), (Outcome::Allow, Outcome::Allow, None));
    let out = compared(&stays_out, &stays_out);
    assert_eq!((out.now, out.then, out.affected), (Outcome::Deny, Outcome::Deny, None));

    let loses = compared(&comes, &stays_out).affected.expect("somebody who loses access");
    assert_eq!((loses.now, loses.then, loses.teams, loses.roles), (Outcome::Allow, Outcome::Deny, None, None));
    assert_eq!((loses.rules, loses.basis), (vec![Rule::N1, Rule::N3], Basis::Recorded));
    let gains = compared(&stays_out, &comes).affected.expect("somebody who gains access");
    assert_eq!((gains.now, gains.then, gains.teams, gains.roles), (Outcome::Deny, Outcome::Allow, None, None));

    let moves =
        compared(&as_member(in_teams(&["dev", "ops"])), &as_member(member(ACME))).affected.expect("other teams");
    let teams = Change { now: vec!["acme:dev".to_owned(), "acme:ops".to_owned()], then: vec!["acme:".to_owned()] };
    assert_eq!((moves.teams, moves.roles, moves.rules), (Some(teams), None, Vec::new()));
    let rises = compared(&as_member(member(ACME)), &as_member(editor)).affected.expect("another role");
    let roles = Change { now: vec!["acme:member".to_owned()], then: vec!["acme:editor".to_owned()] };
    assert_eq!((rises.teams, rises.roles), (None, Some(roles)));
}

#[test]
fn everybody_is_counted_once() {
    use Outcome::{Allow, Deny};
    let judged = |now, then, teams: bool, roles: bool| {
        let change = || Change { now: Vec::new(), then: vec!["acme:dev".to_owned()] };
        let affected = (now != then || teams || roles).then(|| Affected {
            email: String::new(),
            now,
            then,
            teams: teams.then(change),
            roles: roles.then(change),
            rules: Vec::new(),
            basis: Basis::Assumed,
            door: Door::Sso,
        });
        Judged { now, then, affected }
    };
    let mut summary = Summary::default();
    for (now, then, teams, roles) in [
        (Allow, Allow, false, false),
        (Allow, Allow, true, false),
        (Allow, Allow, true, true),
        (Allow, Allow, true, false),
        (Allow, Deny, false, false),
        (Allow, Deny, false, false),
        (Deny, Allow, false, false),
        (Deny, Allow, false, false),
        (Deny, Allow, false, false),
        (Deny, Deny, false, false),
    ] {
        summary.count(&judged(now, then, teams, roles));
    }
    assert_eq!(summary, Summary { keeps: 4, loses: 2, gains: 3, changes_teams: 3, changes_role: 1 });
}

#[test]
fn somebody_with_two_doors_is_one_line() {
    use Outcome::{Allow, Deny};
    // E-1
    let judged = |now, then, rules: &[Rule]| {
        let affected = (now != then).then(|| Affected {
            email: "jane@acme.example".to_owned(),
            now,
            then,
            teams: None,
            roles: None,
            rules: rules.to_vec(),
            basis: Basis::Recorded,
            door: Door::Sso,
        });
        Judged { now, then, affected }
    };
    let (keeps, loses) = (judged(Allow, Allow, &[]), judged(Allow, Deny, &[Rule::N1, Rule::N3]));
    let enforced = judged(Allow, Deny, &[Rule::E1]);
    assert_eq!(keeps.clone().and_without_sso(keeps.clone()), keeps);
    assert_eq!(loses.clone().and_without_sso(keeps.clone()), loses);
    let at_the_other = keeps.and_without_sso(enforced.clone());
    assert_eq!((at_the_other.now, at_the_other.then), (Allow, Deny));
    let line = serde_json::to_value(at_the_other.affected).unwrap();
    assert_eq!((&line["door"], &line["rules"]), (&"account".into(), &serde_json::json!(["E-1"])));
    let both = loses.and_without_sso(enforced).affected.unwrap();
    assert_eq!((both.door, both.rules), (Door::Sso, vec![Rule::N1, Rule::N3, Rule::E1]));
}
