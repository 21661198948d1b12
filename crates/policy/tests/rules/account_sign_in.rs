//! Sign-ins without SSO: invitations, domains that admit their people, SSO enforcement.

use rollcall_policy::*;

use crate::fixture::*;

/// Jane's account signs in by password; nobody invited her, and her domain admits nobody.
fn without_sso() -> AccountSignInFacts {
    AccountSignInFacts {
        now: NOW,
        client: Client::Web,
        email: folded("jane@acme.example"),
        email_verified: true,
        account: Some(jane()),
        domain: None,
        companies: Vec::new(),
    }
}

fn acme() -> CompanyFacts {
    let organizations = connection().organizations;
    CompanyFacts { id: COMPANY, organizations, invitations: Vec::new(), directory: Vec::new() }
}

fn domain() -> DomainFacts {
    DomainFacts {
        name: "acme.example".to_owned(),
        company: COMPANY,
        attached: false,
        enforced: false,
        auto_provisioning: true,
        organization: Some(ACME),
        owners_told: false,
    }
}

/// Her domain admits its people to `acme`.
fn admitted() -> AccountSignInFacts {
    AccountSignInFacts { domain: Some(domain()), companies: vec![acme()], ..without_sso() }
}

fn invited() -> AccountSignInFacts {
    let invitations = vec![invitation(ACME)];
    AccountSignInFacts { companies: vec![CompanyFacts { invitations, ..acme() }], ..without_sso() }
}

fn member_of(memberships: Vec<MembershipFacts>, facts: AccountSignInFacts) -> AccountSignInFacts {
    AccountSignInFacts { account: Some(AccountFacts { memberships, ..jane() }), ..facts }
}

const JOINED: [&str; 2] = ["join acme member domain", "emit member.auto_provisioned"];
const ACCEPTED: [&str; 2] = ["accept acme", "join acme member invitation"];

#[track_caller]
fn check_account(facts: &AccountSignInFacts, reason: Reason, effects: &[&str], rules: &[Rule]) -> SignInDecision {
    let got = decide_account_sign_in(facts);
    assert_eq!((got.reason, got.outcome == Outcome::Allow), (reason, reason == Reason::Allowed), "{got:#?}");
    assert_eq!(words(&got.effects), effects, "{got:#?}");
    assert_eq!(got.session.is_some(), reason == Reason::Allowed);
    for rule in rules {
        assert!(got.trail.rules().contains(rule), "{rule} is missing: {:?}", got.trail.rules());
    }
    got
}

fn warned(decision: &SignInDecision) -> Vec<WarningCode> {
    decision.warnings.iter().map(|warning| warning.code).collect()
}

/// P/A-3, P/A-5, P/A-6, P/A-9.
#[test]
fn an_existing_account_of_the_domain_joins() {
    let got = check_account(&admitted(), Reason::Allowed, &JOINED, &[Rule::A3, Rule::A6, Rule::Rc3]);
    assert_eq!((got.message.as_str(), got.account), ("Signed in", Some(JANE)), "P/A-5");
    // Members stay as they are.
    let again = member_of(vec![MembershipFacts { role: Role::Owner, ..member(ACME) }], admitted());
    let got = check_account(&again, Reason::Allowed, &[], &[Rule::Rc3]);
    assert_eq!(got.memberships[0].role, Role::Owner);
}

/// P/A-4.
#[test]
fn a_domain_makes_no_account() {
    let unknown = AccountSignInFacts { account: None, ..admitted() };
    let got = check_account(&unknown, Reason::AccessDenied, &[], &[Rule::A4]);
    assert_eq!((got.account, got.message.as_str()), (None, "Access denied"));
}

/// P/A-2, P/A-10, P/A-11, P4-7, P4-30.
#[test]
fn a_domain_admits_only_while_it_says_so_and_to_one_organization() {
    for domain in [
        None,
        Some(DomainFacts { auto_provisioning: false, ..domain() }),
        Some(DomainFacts { organization: None, ..domain() }),
    ] {
        let facts = AccountSignInFacts { domain, ..admitted() };
        check_account(&facts, Reason::Allowed, &[], &[Rule::Rc3]);
        // P/A-11, P/A-12: whoever is in stays in.
        let facts = member_of(vec![MembershipFacts { origin: Origin::Domain, ..member(ACME) }], facts);
        assert_eq!(check_account(&facts, Reason::Allowed, &[], &[]).memberships.len(), 1);
    }
    let labs = DomainFacts { organization: Some(LABS), ..domain() };
    let facts = AccountSignInFacts { domain: Some(labs), ..admitted() };
    check_account(&facts, Reason::Allowed, &["join labs member domain", "emit member.auto_provisioned"], &[Rule::A3]);
}

/// P/A-8, P4-6: whatever the connection's switches say.
#[test]
fn a_domain_of_a_connection_admits_nobody_by_itself() {
    let facts = AccountSignInFacts { domain: Some(DomainFacts { attached: true, ..domain() }), ..admitted() };
    check_account(&facts, Reason::Allowed, &[], &[Rule::A8]);
}

/// P/A-7, P4-29.
#[test]
fn a_full_organization_changes_nothing_about_the_sign_in() {
    let mut facts = admitted();
    facts.companies[0].organizations[0].seats = Seats::Full;
    let got = check_account(&facts, Reason::Allowed, &["emit seats.exhausted"], &[Rule::A7]);
    assert_eq!(warned(&got), [WarningCode::NoSeats]);
    facts.domain = Some(DomainFacts { owners_told: true, ..domain() });
    check_account(&facts, Reason::Allowed, &[], &[Rule::A7]);
    // An invitation holds its own seat (M-3).
    facts.companies[0].invitations = vec![invitation(ACME)];
    check_account(&facts, Reason::Allowed, &ACCEPTED, &[Rule::M5]);
}

/// P/E-1, P/E-2, P4-10.
#[test]
fn people_of_an_enforced_domain_use_sso_and_guests_do_not() {
    let enforced = DomainFacts { attached: true, enforced: true, ..domain() };
    let facts = AccountSignInFacts { domain: Some(enforced), ..invited() };
    let got = check_account(&facts, Reason::SsoRequired, &[], &[Rule::E1]);
    assert!(got.message.contains("acme.example"), "{}", got.message);
    // A guest of the same company has an address of another domain.
    let guest = AccountFacts { email: folded("jane@home.example"), memberships: vec![member(ACME)], ..jane() };
    let guest = AccountSignInFacts { email: guest.email.clone(), account: Some(guest), domain: None, ..invited() };
    assert_eq!(check_account(&guest, Reason::Allowed, &[], &[]).memberships.len(), 1);
}

/// RC-2: the operator's switch alone.
#[test]
fn a_disabled_account_stays_outside_without_sso_too() {
    let account = Some(AccountFacts { disabled: true, ..jane() });
    check_account(&AccountSignInFacts { account, ..invited() }, Reason::AccountDisabled, &[], &[Rule::Rc2]);
}

/// M-4, M-5, J-4: an invitation of any company, with its team and role.
#[test]
fn pending_invitations_are_accepted_with_team_and_role() {
    let mut facts = invited();
    facts.companies[0].invitations = vec![
        InvitationFacts { team: Some(folded("dev")), role: Some(Role::Editor), ..invitation(ACME) },
        InvitationFacts { id: InvitationId::from_u128(51), ..invitation(LABS) },
    ];
    let effects =
        ["accept acme", "join acme editor invitation", "team acme:dev", "accept labs", "join labs member invitation"];
    let got = check_account(&facts, Reason::Allowed, &effects, &[Rule::M5, Rule::J4]);
    assert_eq!(got.memberships.len(), 2, "RC-3");
    // A member keeps their role.
    let member = member_of(vec![MembershipFacts { role: Role::Owner, ..member(ACME) }], facts);
    let effects = ["accept acme", "team acme:dev", "accept labs", "join labs member invitation"];
    check_account(&member, Reason::Allowed, &effects, &[Rule::M5]);
}

/// RC-10, P4-47: what was opened before the address was verified may be somebody else's.
#[test]
fn the_products_word_verifies_the_address_and_ends_earlier_sessions() {
    let account = Some(AccountFacts { email_verified: false, ..jane() });
    let facts = AccountSignInFacts { account, ..admitted() };
    let effects = ["end all sessions", "verified", JOINED[0], JOINED[1]];
    check_account(&facts, Reason::Allowed, &effects, &[Rule::Rc10, Rule::A3]);
    // Verified once, it ends nothing more.
    check_account(&admitted(), Reason::Allowed, &JOINED, &[Rule::A3]);
}

/// RC-10, P4-47: neither invitation nor domain; the sign-in itself is the product's business.
#[test]
fn an_unverified_account_catches_no_invitation_and_no_domain() {
    for facts in [invited(), admitted()] {
        let account = Some(AccountFacts { email_verified: false, ..jane() });
        let facts = AccountSignInFacts { account, email_verified: false, ..facts };
        let got = check_account(&facts, Reason::Allowed, &[], &[Rule::Rc10]);
        assert_eq!(warned(&got), [WarningCode::EmailUnverified]);
    }
}

/// RC-10: the address was proven by SSO, and whoever knows the old password has not proven it.
#[test]
fn a_squatter_of_a_claimed_account_does_not_come_back_by_password() {
    let facts = AccountSignInFacts { email_verified: false, ..member_of(vec![member(ACME)], without_sso()) };
    let got = check_account(&facts, Reason::EmailNotVerified, &[], &[Rule::Rc10]);
    assert_eq!(got.memberships, []);
}

/// RC-4, RC-11: neither invitation nor domain lifts a suspension; a removal by hand does not outlast them.
#[test]
fn a_suspension_outlasts_invitation_and_domain_and_a_removal_does_not() {
    for by in [SuspendedBy::Directory, SuspendedBy::Administrator] {
        for facts in [invited(), admitted()] {
            let got = check_account(&member_of(vec![suspended(ACME, by)], facts), Reason::Allowed, &[], &[Rule::Rc4]);
            assert_eq!((warned(&got), got.memberships), (vec![WarningCode::MembershipSuspended], vec![]));
        }
    }
    let removed = || vec![MembershipFacts { state: MembershipState::Removed, role: Role::Owner, ..member(ACME) }];
    check_account(&member_of(removed(), admitted()), Reason::Allowed, &JOINED, &[Rule::A3]);
    check_account(&member_of(removed(), invited()), Reason::Allowed, &ACCEPTED, &[Rule::M5]);
}

/// RC-11, RC-13: a leaver, or whoever has a leaver's address, joins nothing of that company; another company's
/// directory is no concern of this one.
#[test]
fn a_leaver_is_admitted_by_neither_invitation_nor_domain() {
    let gone = directory_user(DirectoryState::Deleted { at: NOW - 400 * DAY });
    let elsewhere = DirectoryUserFacts { connection: OTHER, serves: vec![ELSEWHERE], scim: false, ..gone.clone() };
    let heir = DirectoryUserFacts { account: Some(JOHN), ..gone.clone() };
    for (user, rule) in [(gone, Rule::Rc11), (elsewhere, Rule::Rc11), (heir, Rule::Rc13)] {
        for mut facts in [invited(), admitted()] {
            facts.companies[0].directory = vec![user.clone()];
            let got = check_account(&facts, Reason::Allowed, &[], &[rule]);
            assert_eq!(warned(&got), [WarningCode::RemovedByDirectory]);
            // RC-4: unless a directory of the company that speaks says active.
            let active = DirectoryUserFacts { id: RESOURCE, ..directory_user(DirectoryState::Active) };
            facts.companies[0].directory.push(active);
            assert!(!decide_account_sign_in(&facts).effects.is_empty());
        }
    }
    let mut facts = invited();
    let other = CompanyFacts { id: CompanyId::from_u128(11), organizations: vec![], invitations: vec![], ..acme() };
    facts.companies.push(CompanyFacts { directory: vec![directory_user(DirectoryState::Inactive)], ..other });
    check_account(&facts, Reason::Allowed, &ACCEPTED, &[Rule::M5]);
}

/// RC-4, RC-11, RC-13: a directory vouches where it serves, and nowhere else.
#[test]
fn another_directory_vouches_only_where_it_serves() {
    let gone = directory_user(DirectoryState::Deleted { at: NOW - DAY });
    let heir = DirectoryUserFacts { account: Some(JOHN), ..gone.clone() };
    let active = DirectoryUserFacts { connection: OTHER, id: RESOURCE, ..directory_user(DirectoryState::Active) };
    for (user, rule) in [(gone, Rule::Rc11), (heir, Rule::Rc13)] {
        for mut facts in [invited(), admitted()] {
            let elsewhere = DirectoryUserFacts { serves: vec![LABS, ELSEWHERE], ..active.clone() };
            facts.companies[0].directory = vec![user.clone(), elsewhere];
            let got = check_account(&facts, Reason::Allowed, &[], &[rule]);
            assert_eq!(warned(&got), [WarningCode::RemovedByDirectory]);
            facts.companies[0].directory[1].serves = vec![ACME];
            assert!(!decide_account_sign_in(&facts).effects.is_empty());
        }
    }
}

/// RC-3, SS-1.
#[test]
fn the_session_is_of_the_account_alone() {
    for (client, days, idle) in [(Client::Web, 1, None), (Client::Desktop, 90, Some(30 * 24 * 60 * 60))] {
        let facts = AccountSignInFacts { client, ..without_sso() };
        let session = check_account(&facts, Reason::Allowed, &[], &[Rule::Rc3, Rule::Ss1]).session.unwrap();
        assert_eq!(session, SessionPlan { company: None, expires_at: NOW + days * DAY, idle_seconds: idle });
    }
}

/// RC-12: held people come in by this door, too.
#[test]
fn held_people_come_in() {
    let held = MembershipFacts { state: MembershipState::Held, ..member(ACME) };
    let facts = member_of(vec![held], AccountSignInFacts { companies: vec![acme()], ..without_sso() });
    assert_eq!(check_account(&facts, Reason::Allowed, &[], &[Rule::Rc12]).memberships.len(), 1);
}

/// RC-14.
#[test]
fn an_invitation_adds_to_no_mapped_team() {
    let mut facts = invited();
    facts.companies[0].organizations[0].teams[1].mapped = true;
    facts.companies[0].invitations = vec![InvitationFacts { team: Some(folded("dev")), ..invitation(ACME) }];
    let got = check_account(&facts, Reason::Allowed, &ACCEPTED, &[Rule::Rc14]);
    assert_eq!(warned(&got), [WarningCode::TeamMapped]);
}
