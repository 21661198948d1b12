//! `POST /Bulk` (RFC 7644 §3.7): each operation is the use case of its single request (H-7, H-15).

use rollcall_directory::{DirectoryError, DirectoryGroup, DirectoryUser};
use rollcall_scim::bulk::{Action, Done, Job, Limits, Step};
use rollcall_scim::etag::Preconditions;
use rollcall_scim::{ScimError, patch};
use serde_json::Value;

use super::call::Call;
use super::{ScimAnswer, ScimBody, ScimRejection};
use crate::app::{self, AppError};
use crate::edge::Failure;

/// Runs the job step by step. What was done is always told: a failure of ours is the answer of its operation, and of all
/// that follow if it is one of the whole database. Only if nothing was done yet, it is the answer to the request.
pub(super) async fn run(call: Call, ScimBody(body): ScimBody) -> Result<ScimAnswer, ScimRejection> {
    let limits = Limits {
        max_operations: call.state.config.scim.max_operations,
        max_payload_size: call.state.config.limits.body_bytes as u64,
    };
    let types = call.state.catalog.resource_types();
    let mut job = Job::parse(body?, call.base_url(), types, &limits, call.tolerances())?;
    let (mut any_done, mut out_of_order) = (false, None);
    while let Some(step) = job.next_step() {
        if let Some(error) = &out_of_order {
            job.record(Err(ScimError::clone(error)));
            continue;
        }
        let outcome = match execute(&call, step).await {
            Ok(done) => {
                any_done = true;
                Ok(done)
            }
            Err(AppError::Scim(error) | AppError::NoSeat { refusal: error, .. }) => Err(error),
            Err(AppError::Directory(error)) if !any_done => return Err(error.into()),
            Err(AppError::Directory(error)) => {
                let lasting = concerns_everything(&error);
                let error = told(error);
                out_of_order = lasting.then(|| error.clone());
                Err(error)
            }
        };
        job.record(outcome);
    }
    Ok(ScimAnswer::ok(job.into_response()))
}

/// Whether the next operation would fail for the same reason.
fn concerns_everything(error: &DirectoryError) -> bool {
    match error {
        DirectoryError::Full
        | DirectoryError::ReadOnly
        | DirectoryError::Corrupt(_)
        | DirectoryError::Unavailable(_) => true,
        DirectoryError::Busy
        | DirectoryError::VersionMoved
        | DirectoryError::Conflict { .. }
        | DirectoryError::Inconsistent { .. } => false,
    }
}

/// A failure of ours in the words of an operation; its cause goes to the log.
fn told(error: DirectoryError) -> ScimError {
    let failure = Failure::from(error);
    ScimError::status_only(failure.status().as_u16(), failure.detail())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: DirectoryError, status: u16, ends: bool) {
        assert_eq!((concerns_everything(&error), told(error).status()), (ends, status));
    }

    /// H-7: an operation fails as its single request would; only what ails the whole database ends the job.
    #[test]
    fn a_failure_of_ours_is_told_for_its_operation() {
        check(DirectoryError::Busy, 503, false);
        check(DirectoryError::Inconsistent { table: "a".to_owned(), row: "b".to_owned() }, 500, false);
        check(DirectoryError::Full, 503, true);
        check(DirectoryError::Unavailable("gone".to_owned()), 503, true);
    }
}
