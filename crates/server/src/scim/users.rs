//! `/Users` (RFC 7644 §3.3 to §3.6).

use axum::extract::Path;
use rollcall_directory::DirectoryUser;
use rollcall_scim::etag::etag;
use rollcall_scim::patch;
use rollcall_scim::projection::Projection;
use rollcall_scim::representation::location;

use super::call::Call;
use super::{ScimAnswer, ScimBody, ScimRejection, list, render};
use crate::app;

type Answered = Result<ScimAnswer, ScimRejection>;

/// `POST /Users`.
pub(super) async fn create(call: Call, ScimBody(body): ScimBody) -> Answered {
    let projection = call.projection()?;
    let user = app::users::create(&call.state, &call.provider, body?, call.tolerances()).await?;
    call.concerns(&user);
    let body = render::user(&call, &user, &projection).await?;
    Ok(ScimAnswer::created(body, address(&call, &user)).tagged(etag(user.version)))
}

/// `GET /Users/{id}`; with `filter` a list of none or one (E-27).
pub(super) async fn read(Path(id): Path<String>, call: Call) -> Answered {
    if call.parameters.iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
        return list::one(&call, call.state.catalog.user(), &id).await;
    }
    let (projection, preconditions) = (call.projection()?, call.preconditions()?);
    let user = app::users::read(&call.state, &call.provider, &id).await?;
    if preconditions.not_modified(user.version) {
        return Ok(with_validators(&call, ScimAnswer::not_modified(), &user));
    }
    changed(&call, &user, &projection).await
}

/// `PUT /Users/{id}`.
pub(super) async fn replace(Path(id): Path<String>, call: Call, ScimBody(body): ScimBody) -> Answered {
    let (projection, preconditions) = (call.projection()?, call.preconditions()?);
    let user = app::users::replace(&call.state, &call.provider, &id, &preconditions, &body, call.tolerances()).await?;
    changed(&call, &user, &projection).await
}

/// `PATCH /Users/{id}`.
pub(super) async fn modify(Path(id): Path<String>, call: Call, ScimBody(body): ScimBody) -> Answered {
    let (projection, preconditions) = (call.projection()?, call.preconditions()?);
    let operations = body.and_then(|body| patch::parse(body, call.tolerances(), call.state.config.scim.max_operations));
    let user =
        app::users::modify(&call.state, &call.provider, &id, &preconditions, &operations, call.tolerances()).await?;
    changed(&call, &user, &projection).await
}

/// `DELETE /Users/{id}`.
pub(super) async fn delete(Path(id): Path<String>, call: Call) -> Answered {
    let preconditions = call.preconditions()?;
    app::users::delete(&call.state, &call.provider, &id, &preconditions).await?;
    Ok(ScimAnswer::no_content())
}

async fn changed(call: &Call, user: &DirectoryUser, projection: &Projection) -> Answered {
    let body = render::user(call, user, projection).await?;
    Ok(with_validators(call, ScimAnswer::ok(body), user))
}

fn with_validators(call: &Call, answer: ScimAnswer, user: &DirectoryUser) -> ScimAnswer {
    call.concerns(user);
    answer.at(address(call, user)).tagged(etag(user.version))
}

fn address(call: &Call, user: &DirectoryUser) -> String {
    location(call.base_url(), call.state.catalog.user(), &user.id.to_string())
}
