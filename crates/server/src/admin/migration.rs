//! `/connections/{id}/migration`: from JIT to SCIM, whom the provider has, whom not and why, and what is next
//! (provisioning-rules 2.20).

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rollcall_directory::{Connection, DirectoryError, PushedPerson, Reader, Scope, UncoveredMember};
use rollcall_policy::{AccountId, ConnectionId, DirectoryUserId, Mode, Origin, Role};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::call::Call;
use super::path::InPath;
use super::permission::Access;
use super::place;
use super::route::{Route, Who, about, get};
use super::streamed::{Pages, streamed};
use crate::app::csv::line;
use crate::app::migration::{self, Governed, PAGE, Summary, table};
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Plans",
        [get("/connections/{connection}/migration", report)
            .says(Who::Company, "From JIT to SCIM: whom the provider has, whom not and why, and what to do next.")
            .also("With `format=csv`, or `Accept: text/csv`, one line for everybody instead.")
            .query("format", "`json` or `csv`.")
            .gives::<MigrationBody>()
            .gives_text("text/csv")],
    )
}

/// Why somebody is not linked, and what to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MigrationReason)]
struct ReasonBody {
    code: &'static str,
    text: String,
    what_to_do: String,
}

/// A member whom the provider has not pushed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UncoveredMember)]
struct MemberBody {
    account_id: AccountId,
    email: String,
    username: String,
    full_name: String,
    organization: String,
    role: Role,
    origin: Origin,
    only_owner: bool,
    reason: ReasonBody,
}

/// Somebody whom the provider has pushed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PushedPerson)]
struct PushedBody {
    id: DirectoryUserId,
    #[serde(rename = "userName")]
    user_name: String,
    #[serde(rename = "externalId")]
    external_id: Option<String>,
    active: bool,
    account_id: Option<AccountId>,
    email: Option<String>,
    reason: Option<ReasonBody>,
}

/// How many.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MigrationCounts)]
struct CountsBody {
    linked: u64,
    linked_inactive: u64,
    not_linked: u64,
    not_linked_inactive: u64,
    not_pushed: u64,
    guests: u64,
    groups: u64,
    mapping_groups: u64,
}

/// A step of the migration: `done`, `to_do`, or `look_yourself` where only people can tell.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MigrationStep)]
struct StepBody {
    step: u8,
    title: &'static str,
    state: &'static str,
    text: String,
}

/// How far the migration of a connection is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Migration)]
struct MigrationBody {
    connection: ConnectionId,
    mode: Mode,
    /// Nothing is left to do before JIT is turned off.
    ready: bool,
    /// What to do now.
    next: Option<StepBody>,
    counts: CountsBody,
    steps: Vec<StepBody>,
    not_pushed: Vec<MemberBody>,
    not_linked: Vec<PushedBody>,
    linked: Vec<PushedBody>,
}

/// The report; the lists are written while they are read.
async fn report(call: Call, InPath(id): InPath<ConnectionId>) -> Result<Response, Problem> {
    let (scope, connection) = place::connection(&call, id, Access::Read).await?;
    let table = call.wants_table()?;
    let reader = call.state.directory.read();
    if table {
        let file = format!("attachment; filename=\"migration-{id}.csv\"");
        let body = streamed("migration", |pages| async move { lines(&reader, scope, &connection, &pages).await });
        let headers =
            [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, file)];
        return Ok((headers, body).into_response());
    }
    let summary = migration::summarize(&reader, &connection).await?;
    let head = head(&connection, &summary);
    let body: Body =
        streamed("migration", |pages| async move { lists(&reader, scope, &connection, head, &pages).await });
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// The report without its lists, which are written behind it.
fn head(connection: &Connection, summary: &Summary) -> String {
    let step = |step: &migration::Step| StepBody {
        step: step.number,
        title: step.title,
        state: step.state.code(),
        text: step.text.clone(),
    };
    let coverage = summary.coverage;
    let counts = CountsBody {
        linked: coverage.linked,
        linked_inactive: coverage.linked_inactive,
        not_linked: coverage.not_linked,
        not_linked_inactive: coverage.not_linked_inactive,
        not_pushed: summary.not_pushed,
        guests: summary.guests,
        groups: coverage.groups,
        mapping_groups: coverage.mapping_groups,
    };
    let head = json!({
        "connection": connection.record.id,
        "mode": connection.record.policy.mode(),
        "ready": summary.is_ready(),
        "next": summary.next().map(step),
        "counts": counts,
        "steps": summary.steps.iter().map(step).collect::<Vec<StepBody>>(),
    });
    let mut text = head.to_string();
    text.pop();
    text
}

async fn lists(
    reader: &Reader,
    scope: Scope,
    connection: &Connection,
    head: String,
    pages: &Pages,
) -> Result<(), DirectoryError> {
    let governed = Governed::by(connection);
    let mut text = head + ",\"not_pushed\":[";
    let mut after = None;
    let mut first = true;
    loop {
        let page = reader.uncovered_members(scope, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.account, last.organization));
        push(&mut text, &mut first, page.iter().map(|member| member_body(member, &governed)));
        if !pages.send(std::mem::take(&mut text)).await {
            return Ok(());
        }
    }
    for (name, linked) in [("not_linked", false), ("linked", true)] {
        text.push_str("],\"");
        text.push_str(name);
        text.push_str("\":[");
        let mut after = None;
        let mut first = true;
        loop {
            let page = reader.pushed_people(scope, linked, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            push(&mut text, &mut first, page.into_iter().map(pushed_body));
            if !pages.send(std::mem::take(&mut text)).await {
                return Ok(());
            }
        }
    }
    pages.send(text + "]}").await;
    Ok(())
}

/// Further items of a JSON list.
fn push<T: Serialize>(text: &mut String, first: &mut bool, items: impl Iterator<Item = T>) {
    for item in items {
        if !std::mem::take(first) {
            text.push(',');
        }
        // Plain texts and numbers: nothing in them can fail to be written.
        text.push_str(&serde_json::to_string(&item).unwrap_or_default());
    }
}

fn member_body(member: &UncoveredMember, governed: &Governed) -> MemberBody {
    let reason = migration::of_member(member, governed);
    MemberBody {
        account_id: member.account,
        email: member.email.clone(),
        username: member.username.clone(),
        full_name: member.full_name.clone(),
        organization: member.organization_name.clone(),
        role: member.role,
        origin: member.origin,
        only_owner: member.only_owner,
        reason: reason_body(reason),
    }
}

fn pushed_body(person: PushedPerson) -> PushedBody {
    let reason = person.account.is_none().then(|| reason_body(migration::of_pushed(&person)));
    let PushedPerson { id, user_name, external_id, active, account, .. } = person;
    let (account_id, email) = account.map(|(id, email, _)| (id, email)).unzip();
    PushedBody { id, user_name, external_id, active, account_id, email, reason }
}

fn reason_body(reason: migration::Reason) -> ReasonBody {
    let migration::Reason { code, text, what_to_do } = reason;
    ReasonBody { code, text, what_to_do }
}

/// The table: those first who need something.
async fn lines(reader: &Reader, scope: Scope, connection: &Connection, pages: &Pages) -> Result<(), DirectoryError> {
    let governed = Governed::by(connection);
    let mut text = line(&table::HEADER);
    let mut after = None;
    loop {
        let page = reader.uncovered_members(scope, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.account, last.organization));
        text.extend(page.iter().map(|member| line(&table::member(member, &governed))));
        if !pages.send(std::mem::take(&mut text)).await {
            return Ok(());
        }
    }
    for linked in [false, true] {
        let mut after = None;
        loop {
            let page = reader.pushed_people(scope, linked, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            text.extend(page.iter().map(|person| line(&table::pushed(person))));
            if !pages.send(std::mem::take(&mut text)).await {
                return Ok(());
            }
        }
    }
    pages.send(text).await;
    Ok(())
}
