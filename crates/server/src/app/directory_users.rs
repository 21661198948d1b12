//! Directory users by hand: linking one to an account, and freeing an identity for a new subject (RC-5, RC-8, RC-13).

use std::collections::BTreeSet;

use rollcall_directory::{Connection, Directory, DirectoryUser, Scope, TraceState, Unit};
use rollcall_policy::{
    AccountFacts, AccountId, DirectoryUserId, Effect, Event, Push, PushDecision, PushFacts, Removal, StoredUser,
    decide_push,
};
use rollcall_scim::search_document::search_document;
use serde_json::json;

use super::effects::Subject;
use super::events::{Data, Kind, Teller};
use super::facts::{self, Gathered, Occasion, Question};
use super::members::is_known;
use super::{Doer, Refusal, pushed};
use crate::state::Parts;

/// Links a directory user to an account, as a push would have: memberships follow what the directory says of the user.
pub async fn link(
    app: &Parts,
    doer: Doer<'_>,
    connection: &Connection,
    user: DirectoryUserId,
    account: AccountId,
) -> Result<DirectoryUser, Refusal> {
    let scope = Scope { company: connection.record.company, connection: connection.record.id };
    app.directory
        .write(|unit| async move {
            let work = Linking { app, doer, unit: &unit, scope, connection };
            let (stored, _) = unit.user_to_change(scope, user).await?.ok_or(Refusal::NotFound("directory user"))?;
            match stored.account {
                Some(linked) if linked == account => Ok(stored),
                Some(_) => Err(Refusal::standing("RC-8", "this directory user is linked to another account already")),
                None => work.link(stored, account).await,
            }
        })
        .await
}

/// One linking at work in its unit.
struct Linking<'a> {
    app: &'a Parts,
    doer: Doer<'a>,
    unit: &'a Unit,
    scope: Scope,
    connection: &'a Connection,
}

impl<'a> Linking<'a> {
    async fn link(&self, stored: DirectoryUser, account: AccountId) -> Result<DirectoryUser, Refusal> {
        self.refuse_unknown(account).await?;
        let mut gathered = self.gather(&stored, account).await?;
        let facts = gathered.accounts.iter().find(|facts| facts.id == account).cloned();
        let facts = facts.ok_or(Refusal::NotFound("account"))?;
        self.refuse_foreign(&gathered, &stored, &facts)?;
        let mut decision = decide(self.doer.now, &gathered, &stored, account)?;
        if gathered.takes_counted_seats(&decision.effects) {
            gathered.count_seats(self.unit, self.scope).await?;
            decision = decide(self.doer.now, &gathered, &stored, account)?;
        }
        let mut effects = claim(&facts, self.scope);
        effects.extend(decision.effects);
        let mut subject = Subject::new(self.app, self.unit, self.scope, self.doer.now, stored.id);
        subject.is(Some(account), gathered);
        subject.apply(&effects).await?;
        let data = json!({"account": account, "connection": self.scope.connection, "rules": decision.trail.rules()});
        let entry = self.doer.entry("directory_user.linked", Some(self.scope.company), stored.id.to_string(), &data);
        self.unit.insert_activity(&entry);
        let expected = stored.version;
        let user = DirectoryUser { account: Some(account), finding: decision.finding, ..stored };
        let search = search_document(self.app.catalog.user(), &user.resource, &user.id.to_string());
        // What was pushed has not changed, so neither does the version that the provider knows.
        self.unit.update_user(&user, &search, expected);
        Ok(user)
    }

    async fn gather(&self, stored: &DirectoryUser, account: AccountId) -> Result<Gathered<'a>, Refusal> {
        let person = pushed::pushed_user(&stored.resource);
        let question = Question {
            occasion: Occasion::Push { user: Some(stored.id), account: Some(account), leaves: !stored.active },
            email: person.address.as_ref().map(|address| address.key.as_str()),
            anchors: pushed::anchors(&person),
            teams: person.attributes.team.iter().map(|team| team.key.clone()).collect(),
            now: self.doer.now,
        };
        let mut gathered = facts::gather(self.unit, self.scope, self.connection, &question).await?;
        gathered.directory.retain(|trace| trace.id != stored.id);
        Ok(gathered)
    }

    /// RC-10: nobody finds out by their ids whether other people's accounts exist, or waits for them.
    async fn refuse_unknown(&self, account: AccountId) -> Result<(), Refusal> {
        match self.unit.account(account).await? {
            Some(found) if is_known(self.unit, self.scope.company, &found).await? => Ok(()),
            Some(_) | None => Err(Refusal::NotFound("account")),
        }
    }

    /// RC-1, RC-5: only a person whom this connection may speak for, and only through a user who may have effects at all.
    fn refuse_foreign(
        &self,
        gathered: &Gathered<'_>,
        stored: &DirectoryUser,
        account: &AccountFacts,
    ) -> Result<(), Refusal> {
        if !gathered.connection.has_domain_of(&account.email.key) {
            let detail = "the account's address is in no domain that is verified on this connection";
            return Err(Refusal::rule("RC-1", detail));
        }
        let address = pushed::pushed_user(&stored.resource).address;
        if !address.is_some_and(|address| gathered.connection.has_domain_of(&address.key)) {
            let detail = "the directory user has no address in a domain that is verified on this connection; attach the \
                          domain, or correct the address at the provider";
            return Err(Refusal::rule("RC-5", detail));
        }
        let other = gathered.traces.iter().find(|trace| {
            trace.connection == self.scope.connection
                && trace.id != stored.id
                && trace.account == Some(account.id)
                && matches!(trace.state, TraceState::Live { .. })
        });
        match other {
            Some(other) => {
                let detail = format!("the account is linked to the directory user {} of this connection", other.id);
                Err(Refusal::standing("RC-8", detail))
            }
            None => Ok(()),
        }
    }
}

/// What the user, linked by hand, means for the person: decided as the push that says what it says, as news.
fn decide(
    now: i64,
    gathered: &Gathered<'_>,
    stored: &DirectoryUser,
    account: AccountId,
) -> Result<PushDecision, Refusal> {
    let user = pushed::pushed_user(&stored.resource);
    let linked = pushed::stored_user(stored);
    // As if the directory had said the contrary before: so it counts as a beginning, or as an end.
    let before = StoredUser { account: Some(account), active: !stored.active, ..linked };
    let facts = PushFacts {
        now,
        push: Push::Update { before, user },
        connection: gathered.connection.clone(),
        accounts: gathered.accounts.clone(),
        directory: gathered.directory.clone(),
        groups: gathered.groups.clone(),
        username_digits: Vec::new(),
        // An administrator's own word acts at once, and whoever protects somebody may also remove them (RC-12).
        removal: Removal::Passes,
        protected: BTreeSet::new(),
    };
    decide_push(gathered.policy(), &facts).map_err(|refusal| {
        let rule = refusal.rule().code();
        if refusal.status() == 400 {
            Refusal::rule(rule, refusal.to_string())
        } else {
            Refusal::standing(rule, refusal.to_string())
        }
    })
}

/// RC-7, RC-10: the link itself, and the end of what an unproven holder of the account may have opened.
fn claim(account: &AccountFacts, scope: Scope) -> Vec<Effect> {
    let mut effects = vec![Effect::LinkDirectoryUser, Effect::MintScimId { connection: scope.connection }];
    if !account.email_verified {
        effects.push(Effect::EndSessions { company: None });
        effects.push(Effect::MarkEmailVerified);
        effects.push(Effect::emit(Event::AccountClaimed));
    }
    effects
}

/// Frees an account's identity at a connection, so that the next sign-in with its address links a new subject (RC-13).
/// Whoever had the old subject is signed out of the company.
pub async fn free_identity(
    directory: &Directory,
    doer: Doer<'_>,
    scope: Scope,
    account: AccountId,
) -> Result<(), Refusal> {
    directory
        .write(|unit| async move {
            unit.lock_account(account).await?;
            let identities = unit.identities(scope.company, account).await?;
            if !identities.iter().any(|identity| identity.connection == scope.connection) {
                return Err(Refusal::NotFound("identity"));
            }
            unit.delete_identity(scope.company, scope.connection, account);
            unit.end_sessions_of_company(account, scope.company, doer.now);
            let teller = Teller { unit: &unit, ids: doer.ids, now: doer.now, company: scope.company };
            let ended = Data::of(account).because("identity_freed").by(scope.connection);
            teller.tell(Kind::SessionEnded, account, ended);
            let data = json!({"connection": scope.connection});
            let entry = doer.entry("identity.freed", Some(scope.company), account.to_string(), &data);
            unit.insert_activity(&entry);
            Ok(())
        })
        .await
}
