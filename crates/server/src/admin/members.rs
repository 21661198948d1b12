//! `/organizations/{name}/members`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_directory::Organization;
use rollcall_policy::{AccountId, ConnectionId, DirectoryUserId, MembershipState, Origin, Role, SuspendedBy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{Created, Instant, Tagged};
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::route::{Route, Who, about, delete, get, patch, post};
use super::{BASE, place};
use crate::app::Refusal;
use crate::app::members::{self, Added, Change, Member, NewMember, Wanted};
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Members",
        [
            get("/organizations/{name}/members", list)
                .says(Who::Organization, "Members in the order in which their accounts were made.")
                .lists::<MemberBody>(),
            post("/organizations/{name}/members", add)
                .says(Who::Organization, "Adds somebody.")
                .also("200 if they are a member in that role already.")
                .takes::<NewMemberBody>()
                .creates::<MemberBody>()
                .gives::<MemberBody>()
                .refuses(409, "taken", "they are a member in another role")
                .ruled(),
            get("/organizations/{name}/members/{account}", one)
                .says(Who::Organization, "One member.")
                .gives::<MemberBody>()
                .versioned(),
            patch("/organizations/{name}/members/{account}", change)
                .says(Who::Organization, "Changes a member's role, suspends them, or lets them in again.")
                .takes::<ChangeBody>()
                .gives::<MemberBody>()
                .versioned()
                .ruled(),
            delete("/organizations/{name}/members/{account}", remove)
                .says(Who::Organization, "Removes a member.")
                .also("A `Warning` header says if a directory may bring them back at its next push.")
                .gives_nothing()
                .versioned()
                .ruled(),
        ],
    )
}

/// A member of an organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
struct MemberBody {
    account: AccountBody,
    role: Role,
    teams: Vec<String>,
    origin: Origin,
    managed_by_scim: bool,
    state: MembershipState,
    suspended_by: Option<SuspendedBy>,
    scim_ids: Vec<ScimIdBody>,
    joined_at: Instant,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<WarningBody>,
}

/// Who it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemberAccount)]
struct AccountBody {
    id: AccountId,
    email: String,
    username: String,
    full_name: String,
}

/// The SCIM id of the person at one connection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScimId)]
struct ScimIdBody {
    connection: ConnectionId,
    id: DirectoryUserId,
}

/// What to know about a change that was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemberWarning)]
struct WarningBody {
    code: &'static str,
    text: &'static str,
}

/// M-10, P4-33: allowed, and perhaps of no duration.
const MANAGED: &str = "a directory manages this person and may undo this at its next push; change it there, too";

impl From<Member> for MemberBody {
    fn from(member: Member) -> Self {
        let (account, view) = (member.member.account, member.member.view);
        Self {
            account: AccountBody {
                id: account.id,
                email: account.email,
                username: account.username,
                full_name: account.full_name,
            },
            role: view.membership.role,
            teams: view.teams.into_iter().map(|(_, name)| name).collect(),
            origin: view.membership.origin,
            managed_by_scim: member.managed_by_scim,
            state: view.membership.state,
            suspended_by: view.membership.suspended_by,
            scim_ids: member.scim_ids.into_iter().map(|(connection, id)| ScimIdBody { connection, id }).collect(),
            joined_at: Instant(view.membership.created_at),
            warnings: Vec::new(),
        }
    }
}

/// Members in the order in which their accounts were made.
async fn list(call: Call, InPath(name): InPath<String>) -> Result<Json<Items<MemberBody>>, Problem> {
    let organization = place::organization(&call, &name, Access::Read).await?;
    let page = call.page(&[])?;
    let reader = call.state.directory.read();
    let rows = members::list(&reader, &organization, page.after()?, page.fetch()).await?;
    Ok(Json(page.items(rows, |row| row.member.account.id, MemberBody::from)))
}

/// One member.
async fn one(
    call: Call,
    InPath((name, account)): InPath<(String, AccountId)>,
) -> Result<Tagged<Json<MemberBody>>, Problem> {
    let organization = place::organization(&call, &name, Access::Read).await?;
    let (version, body) = shown(&call, &organization, account).await?;
    Ok(Tagged { version, body: Json(body) })
}

async fn shown(call: &Call, organization: &Organization, account: AccountId) -> Result<(u64, MemberBody), Problem> {
    let found = members::one(&call.state.directory.read(), organization, account).await?;
    let member = found.ok_or(Refusal::NotFound("member"))?;
    Ok((members::version(&member.member.view.membership), member.into()))
}

/// Who is to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMember)]
struct NewMemberBody {
    account_id: AccountId,
    role: Option<Role>,
}

/// Adds somebody: 201, or 200 if they are a member in that role already.
async fn add(call: Call, InPath(name): InPath<String>, body: Body) -> Result<Response, Problem> {
    let organization = place::organization(&call, &name, Access::Change).await?;
    let NewMemberBody { account_id: account, role } = body.read()?;
    let new = NewMember { account, role, within: call.role.company() };
    let added = members::add(&call.state.directory, call.doer(), &organization, new).await?;
    let (_, body) = shown(&call, &organization, account).await?;
    Ok(match added {
        Added::Joined => {
            let location = format!("{BASE}/organizations/{}/members/{account}", organization.name);
            Created { location, body }.into_response()
        }
        Added::Already => Json(body).into_response(),
    })
}

/// What is to change; absent members stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MemberChange)]
struct ChangeBody {
    role: Option<Role>,
    state: Option<StateBody>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WantedState)]
enum StateBody {
    Active,
    Suspended,
}

/// Changes role or state.
async fn change(
    call: Call,
    InPath((name, account)): InPath<(String, AccountId)>,
    body: Body,
) -> Result<Tagged<Json<MemberBody>>, Problem> {
    let organization = place::organization(&call, &name, Access::Change).await?;
    let ChangeBody { role, state } = body.read()?;
    let state = state.map(|state| match state {
        StateBody::Active => Wanted::Active,
        StateBody::Suspended => Wanted::Suspended,
    });
    let (seen, change) = (call.seen()?, Change { role, state });
    members::change_seen(&call.state.directory, call.doer(), &organization, account, (&seen, change)).await?;
    let (version, mut body) = shown(&call, &organization, account).await?;
    if body.managed_by_scim && (role.is_some() || state.is_some()) {
        body.warnings.push(WarningBody { code: "managed_by_scim", text: MANAGED });
    }
    Ok(Tagged { version, body: Json(body) })
}

/// Removes a member: 204, with a header where a directory may bring them back (M-10).
async fn remove(call: Call, InPath((name, account)): InPath<(String, AccountId)>) -> Result<Response, Problem> {
    let organization = place::organization(&call, &name, Access::Change).await?;
    let managed =
        members::remove_seen(&call.state.directory, call.doer(), &organization, account, &call.seen()?).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if managed {
        let warning = HeaderValue::try_from(format!("299 rollcall \"{MANAGED}\""));
        response.headers_mut().extend(warning.ok().map(|warning| (header::WARNING, warning)));
    }
    Ok(response)
}
