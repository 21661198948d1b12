//! Whose directory user it is, and under which id it lives.

use rollcall_policy::*;

use crate::fixture::*;

const NEW: &[&str] = &["create jane@acme.example", "link", "scim id", "join acme member scim", "team acme:everyone"];
const LINKED: &[&str] = &["link", "scim id", "join acme member scim", "team acme:everyone"];

fn with_jane(user: PushedUser) -> PushFacts {
    PushFacts { accounts: vec![jane()], ..create(user) }
}

#[test]
fn a_push_makes_the_account_before_any_sign_in() {
    // U-4
    let got = check_push(&create(pushed()), NEW, None, &[Rule::U4, Rule::Rc15]);
    assert_eq!((got.resource, got.account), (ResourcePlan::New, None));
}

/// P4-1, U-5, U-7.
#[test]
fn a_push_links_the_account_of_its_address_however_it_came() {
    // U-5, U-6; S-6: a member keeps role and access.
    let mut facts = with_jane(pushed());
    facts.accounts[0].memberships =
        vec![MembershipFacts { role: Role::Editor, origin: Origin::Manual, ..member(ACME) }];
    let got = check_push(&facts, &["link", "scim id", "team acme:everyone"], None, &[Rule::U6, Rule::Rc15]);
    assert_eq!(got.account, Some(JANE));
}

#[test]
fn the_id_kept_for_a_person_is_the_one_they_get() {
    // RC-7: somebody who came by JIT before.
    let mut facts = with_jane(pushed());
    facts.accounts[0].scim_id = Some(KEPT);
    assert_eq!(check_push(&facts, LINKED, None, &[Rule::U6]).resource, ResourcePlan::Adopt { id: KEPT });
    // Pushed by another connection of the company: an own id, the same account.
    let other = DirectoryUserFacts { connection: OTHER, ..directory_user(DirectoryState::Active) };
    facts.accounts[0].scim_id = None;
    facts.directory = vec![other];
    let got = check_push(&facts, LINKED, None, &[Rule::U6]);
    assert_eq!((got.resource, got.account), (ResourcePlan::New, Some(JANE)));
}

/// P4-46.
#[test]
fn an_unverified_address_is_stored_without_effect() {
    for user_name in ["jane@other.example", "jane@us.acme.example"] {
        let user = PushedUser { address: Some(folded(user_name)), ..pushed() };
        let facts = PushFacts { accounts: vec![AccountFacts { email: folded(user_name), ..jane() }], ..create(user) };
        let got = check_push(&facts, &[], Some(Finding::DomainNotVerified), &[Rule::Rc5]);
        assert_eq!((got.resource, got.account), (ResourcePlan::New, None));
        let refuse = ConnectionPolicy { unverified_domains: UnverifiedDomains::Refuse, ..authoritative() };
        check_refused(&refuse, &facts, 400, Some("invalidValue"), user_name.split('@').nth(1).unwrap());
    }
    let nobody = PushedUser { address: None, ..pushed() };
    check_push(&create(nobody), &[], Some(Finding::NoAddress), &[Rule::Rc6]);
    // Without effect on people, attributes that name nothing hurt nobody: the extension reads back as pushed (RC-15).
    let stranger = PushedUser {
        address: Some(folded("jane@other.example")),
        attributes: attributes(Some("nowhere"), None, Some("boss")),
        ..pushed()
    };
    check_push(&create(stranger), &[], Some(Finding::DomainNotVerified), &[Rule::Rc5]);
}

#[test]
fn a_refusing_policy_never_keeps_a_leaver() {
    // RC-5 with unverified_domains: refuse, for a linked user whose address moves to another domain.
    let policy = ConnectionPolicy { unverified_domains: UnverifiedDomains::Refuse, ..authoritative() };
    let moved = |active| PushedUser { address: Some(folded("jane@other.example")), active, ..pushed() };
    let mut facts = PushFacts {
        accounts: vec![AccountFacts { memberships: vec![member(ACME)], ..jane() }],
        ..update(stored(), moved(true))
    };
    check_refused(&policy, &facts, 400, Some("invalidValue"), "other.example");
    facts.push = Push::Update { before: stored(), user: moved(false) };
    let got = decide_push(&policy, &facts).unwrap();
    assert_eq!(words(&got.effects), ["suspend acme", "end company sessions"]);
}

#[test]
fn linking_an_account_nobody_had_proven_ends_its_sessions() {
    let mut facts = with_jane(pushed());
    facts.accounts[0].email_verified = false;
    let claimed = [
        "link",
        "scim id",
        "end all sessions",
        "verified",
        "emit account.claimed",
        "join acme member scim",
        "team acme:everyone",
    ];
    check_push(&facts, &claimed, None, &[Rule::Rc10]);
}

#[test]
fn one_account_has_one_user_of_a_connection() {
    let mut facts = with_jane(PushedUser { external_id: None, user_name: folded("jane2"), ..pushed() });
    for state in [DirectoryState::Active, DirectoryState::Inactive] {
        facts.directory = vec![directory_user(state)];
        check_push(&facts, &[], Some(Finding::EmailTaken), &[]);
    }
}

#[test]
fn the_same_person_comes_back_under_the_same_id() {
    let restored = ["drop tombstone", "link", "scim id", "resume acme", "team acme:everyone"];
    let mut facts = with_jane(pushed());
    facts.accounts[0].scim_id = Some(EARLIER);
    facts.accounts[0].memberships = vec![suspended(ACME, SuspendedBy::Directory)];
    facts.directory = vec![directory_user(DirectoryState::Deleted { at: NOW - 30 * DAY })];
    let got = check_push(&facts, &restored, None, &[Rule::Rc8, Rule::U10]);
    assert_eq!(got.resource, ResourcePlan::Restore { id: EARLIER });
    // Without externalId on both sides, userName and address tell.
    let bare = PushedUser { external_id: None, ..pushed() };
    facts.directory[0].external_id = None;
    facts.push = Push::Create { user: bare.clone() };
    assert_eq!(check_push(&facts, &restored, None, &[Rule::Rc8]).resource, ResourcePlan::Restore { id: EARLIER });
    // One side alone has one, or the address differs: somebody else, who must wait.
    for user in [pushed(), PushedUser { user_name: folded("jane2"), ..bare }] {
        facts.push = Push::Create { user };
        let got = check_push(&facts, &[], Some(Finding::EmailTaken), &[Rule::Rc8]);
        assert_eq!(got.resource, ResourcePlan::New);
    }
}

#[test]
fn an_account_with_a_live_user_is_not_restored_beside_it() {
    // RC-8: after the deletion an administrator linked the account to another user of this connection.
    let mut facts = with_jane(pushed());
    let linked = DirectoryUserFacts {
        id: RESOURCE,
        external_id: Some("ext-other".to_owned()),
        user_name: "jane2".to_owned(),
        ..directory_user(DirectoryState::Active)
    };
    facts.directory = vec![directory_user(DirectoryState::Deleted { at: NOW - DAY }), linked];
    let got = check_push(&facts, &[], Some(Finding::EmailTaken), &[Rule::Rc8]);
    assert_eq!(got.resource, ResourcePlan::New);
}

#[test]
fn another_persons_external_id_restores_nothing() {
    // RC-8: a recycled mailbox. Once the earlier account is renamed, its new holder gets an account of their own.
    let user = PushedUser { external_id: Some("ext-other".to_owned()), ..pushed() };
    let mut facts = with_jane(user);
    facts.directory = vec![directory_user(DirectoryState::Deleted { at: NOW - DAY })];
    check_push(&facts, &[], Some(Finding::EmailTaken), &[Rule::Rc8]);
    facts.accounts[0].email = folded("jane.old@acme.example");
    check_push(&facts, NEW, None, &[Rule::U4]);
}

#[test]
fn the_grace_period_ends_the_id_and_not_the_person() {
    // RC-8, RC-11
    let mut facts = with_jane(pushed());
    facts.accounts[0].scim_id = Some(EARLIER);
    facts.directory = vec![directory_user(DirectoryState::Deleted { at: NOW - 31 * DAY })];
    let back = ["drop tombstone", "link", "scim id", "join acme member scim", "team acme:everyone"];
    let got = check_push(&facts, &back, None, &[Rule::Rc8]);
    assert_eq!((got.resource, got.account), (ResourcePlan::New, Some(JANE)));
    facts.directory[0].external_id = None;
    facts.push = Push::Create { user: PushedUser { external_id: None, ..pushed() } };
    check_push(&facts, &[], Some(Finding::EmailTaken), &[Rule::Rc8]);
}

/// RC-8, U-10: a restore gives back elsewhere what a sign-in had given, and no hand-made grant; a mere reactivation both.
#[test]
fn what_comes_back_elsewhere_depends_on_who_had_given_it() {
    let labs = |origin| MembershipFacts { origin, ..suspended(LABS, SuspendedBy::Directory) };
    for (origin, restored) in
        [(Origin::Jit, true), (Origin::Scim, true), (Origin::Manual, false), (Origin::Invitation, false)]
    {
        let mut facts = with_jane(pushed());
        facts.accounts[0].memberships = vec![member(ACME), labs(origin)];
        facts.directory = vec![directory_user(DirectoryState::Deleted { at: NOW - DAY })];
        let resumes = |facts: &PushFacts| {
            let got = decide_push(&authoritative(), facts).unwrap();
            words(&got.effects).contains(&"resume labs".to_owned())
        };
        assert_eq!(resumes(&facts), restored, "{origin}: restored");
        let mut again = update(StoredUser { active: false, ..stored() }, pushed());
        again.accounts = facts.accounts;
        assert!(resumes(&again), "{origin}: active again");
    }
}

#[test]
fn no_owner_role_and_no_hand_made_grant_comes_back() {
    let owner = MembershipFacts {
        role: Role::Owner,
        teams: vec![team("dev"), team("everyone"), TeamFacts { mapped: true, ..team("ops") }],
        ..suspended(ACME, SuspendedBy::Directory)
    };
    let by_hand = MembershipFacts { origin: Origin::Manual, ..suspended(LABS, SuspendedBy::Directory) };
    let mut facts = with_jane(pushed());
    facts.accounts[0].memberships = vec![owner, by_hand];
    facts.directory = vec![directory_user(DirectoryState::Deleted { at: NOW - DAY })];
    let mut restored = vec!["drop tombstone", "link", "scim id", "resume acme", "role acme member", "leave acme:dev"];
    // RC-14: a mapped team has those whom its groups name, and no group membership returns.
    restored.push("leave acme:ops");
    check_push(&facts, &restored, None, &[Rule::Rc8, Rule::U10, Rule::G7]);
}

#[test]
fn a_create_over_an_inactive_user_of_the_same_person_reactivates_it() {
    let mut facts = with_jane(pushed());
    facts.accounts[0].memberships = vec![suspended(ACME, SuspendedBy::Directory)];
    facts.directory = vec![directory_user(DirectoryState::Inactive)];
    let back = ["link", "scim id", "resume acme", "team acme:everyone"];
    let got = check_push(&facts, &back, None, &[Rule::Rc8]);
    assert_eq!(got.resource, ResourcePlan::Reactivate { id: EARLIER });
    // Otherwise the userName is taken.
    let others = [
        PushedUser { active: false, ..pushed() },
        PushedUser { external_id: Some("ext-other".to_owned()), ..pushed() },
        PushedUser { external_id: None, ..pushed() },
    ];
    for user in others {
        facts.push = Push::Create { user };
        check_refused(&authoritative(), &facts, 409, Some("uniqueness"), "exists already");
    }
    facts.push = Push::Create { user: pushed() };
    facts.directory[0].state = DirectoryState::Active;
    check_refused(&authoritative(), &facts, 409, Some("uniqueness"), "exists already");
}

#[test]
fn the_address_follows_only_within_the_connections_domains() {
    let moved = |address: &str| PushedUser { address: Some(folded(address)), ..pushed() };
    let facts = |address: &str| PushFacts {
        accounts: vec![AccountFacts { memberships: vec![member(ACME)], ..jane() }, john()],
        ..update(stored(), moved(address))
    };
    check_push(&facts("j.doe@acme.example"), &["email j.doe@acme.example"], None, &[Rule::Rc5]);
    check_push(&facts("Jane@acme.example"), &[], None, &[]);
    check_push(&facts("john@acme.example"), &[], Some(Finding::EmailTaken), &[Rule::Rc5]);
    check_push(&facts("jane@other.example"), &[], Some(Finding::DomainNotVerified), &[Rule::Rc5]);
    // RC-1, U-7: an account that another domain governs is not written to.
    let mut foreign = facts("j.doe@acme.example");
    foreign.accounts[0].email = folded("jane@home.example");
    foreign.accounts[0].full_name = None;
    check_push(&foreign, &[], None, &[Rule::Rc1]);
    // The trail speaks of a name only where one would have been written.
    let at_home = |full_name: Option<&str>| {
        let user = PushedUser { full_name: full_name.map(str::to_owned), ..moved("jane@home.example") };
        let mut facts = PushFacts { accounts: foreign.accounts.clone(), ..update(stored(), user) };
        facts.accounts[0].full_name = Some("Jane Doe".to_owned());
        let got = check_push(&facts, &[], Some(Finding::DomainNotVerified), &[]);
        got.trail.rules().contains(&Rule::Rc1)
    };
    let said = [Some("Mallory"), Some("Jane Doe"), None].map(at_home);
    assert_eq!(said, [true, false, false]);
}

/// U-8, U-18.
#[test]
fn names_are_changed_and_never_cleared() {
    let mut facts = PushFacts {
        accounts: vec![AccountFacts { memberships: vec![member(ACME)], ..jane() }],
        ..update(stored(), pushed())
    };
    check_push(&facts, &[], None, &[]);
    facts.push = Push::Update { before: stored(), user: PushedUser { full_name: None, ..pushed() } };
    check_push(&facts, &[], None, &[]);
    facts.push =
        Push::Update { before: stored(), user: PushedUser { full_name: Some("Jane Roe".to_owned()), ..pushed() } };
    check_push(&facts, &["name Jane Roe"], None, &[Rule::U8]);
}

#[test]
fn an_inactive_stranger_is_stored_and_no_more() {
    let user = PushedUser { active: false, ..pushed() };
    check_push(&create(user.clone()), &[], None, &[]);
    // Once active, the account is made; the resource keeps its id.
    let before = StoredUser { active: false, account: None, ..stored() };
    let got = check_push(&update(before, pushed()), NEW, None, &[Rule::U4]);
    assert_eq!(got.resource, ResourcePlan::Keep);
    // An account that is there is linked, and the directory's word holds for its memberships (RC-4).
    let mut facts = with_jane(user);
    facts.accounts[0].memberships = vec![member(ACME)];
    check_push(&facts, &["link", "scim id", "suspend acme", "end company sessions"], None, &[Rule::U6, Rule::U9]);
}
