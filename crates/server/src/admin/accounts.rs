//! `/accounts`: people, who belong to no company. A company sees those who are members of its organizations.

use axum::Json;
use rollcall_directory::Account;
use rollcall_policy::AccountId;
use rollcall_scim::fold::fold;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Created, Instant, Tagged};
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::{Access, Over};
use super::route::{Route, Who, about, get, patch, post};
use super::{BASE, place};
use crate::app::accounts::{self, AccountChange, NewAccount};
use crate::app::address;
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Accounts",
        [
            get("/accounts", list)
                .says(Who::All, "Accounts, oldest first.")
                .also("A company sees the members of its organizations.")
                .query("email", "Only the account with this address.")
                .lists::<AccountBody>(),
            post("/accounts", create)
                .says(Who::Installation, "Makes an account, as the product's own sign-up would.")
                .takes::<New>()
                .creates::<AccountBody>()
                .refuses(409, "taken", "another account has the address or the username"),
            get("/accounts/{account}", one).says(Who::Organization, "One account.").gives::<AccountBody>().versioned(),
            patch("/accounts/{account}", change)
                .says(Who::Installation, "Corrects an account, disables it, or enables it again.")
                .takes::<Change>()
                .gives::<AccountBody>()
                .versioned()
                .refuses(409, "taken", "another account has the address"),
        ],
    )
}

/// An account to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAccount)]
struct New {
    email: String,
    /// Whether the product has proven that the address is theirs.
    #[serde(default)]
    email_verified: bool,
    full_name: Option<String>,
    /// Made of the address unless it is given.
    username: Option<String>,
}

/// What is to be changed; absent members stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountChange)]
struct Change {
    email: Option<String>,
    email_verified: Option<bool>,
    full_name: Option<String>,
    /// A disabled account is signed in by no door.
    disabled: Option<bool>,
}

/// One person in the product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
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
        let Account { id, email, username, full_name, email_verified, disabled, created_at, .. } = account;
        Self { id, email, username, full_name, email_verified, disabled, created_at: Instant(created_at) }
    }
}

/// Accounts, oldest first, or the one of `?email=`.
async fn list(call: Call) -> Result<Json<Items<AccountBody>>, Problem> {
    let page = call.page(&["email"])?;
    let reader = call.state.directory.read();
    let rows = match call.parameter("email")? {
        Some(email) if !address::is_address(email) => Vec::new(),
        Some(email) => {
            let found = reader.account_by_email(&fold(email)).await?;
            let after: Option<AccountId> = page.after()?;
            match found.filter(|account| after.is_none_or(|after| account.id > after)) {
                Some(account) if place::knows(&call, account.id).await? => vec![account],
                Some(_) | None => Vec::new(),
            }
        }
        None => match call.own() {
            None => reader.accounts(page.after()?, page.fetch()).await?,
            Some((company, organization)) => {
                reader.accounts_of_company(company, organization, page.after()?, page.fetch()).await?
            }
        },
    };
    Ok(Json(page.items(rows, |account| account.id, AccountBody::from)))
}

/// A new account, as the product's own sign-up would make it.
async fn create(call: Call, body: Body) -> Result<Created<AccountBody>, Problem> {
    call.may(Access::Change, Over::Installation, "account")?;
    let New { email, email_verified, full_name, username } = body.read()?;
    let new = NewAccount { email, email_verified, full_name, username };
    let made = accounts::create(&call.state.directory, call.doer(), new).await?;
    Ok(Created { location: format!("{BASE}/accounts/{}", made.id), body: made.into() })
}

/// One account.
async fn one(call: Call, InPath(id): InPath<AccountId>) -> Result<Tagged<Json<AccountBody>>, Problem> {
    Ok(tagged(place::account(&call, id).await?))
}

fn tagged(account: Account) -> Tagged<Json<AccountBody>> {
    Tagged { version: accounts::version(&account), body: Json(account.into()) }
}

/// The operator's corrections and the operator's switch (RC-2).
async fn change(call: Call, InPath(id): InPath<AccountId>, body: Body) -> Result<Tagged<Json<AccountBody>>, Problem> {
    place::account(&call, id).await?;
    call.may(Access::Change, Over::Installation, "account")?;
    let Change { email, email_verified, full_name, disabled } = body.read()?;
    let change = AccountChange { email, email_verified, full_name, disabled };
    let changed = accounts::change_seen(&call.state.directory, call.doer(), id, &call.seen()?, change).await?;
    Ok(tagged(changed))
}
