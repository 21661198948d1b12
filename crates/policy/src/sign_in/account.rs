//! Decides one sign-in without SSO, on the product's word: the door of invitations and of domains that admit their people
//! (A-1 to A-12, E-1, M-4, M-5).
//!
//! The account exists already and comes in as it is; what a company gives or refuses changes its memberships, never
//! the sign-in (A-5, RC-2). So the session is of the account alone, and answers with its memberships of all companies (RC-3).

mod door;

use serde::{Deserialize, Serialize};

use super::{Denial, SignInDecision, admission::ACCESS_DENIED, allow, deny, session};
use crate::{
    draft::Draft,
    effect::Effect,
    email,
    facts::{AccountFacts, DirectoryUserFacts, InvitationFacts, OrganizationFacts},
    folded::Folded,
    ids::{CompanyId, OrganizationId},
    reason::Reason,
    roster::Roster,
    rule::Rule,
    sign_in::Client,
};

use door::Door;

/// Everything one sign-in without SSO is decided by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSignInFacts {
    /// The instant of the decision, in UTC microseconds.
    pub now: i64,
    /// What kind of session is asked for.
    pub client: Client,
    /// The address that the product signs in.
    pub email: Folded,
    /// The product's own word about it.
    pub email_verified: bool,
    /// The account of that address, with its memberships in all companies; subject and SCIM id are no part of this.
    pub account: Option<AccountFacts>,
    /// The verified domain of the address, if a company has one of exactly that name (nothing is inherited, D-4).
    pub domain: Option<DomainFacts>,
    /// The companies of the account's memberships and invitations and of the domain.
    pub companies: Vec<CompanyFacts>,
}

/// A verified domain.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, read from another row")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainFacts {
    /// Its folded name.
    pub name: String,
    /// Whose it is.
    pub company: CompanyId,
    /// It is attached to some SSO connection, whatever that one's switches say.
    pub attached: bool,
    /// One of these connections demands SSO of the domain's people (E-1).
    pub enforced: bool,
    /// It admits its people.
    pub auto_provisioning: bool,
    /// Where to; `None` if the company has several organizations and chose none.
    pub organization: Option<OrganizationId>,
    /// Owners were told within a day that this organization is full.
    pub owners_told: bool,
}

/// One company, as far as this account is concerned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyFacts {
    /// Its id.
    pub id: CompanyId,
    /// The organizations that the account is in, is invited to, or would join because of its domain.
    pub organizations: Vec<OrganizationFacts>,
    /// Pending invitations to the account's address.
    pub invitations: Vec<InvitationFacts>,
    /// Directory users and tombstones of all its connections that are linked to the account, and those that are inactive
    /// or gone and have its address (RC-6). Needed only where there is an organization to join.
    pub directory: Vec<DirectoryUserFacts>,
}

/// Decides a sign-in without SSO. Total: all facts have a decision.
///
/// A dry run is this very call; only the caller knows that it will not apply the effects.
pub fn decide_account_sign_in(facts: &AccountSignInFacts) -> SignInDecision {
    let mut draft = Draft::default();
    let account = match identify(facts, &mut draft) {
        Ok(account) => account,
        Err(denial) => return deny(denial, facts.account.as_ref().map(|account| account.id), draft),
    };
    if facts.email_verified && !account.email_verified {
        draft.trail.explain(Rule::Rc10, "The product has verified the address; sessions from before that end.");
        // Whoever registered with somebody else's address may hold some of them.
        draft.also(Effect::EndSessions { company: None });
        draft.also(Effect::MarkEmailVerified);
    }
    let mut roster = roster(facts, account);
    let mut door = Door { facts, account, roster: &mut roster, draft: &mut draft };
    door.accept_all();
    door.provision();
    if roster.holds() {
        draft.trail.note(Rule::Rc12);
    }
    draft.trail.note(Rule::Rc3);
    let session = session::plan(facts.now, facts.client, None, None, &mut draft);
    allow(Some(account.id), roster.memberships(), session, draft)
}

/// Answers list organizations by name, whosever they are.
fn roster<'a>(facts: &'a AccountSignInFacts, account: &AccountFacts) -> Roster<'a> {
    let mut organizations: Vec<_> = facts.companies.iter().flat_map(|company| &company.organizations).collect();
    organizations.sort_by(|one, other| one.name.key.cmp(&other.name.key));
    Roster::over(organizations.into_iter(), &account.memberships)
}

/// A-4, RC-2, E-1: an account that exists, is not disabled, and need not use SSO.
fn identify<'a>(facts: &'a AccountSignInFacts, draft: &mut Draft) -> Result<&'a AccountFacts, Denial> {
    let Some(account) = &facts.account else {
        draft.trail.note(Rule::A4);
        return Err(Denial::new(Reason::AccessDenied, ACCESS_DENIED));
    };
    super::identify::may_use(account, draft)?;
    if facts.domain.as_ref().is_some_and(|domain| domain.enforced) {
        draft.trail.note(Rule::E1);
        let domain = email::domain(&facts.email.text).unwrap_or_default();
        return Err(Denial::new(Reason::SsoRequired, format!("People of {domain} sign in with SSO")));
    }
    // Somebody has proven the address, by SSO perhaps, and whoever signs in now has not: it may be the one who once
    // registered with somebody else's address and still knows the password.
    if account.email_verified && !facts.email_verified {
        draft.trail.explain(Rule::Rc10, "The account's address is proven, and the product has not verified it.");
        return Err(Denial::new(Reason::EmailNotVerified, "Verify your e-mail address first"));
    }
    Ok(account)
}
