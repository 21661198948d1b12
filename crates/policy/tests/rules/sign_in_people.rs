//! Who may come in at all: evidence, accounts, identities, what directories say.

use rollcall_policy::*;

use crate::fixture::*;

fn known(memberships: Vec<MembershipFacts>) -> SignInFacts {
    SignInFacts { accounts: vec![AccountFacts { memberships, ..known_jane() }], ..sign_in() }
}

#[test]
fn an_address_is_required() {
    for email in [None, Some(folded("jane"))] {
        let mut facts = sign_in();
        facts.assertion.email = email;
        check(&jit(), &facts, Reason::EmailMissing, &[], &[Rule::Si10]);
    }
}

#[test]
fn the_domain_must_be_on_the_connection() {
    for address in ["jane@other.example", "jane@us.acme.example"] {
        let mut facts = known(vec![member(ACME)]);
        facts.assertion.email = Some(folded(address));
        let got = check(&jit(), &facts, Reason::DomainNotVerified, &[], &[Rule::Si4]);
        assert!(got.message.contains(address.split('@').nth(1).unwrap()), "{}", got.message);
    }
}

/// RC-10, N-2: whom the provider vouches for accepts an invitation to that address, though nobody had proven it before.
#[test]
fn an_address_that_this_sign_in_proves_accepts_its_invitation() {
    let mut facts = sign_in();
    facts.accounts = vec![AccountFacts { email_verified: false, ..jane() }];
    facts.invitations = vec![invitation(ACME)];
    let got = decide_sign_in(&authoritative(), &facts);
    assert_eq!((got.reason, got.memberships.len()), (Reason::Allowed, 1), "{got:#?}");
}

#[test]
fn an_address_the_provider_does_not_vouch_for_links_nothing() {
    let mut facts = sign_in();
    facts.accounts = vec![jane()];
    facts.assertion.email_verified = Some(false);
    check(&jit(), &facts, Reason::EmailNotVerified, &[], &[Rule::Rc10]);
    // A known subject needs no address to be recognised, but accepts no invitation by it.
    facts.accounts = vec![AccountFacts { memberships: vec![member(LABS)], email_verified: false, ..known_jane() }];
    facts.invitations = vec![invitation(ACME)];
    check(&jit(), &facts, Reason::Allowed, &[], &[Rule::J6]);
}

#[test]
fn a_disabled_account_stays_outside() {
    let mut facts = known(vec![member(ACME)]);
    facts.accounts[0].disabled = true;
    check(&jit(), &facts, Reason::AccountDisabled, &[], &[Rule::Rc2]);
}

#[test]
fn an_account_nobody_had_proven_is_claimed() {
    // RC-10
    let mut facts = sign_in();
    facts.accounts = vec![AccountFacts { email_verified: false, memberships: vec![member(ACME)], ..jane() }];
    let claimed = ["end all sessions", "emit account.claimed", "verified", "identity sub-jane", "scim id"];
    check(&jit(), &facts, Reason::Allowed, &claimed, &[Rule::Rc10]);
    // Denied, nothing of it happens: the account is not linked.
    facts.accounts[0].memberships = Vec::new();
    check(&authoritative(), &facts, Reason::AccessDenied, &[], &[Rule::N3]);
}

#[test]
fn the_name_is_written_only_where_the_company_governs() {
    // RC-1: Jane moved her account to an address of hers; the connection still knows her subject.
    let mut facts = known(vec![member(ACME)]);
    facts.accounts[0].email = folded("jane@home.example");
    facts.accounts[0].full_name = Some("Somebody".to_owned());
    let got = check(&jit(), &facts, Reason::Allowed, &[], &[Rule::Rc1]);
    assert_eq!(got.warnings[0].code, WarningCode::EmailDiffers);
}

#[test]
fn a_name_that_an_active_directory_carries_is_frozen() {
    let mut facts = known(vec![member(ACME)]);
    facts.accounts[0].full_name = Some("Jane D.".to_owned());
    facts.directory = vec![directory_user(DirectoryState::Active)];
    check(&both(), &facts, Reason::Allowed, &[], &[Rule::Rc14]);
    let thawed = ConnectionPolicy { freeze_name: false, ..both() };
    check(&thawed, &facts, Reason::Allowed, &["name Jane Doe"], &[Rule::J1]);
    // S-7: a directory whose SCIM is off manages nobody any more.
    facts.directory[0].scim = false;
    check(&both(), &facts, Reason::Allowed, &["name Jane Doe"], &[Rule::J1]);
}

#[test]
fn whom_a_directory_sent_away_is_refused() {
    let states = [DirectoryState::Inactive, DirectoryState::Deleted { at: NOW - 400 * DAY }];
    for state in states {
        for policy in [jit(), both(), authoritative()] {
            let mut facts = known(vec![member(ACME)]);
            facts.directory = vec![directory_user(state)];
            facts.invitations = vec![invitation(LABS)];
            check(&policy, &facts, Reason::Deactivated, &[], &[Rule::Rc11]);
            // Turning SCIM off changes nothing for them (RC-16).
            facts.directory[0].scim = false;
            check(&policy, &facts, Reason::Deactivated, &[], &[Rule::Rc11]);
        }
    }
}

#[test]
fn another_active_directory_of_the_company_vouches() {
    // RC-4
    let mut facts = known(vec![member(ACME)]);
    let vouching = DirectoryUserFacts { connection: OTHER, ..directory_user(DirectoryState::Active) };
    facts.directory = vec![directory_user(DirectoryState::Inactive), vouching];
    check(&both(), &facts, Reason::Allowed, &[], &[Rule::J6]);
    facts.directory[1].scim = false;
    check(&both(), &facts, Reason::Deactivated, &[], &[Rule::Rc11]);
}

#[test]
fn another_directory_vouches_only_where_it_serves() {
    // RC-4, RC-11: whom ours removed, and theirs calls active in `acme` alone, joins `labs` by none of the doors.
    let vouching = DirectoryUserFacts {
        connection: OTHER,
        id: RESOURCE,
        serves: vec![ACME],
        ..directory_user(DirectoryState::Active)
    };
    let mut facts = known(vec![member(ACME)]);
    facts.directory = vec![directory_user(DirectoryState::Deleted { at: NOW - DAY }), vouching];
    let joins: [fn(&mut SignInFacts); 3] = [
        |facts| facts.invitations = vec![invitation(LABS)],
        |facts| facts.assertion.groups = vec![folded("labs:research")],
        |facts| facts.assertion.attributes = attributes(Some("labs"), None, None),
    ];
    for join in joins {
        let mut facts = facts.clone();
        join(&mut facts);
        let got = check(&both(), &facts, Reason::Allowed, &[], &[Rule::Rc11]);
        assert!(got.warnings.iter().any(|warning| warning.code == WarningCode::RemovedByDirectory));
        // Whoever is in no organization that is vouched for has nothing to come in by.
        facts.accounts[0].memberships = vec![];
        facts.connection.default_organization = LABS;
        check(&both(), &facts, Reason::Deactivated, &[], &[Rule::Rc11]);
        facts.directory[1].serves.push(LABS);
        assert!(decide_sign_in(&both(), &facts).effects.iter().any(|effect| effect.organization() == Some(LABS)));
    }
}

#[test]
fn the_address_of_a_removed_person_admits_nobody() {
    // RC-13, J-2: no account has the address any more, or another one has it.
    let gone = DirectoryUserFacts { account: Some(JOHN), ..directory_user(DirectoryState::Deleted { at: NOW - DAY }) };
    let mut facts = sign_in();
    facts.directory = vec![gone];
    check(&jit(), &facts, Reason::Deactivated, &[], &[Rule::Rc13]);
    facts.accounts = vec![jane()];
    check(&jit(), &facts, Reason::Deactivated, &[], &[Rule::Rc13]);
    // The next holder of the mailbox, once the directory has pushed them, comes in; also after SCIM was turned off.
    facts.directory.push(DirectoryUserFacts { id: RESOURCE, ..directory_user(DirectoryState::Active) });
    for scim in [true, false] {
        facts.directory[1].scim = scim;
        let new = ["identity sub-jane", "scim id", "join acme member jit", "team acme:everyone"];
        check(&both(), &facts, Reason::Allowed, &new, &[Rule::Si8]);
    }
}

#[test]
fn an_unlinked_user_vouches_for_nobody() {
    // RC-8: somebody else was pushed with the address of a removed person and waits for an administrator.
    let mut facts = known(vec![]);
    let unlinked = DirectoryUserFacts { account: None, id: RESOURCE, ..directory_user(DirectoryState::Active) };
    facts.directory = vec![directory_user(DirectoryState::Deleted { at: NOW }), unlinked];
    check(&both(), &facts, Reason::Deactivated, &[], &[Rule::Rc11]);
}

#[test]
fn a_new_subject_does_not_take_an_account_over() {
    let mut facts = known(vec![member(ACME)]);
    facts.assertion.subject = "sub-other".to_owned();
    check(&jit(), &facts, Reason::IdentityConflict, &[], &[Rule::Rc13]);
    let link = ConnectionPolicy { on_new_subject: OnNewSubject::Link, ..jit() };
    let linked = ["identity sub-other for sub-jane", "emit identity.replaced"];
    check(&link, &facts, Reason::Allowed, &linked, &[Rule::Rc13]);
    // The directory has pushed the person with the new subject as externalId.
    facts.directory = vec![DirectoryUserFacts {
        external_id: Some("sub-other".to_owned()),
        ..directory_user(DirectoryState::Active)
    }];
    check(&both(), &facts, Reason::Allowed, &linked, &[Rule::Rc13]);
    facts.assertion.external_id = Some("other".to_owned());
    check(&both(), &facts, Reason::IdentityConflict, &[], &[Rule::Rc13]);
}

#[test]
fn the_subject_finds_its_account_whatever_the_address_says() {
    // SI-8
    let mut facts = known(vec![member(ACME)]);
    facts.assertion.email = Some(folded("john@acme.example"));
    facts.accounts.push(john());
    facts.invitations = vec![InvitationFacts { email: "john@acme.example".to_owned(), ..invitation(LABS) }];
    // John's invitation is not Jane's, whatever her provider says her address is now.
    let got = check(&jit(), &facts, Reason::Allowed, &[], &[Rule::Si8, Rule::J6]);
    assert_eq!(got.account, Some(JANE));
}

#[test]
fn a_suspension_outlasts_every_door() {
    // RC-4: neither JIT, groups nor invitation lift it.
    for by in [SuspendedBy::Directory, SuspendedBy::Administrator] {
        let mut facts = known(vec![suspended(ACME, by)]);
        check(&jit(), &facts, Reason::Deactivated, &[], &[Rule::Rc4]);
        facts.assertion.groups = vec![folded("acme:dev")];
        facts.invitations = vec![invitation(ACME)];
        let got = check(&jit(), &facts, Reason::Deactivated, &[], &[Rule::Rc4]);
        assert_eq!(got.warnings[0].code, WarningCode::MembershipSuspended);
        // A membership elsewhere on the connection still lets them in, with that one alone.
        facts.accounts[0].memberships.push(member(LABS));
        let got = check(&jit(), &facts, Reason::Allowed, &[], &[Rule::Rc4]);
        assert_eq!(got.memberships.len(), 1, "RC-3");
    }
}

#[test]
fn a_removal_by_hand_does_not_outlive_the_next_sign_in() {
    // RC-11
    let removed = MembershipFacts { state: MembershipState::Removed, role: Role::Owner, ..member(ACME) };
    let back = ["join acme member jit", "team acme:everyone"];
    check(&jit(), &known(vec![removed]), Reason::Allowed, &back, &[Rule::J7]);
}

/// P4-5.
#[test]
fn a_denied_stranger_need_not_get_an_account() {
    // N-1 with the switch of provisioning-rules section 4 row 5.
    let policy = ConnectionPolicy { create_denied_accounts: false, ..authoritative() };
    check(&policy, &sign_in(), Reason::AccessDenied, &[], &[Rule::N3]);
}
