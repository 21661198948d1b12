//! A sign-in: verified evidence in, one explained decision out (design.md 3 and 6; J, N and RC rules).

use std::collections::BTreeSet;

use rollcall_directory::{
    Account, Activity, Anchors, Connection, ConnectionRecord, DirectoryError, Invitation, Scope, SentInvitation,
    Session, StoredDecision, Unit,
};
use rollcall_policy::{
    AccountId, ActivityId, Assertion, Client, ConnectionPolicy, DecisionId, DirectoryUserId, Folded, InvitationFacts,
    SessionPlan, SignInDecision, SignInFacts, decide_sign_in,
};
use rollcall_scim::fold::fold;
use serde_json::{Value, json};

use super::address;
use super::effects::Subject;
use super::evidence::{Evidence, Once};
use super::facts::{self, Gathered, Occasion, Question};
use super::rehearsals::{self, Rehearsed};
use super::sessions::{SessionSecret, hash};
use crate::state::Parts;

/// Candidates for a username's digits; more than a handful are never all taken.
const USERNAME_DIGITS: usize = 8;

/// What somebody who signs in is told.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// What was decided and why.
    pub decision: SignInDecision,
    /// Whose sign-in it is, after the effects.
    pub account: Option<Account>,
    /// The session's secret, if one was opened.
    pub session: Option<SessionSecret>,
    /// Where the decision is stored; a dry run is stored nowhere.
    pub id: Option<DecisionId>,
}

/// Why a sign-in was not decided.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The evidence was accepted before, and counts only once.
    #[error("the evidence was used already; start a new sign-in")]
    Replayed,
    /// The evidence was checked by settings of the connection that are not its settings any more.
    #[error("the connection's settings were changed while the evidence was checked; try again")]
    Moved,
    /// The database did not do it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// Decides a sign-in and, unless it is a dry run, makes it so: all effects, the session and the stored decision, or none.
pub async fn sign_in(
    app: &Parts,
    connection: &Connection,
    evidence: &Evidence,
    client: Client,
    dry_run: bool,
) -> Result<SignIn, SignInError> {
    let now = app.clock.now();
    let scope = Scope { company: connection.record.company, connection: connection.record.id };
    let assertion = &address::checked(&evidence.assertion);
    let attempt = &Attempt { app, connection, scope, assertion, client, now };
    app.directory
        .write(|unit| async move {
            attempt.refuse_used(&unit, evidence.once).await?;
            let (facts, mut gathered, decision) = attempt.decide(&unit).await?;
            if dry_run {
                let known = decision.account.and_then(|account| gathered.known.get(&account));
                let account = known.map(|known| known.person.account.clone());
                return Ok(SignIn { decision, account, session: None, id: None });
            }
            if let Some(once) = evidence.once {
                unit.insert_used_evidence(scope, &once.hash, once.expires_at);
            }
            let rehearsed = rehearsals::sign_in(&unit, scope, &mut gathered, &facts, &decision).await?;
            Ok(attempt.carry_out(&unit, &facts, gathered, decision, rehearsed).await?)
        })
        .await
}

/// A pending invitation, and whose it is if a username was invited.
struct Invited {
    account: Option<AccountId>,
    facts: InvitationFacts,
}

/// What a sign-in is asked with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) connection: &'a Connection,
    pub(super) assertion: &'a Assertion,
    pub(super) client: Client,
    /// UTC microseconds.
    pub(super) now: i64,
}

/// Decides in somebody else's unit, by what is written there, and applies nothing.
pub(super) async fn decide(app: &Parts, unit: &Unit, asked: Asked<'_>) -> Result<SignInDecision, SignInError> {
    let Asked { connection, assertion, client, now } = asked;
    let scope = Scope { company: connection.record.company, connection: connection.record.id };
    let attempt = Attempt { app, connection, scope, assertion, client, now };
    let (_, _, decision) = attempt.decide(unit).await?;
    Ok(decision)
}

/// One attempt to sign in.
struct Attempt<'a> {
    app: &'a Parts,
    connection: &'a Connection,
    scope: Scope,
    assertion: &'a Assertion,
    client: Client,
    now: i64,
}

impl<'a> Attempt<'a> {
    /// Two that come at once with the same evidence meet at the record's key: the slower one looks again.
    async fn refuse_used(&self, unit: &Unit, once: Option<Once>) -> Result<(), SignInError> {
        match once {
            Some(once) if unit.is_evidence_used(self.scope, &once.hash).await? => Err(SignInError::Replayed),
            Some(_) | None => Ok(()),
        }
    }

    /// Checking may take a while: keys are fetched meanwhile. What an administrator has changed since must hold.
    fn refuse_moved(&self, now: &ConnectionRecord) -> Result<(), SignInError> {
        let then = &self.connection.record;
        let same = then.protocol == now.protocol
            && then.details.get(then.protocol.code()) == now.details.get(now.protocol.code());
        if same { Ok(()) } else { Err(SignInError::Moved) }
    }

    /// Decides; where a counted seat would be taken, seats are counted and it is decided again.
    async fn decide(&self, unit: &Unit) -> Result<(SignInFacts, Gathered<'a>, SignInDecision), SignInError> {
        let (mut facts, mut gathered) = self.facts(unit).await?;
        let mut decision = decide_sign_in(gathered.policy(), &facts);
        if gathered.takes_counted_seats(&decision.effects) {
            gathered.count_seats(unit, self.scope).await?;
            facts.connection.clone_from(&gathered.connection);
            decision = decide_sign_in(gathered.policy(), &facts);
        }
        Ok((facts, gathered, decision))
    }

    async fn facts(&self, unit: &Unit) -> Result<(SignInFacts, Gathered<'a>), SignInError> {
        let email = self.assertion.email.as_ref().map(|email| email.key.as_str());
        let mut teams = self.assertion.team_keys();
        let invited = self.invitations(unit, email).await?;
        teams.extend(invited.iter().filter_map(|invited| invited.facts.team.as_ref()).map(|team| team.key.clone()));
        let question = Question {
            occasion: Occasion::SignIn(&self.assertion.subject),
            email,
            // Without e-mails `userName` is the address of a directory user (RC-6).
            anchors: Anchors { address: email, user_name: email, external_id: None },
            teams,
            now: self.now,
        };
        let gathered = facts::gather(unit, self.scope, self.connection, &question).await?;
        self.refuse_moved(&gathered.source.record)?;
        let facts = SignInFacts {
            now: self.now,
            client: self.client,
            assertion: self.assertion.clone(),
            connection: gathered.connection.clone(),
            accounts: gathered.accounts.clone(),
            directory: gathered.directory.clone(),
            invitations: self.with_accounts_invitations(unit, invited, &gathered).await?,
            username_digits: self.app.ids.numbers(USERNAME_DIGITS),
        };
        Ok((facts, gathered))
    }

    /// A known subject may come with another address than its account's; that one may be invited, too.
    async fn with_accounts_invitations(
        &self,
        unit: &Unit,
        mut invited: Vec<Invited>,
        gathered: &Gathered<'_>,
    ) -> Result<Vec<InvitationFacts>, DirectoryError> {
        let asked = self.assertion.email.as_ref().map(|email| email.key.as_str());
        for account in &gathered.accounts {
            if Some(account.email.key.as_str()) != asked {
                invited.extend(self.invitations(unit, Some(&account.email.key)).await?);
            }
        }
        // The addresses were read before the accounts were locked: an invitation by username is its account's alone.
        invited.retain(|Invited { account, facts }| {
            let still = |id| gathered.accounts.iter().any(|known| known.id == id && known.email.key == facts.email);
            account.is_none_or(still)
        });
        Ok(invited.into_iter().map(|invited| invited.facts).collect())
    }

    async fn invitations(&self, unit: &Unit, email: Option<&str>) -> Result<Vec<Invited>, DirectoryError> {
        let Some(email) = email else { return Ok(Vec::new()) };
        let served: BTreeSet<_> = self.connection.organizations.iter().map(|organization| organization.id).collect();
        let mut invited = Vec::new();
        for SentInvitation { invitation, account, .. } in unit.pending_invitations(self.scope.company, email).await? {
            if served.contains(&invitation.organization) {
                invited.push(Invited { account, facts: self.invitation(unit, invitation).await? });
            }
        }
        Ok(invited)
    }

    async fn invitation(&self, unit: &Unit, invitation: Invitation) -> Result<InvitationFacts, DirectoryError> {
        let team = match invitation.team {
            Some(id) => unit.team(self.scope.company, id).await?.map(|team| Folded::new(&team.name, fold)),
            None => None,
        };
        let Invitation { id, organization, email_folded: email, role, .. } = invitation;
        Ok(InvitationFacts { id, organization, email, team, role })
    }

    async fn carry_out(
        &self,
        unit: &Unit,
        facts: &SignInFacts,
        gathered: Gathered<'_>,
        decision: SignInDecision,
        rehearsed: Option<Rehearsed>,
    ) -> Result<SignIn, DirectoryError> {
        let policy = gathered.policy().clone();
        let minted = DirectoryUserId::from(self.app.ids.uuid(self.now));
        let mut subject = Subject::new(self.app, unit, self.scope, self.now, minted);
        subject.is(decision.account, gathered);
        subject.apply(&decision.effects).await?;
        let account = subject.account().cloned();
        let session = match (&decision.session, &account) {
            (Some(plan), Some(account)) => Some(self.open_session(unit, plan, account.id)),
            (Some(_), None) | (None, _) => None,
        };
        self.remember_evidence(unit)?;
        let id = self.store_decision(
            unit,
            &recorded(&policy, facts, rehearsed),
            &decision,
            account.as_ref().map(|it| it.id),
        )?;
        Ok(SignIn { decision, account, session, id: Some(id) })
    }

    fn open_session(&self, unit: &Unit, plan: &SessionPlan, account: AccountId) -> SessionSecret {
        let secret = SessionSecret::new(self.app.ids.secret());
        unit.insert_session(&Session {
            id_hash: hash(secret.reveal()),
            account,
            company: plan.company,
            connection: Some(self.scope.connection),
            created_at: self.now,
            expires_at: plan.expires_at,
            idle_seconds: plan.idle_seconds.map(u64::from),
            last_seen_at: self.now,
            ended_at: None,
        });
        secret
    }

    /// Plans judge everybody by the evidence that they last came with (design.md 5.2).
    fn remember_evidence(&self, unit: &Unit) -> Result<(), DirectoryError> {
        let unwritable = |error: serde_json::Error| DirectoryError::Inconsistent {
            table: "last_evidence".to_owned(),
            row: error.to_string(),
        };
        let assertion = serde_json::to_string(self.assertion).map_err(unwritable)?;
        unit.put_last_evidence(self.scope, &self.assertion.subject, self.now, &assertion);
        Ok(())
    }

    /// Stored with its facts, so that it can be explained and replayed; the activity log says that it happened.
    fn store_decision(
        &self,
        unit: &Unit,
        recorded: &Value,
        decision: &SignInDecision,
        account: Option<AccountId>,
    ) -> Result<DecisionId, DirectoryError> {
        let id = DecisionId::from(self.app.ids.uuid(self.now));
        let text = serde_json::to_string(decision).map_err(|error| unwritable(id, &error))?;
        unit.insert_decision(&StoredDecision {
            company: self.scope.company,
            id,
            connection: self.scope.connection,
            account,
            at: self.now,
            outcome: decision.outcome,
            reason: decision.reason,
            facts: recorded.to_string(),
            decision: text,
        });
        unit.insert_activity(&Activity {
            company: Some(self.scope.company),
            id: ActivityId::from(self.app.ids.uuid(self.now)),
            at: self.now,
            action: "sign_in".to_owned(),
            actor: format!("connection:{}", self.scope.connection),
            subject: account.map_or_else(String::new, |account| account.to_string()),
            // How much it changed: applying a plan waits for nobody who changes nothing (`Reader::watermark`).
            data: json!({
                "decision": id, "outcome": decision.outcome, "reason": decision.reason,
                "effects": decision.effects.len(),
            })
            .to_string(),
        });
        Ok(id)
    }
}

/// What a decision is stored with: what it was made of, and how a candidate would have decided, if one is rehearsed.
fn recorded(policy: &ConnectionPolicy, facts: &SignInFacts, rehearsed: Option<Rehearsed>) -> Value {
    match rehearsed {
        Some(rehearsed) => json!({"policy": policy, "facts": facts, "rehearsal": rehearsed}),
        None => json!({"policy": policy, "facts": facts}),
    }
}

fn unwritable(id: DecisionId, error: &serde_json::Error) -> DirectoryError {
    DirectoryError::Inconsistent { table: "decision".to_owned(), row: format!("{id} ({error})") }
}
