//! Suspending, restoring, deleting: what directories may do to people, and what not.

use rollcall_policy::*;

use crate::fixture::*;

fn updated(before_active: bool, active: bool, memberships: Vec<MembershipFacts>) -> PushFacts {
    let before = StoredUser { active: before_active, ..stored() };
    let accounts = vec![AccountFacts { memberships, ..jane() }];
    PushFacts { accounts, ..update(before, PushedUser { active, ..pushed() }) }
}

fn deleted(memberships: Vec<MembershipFacts>) -> PushFacts {
    PushFacts { accounts: vec![AccountFacts { memberships, ..jane() }], ..push(Push::Delete { before: stored() }) }
}

/// P4-3.
#[test]
fn inactive_and_deleted_suspend_and_end_the_companys_sessions() {
    // U-9
    // RC-2: every membership the connection serves, whatever its origin; the account is untouched.
    let members = || vec![member(ACME), MembershipFacts { origin: Origin::Manual, ..member(LABS) }];
    let effects = ["suspend acme", "suspend labs", "end company sessions"];
    check_push(&updated(true, false, members()), &effects, None, &[Rule::U9, Rule::Rc2]);
    let got = check_push(&deleted(members()), &effects, None, &[Rule::U9, Rule::Rc2]);
    assert_eq!(got.resource, ResourcePlan::Remove);
    // Said again, it changes nothing.
    let gone = || vec![suspended(ACME, SuspendedBy::Directory)];
    check_push(&updated(false, false, gone()), &[], None, &[]);
}

#[test]
fn an_unlinked_user_touches_nobody() {
    // RC-5
    let before = StoredUser { account: None, ..stored() };
    let facts = PushFacts {
        accounts: vec![AccountFacts { memberships: vec![member(ACME)], ..jane() }],
        ..push(Push::Delete { before })
    };
    check_push(&facts, &[], None, &[]);
}

#[test]
fn a_membership_that_another_directory_vouches_for_stays() {
    // RC-4: the other connection serves labs only.
    let mut facts = updated(true, false, vec![member(ACME), member(LABS)]);
    let other = DirectoryUserFacts { connection: OTHER, serves: vec![LABS], ..directory_user(DirectoryState::Active) };
    facts.directory = vec![other];
    check_push(&facts, &["suspend acme", "end company sessions"], None, &[Rule::Rc4, Rule::U9]);
    facts.directory[0].serves.push(ACME);
    check_push(&facts, &[], None, &[Rule::Rc4]);
    facts.directory[0].state = DirectoryState::Inactive;
    check_push(&facts, &["suspend acme", "suspend labs", "end company sessions"], None, &[Rule::U9]);
}

/// P4-32.
#[test]
fn the_last_owner_is_not_suspended() {
    // RC-16, M-9
    let owner = || vec![MembershipFacts { role: Role::Owner, last_owner: true, ..member(ACME) }];
    check_refused(&authoritative(), &updated(true, false, owner()), 409, None, "`acme`");
    check_refused(&authoritative(), &deleted(owner()), 409, None, "last owner");
}

#[test]
fn active_again_restores_what_the_directory_had_suspended() {
    // U-10, RC-4, provisioning-rules section 4 row 3: teams are derived anew, the role stays.
    let owner = MembershipFacts {
        role: Role::Owner,
        teams: vec![team("dev"), team("everyone")],
        ..suspended(ACME, SuspendedBy::Directory)
    };
    check_push(&updated(false, true, vec![owner]), &["resume acme", "leave acme:dev"], None, &[Rule::U10]);
    // What an administrator suspended is the administrator's to lift.
    let by_hand = vec![suspended(ACME, SuspendedBy::Administrator), suspended(LABS, SuspendedBy::Directory)];
    let got = check_push(&updated(false, true, by_hand), &["resume labs"], None, &[Rule::U10, Rule::Rc4]);
    assert_eq!(got.warnings[0].code, WarningCode::MembershipSuspended);
}

#[test]
fn no_seat_refuses_create_reactivate_and_restore() {
    // RC-16, U-15
    let full = |mut facts: PushFacts| {
        facts.connection.organizations[0].seats = Seats::Full;
        facts
    };
    let gone = || vec![suspended(ACME, SuspendedBy::Directory)];
    check_refused(&authoritative(), &full(create(pushed())), 403, None, "`acme`");
    check_refused(&authoritative(), &full(updated(false, true, gone())), 403, None, "`acme`");
    let mut restore = PushFacts { accounts: vec![AccountFacts { memberships: gone(), ..jane() }], ..create(pushed()) };
    restore.directory = vec![directory_user(DirectoryState::Deleted { at: NOW - DAY })];
    check_refused(&authoritative(), &full(restore), 403, None, "`acme`");
    // A mere update of somebody who lost the membership by hand goes through and says so.
    let told = ["emit seats.exhausted"];
    check_push(&full(updated(true, true, vec![])), &told, Some(Finding::NoSeat), &[Rule::Rc16]);
    // Inactive people need none.
    check_push(&full(create(PushedUser { active: false, ..pushed() })), &[], None, &[]);
}

#[test]
fn nothing_is_pushed_while_scim_is_off() {
    // RC-16, S-7
    check_refused(&jit(), &create(pushed()), 403, None, "turned off");
}
