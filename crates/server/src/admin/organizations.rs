//! `/companies/{company}/organizations` and `/organizations/{name}`.

use axum::Json;
use rollcall_directory::Organization;
use rollcall_policy::OrganizationId;
use serde::Serialize;

use super::call::Call;
use super::path::InPath;
use super::permission::Access;
use super::place;
use super::route::{Route, get};
use crate::app::Refusal;
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    vec![get("/organizations/{name}", one)]
}

/// What is answered.
#[derive(Debug, Serialize)]
struct OrganizationBody {
    id: OrganizationId,
    name: String,
    display_name: String,
    seats: Option<u64>,
    /// Members that use one, and pending invitations (M-3).
    seats_used: u64,
    company: String,
}

/// One organization, its seats counted.
async fn one(call: Call, InPath(name): InPath<String>) -> Result<Json<OrganizationBody>, Problem> {
    let organization = place::organization(&call, &name, Access::Read).await?;
    Ok(Json(shown(&call, organization).await?))
}

async fn shown(call: &Call, organization: Organization) -> Result<OrganizationBody, Problem> {
    let reader = call.state.directory.read();
    let Organization { company, id, name, display_name, seats, .. } = organization;
    let used = reader.seats(company, id).await?.ok_or(Refusal::NotFound("organization"))?.used();
    let company = reader.company(company).await?.ok_or(Refusal::NotFound("organization"))?.name;
    Ok(OrganizationBody { id, name, display_name, seats, seats_used: used, company })
}
