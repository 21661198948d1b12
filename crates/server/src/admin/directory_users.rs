//! `/connections/{id}/directory-users` and `/connections/{id}/identities`: who the provider means, said by hand.

use axum::Json;
use axum::http::StatusCode;
use rollcall_directory::DirectoryUser;
use rollcall_policy::{AccountId, ConnectionId, DirectoryUserId, Finding};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Instant;
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::place;
use super::route::{Route, Who, about, delete, get, post};
use crate::app::directory_users;
use crate::edge::{Failure, Problem};

pub(super) fn routes() -> Vec<Route> {
    about(
        "Directory users",
        [
            get("/connections/{connection}/directory-users", list)
                .says(Who::Company, "Users as the connection's provider pushed them, oldest first.")
                .query_of::<Finding>("finding", "Only those with this finding.")
                .lists::<DirectoryUserBody>(),
            post("/connections/{connection}/directory-users/{user}/link", link)
                .says(Who::Company, "Says for which account a pushed user stands.")
                .takes::<LinkBody>()
                .gives::<DirectoryUserBody>()
                .refuses(409, "taken", "the account stands for another user of the connection")
                .ruled(),
            delete("/connections/{connection}/identities/{account}", free)
                .says(Who::Company, "Frees an account's identity, so that its next sign-in links a new subject.")
                .gives_nothing(),
        ],
    )
}

/// A user as a provider pushed them. The names of SCIM stand as they are there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DirectoryUser)]
struct DirectoryUserBody {
    id: DirectoryUserId,
    #[serde(rename = "userName")]
    user_name: String,
    #[serde(rename = "externalId")]
    external_id: Option<String>,
    active: bool,
    account: Option<AccountId>,
    findings: Vec<FindingBody>,
    created_at: Instant,
    updated_at: Instant,
}

/// Why a pushed user is not, or not fully, applied to a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FindingText)]
struct FindingBody {
    code: Finding,
    text: &'static str,
}

impl From<DirectoryUser> for DirectoryUserBody {
    fn from(user: DirectoryUser) -> Self {
        Self {
            id: user.id,
            user_name: user.resource.user_name().unwrap_or_default().to_owned(),
            external_id: user.external_id,
            active: user.active,
            account: user.account,
            findings: user.finding.map(|code| FindingBody { code, text: code.sentence() }).into_iter().collect(),
            created_at: Instant(user.created_at),
            updated_at: Instant(user.updated_at),
        }
    }
}

/// Users as the connection's provider pushed them, oldest first; `?finding=` shows those with that one.
async fn list(call: Call, InPath(id): InPath<ConnectionId>) -> Result<Json<Items<DirectoryUserBody>>, Problem> {
    let (scope, _) = place::connection(&call, id, Access::Read).await?;
    let page = call.page(&["finding"])?;
    let finding = call.parameter("finding")?.map(finding).transpose()?;
    let reader = call.state.directory.read();
    let rows = reader.directory_users(scope, finding, page.after()?, page.fetch()).await?;
    Ok(Json(page.items(rows, |user| user.id, DirectoryUserBody::from)))
}

fn finding(code: &str) -> Result<Finding, Problem> {
    Finding::from_code(code).ok_or_else(|| {
        let known: Vec<&str> = Finding::ALL.iter().map(|finding| finding.code()).collect();
        Failure::malformed(format!("`finding` is one of {}", known.join(", "))).into()
    })
}

/// Whom a directory user is to stand for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Link)]
struct LinkBody {
    account_id: AccountId,
}

/// Links a directory user to an account.
async fn link(
    call: Call,
    InPath((id, user)): InPath<(ConnectionId, DirectoryUserId)>,
    body: Body,
) -> Result<Json<DirectoryUserBody>, Problem> {
    let (_, connection) = place::connection(&call, id, Access::Change).await?;
    let LinkBody { account_id } = body.read()?;
    let linked = directory_users::link(&call.state, call.doer(), &connection, user, account_id).await?;
    Ok(Json(linked.into()))
}

/// Frees an account's identity, so that the next sign-in links a new subject (RC-13).
async fn free(call: Call, InPath((id, account)): InPath<(ConnectionId, AccountId)>) -> Result<StatusCode, Problem> {
    let (scope, _) = place::connection(&call, id, Access::Change).await?;
    directory_users::free_identity(&call.state.directory, call.doer(), scope, account).await?;
    Ok(StatusCode::NO_CONTENT)
}
