//! `/connections/{id}/rehearsal`: a candidate policy judged beside the real one (design.md 5).

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use rollcall_directory::{Connection, RehearsalDifference, Scope};
use rollcall_policy::ConnectionId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::{Created, Instant};
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::route::{Route, Who, about, delete, get, post};
use super::{BASE, place, plans};
use crate::app::Refusal;
use crate::app::connections::policy::PolicyChange;
use crate::app::rehearsals::{self, Found, Rehearsal};
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Rehearsals",
        [
            post("/connections/{connection}/rehearsal", start)
                .says(Who::Company, "Judge every sign-in and push by a candidate policy, too; nobody is changed by it.")
                .also("Only `jit` and `scim` can be rehearsed, `scim` only where groups make no teams.")
                .takes::<PolicyChange>()
                .refuses(409, "taken", "a rehearsal runs already")
                .ruled()
                .creates::<Running>(),
            get("/connections/{connection}/rehearsal", show)
                .says(Who::Company, "What would have gone otherwise, by person.")
                .query("limit", "Differences of a page.")
                .query("cursor", "Where the page begins.")
                .gives::<Shown>(),
            delete("/connections/{connection}/rehearsal", stop)
                .says(Who::Company, "End the rehearsal and forget what it has found.")
                .gives_nothing(),
            post("/connections/{connection}/rehearsal/plan", plan)
                .says(Who::Company, "Make a plan of the change that is rehearsed.")
                .refuses(409, plans::IN_THE_MAKING.0, plans::IN_THE_MAKING.1)
                .ruled()
                .patience(plans::PATIENCE)
                .creates::<plans::PlanBody>(),
        ],
    )
}

/// A rehearsal that runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rehearsal)]
struct Running {
    change: PolicyChange,
    since: Instant,
    /// Sign-ins that were judged by both.
    sign_ins: u64,
    /// Those that would have gone otherwise.
    differing_sign_ins: u64,
    /// Pushes that would have gone otherwise.
    differing_pushes: u64,
}

/// The same with a page of what it has found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RehearsalPage)]
struct Shown {
    #[serde(flatten)]
    running: Running,
    items: Vec<Line>,
    next_cursor: Option<String>,
}

/// One way in which something about a person would have gone otherwise.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RehearsalDifference)]
struct Line {
    /// Their folded address.
    person: String,
    /// `sign_in` or `push`.
    occasion: String,
    /// What happened, what would have happened, and by which rules.
    #[serde(flatten)]
    difference: Value,
    times: u64,
    first_at: Instant,
    last_at: Instant,
}

impl From<RehearsalDifference> for Line {
    fn from(found: RehearsalDifference) -> Self {
        Self {
            person: found.person,
            occasion: found.occasion,
            difference: serde_json::from_str(&found.difference).unwrap_or_default(),
            times: found.times,
            first_at: Instant(found.first_at),
            last_at: Instant(found.last_at),
        }
    }
}

async fn start(call: Call, InPath(id): InPath<ConnectionId>, body: Body) -> Result<Created<Running>, Problem> {
    let (scope, _) = place::connection(&call, id, Access::Change).await?;
    let change: PolicyChange = body.read()?;
    let rehearsal = rehearsals::start(&call.state, call.doer(), scope, &change).await?;
    let body = running(&call, scope, rehearsal).await?;
    Ok(Created { location: format!("{BASE}/connections/{id}/rehearsal"), body })
}

async fn show(call: Call, InPath(id): InPath<ConnectionId>) -> Result<Json<Shown>, Problem> {
    let (scope, _, rehearsal) = find(&call, id, Access::Read).await?;
    let page = call.page(&[])?;
    let after: Option<String> = page.after()?;
    let (person, digest) = after.as_deref().and_then(|after| after.rsplit_once('\n')).unwrap_or_default();
    let reader = call.state.directory.read();
    let found = reader.rehearsal_differences(scope, (person, digest), page.fetch()).await?;
    let Items { items, next_cursor } =
        page.items(found, |found| format!("{}\n{}", found.person, found.digest), Line::from);
    Ok(Json(Shown { running: running(&call, scope, rehearsal).await?, items, next_cursor }))
}

async fn stop(call: Call, InPath(id): InPath<ConnectionId>) -> Result<StatusCode, Problem> {
    let (scope, _) = place::connection(&call, id, Access::Change).await?;
    rehearsals::stop(&call.state, call.doer(), scope).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn plan(call: Call, InPath(id): InPath<ConnectionId>) -> Result<Response, Problem> {
    let (_, connection, rehearsal) = find(&call, id, Access::Change).await?;
    plans::answer(&call, &connection, &rehearsal.change).await
}

async fn find(call: &Call, id: ConnectionId, access: Access) -> Result<(Scope, Connection, Rehearsal), Problem> {
    let (scope, connection) = place::connection(call, id, access).await?;
    let rehearsal = Rehearsal::of(&connection.record).ok_or(Refusal::NotFound("rehearsal"))?;
    Ok((scope, connection, rehearsal))
}

async fn running(call: &Call, scope: Scope, rehearsal: Rehearsal) -> Result<Running, Problem> {
    let Found { sign_ins, differing_sign_ins, differing_pushes } =
        rehearsals::found(&call.state, scope, &rehearsal).await?;
    let since = Instant(rehearsal.since);
    Ok(Running { change: rehearsal.change, since, sign_ins, differing_sign_ins, differing_pushes })
}
