//! `/companies`.

use axum::Json;
use rollcall_directory::Company;
use rollcall_policy::CompanyId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Created, Instant};
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::{Access, Over};
use super::route::{Route, Who, about, get, post};
use super::{BASE, place};
use crate::app::companies;
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Companies",
        [
            get("/companies", list)
                .says(Who::All, "Companies by name: all of them for the operator, else the caller's own.")
                .lists::<CompanyBody>(),
            post("/companies", create)
                .says(Who::Installation, "Makes a company.")
                .takes::<NewCompany>()
                .creates::<CompanyBody>()
                .refuses(409, "taken", "there is a company of this name"),
            get("/companies/{company}", one).says(Who::Company, "One company.").gives::<CompanyBody>(),
        ],
    )
}

/// A company to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCompany {
    name: String,
}

/// A tenant: people, organizations and connections belong to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Company)]
struct CompanyBody {
    id: CompanyId,
    name: String,
    created_at: Instant,
}

impl From<Company> for CompanyBody {
    fn from(company: Company) -> Self {
        Self { id: company.id, name: company.name, created_at: Instant(company.created_at) }
    }
}

/// Companies by name: all of them for the operator, else the caller's own.
async fn list(call: Call) -> Result<Json<Items<CompanyBody>>, Problem> {
    let page = call.page(&[])?;
    let reader = call.state.directory.read();
    let rows = match call.role.company() {
        Some(own) => {
            reader.company(own).await?.into_iter().filter(|own| own.name.as_str() > page.after_name()).collect()
        }
        None => reader.companies(page.after_name(), page.fetch()).await?,
    };
    Ok(Json(page.items(rows, |company| company.name.clone(), CompanyBody::from)))
}

/// A new company.
async fn create(call: Call, body: Body) -> Result<Created<CompanyBody>, Problem> {
    call.may(Access::Change, Over::Installation, "company")?;
    let NewCompany { name } = body.read()?;
    let company = companies::create(&call.state.directory, call.doer(), &name).await?;
    Ok(Created { location: format!("{BASE}/companies/{}", company.name), body: company.into() })
}

/// One company.
async fn one(call: Call, InPath(name): InPath<String>) -> Result<Json<CompanyBody>, Problem> {
    Ok(Json(place::company(&call, &name, Access::Read).await?.into()))
}
