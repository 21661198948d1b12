//! How many removals pass, what holding one means, and what the answer to it does (RC-12).

use proptest::prelude::*;
use rollcall_policy::brake::{Brake, Room};
use rollcall_policy::*;

use crate::fixture::*;

const HOUR: i64 = 3_600_000_000;

fn brake(count: u32, percent: u32) -> Brake {
    Brake { count, percent, window: HOUR }
}

/// RC-12: the larger of the two, and no part of a person.
#[test]
fn the_limit_is_the_larger_of_count_and_share() {
    for (count, percent, people, limit) in [
        (20, 10, 0, 20),
        (20, 10, 200, 20),
        (20, 10, 209, 20),
        (20, 10, 210, 21),
        (20, 10, 600, 60),
        (20, 10, 609, 60),
        (0, 10, 9, 0),
        (0, 0, 1_000_000, 0),
        (5, 100, 3, 5),
        (5, 100, 30, 30),
        (u32::MAX, 100, u64::MAX, u64::MAX),
    ] {
        assert_eq!(brake(count, percent).limit(people), limit, "{count}, {percent} % of {people}");
    }
}

/// RC-12.
#[test]
fn a_removal_beyond_the_limit_asks_for_one_earlier_removal() {
    for (count, number, room) in [
        (0, 1, Room::None),
        (3, 1, Room::Free),
        (3, 3, Room::Free),
        (3, 4, Room::After(1)),
        (3, 9, Room::After(6)),
        (1, 2, Room::After(1)),
    ] {
        assert_eq!(brake(count, 0).room(100, number), room, "{count}: number {number}");
    }
    let window = brake(1, 0);
    for (at, left) in
        [(NOW - HOUR - 1, true), (NOW - HOUR, true), (NOW - HOUR + 1, false), (NOW, false), (NOW + 9, false)]
    {
        assert_eq!((window.has_left(at, NOW), window.begins(Some(at), NOW)), (left, left), "{at}");
    }
    assert!(window.begins(None, NOW));
}

proptest! {
    /// RC-12: whenever removals come and however many people are left, the limit passes in no stretch of the window's
    /// length, and nobody is held while there is room.
    #[test]
    fn not_more_than_the_limit_leave_in_any_window(
        (count, percent, window, people) in (0..6u32, 0..60u32, 1..50i64, 0..60u64),
        gaps in proptest::collection::vec(0..12i64, 1..200),
    ) {
        let brake = Brake { count, percent, window };
        let (mut now, mut passed, mut counted) = (0, Vec::new(), None::<(i64, u64)>);
        for gap in gaps {
            now += gap;
            if brake.begins(counted.map(|(at, _)| at), now) {
                counted = Some((now, people.saturating_sub(passed.len() as u64)));
            }
            let people = counted.unwrap().1;
            let passes = match brake.room(people, passed.len() as u64 + 1) {
                Room::Free => true,
                Room::None => false,
                Room::After(earlier) => brake.has_left(passed[usize::try_from(earlier).unwrap() - 1], now),
            };
            let within = passed.iter().filter(|at| !brake.has_left(**at, now)).count() as u64;
            prop_assert_eq!(passes, within < brake.limit(people), "{} of {} at {}", within, brake.limit(people), now);
            if passes {
                passed.push(now);
            }
        }
    }
}

fn held(organization: OrganizationId) -> MembershipFacts {
    MembershipFacts { state: MembershipState::Held, ..member(organization) }
}

fn owner(of: MembershipFacts) -> MembershipFacts {
    MembershipFacts { role: Role::Owner, last_owner: true, ..of }
}

/// Jane's resource becomes inactive, or is deleted, while too many are; `hold` is what became of its removal before.
fn leaves(hold: Option<Hold>, removal: Removal, memberships: Vec<MembershipFacts>) -> [PushFacts; 2] {
    let before = StoredUser { active: hold.is_none(), hold, ..stored() };
    let inactive = PushedUser { active: false, full_name: Some("Jane Roe".to_owned()), ..pushed() };
    let account = AccountFacts { memberships, full_name: Some("Jane Roe".to_owned()), ..jane() };
    [Push::Update { before: before.clone(), user: inactive }, Push::Delete { before }].map(|asked| PushFacts {
        accounts: vec![account.clone()],
        removal,
        ..push(asked)
    })
}

#[track_caller]
fn check_both(facts: &[PushFacts; 2], effects: &[&str], rules: &[Rule]) {
    for facts in facts {
        check_push(facts, effects, None, rules);
    }
}

/// RC-12: everything stays as it was, sessions and teams included, but for the word that it is held.
#[test]
fn a_removal_that_is_held_takes_nothing() {
    let mapped = TeamFacts { mapped: true, ..team("crew") };
    let in_team = MembershipFacts { teams: vec![mapped], ..member(ACME) };
    let both = || vec![in_team.clone(), member(LABS)];
    let first = leaves(None, Removal::IsHeld, both());
    check_both(&first, &["hold acme", "hold labs", "hold removal"], &[Rule::Rc12]);
    assert!(first.iter().all(|facts| !decide_push(&authoritative(), facts).unwrap().removes()));
    // The same said again, and even the last of it deleted, is the same removal.
    let waiting = || vec![held(ACME), held(LABS)];
    for removal in [Removal::Passes, Removal::IsHeld] {
        check_both(&leaves(Some(Hold::Held), removal, waiting()), &[], &[Rule::Rc12]);
    }
    // What an administrator has suspended is nobody's to hold, or to admit.
    let [inactive, deleted] =
        leaves(Some(Hold::Held), Removal::IsHeld, vec![suspended(ACME, SuspendedBy::Administrator)]);
    check_push(&inactive, &["end hold"], None, &[]);
    check_push(&deleted, &["end company sessions", "end hold"], None, &[]);
}

/// RC-12, RC-4.
#[test]
fn what_another_directory_says_counts_as_ever() {
    let mut facts = leaves(None, Removal::IsHeld, vec![member(ACME), member(LABS)]);
    for facts in &mut facts {
        let other = directory_user(DirectoryState::Active);
        facts.directory = vec![DirectoryUserFacts { connection: OTHER, serves: vec![LABS], ..other }];
    }
    check_both(&facts, &["hold acme", "hold removal"], &[Rule::Rc4, Rule::Rc12]);
    // Held because of another directory, and now this one says so, too, and passes.
    let other = leaves(None, Removal::Passes, vec![held(ACME)]);
    check_both(&other, &["suspend acme", "end company sessions", "end hold"], &[Rule::U9]);
    let other = leaves(None, Removal::IsHeld, vec![held(ACME)]);
    check_both(&other, &["hold removal"], &[Rule::Rc12]);
}

/// RC-12: `active:true`, or a POST that restores, drops the hold; so does any other directory that serves the place.
#[test]
fn whoever_is_active_again_was_never_removed() {
    let memberships = || vec![owner(held(ACME)), suspended(LABS, SuspendedBy::Administrator)];
    let accounts = || vec![AccountFacts { memberships: memberships(), ..jane() }];
    let effects = ["drop hold acme", "end hold"];
    for hold in [None, Some(Hold::Held)] {
        let before = StoredUser { active: false, hold, ..stored() };
        let again = PushFacts { accounts: accounts(), ..update(before, pushed()) };
        let got = decide_push(&authoritative(), &again).unwrap();
        assert_eq!(words(&got.effects)[..2], effects, "{got:#?}");
        assert!(got.trail.rules().contains(&Rule::Rc12));
    }
    for state in [DirectoryState::Inactive, DirectoryState::Deleted { at: NOW - DAY }] {
        let earlier = DirectoryUserFacts { hold: Some(Hold::Held), ..directory_user(state) };
        let restored = PushFacts { accounts: accounts(), directory: vec![earlier], ..create(pushed()) };
        let got = words(&decide_push(&authoritative(), &restored).unwrap().effects);
        assert!(effects.iter().all(|effect| got.iter().any(|word| word == effect)), "{state:?}: {got:?}");
        assert!(!got.iter().any(|word| word.starts_with("role")), "nothing was lost that had to be given back");
    }
}

/// RC-12: rejected means until the directory speaks of them again.
#[test]
fn a_rejected_removal_said_again_is_a_new_one() {
    let kept = || vec![member(ACME)];
    let effects = ["suspend acme", "end company sessions", "end hold"];
    check_both(&leaves(Some(Hold::Rejected), Removal::Passes, kept()), &effects, &[Rule::U9]);
    check_both(&leaves(Some(Hold::Rejected), Removal::IsHeld, kept()), &["hold acme", "hold removal"], &[Rule::Rc12]);
    let again = update(StoredUser { active: false, hold: Some(Hold::Rejected), ..stored() }, pushed());
    let again = PushFacts { accounts: vec![AccountFacts { memberships: kept(), ..jane() }], ..again };
    check_push(&again, &["end hold", "team acme:everyone"], None, &[Rule::Rc15]);
}

/// RC-12, M-9: protected accounts and last owners are refused before anybody is held.
#[test]
fn protected_accounts_and_last_owners_answer_409() {
    for removal in [Removal::Passes, Removal::IsHeld] {
        for mut facts in leaves(None, removal, vec![owner(member(ACME))]) {
            check_refused(&authoritative(), &facts, 409, None, "last owner");
            facts.protected.insert(JOHN);
            check_refused(&authoritative(), &facts, 409, None, "last owner");
            facts.protected.insert(JANE);
            check_refused(&authoritative(), &facts, 409, None, "`protected_accounts`");
            // Whether they would lose anything by it does not matter.
            facts.accounts[0].memberships.clear();
            check_refused(&authoritative(), &facts, 409, None, "protected by the administrators of this connection");
        }
    }
    // Somebody who is gone already may be spoken of.
    let before = StoredUser { active: false, ..stored() };
    let mut facts = update(before, PushedUser { active: false, ..pushed() });
    facts.accounts = vec![AccountFacts { memberships: vec![suspended(ACME, SuspendedBy::Directory)], ..jane() }];
    facts.protected.insert(JANE);
    check_push(&facts, &[], None, &[]);
    // And active ones may change.
    facts = update(stored(), PushedUser { full_name: Some("Jane Roe".to_owned()), ..pushed() });
    facts.accounts = vec![AccountFacts { memberships: vec![member(ACME)], ..jane() }];
    facts.protected.insert(JANE);
    check_push(&facts, &["name Jane Roe"], None, &[Rule::U8]);
}

#[track_caller]
fn check_answer(memberships: &[MembershipFacts], answer: Answer, effects: &[&str], rules: &[Rule]) -> AnswerDecision {
    let account = AccountFacts { memberships: memberships.to_vec(), ..jane() };
    let vouches =
        |id, serves| DirectoryUserFacts { connection: OTHER, serves, id, ..directory_user(DirectoryState::Active) };
    let mut facts = push(Push::Delete { before: StoredUser { hold: Some(Hold::Held), ..stored() } });
    if rules.contains(&Rule::Rc4) {
        facts.directory = vec![vouches(EARLIER, vec![LABS])];
    }
    let got = decide_answer(&facts, &account, RESOURCE, answer);
    assert_eq!(words(&got.effects), effects, "{got:#?}");
    assert!(rules.iter().all(|rule| got.trail.rules().contains(rule)), "{got:#?}");
    got
}

/// RC-12.
#[test]
fn an_answer_changes_what_is_held_and_nothing_else() {
    use Answer::{Reject, Release};
    let mapped = MembershipFacts { teams: vec![TeamFacts { mapped: true, ..team("crew") }], ..held(ACME) };
    let released = ["suspend acme", "leave acme:crew", "end company sessions", "end hold"];
    check_answer(std::slice::from_ref(&mapped), Release, &released, &[Rule::Rc12, Rule::U9, Rule::G7]);
    check_answer(&[mapped], Reject, &["drop hold acme", "reject hold"], &[Rule::Rc12]);
    // An administrator decided about some of it by hand.
    let by_hand = [held(ACME), suspended(LABS, SuspendedBy::Administrator)];
    check_answer(&by_hand, Release, &["suspend acme", "end company sessions", "end hold"], &[]);
    check_answer(&by_hand, Reject, &["drop hold acme", "reject hold"], &[]);
    let given = [held(ACME), member(LABS)];
    check_answer(&given, Release, &["suspend acme", "end company sessions", "reject hold"], &[]);
    check_answer(&[member(ACME)], Release, &["reject hold"], &[]);
    check_answer(&[], Release, &["end hold"], &[]);
    // Another directory vouches by now (RC-4).
    let both = [held(ACME), held(LABS)];
    let vouched = ["suspend acme", "drop hold labs", "end company sessions", "reject hold"];
    check_answer(&both, Release, &vouched, &[Rule::Rc4]);
    // The others left first, so this one stays (M-9).
    let last = [owner(held(ACME))];
    let got = check_answer(&last, Release, &["drop hold acme", "reject hold"], &[Rule::M9]);
    assert_eq!(got.last_owner_of, [ACME]);
}

/// Jane signs in; the directory says that she is gone.
fn comes(state: DirectoryState, hold: Option<Hold>, memberships: Vec<MembershipFacts>) -> SignInFacts {
    SignInFacts {
        accounts: vec![AccountFacts { memberships, ..known_jane() }],
        directory: vec![DirectoryUserFacts { hold, ..directory_user(state) }],
        ..sign_in()
    }
}

/// RC-12, RC-11: they keep what they have, by what mode ever, after DELETE as well; and join nothing by it.
#[test]
fn whom_the_brake_holds_comes_in_as_before() {
    let gone = [DirectoryState::Inactive, DirectoryState::Deleted { at: NOW - DAY }];
    for (state, policy) in gone.into_iter().flat_map(|state| [(state, both()), (state, authoritative())]) {
        let waiting = comes(state, Some(Hold::Held), vec![held(ACME)]);
        check(&policy, &waiting, Reason::Allowed, &[], &[Rule::Rc12]);
        check(&policy, &comes(state, Some(Hold::Rejected), vec![member(ACME)]), Reason::Allowed, &[], &[Rule::Rc12]);
        for hold in [Hold::Held, Hold::Rejected].map(Some) {
            check(&policy, &comes(state, hold, vec![]), Reason::Deactivated, &[], &[Rule::Rc11]);
            let by_hand = vec![suspended(ACME, SuspendedBy::Administrator)];
            check(&policy, &comes(state, hold, by_hand), Reason::Deactivated, &[], &[Rule::Rc11]);
            let mut further = comes(state, hold, vec![held(ACME)]);
            further.assertion.groups = vec![folded("labs:research")];
            check(&policy, &further, Reason::Allowed, &[], &[Rule::Rc12]);
        }
        check(&policy, &comes(state, None, vec![member(ACME)]), Reason::Deactivated, &[], &[Rule::Rc11]);
        // A hold in another organization of the company is none here.
        let mut elsewhere = comes(state, Some(Hold::Held), vec![member(ACME)]);
        elsewhere.directory[0].serves = vec![LABS];
        check(&policy, &elsewhere, Reason::Deactivated, &[], &[Rule::Rc11]);
    }
}

proptest! {
    /// RC-12, RC-4: whatever is held, nobody comes into what an administrator has suspended, and whoever has no access left
    /// does not come in at all.
    #[test]
    fn a_hold_never_admits_whom_an_administrator_suspended(
        states in proptest::collection::vec((0..4u8, any::<bool>()), 2),
        (deleted, hold, jit, answered) in (any::<bool>(), 0..3u8, any::<bool>(), any::<bool>()),
    ) {
        let membership = |(organization, (state, by_hand)): (OrganizationId, &(u8, bool))| {
            let by = if *by_hand { SuspendedBy::Administrator } else { SuspendedBy::Directory };
            match state {
                0 => member(organization),
                1 => held(organization),
                2 => suspended(organization, by),
                _ => MembershipFacts { state: MembershipState::Removed, ..member(organization) },
            }
        };
        let memberships: Vec<MembershipFacts> = [ACME, LABS].into_iter().zip(&states).map(membership).collect();
        let state = if deleted { DirectoryState::Deleted { at: NOW - DAY } } else { DirectoryState::Inactive };
        let hold = [None, Some(Hold::Held), Some(Hold::Rejected)][usize::from(hold)];
        let facts = comes(state, hold, memberships.clone());
        let decision = decide_sign_in(&if jit { both() } else { authoritative() }, &facts);
        let gives = |entry: &&MembershipFacts| matches!(entry.state, MembershipState::Active | MembershipState::Held);
        let open: Vec<OrganizationId> = memberships.iter().filter(gives).map(|entry| entry.organization).collect();
        let entered: Vec<OrganizationId> = decision.memberships.iter().map(|entry| entry.organization).collect();
        prop_assert!(entered.iter().all(|organization| open.contains(organization)), "{decision:#?}");
        prop_assert_eq!(decision.outcome == Outcome::Allow, hold.is_some() && !open.is_empty());
        // Nor does an answer give anything back that was not held.
        let answer = if answered { Answer::Release } else { Answer::Reject };
        let removal = push(Push::Delete { before: StoredUser { hold, ..stored() } });
        for effect in decide_answer(&removal, &facts.accounts[0], RESOURCE, answer).effects {
            let about = memberships.iter().find(|entry| Some(entry.organization) == effect.organization());
            prop_assert!(about.is_none_or(|entry| entry.state == MembershipState::Held), "{effect:?}");
        }
    }
}
