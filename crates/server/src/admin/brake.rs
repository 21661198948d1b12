//! `/connections/{id}/brake`: removals that are held, and the answer to them (RC-12).

use axum::Json;
use rollcall_directory::{Connection, HeldPerson};
use rollcall_policy::{AccountId, Answer, ConnectionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Instant;
use super::body::OptionalBody;
use super::call::Call;
use super::path::InPath;
use super::permission::Access;
use super::place;
use super::route::{Route, Who, about, get, post};
use crate::app::brake::answer::{Whom, answer};
use crate::app::brake::status::{self, Status};
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Brake",
        [
            get("/connections/{connection}/brake", one)
                .says(Who::Company, "Whose removal is held, longest first, and when the first of them acts by itself.")
                .gives::<BrakeBody>(),
            post("/connections/{connection}/brake/release", release)
                .says(Who::Company, "Lets removals act that are held: all of them, or those of the named accounts.")
                .also("Nobody is changed if one of the named accounts is not held. A last owner stays (M-9).")
                .may_take::<AnswerBody>()
                .gives::<AnsweredBody>(),
            post("/connections/{connection}/brake/reject", reject)
                .says(Who::Company, "Keeps people whose removal is held, until the directory speaks of them again.")
                .also("Nobody is changed if one of the named accounts is not held.")
                .may_take::<AnswerBody>()
                .gives::<AnsweredBody>(),
        ],
    )
}

/// What the brake of a connection holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BrakeStatus)]
struct BrakeBody {
    /// Somebody is held.
    holding: bool,
    /// Longest first; the first 10,000.
    held: Vec<HeldBody>,
    /// How many there are.
    count: u64,
    /// When the first of them is suspended, if nobody answers.
    releases_at: Option<Instant>,
}

/// Somebody whose removal is held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldPerson)]
struct HeldBody {
    account_id: AccountId,
    email: String,
    since: Instant,
}

/// Whom an answer is about.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BrakeAnswer)]
struct AnswerBody {
    /// Only these, 1,000 at most; everybody if it is absent.
    accounts: Option<Vec<AccountId>>,
}

/// What an answer did, and what is held after it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BrakeAnswered)]
struct AnsweredBody {
    #[serde(flatten)]
    brake: BrakeBody,
    /// How many people it was about.
    answered: u64,
    /// Those of them who stay although the removal acts: they are the last owners of an organization.
    last_owners: Vec<AccountId>,
}

impl From<Status> for BrakeBody {
    fn from(status: Status) -> Self {
        Self {
            holding: status.count > 0,
            held: status.held.into_iter().map(HeldBody::from).collect(),
            count: status.count,
            releases_at: status.releases_at.map(Instant),
        }
    }
}

impl From<HeldPerson> for HeldBody {
    fn from(person: HeldPerson) -> Self {
        Self { account_id: person.account, email: person.email, since: Instant(person.since) }
    }
}

/// What is held.
async fn one(call: Call, InPath(id): InPath<ConnectionId>) -> Result<Json<BrakeBody>, Problem> {
    let (_, connection) = place::connection(&call, id, Access::Read).await?;
    call.refuse_parameters()?;
    Ok(Json(shown(&call, &connection).await?))
}

/// The removals act.
async fn release(
    call: Call,
    InPath(id): InPath<ConnectionId>,
    body: OptionalBody,
) -> Result<Json<AnsweredBody>, Problem> {
    answered(&call, id, body, Answer::Release).await
}

/// The people stay.
async fn reject(
    call: Call,
    InPath(id): InPath<ConnectionId>,
    body: OptionalBody,
) -> Result<Json<AnsweredBody>, Problem> {
    answered(&call, id, body, Answer::Reject).await
}

async fn answered(
    call: &Call,
    id: ConnectionId,
    body: OptionalBody,
    decided: Answer,
) -> Result<Json<AnsweredBody>, Problem> {
    let (_, connection) = place::connection(call, id, Access::Change).await?;
    let whom = match body.read::<AnswerBody>()?.accounts {
        Some(accounts) => Whom::Named(accounts),
        None => Whom::All,
    };
    let done = answer(&call.state, call.doer(), &connection, decided, &whom).await?;
    let brake = shown(call, &connection).await?;
    Ok(Json(AnsweredBody { brake, answered: done.people, last_owners: done.last_owners }))
}

async fn shown(call: &Call, connection: &Connection) -> Result<BrakeBody, Problem> {
    Ok(status::status(&call.state.directory.read(), connection).await?.into())
}
