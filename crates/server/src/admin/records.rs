//! `/activity` and `/decisions`: what happened, and why (L-1 to L-4). Everybody sees what is theirs and no more.

use std::cmp::Reverse;

use axum::Json;
use chrono::DateTime;
use rollcall_directory::{
    AccountDecision, Activity, ActivityFilter, DecisionFilter, DirectoryError, Reader, Scope, StoredDecision,
};
use rollcall_policy::{AccountId, ActivityId, CompanyId, ConnectionId, DecisionId, Outcome, Reason};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::Instant;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::route::{Route, Who, about, get};
use crate::app::Refusal;
use crate::auth::AdminRole;
use crate::edge::{Failure, Problem};

pub(super) fn routes() -> Vec<Route> {
    about(
        "Records",
        [
            get("/activity", activity)
                .says(Who::All, "The audit log, latest first.")
                .query("action", "Only this action, such as `member.added`.")
                .filtered()
                .lists::<ActivityBody>(),
            get("/decisions", decisions)
                .says(Who::All, "Decisions about sign-ins, latest first.")
                .query_of::<Outcome>("decision", "Only these.")
                .query_of::<Reason>("reason", "Only those for this reason.")
                .filtered()
                .lists::<DecisionLine>(),
            get("/decisions/{decision}", decision)
                .says(Who::Organization, "One decision, with its facts, its policy and a sentence for each step.")
                .gives::<DecisionBody>(),
        ],
    )
}

impl Route {
    /// Filters that both lists have.
    fn filtered(self) -> Self {
        self.query("company", "Only this company's, by name.")
            .query_of::<ConnectionId>("connection", "Only those of this connection.")
            .query_of::<AccountId>("account", "Only those about this account.")
            .query_of::<Instant>("from", "Not before this instant.")
            .query_of::<Instant>("to", "Before this instant.")
    }
}

/// Whose records somebody asks for.
struct Reach {
    /// One company's, or everybody's.
    company: Option<CompanyId>,
    /// Only what these connections did, if it is limited to some.
    connections: Option<Vec<ConnectionId>>,
}

impl Reach {
    /// From the caller's role and the filters `company` and `connection`. `None`: nothing of it is the caller's.
    async fn of(call: &Call) -> Result<Option<Self>, Problem> {
        let reader = call.state.directory.read();
        // What is malformed is refused, whatever the rest of the query comes to.
        let connection = id::<ConnectionId>(call, "connection")?;
        let mut reach = Self { company: call.role.company(), connections: None };
        if let AdminRole::OrganizationOwner(company, organization) = call.role {
            // Decisions elsewhere are about other organizations' people, too.
            reach.connections = Some(reader.connections_serving_only(company, organization).await?);
        }
        if let Some(name) = call.parameter("company")? {
            let Some(company) = reader.company_by_name(name).await? else { return Ok(None) };
            if !reach.narrow_company(company.id) {
                return Ok(None);
            }
        }
        if let Some(connection) = connection {
            let Some(company) = reader.company_of_connection(connection).await? else { return Ok(None) };
            if !reach.narrow_company(company) || !reach.narrow_connection(connection) {
                return Ok(None);
            }
        }
        Ok(Some(reach))
    }

    fn narrow_company(&mut self, company: CompanyId) -> bool {
        *self.company.get_or_insert(company) == company
    }

    fn narrow_connection(&mut self, connection: ConnectionId) -> bool {
        let theirs = self.connections.as_ref().is_none_or(|own| own.contains(&connection));
        self.connections = Some(vec![connection]);
        theirs
    }
}

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Activity)]
struct ActivityBody {
    id: ActivityId,
    at: Instant,
    company: Option<CompanyId>,
    action: String,
    actor: String,
    subject: String,
    /// What else is known of it, by action.
    data: Value,
}

impl From<Activity> for ActivityBody {
    fn from(activity: Activity) -> Self {
        let Activity { company, id, at, action, actor, subject, data } = activity;
        let data = serde_json::from_str(&data).unwrap_or(Value::String(data));
        Self { id, at: Instant(at), company, action, actor, subject, data }
    }
}

/// Filters of the audit log.
const ACTIVITY: &[&str] = &["company", "connection", "account", "action", "from", "to"];

/// The audit log, latest first.
async fn activity(call: Call) -> Result<Json<Items<ActivityBody>>, Problem> {
    let page = call.page(ACTIVITY)?;
    let mut filter = ActivityFilter {
        subjects: id::<AccountId>(&call, "account")?
            .map(|account| vec![account.to_string(), format!("account:{account}")]),
        action: call.parameter("action")?.map(str::to_owned),
        from: instant(&call, "from")?,
        to: instant(&call, "to")?,
        ..ActivityFilter::default()
    };
    let before = page.after()?;
    let Some(reach) = Reach::of(&call).await? else { return Ok(Json(page.items(Vec::new(), activity_id, Into::into))) };
    filter.company = reach.company;
    if let Some(connections) = reach.connections {
        filter.actors = Some(actors(&call, filter.company, &connections).await?);
        if let AdminRole::OrganizationOwner(_, organization) = call.role
            && call.parameter("connection")?.is_none()
        {
            filter.organization = Some(organization);
        }
    }
    let rows = call.state.directory.read().activities_passing(&filter, before, page.fetch()).await?;
    Ok(Json(page.items(rows, activity_id, ActivityBody::from)))
}

fn activity_id(activity: &Activity) -> ActivityId {
    activity.id
}

/// Tokens that are read at a time.
const TOKENS: u64 = 500;

/// What the log calls those who act for connections: themselves, and their tokens.
async fn actors(call: &Call, company: Option<CompanyId>, connections: &[ConnectionId]) -> Result<Vec<String>, Problem> {
    let reader = call.state.directory.read();
    let mut actors = Vec::new();
    for connection in connections {
        actors.push(format!("connection:{connection}"));
        let Some(company) = company else { continue };
        let (scope, mut after) = (Scope { company, connection: *connection }, None);
        loop {
            let tokens = reader.tokens_of_connection(scope, after, TOKENS).await?;
            let Some(last) = tokens.last() else { break };
            after = Some(last.id);
            actors.extend(tokens.iter().map(|token| format!("token:{}", token.id)));
        }
    }
    Ok(actors)
}

/// A decision in a list.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionLine {
    id: DecisionId,
    at: Instant,
    /// None of a sign-in without SSO, which is of no company and no connection.
    company: Option<CompanyId>,
    connection: Option<ConnectionId>,
    account: Option<AccountId>,
    decision: Outcome,
    reason: Reason,
}

impl From<StoredDecision> for DecisionLine {
    fn from(stored: StoredDecision) -> Self {
        Self {
            id: stored.id,
            at: Instant(stored.at),
            company: Some(stored.company),
            connection: Some(stored.connection),
            account: stored.account,
            decision: stored.outcome,
            reason: stored.reason,
        }
    }
}

impl From<AccountDecision> for DecisionLine {
    fn from(stored: AccountDecision) -> Self {
        let AccountDecision { id, account, at, outcome: decision, reason, .. } = stored;
        Self { id, at: Instant(at), company: None, connection: None, account, decision, reason }
    }
}

/// Filters of decisions.
const DECISIONS: &[&str] = &["company", "connection", "account", "decision", "reason", "from", "to"];

/// Decisions, latest first.
async fn decisions(call: Call) -> Result<Json<Items<DecisionLine>>, Problem> {
    let page = call.page(DECISIONS)?;
    let mut filter = DecisionFilter {
        account: id(&call, "account")?,
        outcome: word(&call, "decision", Outcome::from_code)?,
        reason: word(&call, "reason", Reason::from_code)?,
        from: instant(&call, "from")?,
        to: instant(&call, "to")?,
        ..DecisionFilter::default()
    };
    let before = page.after()?;
    let rows = match Reach::of(&call).await? {
        Some(reach) => {
            (filter.company, filter.connections) = (reach.company, reach.connections);
            lines(&call, &filter, before, page.fetch()).await?
        }
        None => Vec::new(),
    };
    Ok(Json(page.items(rows, |line| line.id, |line| line)))
}

/// Decisions of both kinds, latest first; those of sign-ins without SSO only for who is limited to no company.
async fn lines(
    call: &Call,
    filter: &DecisionFilter,
    before: Option<DecisionId>,
    limit: u64,
) -> Result<Vec<DecisionLine>, DirectoryError> {
    let reader = call.state.directory.read();
    let of_connections = reader.decisions_passing(filter, before, limit).await?;
    let of_accounts = reader.account_decisions_passing(filter, before, limit).await?;
    let mut lines: Vec<DecisionLine> = of_connections.into_iter().map(DecisionLine::from).collect();
    lines.extend(of_accounts.into_iter().map(DecisionLine::from));
    lines.sort_by_key(|line| Reverse(line.id));
    Ok(lines)
}

/// A decision with everything that it was made of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
struct DecisionBody {
    #[serde(flatten)]
    line: DecisionLine,
    /// Version of the rules, message, effects, memberships, session, warnings and trail, as they were decided.
    #[serde(flatten)]
    decided: Value,
    policy: Value,
    facts: Value,
    /// How a candidate policy would have decided; null if none was rehearsed.
    rehearsal: Value,
}

/// One decision, with its facts, its policy and a sentence for each step.
async fn decision(call: Call, InPath(id): InPath<DecisionId>) -> Result<Json<DecisionBody>, Problem> {
    call.refuse_parameters()?;
    let reader = call.state.directory.read();
    let stored = match call.role.company() {
        Some(company) => reader.decision(company, id).await?,
        None => reader.decision_anywhere(id).await?,
    };
    let none = || Problem::from(Refusal::NotFound("decision"));
    let Some(stored) = stored else {
        // A sign-in without SSO is of no company: for those who are limited to one it is not there.
        let found = if call.own().is_none() { reader.account_decision(id).await? } else { None };
        let stored = found.ok_or_else(none)?;
        return Ok(Json(DecisionBody::new(stored.clone().into(), &stored.decision, &stored.facts)));
    };
    let reach = Reach::of(&call).await?.ok_or_else(none)?;
    if reach.connections.is_some_and(|own| !own.contains(&stored.connection)) {
        return Err(none());
    }
    let mut body = DecisionBody::new(stored.clone().into(), &stored.decision, &stored.facts);
    if call.role.company().is_some() {
        leave_out_strangers(&reader, &stored, &mut body.facts).await?;
    }
    Ok(Json(body))
}

impl DecisionBody {
    /// From the texts that are stored.
    fn new(line: DecisionLine, decision: &str, facts: &str) -> Self {
        let mut decided: Value = serde_json::from_str(decision).unwrap_or_default();
        if let Value::Object(members) = &mut decided {
            // They stand in the line, under the names of the interface.
            for name in ["outcome", "reason", "account"] {
                members.remove(name);
            }
        }
        let mut recorded: Value = serde_json::from_str(facts).unwrap_or_default();
        let mut part = |name: &str| recorded.get_mut(name).map(Value::take).unwrap_or_default();
        let (policy, facts, rehearsal) = (part("policy"), part("facts"), part("rehearsal"));
        Self { line, decided, policy, facts, rehearsal }
    }
}

/// What a company reads of accounts in the facts is its own: the account that was decided about, and its members.
async fn leave_out_strangers(
    reader: &Reader,
    stored: &StoredDecision,
    facts: &mut Value,
) -> Result<(), DirectoryError> {
    let Some(accounts) = facts.get_mut("accounts").and_then(Value::as_array_mut) else { return Ok(()) };
    let mut shown = Vec::new();
    for account in accounts.drain(..) {
        let id = account.get("id").and_then(Value::as_str).and_then(|id| id.parse::<AccountId>().ok());
        let Some(id) = id else { continue };
        let memberships = reader.memberships(id).await?;
        if stored.account == Some(id) || memberships.iter().any(|view| view.membership.company == stored.company) {
            shown.push(account);
        }
    }
    *accounts = shown;
    Ok(())
}

fn id<T: std::str::FromStr>(call: &Call, name: &str) -> Result<Option<T>, Problem> {
    let given = call.parameter(name)?;
    let parsed = given.map(|text| text.parse().map_err(|_| Failure::malformed(format!("`{name}` is a UUID"))));
    Ok(parsed.transpose()?)
}

fn word<T>(call: &Call, name: &str, from_code: fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let given = call.parameter(name)?;
    let known = |text: &str| from_code(text).ok_or_else(|| Failure::malformed(format!("`{text}` is no `{name}`")));
    Ok(given.map(known).transpose()?)
}

/// An instant of RFC 3339 in UTC microseconds.
pub(super) fn instant(call: &Call, name: &str) -> Result<Option<i64>, Problem> {
    let read = |text: &str| {
        let instant = DateTime::parse_from_rfc3339(text).map(|instant| instant.timestamp_micros());
        instant.map_err(|_| Failure::malformed(format!("`{name}` is an instant such as 2026-11-23T09:00:00Z")))
    };
    Ok(call.parameter(name)?.map(read).transpose()?)
}
