//! A sign-in without SSO, on the product's word (design.md 6; A, M and RC rules).

use rollcall_directory::{AccountDecision, Activity, DirectoryError, Session, Unit};
use rollcall_policy::{
    AccountId, ActivityId, Client, DecisionId, Folded, SessionPlan, SignInDecision, TokenId, decide_account_sign_in,
};
use serde_json::json;

use super::account_effects::AccountSubject;
use super::account_facts::{AccountGathered, Occasion, gather};
use super::sessions::{SessionSecret, hash};
use super::sign_in::SignIn;
use crate::state::Parts;

/// What the product says, and with which key.
#[derive(Clone, Debug)]
pub struct AccountEvidence {
    /// The product's key.
    pub token: TokenId,
    /// The address that it signs in.
    pub email: Folded,
    /// It has verified the address.
    pub email_verified: bool,
}

/// Decides a sign-in without SSO and, unless it is a dry run, makes it so: all effects, the session and the stored
/// decision, or none.
pub async fn account_sign_in(
    app: &Parts,
    evidence: &AccountEvidence,
    client: Client,
    dry_run: bool,
) -> Result<SignIn, DirectoryError> {
    let now = app.clock.now();
    let occasion = Occasion { email: &evidence.email, email_verified: evidence.email_verified, client, now };
    app.directory
        .write(|unit| async move {
            let (gathered, decision) = decide(&unit, occasion).await?;
            if dry_run {
                return Ok(SignIn { decision, account: gathered.account, session: None, id: None });
            }
            Carrier { app, unit: &unit, token: evidence.token, now }.carry_out(&gathered, decision)
        })
        .await
}

/// Decides in a unit, and applies nothing.
pub(super) async fn decide(
    unit: &Unit,
    occasion: Occasion<'_>,
) -> Result<(AccountGathered, SignInDecision), DirectoryError> {
    let mut gathered = gather(unit, occasion).await?;
    let mut decision = decide_account_sign_in(&gathered.facts);
    if gathered.takes_counted_seats(&decision.effects) {
        gathered.count_seats(unit).await?;
        decision = decide_account_sign_in(&gathered.facts);
    }
    Ok((gathered, decision))
}

/// Makes a decision so.
struct Carrier<'a> {
    app: &'a Parts,
    unit: &'a Unit,
    token: TokenId,
    now: i64,
}

impl Carrier<'_> {
    fn carry_out(&self, gathered: &AccountGathered, decision: SignInDecision) -> Result<SignIn, DirectoryError> {
        let mut subject = AccountSubject::new(self.app, self.unit, gathered);
        if let Some(subject) = &mut subject {
            subject.apply(&decision.effects)?;
        }
        let account = subject.as_ref().map(|subject| subject.account().clone());
        let session = match (&decision.session, &account) {
            (Some(plan), Some(account)) => Some(self.open_session(plan, account.id)),
            (Some(_), None) | (None, _) => None,
        };
        let id = self.store(gathered, &decision, subject.as_ref())?;
        Ok(SignIn { decision, account, session, id: Some(id) })
    }

    fn open_session(&self, plan: &SessionPlan, account: AccountId) -> SessionSecret {
        let secret = SessionSecret::new(self.app.ids.secret());
        self.unit.insert_session(&Session {
            id_hash: hash(secret.reveal()),
            account,
            company: plan.company,
            connection: None,
            created_at: self.now,
            expires_at: plan.expires_at,
            idle_seconds: plan.idle_seconds.map(u64::from),
            last_seen_at: self.now,
            ended_at: None,
        });
        secret
    }

    /// Stored with its facts, so that it can be explained and replayed. Each company in which something changed reads of it
    /// in its activity log; if there is none, the operator does.
    fn store(
        &self,
        gathered: &AccountGathered,
        decision: &SignInDecision,
        subject: Option<&AccountSubject<'_>>,
    ) -> Result<DecisionId, DirectoryError> {
        let id = DecisionId::from(self.app.ids.uuid(self.now));
        let unwritable = |error: serde_json::Error| DirectoryError::Inconsistent {
            table: "account_decision".to_owned(),
            row: format!("{id} ({error})"),
        };
        let account = decision.account;
        self.unit.insert_account_decision(&AccountDecision {
            id,
            account,
            at: self.now,
            outcome: decision.outcome,
            reason: decision.reason,
            facts: serde_json::to_string(&json!({"facts": gathered.facts})).map_err(unwritable)?,
            decision: serde_json::to_string(decision).map_err(unwritable)?,
        });
        let touched = subject.map(|subject| subject.touched().iter().copied().map(Some).collect::<Vec<_>>());
        let touched = touched.filter(|touched| !touched.is_empty()).unwrap_or_else(|| vec![None]);
        for company in touched {
            self.unit.insert_activity(&Activity {
                company,
                id: ActivityId::from(self.app.ids.uuid(self.now)),
                at: self.now,
                action: "sign_in".to_owned(),
                actor: format!("token:{}", self.token),
                subject: account.map_or_else(String::new, |account| account.to_string()),
                data: json!({
                    "decision": id, "outcome": decision.outcome, "reason": decision.reason,
                    "effects": decision.effects.len(),
                })
                .to_string(),
            });
        }
        Ok(id)
    }
}
