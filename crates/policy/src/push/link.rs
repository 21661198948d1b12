//! Whose directory user this is (RC-1, RC-5, RC-8, RC-10, U-4, U-6, U-7).

use super::{
    Push, PushFacts, PushRefusal, PushedUser,
    resource::{is_deleted, same_person},
};
use crate::{
    connection::{ConnectionPolicy, UnverifiedDomains},
    draft::Draft,
    effect::{Effect, Event},
    email,
    facts::AccountFacts,
    finding::Finding,
    folded::Folded,
    rule::Rule,
    username,
};

/// Whether and how a directory user stands for a person.
#[derive(Clone, Copy, Debug)]
pub(super) enum Link<'a> {
    /// It was linked, or is again; the finding says what could not follow.
    Was(&'a AccountFacts, Option<Finding>),
    /// It is now.
    Now(&'a AccountFacts),
    /// It is now, with an account made for it.
    New,
    /// It is not; a finding says why, unless it is just inactive.
    Not(Option<Finding>),
}

impl<'a> Link<'a> {
    pub(super) fn account(&self) -> Option<&'a AccountFacts> {
        match self {
            Self::Was(account, _) | Self::Now(account) => Some(account),
            Self::New | Self::Not(_) => None,
        }
    }
}

/// Links a user if that may be, and lets the account's address and name follow.
pub(super) fn link<'a>(
    policy: &ConnectionPolicy,
    facts: &'a PushFacts,
    user: &PushedUser,
    linked: Option<&'a AccountFacts>,
    draft: &mut Draft,
) -> Result<Link<'a>, PushRefusal> {
    let verified = verified_address(facts, user);
    if verified == Err(Finding::DomainNotVerified) {
        draft.trail.note(Rule::Rc5);
        refuse_unverified(policy, facts, user)?;
    }
    if verified == Err(Finding::NoAddress) {
        draft.trail.note(Rule::Rc6);
    }
    if let Some(account) = linked {
        return Ok(follow(facts, user, account, verified, draft));
    }
    let address = match verified {
        Ok(address) => address,
        Err(finding) => return Ok(Link::Not(Some(finding))),
    };
    let Some(account) = facts.accounts.iter().find(|account| account.email.key == address.key) else {
        // Nobody is made for somebody who may not come in; an update that says active makes up for it.
        if !user.active {
            return Ok(Link::Not(None));
        }
        make(facts, user, address, draft);
        return Ok(Link::New);
    };
    if is_taken(facts, user, account) {
        draft.trail.explain(Rule::Rc8, "Another user of this connection has or had the account of this address.");
        return Ok(Link::Not(Some(Finding::EmailTaken)));
    }
    draft.because(Rule::U6, Effect::LinkDirectoryUser);
    draft.also(Effect::MintScimId { connection: facts.connection.id });
    if !account.email_verified {
        draft.because(Rule::Rc10, Effect::EndSessions { company: None });
        draft.also(Effect::MarkEmailVerified);
        draft.also(Effect::emit(Event::AccountClaimed));
    }
    write_name(user, account, draft);
    Ok(Link::Now(account))
}

fn verified_address<'a>(facts: &PushFacts, user: &'a PushedUser) -> Result<&'a Folded, Finding> {
    let address = user.address.as_ref().ok_or(Finding::NoAddress)?;
    if facts.connection.has_domain_of(&address.key) { Ok(address) } else { Err(Finding::DomainNotVerified) }
}

/// RC-5 with the switch on `refuse`: new addresses outside the verified domains are no good.
///
/// What was stored before stays pushable, and saying inactive is never refused: leavers must be able to leave.
fn refuse_unverified(policy: &ConnectionPolicy, facts: &PushFacts, user: &PushedUser) -> Result<(), PushRefusal> {
    let address = user.address.as_ref();
    let changed = match &facts.push {
        Push::Update { before, .. } => before.address.as_ref() != address.map(|address| &address.key) && user.active,
        Push::Create { .. } => true,
        Push::Delete { .. } => false,
    };
    match policy.unverified_domains {
        UnverifiedDomains::Refuse if changed => Err(PushRefusal::UnverifiedDomain {
            domain: address.and_then(|address| email::domain(&address.text)).unwrap_or_default().to_owned(),
        }),
        UnverifiedDomains::Refuse | UnverifiedDomains::Store => Ok(()),
    }
}

/// Whether the account is another directory user's of this connection, or was a removed one's who is not this person.
fn is_taken(facts: &PushFacts, user: &PushedUser, account: &AccountFacts) -> bool {
    let own = facts.directory.iter().filter(|other| other.connection == facts.connection.id);
    own.filter(|other| other.account == Some(account.id)).any(|other| {
        let returned = is_deleted(other) && other.external_id.is_some() && same_person(other, user);
        !returned
    })
}

/// A linked user: the account's name and address follow where RC-1 and RC-5 allow it.
fn follow<'a>(
    facts: &PushFacts,
    user: &PushedUser,
    account: &'a AccountFacts,
    verified: Result<&Folded, Finding>,
    draft: &mut Draft,
) -> Link<'a> {
    if matches!(facts.push, Push::Create { .. }) {
        draft.also(Effect::LinkDirectoryUser);
        draft.also(Effect::MintScimId { connection: facts.connection.id });
    }
    let governed = facts.connection.has_domain_of(&account.email.key);
    let finding = match verified {
        Err(finding) => Some(finding),
        Ok(address) if address.key == account.email.key => None,
        Ok(address) if facts.accounts.iter().any(|other| other.email.key == address.key) => {
            draft.trail.explain(Rule::Rc5, "Another account has the new address, so this account keeps its own.");
            Some(Finding::EmailTaken)
        }
        Ok(_) if !governed => {
            draft.trail.note(Rule::Rc1);
            None
        }
        Ok(address) => {
            draft.trail.explain(Rule::Rc5, "The account's address follows into a domain verified on the connection.");
            draft.also(Effect::SetEmail { email: address.text.clone() });
            None
        }
    };
    if governed {
        write_name(user, account, draft);
    } else if user.full_name.is_some() && user.full_name != account.full_name {
        draft.trail.note(Rule::Rc1);
    }
    Link::Was(account, finding)
}

/// U-8: a pushed name changes the account's; it is never cleared.
fn write_name(user: &PushedUser, account: &AccountFacts, draft: &mut Draft) {
    if let Some(name) = user.full_name.as_ref().filter(|name| account.full_name.as_ref() != Some(name)) {
        draft.because(Rule::U8, Effect::SetName { full_name: name.clone() });
    }
}

/// U-4: an account before any sign-in.
fn make(facts: &PushFacts, user: &PushedUser, address: &Folded, draft: &mut Draft) {
    let usernames = username::candidates(&address.key, user.full_name.as_deref(), &facts.username_digits);
    draft.because(
        Rule::U4,
        Effect::CreateAccount {
            email: address.text.clone(),
            email_verified: true,
            full_name: user.full_name.clone(),
            usernames,
        },
    );
    draft.also(Effect::LinkDirectoryUser);
    draft.also(Effect::MintScimId { connection: facts.connection.id });
}
