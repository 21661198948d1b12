//! `/companies/{company}/owners`: the people who own a company.

use axum::Json;
use axum::http::StatusCode;
use rollcall_directory::Account;
use rollcall_policy::AccountId;
use serde::Serialize;

use super::answer::Instant;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::place;
use super::route::{Route, delete, get, put};
use crate::app::{Refusal, company_owners};
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/companies/{company}/owners", list),
        get("/companies/{company}/owners/{account}", one),
        put("/companies/{company}/owners/{account}", add),
        delete("/companies/{company}/owners/{account}", remove),
    ]
}

/// What is answered.
#[derive(Debug, Serialize)]
struct OwnerBody {
    account: Person,
    since: Instant,
}

/// Whom it is about.
#[derive(Debug, Serialize)]
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
