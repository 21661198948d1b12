//! `/connections/{id}/plans` and `/plans/{id}`: a change of policy, shown before it is made (design.md 5.2).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_directory::{Connection, Plan};
use rollcall_policy::{ConnectionId, PlanId};
use serde_json::{Value, json};

use super::answer::Instant;
use super::body::Body;
use super::call::Call;
use super::path::InPath;
use super::permission::{Access, Over};
use super::route::{Route, get, post};
use super::{BASE, place};
use crate::app::Refusal;
use crate::app::connections::policy::PolicyChange;
use crate::app::plans::{self, Applied, Wish};
use crate::edge::{Failure, Problem};

/// Affected people of one statement.
const PEOPLE: u64 = 5_000;

pub(super) fn routes() -> Vec<Route> {
    vec![post("/connections/{connection}/plans", make), get("/plans/{plan}", one), post("/plans/{plan}/apply", apply)]
}

/// A plan as JSON text: its people are stored as such, and there may be a hundred thousand of them.
struct Shown(String);

impl IntoResponse for Shown {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

/// A plan: whom the change would hit, and how. It changes nobody.
async fn make(call: Call, InPath(id): InPath<ConnectionId>, body: Body) -> Result<Response, Problem> {
    let (_, connection) = place::connection(&call, id, Access::Change).await?;
    let change: PolicyChange = body.read()?;
    let wish = Wish { doer: call.doer(), connection: &connection, change: &change };
    let plan = plans::make(&call.state, wish, |_, _| ()).await?;
    let location = [(header::LOCATION, format!("{BASE}/plans/{}", plan.id))];
    Ok((StatusCode::CREATED, location, shown(&call, &plan).await?).into_response())
}

/// A plan as it was made.
async fn one(call: Call, InPath(id): InPath<PlanId>) -> Result<Shown, Problem> {
    let (plan, _) = find(&call, id, Access::Read).await?;
    shown(&call, &plan).await
}

/// Makes the change as it was shown; 409 with a fresh plan where it would hit others by now.
async fn apply(call: Call, InPath(id): InPath<PlanId>) -> Result<Shown, Problem> {
    let (plan, connection) = find(&call, id, Access::Change).await?;
    let applied = plans::apply(&call.state, call.doer(), &connection, plan).await?;
    call.state.authenticator.forget_connection(connection.record.id);
    match applied {
        Applied::Done(plan) => shown(&call, &plan).await,
        Applied::Stale(fresh) => {
            let detail = "others would be hit than the plan says; look at the fresh plan and apply that one";
            let plan: Value = serde_json::from_str(&shown(&call, &fresh).await?.0).unwrap_or_default();
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

async fn shown(call: &Call, plan: &Plan) -> Result<Shown, Problem> {
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
    let reader = call.state.directory.read();
    let mut from = 0;
    loop {
        let page = reader.plan_people(plan, from, PEOPLE).await?;
        let Ok(count @ 1..) = i64::try_from(page.len()) else { break };
        if from > 0 {
            text.push(',');
        }
        text.push_str(&page.join(","));
        from += count;
    }
    text.push_str("]}");
    Ok(Shown(text))
}
