//! `/accounts`: people, who belong to no company.

use axum::Json;
use rollcall_directory::Account;
use rollcall_policy::AccountId;
use serde::Serialize;

use super::answer::Instant;
use super::call::Call;
use super::page::Items;
use super::permission::{Access, Over};
use super::route::{Route, get};
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    vec![get("/accounts", list)]
}

/// What is answered.
#[derive(Debug, Serialize)]
struct AccountBody {
    id: AccountId,
    email: String,
    username: String,
    full_name: String,
    email_verified: bool,
    disabled: bool,
    created_at: Instant,
}

impl From<Account> for AccountBody {
    fn from(account: Account) -> Self {
        let Account { id, email, username, full_name, email_verified, disabled, .. } = account;
        Self { id, email, username, full_name, email_verified, disabled, created_at: Instant(account.created_at) }
    }
}

/// Accounts, oldest first.
async fn list(call: Call) -> Result<Json<Items<AccountBody>>, Problem> {
    call.may(Access::Read, Over::Installation, "account")?;
    let page = call.page(&[])?;
    let rows = call.state.directory.read().accounts(page.after()?, page.fetch()).await?;
    Ok(Json(page.items(rows, |account| account.id, AccountBody::from)))
}
