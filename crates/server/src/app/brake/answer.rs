//! An administrator's answer to removals that are held: they act, or the people stay (RC-12).

use std::collections::BTreeSet;

use rollcall_directory::{Anchors, Connection, HeldPerson, Scope, Unit};
use rollcall_policy::{AccountId, Answer, Attributes, Push, PushFacts, Removal, StoredUser, decide_answer};
use serde_json::json;

use crate::app::connections::protected_accounts;
use crate::app::effects::Subject;
use crate::app::events::{Data, Kind, Teller};
use crate::app::facts::{self, Gathered, Occasion, Question};
use crate::app::{Doer, Refusal};
use crate::state::Parts;

/// People of one unit of work: it holds up others who write for as long as it runs.
const AT_ONCE: usize = 50;
/// People whom one answer may name.
const MOST_NAMED: usize = 1_000;

/// Whom an answer is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Everybody who is held by now.
    All,
    /// These alone, all of whom must be held.
    Named(Vec<AccountId>),
    /// Those who have been held since this instant (UTC microseconds) or longer: nobody answered.
    Unanswered(i64),
}

/// What an answer did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// How many people it was about.
    pub people: u64,
    /// Those of them who stay although the removal acts: they are the last owners of an organization (M-9).
    pub last_owners: Vec<AccountId>,
}

/// Answers for people whom the connection holds, portion by portion. If it fails in the middle, the rest is held as before,
/// and the same answer goes on.
pub async fn answer(
    app: &Parts,
    doer: Doer<'_>,
    connection: &Connection,
    answer: Answer,
    whom: &Whom,
) -> Result<Answered, Refusal> {
    let scope = Scope { company: connection.record.company, connection: connection.record.id };
    let unanswered = matches!(whom, Whom::Unanswered(_));
    let answering = Answering { app, doer, connection, scope, answer, unanswered };
    let mut done = Answered::default();
    match whom {
        Whom::Named(accounts) => {
            let held = answering.all_held(accounts).await?;
            for portion in held.chunks(AT_ONCE) {
                answering.portion(portion, &mut done, held.len() as u64, whom).await?;
            }
        }
        Whom::All | Whom::Unanswered(_) => {
            let until = if let Whom::Unanswered(until) = whom { *until } else { doer.now };
            let reader = app.directory.read();
            let count = reader.count_held(scope, until).await?;
            loop {
                let portion = reader.held_people(scope, until, AT_ONCE as u64).await?;
                if portion.is_empty() {
                    break;
                }
                answering.portion(&portion, &mut done, count, whom).await?;
            }
        }
    }
    Ok(done)
}

/// One answer at work.
#[derive(Clone, Copy)]
struct Answering<'a> {
    app: &'a Parts,
    doer: Doer<'a>,
    connection: &'a Connection,
    scope: Scope,
    answer: Answer,
    /// It is time that answers, not an administrator.
    unanswered: bool,
}

impl Answering<'_> {
    /// The named people, if each of them is held: a name that means nobody must not pass unseen.
    async fn all_held(&self, accounts: &[AccountId]) -> Result<Vec<HeldPerson>, Refusal> {
        let named: BTreeSet<AccountId> = accounts.iter().copied().collect();
        if named.is_empty() || named.len() > MOST_NAMED {
            let detail = format!("`accounts` names 1 to {MOST_NAMED} accounts; leave it out to answer for everybody");
            return Err(Refusal::Invalid(detail));
        }
        let named: Vec<AccountId> = named.into_iter().collect();
        let held = self.app.directory.read().held_accounts(self.scope, &named).await?;
        let unknown = named.iter().filter(|account| held.iter().all(|person| person.account != **account));
        let unknown: Vec<String> = unknown.map(ToString::to_string).collect();
        if unknown.is_empty() {
            return Ok(held);
        }
        let detail = format!("this connection holds nobody of the id {}; nothing was changed", unknown.join(", "));
        Err(Refusal::Invalid(detail))
    }

    /// Answers for some people in one unit. The first portion tells owners and the log of all of them.
    async fn portion(
        &self,
        portion: &[HeldPerson],
        done: &mut Answered,
        count: u64,
        whom: &Whom,
    ) -> Result<(), Refusal> {
        let first = done.people == 0;
        let answered = self
            .app
            .directory
            .write(|unit| async move {
                let mut accounts: Vec<AccountId> = portion.iter().map(|person| person.account).collect();
                accounts.sort_unstable();
                // In one order, and before anything else: whoever pushes one of them holds the person, too.
                unit.lock_accounts(&accounts).await?;
                let mut answered = Answered::default();
                for person in unit.held_accounts(self.scope, &accounts).await? {
                    if !self.person(&unit, &person).await? {
                        answered.last_owners.push(person.account);
                    }
                    answered.people += 1;
                    // The next one may be the last owner by now.
                    unit.flush().await?;
                }
                if first && answered.people > 0 {
                    self.tell(&unit, count, whom);
                }
                unit.end_braking(self.scope);
                Ok::<_, Refusal>(answered)
            })
            .await?;
        done.people += answered.people;
        done.last_owners.extend(answered.last_owners);
        Ok(())
    }

    /// False for somebody who stays because an organization would be left without an owner.
    async fn person(&self, unit: &Unit, person: &HeldPerson) -> Result<bool, Refusal> {
        let question = Question {
            occasion: Occasion::Push { user: Some(person.user), account: Some(person.account), leaves: true },
            email: None,
            anchors: Anchors::default(),
            teams: BTreeSet::new(),
            now: self.doer.now,
        };
        let mut gathered = facts::gather(unit, self.scope, self.connection, &question).await?;
        // The resource that was held is no witness about itself.
        gathered.directory.retain(|trace| trace.id != person.user);
        let facts = push_facts(self.doer.now, &gathered, person);
        let Some(account) = facts.accounts.iter().find(|account| account.id == person.account) else {
            unit.end_hold(self.scope.company, person.user, person.account);
            return Ok(true);
        };
        // Whom the administrators protect since they were held is nobody whom time may suspend.
        let source = &gathered.source.record;
        let stays = self.unanswered && protected_accounts(source).contains(&person.account);
        let answer = if stays { Answer::Reject } else { self.answer };
        let decision = decide_answer(&facts, account, person.user, answer);
        let mut subject = Subject::new(self.app, unit, self.scope, self.doer.now, person.user);
        subject.is(Some(person.account), gathered);
        subject.apply(&decision.effects).await?;
        let action = match answer {
            Answer::Release => "removal.released",
            Answer::Reject => "removal.rejected",
        };
        let data = json!({"connection": self.scope.connection, "rules": decision.trail.rules()});
        let entry = self.doer.entry(action, Some(self.scope.company), person.account.to_string(), &data);
        unit.insert_activity(&entry);
        Ok(decision.last_owner_of.is_empty())
    }

    fn tell(&self, unit: &Unit, people: u64, whom: &Whom) {
        let kind = match self.answer {
            Answer::Release => Kind::BrakeReleased,
            Answer::Reject => Kind::BrakeRejected,
        };
        let unanswered = matches!(whom, Whom::Unanswered(_));
        let connection = self.scope.connection;
        let teller = Teller { unit, ids: self.doer.ids, now: self.doer.now, company: self.scope.company };
        let data = Data { count: Some(people), ..Data::default() };
        let by = if unanswered { "time" } else { "administrator" };
        teller.tell(kind, connection, data.by(connection).because(by));
        let data = json!({"people": people, "unanswered": unanswered, "rules": ["RC-12"]});
        let subject = format!("connection:{connection}");
        unit.insert_activity(&self.doer.entry(kind.code(), Some(self.scope.company), subject, &data));
    }
}

/// The facts of the removal that was held.
fn push_facts(now: i64, gathered: &Gathered<'_>, person: &HeldPerson) -> PushFacts {
    let before = StoredUser {
        id: person.user,
        active: false,
        account: Some(person.account),
        address: None,
        attributes: Attributes::default(),
        hold: Some(rollcall_policy::Hold::Held),
    };
    PushFacts {
        now,
        push: Push::Delete { before },
        connection: gathered.connection.clone(),
        accounts: gathered.accounts.clone(),
        directory: gathered.directory.clone(),
        groups: gathered.groups.clone(),
        username_digits: Vec::new(),
        removal: Removal::Passes,
        protected: BTreeSet::new(),
    }
}
