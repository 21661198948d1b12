//! Who this is, and whether they may be anybody here (SI-4, SI-8, SI-10, RC-1, RC-2, RC-10, RC-11, RC-13).

use super::{Denial, SignInFacts};
use crate::{
    assertion::Assertion,
    connection::{ConnectionPolicy, OnNewSubject},
    draft::Draft,
    email,
    facts::{AccountFacts, DirectoryState, DirectoryUserFacts},
    folded::Folded,
    ids::{AccountId, ConnectionId, OrganizationId},
    reason::Reason,
    roster::gives_access,
    rule::Rule,
    warning::WarningCode,
};

/// What somebody reads whom a directory sent away.
pub(super) const DEACTIVATED: &str = "Your access has been deactivated; ask an administrator";

/// Somebody whose evidence passed and whom nothing keeps out so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person<'a> {
    /// The address of the evidence.
    pub(super) email: &'a Folded,
    /// The account, `None` for a stranger.
    pub(super) account: Option<&'a AccountFacts>,
    /// The account was found by its identity, not by its address.
    pub(super) known_subject: bool,
    /// Another account that the subject, an address, was bound to, and that has the address no more.
    pub(super) earlier_holder: Option<&'a AccountFacts>,
}

/// Denials of this step come with the account that was found, for the record.
type Refused = (Denial, Option<AccountId>);

/// Finds the person, or says why the evidence cannot stand for one. Has no effects.
pub(super) fn identify<'a>(
    policy: &ConnectionPolicy,
    facts: &'a SignInFacts,
    draft: &mut Draft,
) -> Result<Person<'a>, Refused> {
    let email = address(facts, draft).map_err(|denial| (denial, None))?;
    let holder = facts.accounts.iter().find(|account| account.subject.as_ref() == Some(&facts.assertion.subject));
    let known = holder.filter(|holder| identifies(&facts.assertion, holder, email));
    let earlier_holder = holder.filter(|_| known.is_none());
    let by_email = facts.accounts.iter().find(|account| account.email.key == email.key);
    let account = known.or(by_email);
    let refused = |denial| (denial, account.map(|account| account.id));
    if let Some(account) = account {
        may_use(account, draft).map_err(refused)?;
    }
    // Before anything is linked or made: whom a directory sent away stays away, whatever the subject says.
    refuse_removed(facts, account, &email.key, draft).map_err(refused)?;
    match (known, by_email) {
        (Some(known), _) => {
            draft.trail.explain(Rule::Si8, "The subject is known; its account is used.");
            if known.email.key != email.key {
                draft.warn(WarningCode::EmailDiffers, &email.text);
            }
        }
        (None, by_email) => {
            // An address that the provider itself does not vouch for proves nothing about whose account it is.
            if facts.assertion.email_verified == Some(false) {
                draft.trail.explain(Rule::Rc10, "The provider says that the address is not verified.");
                let message = format!("The address {} is not verified at the identity provider", email.text);
                return Err(refused(Denial::new(Reason::EmailNotVerified, message)));
            }
            if let Some(account) = by_email {
                may_link(policy, facts, account, draft).map_err(refused)?;
                draft.trail.note(Rule::Si8);
            }
        }
    }
    if earlier_holder.is_some() {
        let text = "The subject is an address that another account had once; that account is not used.";
        draft.trail.explain(Rule::Rc13, text);
    }
    Ok(Person { email, account, known_subject: known.is_some(), earlier_holder })
}

/// Whether the subject, bound to this account once, still means it. A stable one always does. An address is given to the
/// next person some day, so it means the account only while that has the address, and only if the provider vouches for it.
fn identifies(assertion: &Assertion, holder: &AccountFacts, email: &Folded) -> bool {
    let same_address = holder.email.key == email.key || names(&assertion.subject, &holder.email);
    !assertion.subject_weak || (assertion.email_verified != Some(false) && same_address)
}

/// Whether a weak subject is this address. Only ASCII letters are folded here: what else differs is another address.
fn names(subject: &str, email: &Folded) -> bool {
    let address = address_in(subject);
    address.eq_ignore_ascii_case(&email.key) || address == email.text
}

/// The address of a weak subject. A checker may keep the kind of the subject in front of it (`format qualifiers address`).
fn address_in(subject: &str) -> &str {
    subject.split_whitespace().next_back().unwrap_or_default()
}

/// Whether an active directory user of this person carries a name (RC-14).
pub(super) fn directory_carries_name(facts: &SignInFacts, account: AccountId) -> bool {
    facts.directory.iter().any(|user| speaks_for(user, account) && user.carries_name)
}

/// SI-10 and SI-4: an address in a domain of this connection.
fn address<'a>(facts: &'a SignInFacts, draft: &mut Draft) -> Result<&'a Folded, Denial> {
    let Some(email) = facts.assertion.email.as_ref().filter(|email| email::is_address(&email.text)) else {
        if facts.assertion.nameid_not_email {
            draft.trail.note(Rule::Si5);
            let message = "The NameID that the identity provider sent is no e-mail address";
            return Err(Denial::new(Reason::NameidNotEmail, message));
        }
        draft.trail.note(Rule::Si10);
        return Err(Denial::new(Reason::EmailMissing, "The identity provider sent no e-mail address"));
    };
    if !facts.connection.has_domain_of(&email.key) {
        draft.trail.note(Rule::Si4);
        let domain = email::domain(&email.text).unwrap_or_default();
        let message = format!("The domain {domain} is not verified for this connection");
        return Err(Denial::new(Reason::DomainNotVerified, message));
    }
    Ok(email)
}

pub(super) fn may_use(account: &AccountFacts, draft: &mut Draft) -> Result<(), Denial> {
    if account.disabled {
        draft.trail.explain(Rule::Rc2, "The operator has disabled the account.");
        return Err(Denial::new(Reason::AccountDisabled, "This account is disabled"));
    }
    Ok(())
}

/// RC-11 and RC-13: refuses whom a directory deactivated or deleted, and whoever comes with such a person's address.
fn refuse_removed(
    facts: &SignInFacts,
    account: Option<&AccountFacts>,
    address: &str,
    draft: &mut Draft,
) -> Result<(), Denial> {
    if account.is_some_and(|account| is_kept(facts, account)) {
        draft.trail.explain(Rule::Rc12, "The directory removed the person, and an administrator has not let that act.");
        return Ok(());
    }
    let account = account.map(|account| account.id);
    match sent_away(&facts.directory, account, address, Some(facts.connection.id), None) {
        None => return Ok(()),
        Some(Rule::Rc13) => {
            let text = "The address belongs to somebody whom the directory deactivated or removed.";
            draft.trail.explain(Rule::Rc13, text);
        }
        Some(rule) => draft.trail.note(rule),
    }
    Err(Denial::new(Reason::Deactivated, DEACTIVATED))
}

/// RC-12: whether the removal of this person was held or rejected, and left them a membership. They keep what they have,
/// and join nothing by it.
fn is_kept(facts: &SignInFacts, account: &AccountFacts) -> bool {
    let comes_in = |organization: &OrganizationId| {
        account
            .memberships
            .iter()
            .any(|membership| membership.organization == *organization && gives_access(membership))
    };
    facts.directory.iter().any(|user| {
        user.hold.is_some()
            && user.state != DirectoryState::Active
            && user.account == Some(account.id)
            && user.serves.iter().any(comes_in)
    })
}

/// RC-11 if a directory deactivated or deleted the person and none that speaks says otherwise; RC-13 if somebody like that
/// has their address at this connection, or at any if none is named.
///
/// Where they would join an organization, a directory that says active counts only if it serves that one: what it knows
/// of other organizations vouches for nobody there (RC-4).
pub(super) fn sent_away(
    directory: &[DirectoryUserFacts],
    account: Option<AccountId>,
    address: &str,
    at: Option<ConnectionId>,
    joining: Option<OrganizationId>,
) -> Option<Rule> {
    let own = |user: &&DirectoryUserFacts| account.is_some() && user.account == account;
    let gone = |user: &DirectoryUserFacts| user.state != DirectoryState::Active;
    let serves = |user: &&DirectoryUserFacts| joining.is_none_or(|organization| user.serves.contains(&organization));
    let speaks = account.is_some_and(|account| directory.iter().filter(serves).any(|user| speaks_for(user, account)));
    if !speaks && directory.iter().filter(own).any(gone) {
        return Some(Rule::Rc11);
    }
    // If nobody active is behind this address and somebody removed is, it may be they, or the mailbox's next holder:
    // only the directory or an administrator can tell.
    let active = directory.iter().filter(own).filter(serves).any(|user| !gone(user));
    let same_address = |user: &&DirectoryUserFacts| {
        at.is_none_or(|connection| user.connection == connection) && user.address.as_deref() == Some(address)
    };
    (!active && directory.iter().filter(same_address).any(gone)).then_some(Rule::Rc13)
}

/// RC-13: an account that has another subject here is not handed over, unless policy or directory says so.
fn may_link(
    policy: &ConnectionPolicy,
    facts: &SignInFacts,
    account: &AccountFacts,
    draft: &mut Draft,
) -> Result<(), Denial> {
    let Some(earlier) = &account.subject else { return Ok(()) };
    if is_moved_address(&facts.assertion, account, earlier) {
        draft.trail.explain(Rule::Rc13, "The subject is an address, and it follows the account's.");
        return Ok(());
    }
    let subject = facts.assertion.external_id.as_ref().unwrap_or(&facts.assertion.subject);
    let pushed = |user: &DirectoryUserFacts| {
        user.connection == facts.connection.id
            && speaks_for(user, account.id)
            && user.external_id.as_ref() == Some(subject)
    };
    if facts.directory.iter().any(pushed) {
        draft.trail.explain(Rule::Rc13, "The directory pushed this person with the new subject, which is linked.");
        return Ok(());
    }
    match policy.on_new_subject {
        OnNewSubject::Link => {
            draft.trail.explain(Rule::Rc13, "The policy links a new subject with a known address.");
            Ok(())
        }
        OnNewSubject::Refuse => {
            draft.trail.note(Rule::Rc13);
            Err(Denial::new(
                Reason::IdentityConflict,
                "This address belongs to somebody else at this connection; ask an administrator to link it",
            ))
        }
    }
}

/// Whether subject and earlier subject are both addresses, and the new one is the account's proven one: then it is the
/// same person with another address. A stable subject never gives way to an address.
fn is_moved_address(assertion: &Assertion, account: &AccountFacts, earlier: &str) -> bool {
    assertion.subject_weak
        && account.email_verified
        && email::is_address(address_in(earlier))
        && names(&assertion.subject, &account.email)
}

/// An active directory user of the account, at a connection whose directory still speaks.
fn speaks_for(user: &DirectoryUserFacts, account: AccountId) -> bool {
    user.scim && user.state == DirectoryState::Active && user.account == Some(account)
}
