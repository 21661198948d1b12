//! `/connections/{id}/plans` and `/plans/{id}`: a change of policy, shown before it is made (design.md 5.2).

use std::time::Duration;

use axum::body::Body as Answer;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_directory::{Connection, DirectoryError, Plan, Reader};
use rollcall_policy::plan::{Affected, Summary};
use rollcall_policy::{ConnectionId, PlanId};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::answer::Instant;
use super::body::Body;
use super::call::Call;
use super::path::InPath;
use super::permission::{Access, Over};
use super::route::{Route, Who, about, get, post};
use super::streamed::{Pages, streamed};
use super::{BASE, place};
use crate::app::Refusal;
use crate::app::connections::policy::PolicyChange;
use crate::app::csv::line;
use crate::app::plans::{self, Applied, Wish, table};
use crate::edge::{Failure, Problem};

/// Affected people of one statement.
const PEOPLE: u64 = 1_000;
/// Of a fresh plan in a refusal so many are shown; the plan itself has all.
const PEOPLE_OF_REFUSAL: u64 = 5_000;
/// Everybody in a company is judged twice: that may take longer than other requests.
pub(super) const PATIENCE: Duration = Duration::from_mins(15);

/// Said by whatever judges everybody.
pub(super) const IN_THE_MAKING: (&str, &str) = ("plan_in_the_making", "a plan of the same connection is being made");

pub(super) fn routes() -> Vec<Route> {
    about(
        "Plans",
        [
            post("/connections/{connection}/plans", make)
                .says(Who::Company, "Shows whom a change of policy would hit, and how; it changes nobody.")
                .also(
                    "Everybody is judged twice, as things are and as they would be. A plan can be applied for an hour.",
                )
                .takes::<PolicyChange>()
                .creates::<PlanBody>()
                .patience(PATIENCE)
                .refuses(409, IN_THE_MAKING.0, IN_THE_MAKING.1)
                .ruled(),
            get("/plans/{plan}", one)
                .says(Who::Company, "A plan as it was made.")
                .also("With `format=csv`, or `Accept: text/csv`, one line for each affected person instead.")
                .query("format", "`json` or `csv`.")
                .gives::<PlanBody>()
                .gives_text("text/csv"),
            post("/plans/{plan}/apply", apply)
                .says(Who::Company, "Makes the change as it was shown; once, however often it is asked.")
                .gives::<PlanBody>()
                .refuses(409, "stale_plan", "others would be hit by now; a fresh plan is in `plan`")
                .refuses(409, IN_THE_MAKING.0, IN_THE_MAKING.1)
                .refuses(409, "plan_expired", "the plan is older than an hour")
                .ruled(),
        ],
    )
}

/// A change of policy, and whom it would hit.
#[expect(dead_code, reason = "it describes what is written piece by piece")]
#[derive(ToSchema)]
#[schema(as = Plan)]
pub(super) struct PlanBody {
    id: PlanId,
    connection: ConnectionId,
    made_at: Instant,
    expires_at: Instant,
    applied_at: Option<Instant>,
    change: PolicyChange,
    summary: Summary,
    affected: Vec<Affected>,
}

/// A plan: whom the change would hit, and how. It changes nobody.
async fn make(call: Call, InPath(id): InPath<ConnectionId>, body: Body) -> Result<Response, Problem> {
    let (_, connection) = place::connection(&call, id, Access::Change).await?;
    answer(&call, &connection, &body.read()?).await
}

/// A plan of a change, made and shown.
pub(super) async fn answer(call: &Call, connection: &Connection, change: &PolicyChange) -> Result<Response, Problem> {
    call.may_take(PATIENCE);
    let wish = Wish { doer: call.doer(), connection, change };
    let plan = plans::make(&call.state, wish, |_, _| ()).await?;
    let location = [(header::LOCATION, format!("{BASE}/plans/{}", plan.id))];
    Ok((StatusCode::CREATED, location, shown(call, plan)).into_response())
}

/// A plan as it was made.
async fn one(call: Call, InPath(id): InPath<PlanId>) -> Result<Response, Problem> {
    let (plan, _) = find(&call, id, Access::Read).await?;
    if call.wants_table()? {
        let file = format!("attachment; filename=\"plan-{id}.csv\"");
        let headers =
            [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, file)];
        let reader = call.state.directory.read();
        let body = streamed("plan", |pages| async move { lines(&reader, &plan, &pages).await });
        return Ok((headers, body).into_response());
    }
    Ok(shown(&call, plan).into_response())
}

/// Makes the change as it was shown; 409 with a fresh plan where it would hit others by now.
async fn apply(call: Call, InPath(id): InPath<PlanId>) -> Result<Response, Problem> {
    let (plan, connection) = find(&call, id, Access::Change).await?;
    call.may_take(PATIENCE);
    let applied = plans::apply(&call.state, call.doer(), &connection, plan).await?;
    call.state.authenticator.forget_connection(connection.record.id);
    match applied {
        Applied::Done(plan) => Ok(shown(&call, plan).into_response()),
        Applied::Stale(fresh) => {
            let detail = "others would be hit than the plan says; look at the fresh plan and apply that one";
            let plan = whole(&call.state.directory.read(), &fresh).await?;
            Err(Failure::new(StatusCode::CONFLICT, "stale_plan", detail).with_member("plan", plan).into())
        }
        Applied::Expired => {
            let detail = "the plan is older than an hour; make a new one and look at it before applying it";
            Err(Failure::new(StatusCode::CONFLICT, "plan_expired", detail).into())
        }
    }
}

async fn find(call: &Call, id: PlanId, access: Access) -> Result<(Plan, Connection), Problem> {
    let plan = call.state.directory.read().plan(id).await?.ok_or(Refusal::NotFound("plan"))?;
    call.may(access, Over::Company(plan.company), "plan")?;
    let (_, connection) = place::connection(call, plan.connection, access).await?;
    Ok((plan, connection))
}

/// A plan as JSON, written while it is read: there may be a hundred thousand people in it.
fn shown(call: &Call, plan: Plan) -> ([(header::HeaderName, &'static str); 1], Answer) {
    let reader = call.state.directory.read();
    let body = streamed("plan", |pages| async move { write(&reader, &plan, &pages).await });
    ([(header::CONTENT_TYPE, "application/json")], body)
}

/// Everything before the affected people.
fn head(plan: &Plan) -> String {
    let head = json!({
        "id": plan.id,
        "connection": plan.connection,
        "made_at": Instant(plan.made_at),
        "expires_at": Instant(plan.expires_at),
        "applied_at": plan.applied_at.map(Instant),
    });
    let mut text = head.to_string();
    text.pop();
    for part in [",\"change\":", &plan.change, ",\"summary\":", &plan.summary, ",\"affected\":["] {
        text.push_str(part);
    }
    text
}

async fn write(reader: &Reader, plan: &Plan, pages: &Pages) -> Result<(), DirectoryError> {
    let mut text = head(plan);
    let mut from = 0;
    loop {
        let page = reader.plan_people(plan, from, PEOPLE).await?;
        let Ok(count @ 1..) = i64::try_from(page.len()) else { break };
        if from > 0 {
            text.push(',');
        }
        text.push_str(&page.join(","));
        from += count;
        if !pages.send(std::mem::take(&mut text)).await {
            return Ok(());
        }
    }
    pages.send(text + "]}").await;
    Ok(())
}

/// For a refusal, which is no stream: a long plan is cut, and says how many are left out.
async fn whole(reader: &Reader, plan: &Plan) -> Result<Value, Problem> {
    let people = reader.plan_people(plan, 0, PEOPLE_OF_REFUSAL + 1).await?;
    let shown = usize::try_from(PEOPLE_OF_REFUSAL).unwrap_or(usize::MAX);
    let more = people.len() > shown;
    let kept: Vec<String> = people.into_iter().take(shown).collect();
    let text = format!("{}{}],\"complete\":{}}}", head(plan), kept.join(","), !more);
    let mut value: Value = serde_json::from_str(&text).unwrap_or_default();
    if !more && let Some(members) = value.as_object_mut() {
        members.remove("complete");
    }
    Ok(value)
}

async fn lines(reader: &Reader, plan: &Plan, pages: &Pages) -> Result<(), DirectoryError> {
    let mut text = line(&table::HEADER);
    let mut from = 0;
    loop {
        let page = reader.plan_people(plan, from, PEOPLE).await?;
        let Ok(count @ 1..) = i64::try_from(page.len()) else { break };
        for stored in &page {
            text.push_str(&table::row(stored).map_err(|error| unreadable(plan, &error))?);
        }
        from += count;
        if !pages.send(std::mem::take(&mut text)).await {
            return Ok(());
        }
    }
    pages.send(text).await;
    Ok(())
}

fn unreadable(plan: &Plan, error: &serde_json::Error) -> DirectoryError {
    DirectoryError::Inconsistent { table: "plan_person".to_owned(), row: format!("of plan {} ({error})", plan.id) }
}
