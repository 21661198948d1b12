//! `/organizations/{name}/teams`.

use axum::Json;
use axum::http::StatusCode;
use rollcall_directory::Team;
use rollcall_policy::{AccountId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Created;
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::route::{Route, Who, about, delete, get, post, put};
use super::{BASE, place};
use crate::app::teams::{self, Move};
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Teams",
        [
            get("/organizations/{name}/teams", list).says(Who::Organization, "Teams by name.").lists::<TeamBody>(),
            post("/organizations/{name}/teams", create)
                .says(Who::Organization, "Makes a team.")
                .takes::<NewTeam>()
                .creates::<TeamBody>()
                .refuses(409, "taken", "there is a team of this name"),
            delete("/organizations/{name}/teams/{team}", remove)
                .says(Who::Organization, "Deletes a team; its members stay in the organization.")
                .gives_nothing()
                .ruled(),
            put("/organizations/{name}/teams/{team}/members/{account}", join)
                .says(Who::Organization, "Puts a member into a team.")
                .gives_nothing()
                .ruled(),
            delete("/organizations/{name}/teams/{team}/members/{account}", leave)
                .says(Who::Organization, "Takes a member out of a team.")
                .gives_nothing()
                .ruled(),
        ],
    )
}

/// People of an organization who work together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Team)]
struct TeamBody {
    id: TeamId,
    name: String,
}

impl From<Team> for TeamBody {
    fn from(team: Team) -> Self {
        Self { id: team.id, name: team.name }
    }
}

/// Teams by name.
async fn list(call: Call, InPath(name): InPath<String>) -> Result<Json<Items<TeamBody>>, Problem> {
    let organization = place::organization(&call, &name, Access::Read).await?;
    let page = call.page(&[])?;
    let reader = call.state.directory.read();
    let rows = reader.teams(organization.company, organization.id, page.after_name(), page.fetch()).await?;
    Ok(Json(page.items(rows, |team| team.name_folded.clone(), TeamBody::from)))
}

/// A team to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTeam {
    name: String,
}

/// A new team.
async fn create(call: Call, InPath(name): InPath<String>, body: Body) -> Result<Created<TeamBody>, Problem> {
    let organization = place::organization(&call, &name, Access::Change).await?;
    let NewTeam { name } = body.read()?;
    let team = teams::create(&call.state.directory, call.doer(), &organization, &name).await?;
    Ok(Created { location: format!("{BASE}/organizations/{}/teams", organization.name), body: team.into() })
}

/// Deletes a team (T-1).
async fn remove(call: Call, InPath((name, team)): InPath<(String, String)>) -> Result<StatusCode, Problem> {
    let organization = place::organization(&call, &name, Access::Change).await?;
    teams::delete(&call.state.directory, call.doer(), &organization, &team).await?;
    Ok(StatusCode::NO_CONTENT)
}

type Path = InPath<(String, String, AccountId)>;

/// Puts a member into a team.
async fn join(call: Call, InPath((name, team, account)): Path) -> Result<StatusCode, Problem> {
    change(&call, &name, &team, (account, Move::In)).await
}

/// Takes a member out of a team.
async fn leave(call: Call, InPath((name, team, account)): Path) -> Result<StatusCode, Problem> {
    change(&call, &name, &team, (account, Move::Out)).await
}

async fn change(call: &Call, name: &str, team: &str, change: (AccountId, Move)) -> Result<StatusCode, Problem> {
    let organization = place::organization(call, name, Access::Change).await?;
    teams::change_member(&call.state.directory, call.doer(), &organization, team, change).await?;
    Ok(StatusCode::NO_CONTENT)
}
