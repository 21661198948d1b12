//! Decides one sign-in: who this is, whether they come in, with what, and why. Through a connection here, without SSO in
//! `account`.
//!
//! Four questions, each in its own file, each answered by the rules it names:
//! may this evidence and this person pass at all (`identify`), where do they belong (`admission`, the precedence of all
//! sources), for how long (`session`). Steps 1 and 2 of the documented flows run whether JIT is on or off (J-1, J-2, N-1).

mod account;
mod admission;
mod identify;
mod session;

use serde::{Deserialize, Serialize};

pub use account::{AccountSignInFacts, CompanyFacts, DomainFacts, decide_account_sign_in};
pub use session::{Client, SessionPlan};

use crate::{
    assertion::Assertion,
    connection::ConnectionPolicy,
    draft::Draft,
    effect::{Effect, Event},
    facts::{AccountFacts, ConnectionFacts, DirectoryUserFacts, InvitationFacts},
    ids::AccountId,
    reason::{Outcome, Reason},
    roster::{Membership, Roster},
    rule::Rule,
    trail::Trail,
    username,
    warning::Warning,
};

use identify::Person;

/// The version of the rules as written here; raised whenever the same facts could be decided differently.
pub const DECISION_VERSION: u32 = 3;

/// Everything one sign-in is decided by, beside the connection's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInFacts {
    /// The instant of the decision, in UTC microseconds.
    pub now: i64,
    /// What kind of session is asked for.
    pub client: Client,
    /// The verified evidence.
    pub assertion: Assertion,
    /// The connection.
    pub connection: ConnectionFacts,
    /// The account of the subject's identity on this connection, and the one of the assertion's address, if they exist.
    pub accounts: Vec<AccountFacts>,
    /// Directory users and tombstones of the company's connections that serve any of this connection's organizations:
    /// those linked to one of `accounts`, and of this connection's own ones at least those that are inactive or gone and
    /// have the assertion's address (RC-6).
    pub directory: Vec<DirectoryUserFacts>,
    /// Pending invitations to the connection's organizations for the assertion's address or an address in `accounts`.
    pub invitations: Vec<InvitationFacts>,
    /// Random numbers for username candidates, a handful; used only if an account is made.
    pub username_digits: Vec<u32>,
}

/// What one sign-in comes to. The same facts and policy give the same decision, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInDecision {
    /// The rules' version.
    pub version: u32,
    /// In or not.
    pub outcome: Outcome,
    /// Why, as a stable code.
    pub reason: Reason,
    /// Why, as a sentence for the person.
    pub message: String,
    /// The account, if it exists already; else it is nobody's or made by the first effect.
    pub account: Option<AccountId>,
    /// What is to be done, in order.
    pub effects: Vec<Effect>,
    /// The active memberships once the effects are applied, of the connection's organizations only, or, for a sign-in
    /// without SSO, of all companies (RC-3); none on a denial.
    pub memberships: Vec<Membership>,
    /// The session to open; none on a denial.
    pub session: Option<SessionPlan>,
    /// What an administrator should know.
    pub warnings: Vec<Warning>,
    /// The rules that fired, in order.
    pub trail: Trail,
}

/// Somebody does not come in: the code and the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Denial {
    reason: Reason,
    message: String,
}

impl Denial {
    fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// Decides a sign-in. Total: all facts have a decision.
///
/// A dry run is this very call; only the caller knows that it will not apply the effects.
pub fn decide_sign_in(policy: &ConnectionPolicy, facts: &SignInFacts) -> SignInDecision {
    let mut draft = Draft::default();
    let person = match identify::identify(policy, facts, &mut draft) {
        Ok(person) => person,
        Err((denial, account)) => return deny(denial, account, draft),
    };
    let account = person.account.map(|account| account.id);
    if !policy.jit {
        draft.trail.note(Rule::N1);
    }
    match person.account {
        Some(found) => follow_name(policy, facts, found, &mut draft),
        None => draft.trail.note(Rule::J2),
    }
    // A denied person keeps what steps 1 and 2 of the flows do (N-1), and gets nothing of what follows.
    let mut effects = std::mem::take(&mut draft.effects);
    let memberships = person.account.map(|found| found.memberships.as_slice()).unwrap_or_default();
    let mut roster = Roster::new(&facts.connection, memberships);
    let admission = admission::admit(policy, facts, &person, &mut roster, &mut draft);
    let joins = std::mem::replace(&mut draft.effects, effects.clone());
    match admission {
        Ok(()) => {
            match person.account {
                Some(found) => bind(facts, found, &person, &mut draft),
                None => create(facts, &person, &mut draft),
            }
            draft.effects.extend(joins);
            let asked = facts.assertion.session_minutes.as_deref();
            let company = Some(facts.connection.company);
            let session = session::plan(facts.now, facts.client, asked, company, &mut draft);
            allow(account, roster.memberships(), session, draft)
        }
        Err(denial) => {
            if person.account.is_none() && policy.create_denied_accounts {
                effects.push(new_account(facts, &person));
            }
            // A full organization is full for everybody: owners are told of the one who stayed outside, too.
            let full = |effect: &Effect| matches!(effect, Effect::Emit { event: Event::SeatsExhausted, .. });
            effects.extend(joins.into_iter().filter(full));
            draft.effects = effects;
            deny(denial, account, draft)
        }
    }
}

/// J-1 and RC-14: the name follows the provider, unless an active directory carries it or another company governs it.
fn follow_name(policy: &ConnectionPolicy, facts: &SignInFacts, account: &AccountFacts, draft: &mut Draft) {
    draft.trail.note(Rule::J1);
    let Some(name) = facts.assertion.full_name.as_ref().filter(|name| account.full_name.as_ref() != Some(name)) else {
        return;
    };
    if !facts.connection.has_domain_of(&account.email.key) {
        draft.trail.note(Rule::Rc1);
    } else if policy.freeze_name && identify::directory_carries_name(facts, account.id) {
        draft.trail.note(Rule::Rc14);
    } else {
        draft.also(Effect::SetName { full_name: name.clone() });
    }
}

/// J-2: an account from address and name, without any membership.
fn new_account(facts: &SignInFacts, person: &Person<'_>) -> Effect {
    let full_name = facts.assertion.full_name.clone();
    let usernames = username::candidates(&person.email.key, full_name.as_deref(), &facts.username_digits);
    Effect::CreateAccount { email: person.email.text.clone(), email_verified: true, full_name, usernames }
}

fn create(facts: &SignInFacts, person: &Person<'_>, draft: &mut Draft) {
    draft.also(new_account(facts, person));
    bind_identity(facts, None, person, draft);
}

/// Ties an existing account to the subject: claims it if nobody had proven it (RC-10), keeps its SCIM id (RC-7).
fn bind(facts: &SignInFacts, account: &AccountFacts, person: &Person<'_>, draft: &mut Draft) {
    let proven_now = account.email.key == person.email.key && facts.assertion.email_verified != Some(false);
    if !account.email_verified && proven_now {
        if !person.known_subject {
            draft.because(Rule::Rc10, Effect::EndSessions { company: None });
            draft.also(Effect::emit(Event::AccountClaimed));
        }
        draft.also(Effect::MarkEmailVerified);
    }
    if !person.known_subject {
        bind_identity(facts, Some(account), person, draft);
    } else if account.scim_id.is_none() {
        draft.also(Effect::MintScimId { connection: facts.connection.id });
    }
}

fn bind_identity(facts: &SignInFacts, account: Option<&AccountFacts>, person: &Person<'_>, draft: &mut Draft) {
    let connection = facts.connection.id;
    if let Some(earlier) = person.earlier_holder {
        draft.also(Effect::ReleaseIdentity { connection, account: earlier.id });
    }
    let earlier = account.and_then(|account| account.subject.clone());
    // An address that follows the account's is the same person as before: nobody has to look at it.
    let news = earlier.is_some() && !facts.assertion.subject_weak;
    draft.also(Effect::LinkIdentity { connection, subject: facts.assertion.subject.clone(), replaces: earlier });
    if news {
        draft.also(Effect::emit(Event::IdentityReplaced));
    }
    if account.is_none_or(|account| account.scim_id.is_none()) {
        draft.also(Effect::MintScimId { connection });
    }
}

fn allow(
    account: Option<AccountId>,
    memberships: Vec<Membership>,
    session: SessionPlan,
    draft: Draft,
) -> SignInDecision {
    SignInDecision {
        version: DECISION_VERSION,
        outcome: Outcome::Allow,
        reason: Reason::Allowed,
        message: "Signed in".to_owned(),
        account,
        effects: draft.effects,
        memberships,
        session: Some(session),
        warnings: draft.warnings,
        trail: draft.trail,
    }
}

fn deny(denial: Denial, account: Option<AccountId>, draft: Draft) -> SignInDecision {
    SignInDecision {
        version: DECISION_VERSION,
        outcome: Outcome::Deny,
        reason: denial.reason,
        message: denial.message,
        account,
        effects: draft.effects,
        memberships: Vec::new(),
        session: None,
        warnings: draft.warnings,
        trail: draft.trail,
    }
}
