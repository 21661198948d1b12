//! `/companies/{company}/organizations` and `/organizations/{name}`.

use axum::Json;
use axum::http::StatusCode;
use rollcall_directory::{Organization, Reader};
use rollcall_policy::OrganizationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Created, Tagged};
use super::body::Body;
use super::call::{Call, role_word};
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::route::{Route, Who, about, get, patch, post};
use super::{BASE, place};
use crate::app::organizations::{self, NewOrganization, OrganizationChange};
use crate::app::{Nullable, Refusal};
use crate::auth::AdminRole;
use crate::edge::{Failure, Problem};

pub(super) fn routes() -> Vec<Route> {
    about(
        "Organizations",
        [
            get("/companies/{company}/organizations", list)
                .says(Who::Company, "A company's organizations by name.")
                .lists::<OrganizationBody>(),
            post("/companies/{company}/organizations", create)
                .says(Who::Company, "Makes an organization.")
                .takes::<New>()
                .creates::<OrganizationBody>()
                .refuses(409, "taken", "there is an organization of this name"),
            get("/organizations/{name}", one)
                .says(Who::Organization, "One organization, its seats counted.")
                .gives::<OrganizationBody>()
                .versioned(),
            patch("/organizations/{name}", change)
                .says(Who::Organization, "Changes display name and seats; seats are the company's matter.")
                .takes::<Change>()
                .gives::<OrganizationBody>()
                .versioned()
                .ruled(),
        ],
    )
}

/// An organization to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOrganization)]
struct New {
    /// Unique on the whole server, for good.
    name: String,
    display_name: Option<String>,
    /// How many members it may have; without a bound unless it is said.
    seats: Option<u64>,
}

/// What is to be changed; absent members stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrganizationChange)]
struct Change {
    display_name: Option<String>,
    /// Null: without a bound.
    #[serde(default)]
    #[schema(value_type = Option<u64>)]
    seats: Nullable<u64>,
}

/// A part of a company: people are members of it, in roles and teams.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization)]
struct OrganizationBody {
    id: OrganizationId,
    name: String,
    display_name: String,
    seats: Option<u64>,
    /// Members that use one, and pending invitations (M-3).
    seats_used: u64,
    company: String,
}

/// A company's organizations by name.
async fn list(call: Call, InPath(name): InPath<String>) -> Result<Json<Items<OrganizationBody>>, Problem> {
    let company = place::company(&call, &name, Access::Read).await?;
    let page = call.page(&[])?;
    let reader = call.state.directory.read();
    let mut bodies = Vec::new();
    for organization in reader.organizations(company.id, page.after_name(), page.fetch()).await? {
        bodies.push(shown(&reader, organization, &company.name).await?);
    }
    Ok(Json(page.items(bodies, |body| body.name.clone(), |body| body)))
}

/// A new organization.
async fn create(call: Call, InPath(name): InPath<String>, body: Body) -> Result<Created<OrganizationBody>, Problem> {
    let company = place::company(&call, &name, Access::Change).await?;
    let New { name, display_name, seats } = body.read()?;
    let new = NewOrganization { name, display_name, seats };
    let made = organizations::create(&call.state.directory, call.doer(), company.id, new).await?;
    let location = format!("{BASE}/organizations/{}", made.name);
    Ok(Created { location, body: shown(&call.state.directory.read(), made, &company.name).await? })
}

/// One organization, its seats counted.
async fn one(call: Call, InPath(name): InPath<String>) -> Result<Tagged<Json<OrganizationBody>>, Problem> {
    let organization = place::organization(&call, &name, Access::Read).await?;
    answer(&call, organization).await
}

/// Display name and seats; seats are the company's matter, not the organization's own.
async fn change(
    call: Call,
    InPath(name): InPath<String>,
    body: Body,
) -> Result<Tagged<Json<OrganizationBody>>, Problem> {
    let organization = place::organization(&call, &name, Access::Change).await?;
    let Change { display_name, seats } = body.read()?;
    if !seats.is_absent() && matches!(call.role, AdminRole::OrganizationOwner(..)) {
        let detail = format!("the role `{}` may not change seats; they are the company's", role_word(call.role));
        return Err(Failure::new(StatusCode::FORBIDDEN, "forbidden", detail).into());
    }
    let place = (organization.company, organization.id);
    let change = OrganizationChange { display_name, seats };
    let (changed, serving) =
        organizations::change_seen(&call.state.directory, call.doer(), place, &call.seen()?, change).await?;
    for connection in serving {
        call.state.authenticator.forget_connection(connection);
    }
    answer(&call, changed).await
}

async fn answer(call: &Call, organization: Organization) -> Result<Tagged<Json<OrganizationBody>>, Problem> {
    let version = organizations::version(&organization);
    let reader = call.state.directory.read();
    let company = reader.company(organization.company).await?.ok_or(Refusal::NotFound("organization"))?;
    Ok(Tagged { version, body: Json(shown(&reader, organization, &company.name).await?) })
}

async fn shown(reader: &Reader, organization: Organization, company: &str) -> Result<OrganizationBody, Problem> {
    let Organization { id, name, display_name, seats, .. } = organization;
    let used = reader.seats(organization.company, id).await?.ok_or(Refusal::NotFound("organization"))?.used();
    Ok(OrganizationBody { id, name, display_name, seats, seats_used: used, company: company.to_owned() })
}
