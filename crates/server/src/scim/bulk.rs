//! `POST /Bulk` (RFC 7644 §3.7): each operation is the use case of its single request (H-7, H-15).

use rollcall_directory::{DirectoryGroup, DirectoryUser};
use rollcall_scim::bulk::{Action, Done, Job, Limits, Step};
use rollcall_scim::etag::Preconditions;
use rollcall_scim::{ScimError, patch};
use serde_json::Value;

use super::call::Call;
use super::{ScimAnswer, ScimBody, ScimRejection};
use crate::app::{self, AppError};

/// Runs the job step by step. A failure of ours ends it: what was done stays done, as it would after single requests.
pub(super) async fn run(call: Call, ScimBody(body): ScimBody) -> Result<ScimAnswer, ScimRejection> {
    let limits = Limits {
        max_operations: call.state.config.scim.max_operations,
        max_payload_size: call.state.config.limits.body_bytes as u64,
    };
    let types = call.state.catalog.resource_types();
    let mut job = Job::parse(body?, call.base_url(), types, &limits, call.tolerances())?;
    while let Some(step) = job.next_step() {
        let outcome = match execute(&call, step).await {
            Ok(done) => Ok(done),
            Err(AppError::Scim(error)) => Err(error),
            Err(AppError::Directory(error)) => return Err(error.into()),
        };
        job.record(outcome);
    }
    Ok(ScimAnswer::ok(job.into_response()))
}

async fn execute(call: &Call, step: Step) -> Result<Done, AppError> {
    let users = call.state.catalog.user().name == step.resource_type.as_str();
    match step.action {
        Action::Create { data } => create(call, users, data).await,
        Action::Replace { id, data, preconditions } => replace(call, users, &id, &preconditions, Ok(data)).await,
        Action::Link { id, data } => replace(call, users, &id, &Preconditions::none(), Ok(data)).await,
        Action::Modify { id, data, preconditions } => modify(call, users, &id, &preconditions, data).await,
        Action::Delete { id, preconditions } => delete(call, users, id, &preconditions).await,
        Action::Undo { id } => delete(call, users, id, &Preconditions::none()).await,
    }
}

async fn create(call: &Call, users: bool, data: Value) -> Result<Done, AppError> {
    let (state, provider, tolerances) = (&call.state, &call.provider, call.tolerances());
    if users {
        app::users::create(state, provider, data, tolerances).await.map(|user| of_user(201, &user))
    } else {
        app::groups::create(state, provider, data, tolerances).await.map(|group| of_group(201, &group))
    }
}

async fn replace(
    call: &Call,
    users: bool,
    id: &str,
    preconditions: &Preconditions,
    data: Result<Value, ScimError>,
) -> Result<Done, AppError> {
    let (state, provider, tolerances) = (&call.state, &call.provider, call.tolerances());
    if users {
        app::users::replace(state, provider, id, preconditions, &data, tolerances).await.map(|it| of_user(200, &it))
    } else {
        app::groups::replace(state, provider, id, preconditions, &data, tolerances).await.map(|it| of_group(200, &it))
    }
}

async fn modify(
    call: &Call,
    users: bool,
    id: &str,
    preconditions: &Preconditions,
    data: Value,
) -> Result<Done, AppError> {
    let (state, provider, tolerances) = (&call.state, &call.provider, call.tolerances());
    let operations = patch::parse(data, tolerances, call.state.config.scim.max_operations);
    if users {
        let user = app::users::modify(state, provider, id, preconditions, &operations, tolerances).await?;
        Ok(of_user(200, &user))
    } else {
        let group = app::groups::modify(state, provider, id, preconditions, &operations, tolerances).await?;
        Ok(of_group(200, &group))
    }
}

async fn delete(call: &Call, users: bool, id: String, preconditions: &Preconditions) -> Result<Done, AppError> {
    let (state, provider) = (&call.state, &call.provider);
    if users {
        app::users::delete(state, provider, &id, preconditions).await?;
    } else {
        app::groups::delete(state, provider, &id, preconditions).await?;
    }
    Ok(Done { status: 204, id, version: None })
}

fn of_user(status: u16, user: &DirectoryUser) -> Done {
    Done { status, id: user.id.to_string(), version: Some(user.version) }
}

fn of_group(status: u16, group: &DirectoryGroup) -> Done {
    Done { status, id: group.id.to_string(), version: Some(group.version) }
}
