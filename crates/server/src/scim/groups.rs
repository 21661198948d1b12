//! `/Groups` (RFC 7644 §3.3 to §3.6).

use axum::extract::Path;
use rollcall_directory::{DirectoryGroup, MemberRow};
use rollcall_scim::etag::etag;
use rollcall_scim::patch;
use rollcall_scim::projection::Projection;
use rollcall_scim::representation::location;

use super::call::Call;
use super::{ScimAnswer, ScimBody, ScimRejection, list, render};
use crate::app;

type Answered = Result<ScimAnswer, ScimRejection>;

/// Members of a group whose PATCH is still answered with the whole group; a larger one is answered 204 (design.md 7).
const SHOWN_AFTER_PATCH: u64 = 200;

/// `POST /Groups`.
pub(super) async fn create(call: Call, ScimBody(body): ScimBody) -> Answered {
    let projection = call.projection()?;
    let group = app::groups::create(&call.state, &call.provider, body?, call.tolerances()).await?;
    let body = render::group(&call, &group, &projection).await?;
    Ok(ScimAnswer::created(body, address(&call, &group)).tagged(etag(group.version)))
}

/// `GET /Groups/{id}`; with `filter` a list of none or one (E-27).
pub(super) async fn read(Path(id): Path<String>, call: Call) -> Answered {
    if call.parameters.iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
        return list::one(&call, call.state.catalog.group(), &id).await;
    }
    let (projection, preconditions) = (call.projection()?, call.preconditions()?);
    let group = app::groups::read(&call.state, &call.provider, &id).await?;
    if preconditions.not_modified(group.version) {
        return Ok(with_validators(&call, ScimAnswer::not_modified(), &group));
    }
    whole(&call, &group, &projection).await
}

/// `PUT /Groups/{id}`.
pub(super) async fn replace(Path(id): Path<String>, call: Call, ScimBody(body): ScimBody) -> Answered {
    let (projection, preconditions) = (call.projection()?, call.preconditions()?);
    let group =
        app::groups::replace(&call.state, &call.provider, &id, &preconditions, &body, call.tolerances()).await?;
    whole(&call, &group, &projection).await
}

/// `PATCH /Groups/{id}`: 200 with the group, or 204 where that would read a large group back.
pub(super) async fn modify(Path(id): Path<String>, call: Call, ScimBody(body): ScimBody) -> Answered {
    let (projection, preconditions) = (call.projection()?, call.preconditions()?);
    let operations = body.and_then(|body| patch::parse(body, call.tolerances(), call.state.config.scim.max_operations));
    let group =
        app::groups::modify(&call.state, &call.provider, &id, &preconditions, &operations, call.tolerances()).await?;
    if !projection.is_all() {
        return whole(&call, &group, &projection).await;
    }
    let members = shown_members(&call, &group, Some(SHOWN_AFTER_PATCH + 1)).await?;
    if members.len() as u64 > SHOWN_AFTER_PATCH {
        return Ok(with_validators(&call, ScimAnswer::no_content(), &group));
    }
    let body = render::group_with(&call, &group, Some(members), &projection);
    Ok(with_validators(&call, ScimAnswer::ok(body), &group))
}

/// `DELETE /Groups/{id}` (A-27, D-9).
pub(super) async fn delete(Path(id): Path<String>, call: Call) -> Answered {
    let preconditions = call.preconditions()?;
    app::groups::delete(&call.state, &call.provider, &id, &preconditions).await?;
    Ok(ScimAnswer::no_content())
}

async fn shown_members(
    call: &Call,
    group: &DirectoryGroup,
    limit: Option<u64>,
) -> Result<Vec<MemberRow>, ScimRejection> {
    Ok(call.state.directory.read().members(call.provider.scope, group.id, limit).await?)
}

async fn whole(call: &Call, group: &DirectoryGroup, projection: &Projection) -> Answered {
    let body = render::group(call, group, projection).await?;
    Ok(with_validators(call, ScimAnswer::ok(body), group))
}

fn with_validators(call: &Call, answer: ScimAnswer, group: &DirectoryGroup) -> ScimAnswer {
    answer.at(address(call, group)).tagged(etag(group.version))
}

fn address(call: &Call, group: &DirectoryGroup) -> String {
    location(call.base_url(), call.state.catalog.group(), &group.id.to_string())
}
