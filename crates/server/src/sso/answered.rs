//! What the hook answers.

use rollcall_directory::{Account, MembershipView};
use rollcall_policy::{
    AccountId, DecisionId, Effect, Membership, Origin, Outcome, Reason, Role, SessionPlan, Trail, Warning,
};
use rollcall_scim::timestamp::to_rfc3339;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::Nullable;
use crate::app::sessions::Live;
use crate::app::sign_in::SignIn;
use crate::clock::SECOND;

/// A decided sign-in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignInDecision)]
pub(super) struct SignInBody {
    decision: Outcome,
    reason: Reason,
    /// For the person who signs in.
    message: String,
    account: Option<AccountBody>,
    memberships: Vec<MembershipBody>,
    /// None on a denial or a dry run.
    session: Option<SessionBody>,
    /// What it did, or would do.
    #[schema(value_type = Vec<Object>)]
    effects: Vec<Effect>,
    warnings: Vec<Warning>,
    /// The rules that shaped it, in order.
    trail: Trail,
    /// Where it is stored; a dry run is stored nowhere.
    decision_id: Option<DecisionId>,
}

/// Who signs in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignInAccount)]
struct AccountBody {
    id: AccountId,
    email: String,
    username: String,
    full_name: String,
}

/// Where they are a member.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignInMembership)]
struct MembershipBody {
    organization: String,
    role: Role,
    teams: Vec<String>,
    origin: Origin,
}

/// The session that was opened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionBody {
    /// Secret: whoever has it is signed in.
    id: String,
    /// RFC 3339.
    #[schema(format = DateTime)]
    expires_at: String,
    /// So many seconds without use end it earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_seconds: Option<u32>,
}

impl From<SignIn> for SignInBody {
    fn from(decided: SignIn) -> Self {
        let decision = decided.decision;
        let opened = decided.session.as_ref().zip(decision.session.as_ref());
        let session = opened.map(|(secret, plan)| SessionBody::new(secret.reveal(), plan));
        Self {
            decision: decision.outcome,
            reason: decision.reason,
            message: decision.message,
            account: decided.account.map(AccountBody::from),
            memberships: decision.memberships.into_iter().map(MembershipBody::from).collect(),
            session,
            effects: decision.effects,
            warnings: decision.warnings,
            trail: decision.trail,
            decision_id: decided.id,
        }
    }
}

impl From<Account> for AccountBody {
    fn from(account: Account) -> Self {
        let Account { id, email, username, full_name, .. } = account;
        Self { id, email, username, full_name }
    }
}

impl From<Membership> for MembershipBody {
    fn from(membership: Membership) -> Self {
        let Membership { name, role, teams, origin, .. } = membership;
        Self { organization: name, role, teams, origin }
    }
}

impl SessionBody {
    fn new(id: &str, plan: &SessionPlan) -> Self {
        Self { id: id.to_owned(), expires_at: to_rfc3339(plan.expires_at), idle_seconds: plan.idle_seconds }
    }
}

/// Whether a session is good (RFC 7662 §2.2). Of one that is not, nothing else is said.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Introspection)]
pub(super) struct IntrospectedBody {
    active: bool,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<AccountId>,
    /// When it ends, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    /// Name of the company for which it was opened; null for a sign-in without SSO.
    #[serde(skip_serializing_if = "Nullable::is_absent")]
    #[schema(value_type = Option<String>)]
    company: Nullable<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memberships: Option<Vec<MembershipBody>>,
}

impl IntrospectedBody {
    pub(super) fn of(live: Option<Live>) -> Self {
        let Some(live) = live else { return Self::default() };
        Self {
            active: true,
            sub: Some(live.view.account.id),
            exp: Some(live.view.session.expires_at / SECOND),
            company: live.view.company_name.map_or(Nullable::Null, Nullable::Value),
            memberships: Some(live.memberships.into_iter().map(MembershipBody::from).collect()),
        }
    }
}

impl From<MembershipView> for MembershipBody {
    fn from(view: MembershipView) -> Self {
        Self {
            organization: view.organization_name,
            role: view.membership.role,
            teams: view.teams.into_iter().map(|(_, name)| name).collect(),
            origin: view.membership.origin,
        }
    }
}
