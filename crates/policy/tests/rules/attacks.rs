//! Ways to become somebody else, each by name, and that they lead nowhere.

use rollcall_policy::*;

use crate::fixture::*;

/// What an e-mail `NameID` leaves: the address is the subject.
fn by_name_id(address: &str) -> SignInFacts {
    let mut facts = sign_in();
    facts.assertion = Assertion {
        subject: address.to_owned(),
        subject_weak: true,
        email: Some(folded(address)),
        full_name: None,
        ..assertion()
    };
    facts
}

/// Jane, bound to an address.
fn bound_to(subject: &str, email: &str) -> AccountFacts {
    AccountFacts {
        subject: Some(subject.to_owned()),
        email: folded(email),
        memberships: vec![member(ACME)],
        ..known_jane()
    }
}

const NEWCOMER: [&str; 5] =
    ["create jane@acme.example", "release identity", "identity jane@acme.example", "scim id", "join acme member jit"];

/// design.md 7.
#[test]
fn an_email_name_id_means_the_account_that_has_the_address() {
    for subject in ["jane@acme.example", "Jane@Acme.Example"] {
        let mut facts = by_name_id(subject);
        facts.accounts = vec![bound_to(subject, "jane@acme.example")];
        let got = check(&jit(), &facts, Reason::Allowed, &[], &[Rule::Si8]);
        assert_eq!(got.account, Some(JANE));
    }
}

/// The mailbox has a new holder, and the directory has given the earlier one another address.
#[test]
fn a_recycled_mailbox_does_not_get_the_earlier_holders_account() {
    let mut facts = by_name_id("jane@acme.example");
    facts.accounts = vec![bound_to("jane@acme.example", "jane.roe@acme.example")];
    facts.connection.default_team = None;
    let got = check(&jit(), &facts, Reason::Allowed, &NEWCOMER, &[Rule::Rc13, Rule::J2]);
    assert_eq!(got.account, None);
    // Nothing is released for somebody who does not come in.
    let denied = check(&authoritative(), &facts, Reason::AccessDenied, &NEWCOMER[..1], &[Rule::N3]);
    assert_eq!(denied.account, None);
    // An account that has the address by now is used, not the earlier holder's.
    facts.accounts.push(AccountFacts { id: JOHN, memberships: vec![member(ACME)], ..jane() });
    let taken = ["release identity", "identity jane@acme.example", "scim id"];
    assert_eq!(check(&jit(), &facts, Reason::Allowed, &taken, &[Rule::Si8]).account, Some(JOHN));
    // A stable subject is nobody else's, whatever the address says.
    facts.assertion.subject_weak = false;
    assert_eq!(check(&jit(), &facts, Reason::Allowed, &[], &[Rule::Si8]).account, Some(JANE));
}

/// RC-11, RC-13: while the directory remembers the earlier holder, the next one has to be pushed first.
#[test]
fn a_recycled_address_with_a_new_subject_is_denied() {
    let mut facts = sign_in();
    facts.assertion.subject = "sub-new".to_owned();
    facts.accounts = vec![AccountFacts { memberships: vec![member(ACME)], ..known_jane() }];
    check(&jit(), &facts, Reason::IdentityConflict, &[], &[Rule::Rc13]);
    facts.directory = vec![directory_user(DirectoryState::Deleted { at: NOW - 400 * DAY })];
    check(&jit(), &facts, Reason::Deactivated, &[], &[Rule::Rc11]);
    facts.accounts = Vec::new();
    check(&jit(), &facts, Reason::Deactivated, &[], &[Rule::Rc13]);
    let mut weak = by_name_id("jane@acme.example");
    weak.directory = facts.directory;
    check(&jit(), &weak, Reason::Deactivated, &[], &[Rule::Rc13]);
}

/// design.md 7: the directory gives the person another address, and the `NameID` follows.
#[test]
fn an_email_name_id_may_follow_the_accounts_address() {
    let mut facts = by_name_id("jane.roe@acme.example");
    facts.accounts = vec![bound_to("jane@acme.example", "Jane.Roe@acme.example")];
    let moved = ["identity jane.roe@acme.example for jane@acme.example"];
    check(&jit(), &facts, Reason::Allowed, &moved, &[Rule::Rc13, Rule::Si8]);
    // The same with the kind of the subject in front, as SAML responses have it.
    let kind = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress  ";
    let mut kept = facts.clone();
    kept.assertion.subject = format!("{kind} jane.roe@acme.example");
    kept.accounts[0].subject = Some(format!("{kind} jane@acme.example"));
    assert_eq!(decide_sign_in(&jit(), &kept).account, Some(JANE));
    assert_eq!(decide_sign_in(&jit(), &kept).reason, Reason::Allowed);
    // Not while the account's address is unproven: then anybody may have written it there (RC-10).
    facts.accounts[0].email_verified = false;
    check(&jit(), &facts, Reason::IdentityConflict, &[], &[Rule::Rc13]);
}

/// The e-mail attribute is often the user's to change, the `NameID` is not.
#[test]
fn an_email_attribute_with_somebody_elses_name_id_takes_no_account() {
    let mut facts = by_name_id("mallory@acme.example");
    facts.assertion.email = Some(folded("jane@acme.example"));
    facts.accounts = vec![bound_to("jane@acme.example", "jane@acme.example")];
    check(&jit(), &facts, Reason::IdentityConflict, &[], &[Rule::Rc13]);
    // Once Mallory has an account of hers, the subject means that one.
    let mallory = AccountFacts { id: JOHN, ..bound_to("mallory@acme.example", "mallory@acme.example") };
    facts.accounts.push(mallory);
    let got = check(&jit(), &facts, Reason::Allowed, &[], &[Rule::Si8]);
    assert_eq!((got.account, got.warnings[0].code), (Some(JOHN), WarningCode::EmailDiffers));
}

/// RC-13.
#[test]
fn an_email_name_id_takes_no_account_that_has_a_stable_subject() {
    let mut facts = by_name_id("jane@acme.example");
    facts.accounts = vec![bound_to("0f8fad5b-d9cb-469f-a165-70867728950e", "jane@acme.example")];
    check(&jit(), &facts, Reason::IdentityConflict, &[], &[Rule::Rc13]);
}

/// RC-10: a weak subject that is known is still only an address.
#[test]
fn an_email_name_id_that_the_provider_does_not_vouch_for_means_nobody() {
    let mut facts = by_name_id("jane@acme.example");
    facts.assertion.email_verified = Some(false);
    facts.accounts = vec![bound_to("jane@acme.example", "jane@acme.example")];
    check(&jit(), &facts, Reason::EmailNotVerified, &[], &[Rule::Rc10]);
}

/// SI-4, P/D-4, RC-1: a provider says what it likes; only domains proven on its connection count.
#[test]
fn an_unverified_domain_gets_nobody_in_by_jit() {
    for address in ["jane@other.example", "jane@eu.acme.example", "jane@acme.example.evil.example"] {
        let mut facts = sign_in();
        facts.assertion.email = Some(folded(address));
        facts.accounts = vec![AccountFacts { email: folded(address), ..jane() }];
        facts.invitations = vec![InvitationFacts { email: address.to_owned(), ..invitation(ACME) }];
        check(&jit(), &facts, Reason::DomainNotVerified, &[], &[Rule::Si4]);
    }
}

/// RC-10: whoever registered first with somebody else's address is thrown out when its owner comes.
#[test]
fn a_pre_registered_unverified_account_is_claimed_with_its_sessions_ended() {
    let mut facts = sign_in();
    facts.accounts = vec![AccountFacts { email_verified: false, memberships: vec![member(ACME)], ..jane() }];
    let claimed = ["end all sessions", "emit account.claimed", "verified", "identity sub-jane", "scim id"];
    check(&jit(), &facts, Reason::Allowed, &claimed, &[Rule::Rc10]);
    facts.assertion = by_name_id("jane@acme.example").assertion;
    let claimed = ["end all sessions", "emit account.claimed", "verified", "identity jane@acme.example", "scim id"];
    check(&jit(), &facts, Reason::Allowed, &claimed, &[Rule::Rc10]);
}

/// RC-11, RC-4: removed through one connection, the person comes through another of the same organizations.
#[test]
fn a_leaver_does_not_come_through_the_second_connection() {
    for state in [DirectoryState::Inactive, DirectoryState::Deleted { at: NOW - 400 * DAY }] {
        for policy in [jit(), both(), authoritative()] {
            let mut facts = sign_in();
            facts.accounts = vec![AccountFacts { memberships: vec![member(LABS)], ..known_jane() }];
            facts.invitations = vec![invitation(ACME)];
            facts.directory = vec![DirectoryUserFacts { connection: OTHER, ..directory_user(state) }];
            check(&policy, &facts, Reason::Deactivated, &[], &[Rule::Rc11]);
        }
    }
}

/// SI-5 as design.md 7 has it.
#[test]
fn a_name_id_that_is_no_address_has_its_own_reason() {
    let mut facts = sign_in();
    facts.assertion = Assertion { email: None, nameid_not_email: true, ..assertion() };
    check(&jit(), &facts, Reason::NameidNotEmail, &[], &[Rule::Si5]);
}
