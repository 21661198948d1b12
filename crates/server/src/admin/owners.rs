//! `/companies/{company}/owners`: the people who own a company.

use axum::Json;
use axum::http::StatusCode;
use rollcall_directory::Account;
use rollcall_policy::AccountId;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Instant;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::place;
use super::route::{Route, Who, about, delete, get, put};
use crate::app::{Refusal, company_owners};
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Company owners",
        [
            get("/companies/{company}/owners", list)
                .says(Who::Company, "All owners: ten at most.")
                .lists::<OwnerBody>(),
            get("/companies/{company}/owners/{account}", one).says(Who::Company, "One owner.").gives::<OwnerBody>(),
            put("/companies/{company}/owners/{account}", add)
                .says(Who::Company, "Makes somebody an owner: anybody for the operator, else a member of the company.")
                .gives::<OwnerBody>()
                .refuses(409, "taken", "there are ten owners")
                .ruled(),
            delete("/companies/{company}/owners/{account}", remove)
                .says(Who::Company, "Takes the ownership back.")
                .gives_nothing()
                .ruled(),
        ],
    )
}

/// Somebody who owns a company.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyOwner)]
struct OwnerBody {
    account: Person,
    since: Instant,
}

/// Whom it is about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnerAccount)]
struct Person {
    id: AccountId,
    email: String,
    username: String,
    full_name: String,
}

impl From<(Account, i64)> for OwnerBody {
    fn from((account, since): (Account, i64)) -> Self {
        let Account { id, email, username, full_name, .. } = account;
        Self { account: Person { id, email, username, full_name }, since: Instant(since) }
    }
}

/// All owners: ten at most.
async fn list(call: Call, InPath(name): InPath<String>) -> Result<Json<Items<OwnerBody>>, Problem> {
    let company = place::company(&call, &name, Access::Read).await?;
    let page = call.page(&[])?;
    let after: Option<AccountId> = page.after()?;
    let mut rows = call.state.directory.read().company_owners(company.id).await?;
    rows.retain(|(account, _)| after.is_none_or(|after| account.id > after));
    Ok(Json(page.items(rows, |(account, _)| account.id, OwnerBody::from)))
}

/// One owner.
async fn one(call: Call, InPath((name, id)): InPath<(String, AccountId)>) -> Result<Json<OwnerBody>, Problem> {
    let company = place::company(&call, &name, Access::Read).await?;
    let owners = call.state.directory.read().company_owners(company.id).await?;
    let found = owners.into_iter().find(|(account, _)| account.id == id);
    Ok(Json(found.ok_or(Refusal::NotFound("owner"))?.into()))
}

/// Makes somebody an owner: anybody for the operator, else a member of the company.
async fn add(call: Call, InPath((name, id)): InPath<(String, AccountId)>) -> Result<Json<OwnerBody>, Problem> {
    let company = place::company(&call, &name, Access::Change).await?;
    place::account(&call, id).await?;
    company_owners::add(&call.state.directory, call.doer(), &company, id).await?;
    one(call, InPath((name, id))).await
}

/// Takes the ownership back.
async fn remove(call: Call, InPath((name, id)): InPath<(String, AccountId)>) -> Result<StatusCode, Problem> {
    let company = place::company(&call, &name, Access::Change).await?;
    company_owners::remove(&call.state.directory, call.doer(), &company, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
