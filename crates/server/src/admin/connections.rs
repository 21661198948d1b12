//! `/companies/{company}/connections` and `/connections/{id}`.

mod given;
mod shown;

use axum::Json;
use axum::http::StatusCode;
use rollcall_policy::ConnectionId;

use self::given::Given;
use self::shown::ConnectionBody;
use super::answer::{Created, Tagged};
use super::body::Body;
use super::call::Call;
use super::page::Items;
use super::path::InPath;
use super::permission::Access;
use super::route::{Route, Who, about, delete, get, patch, post};
use super::{BASE, place};
use crate::app::connections::{change, create, delete as deletion, version};
use crate::edge::Problem;

pub(super) fn routes() -> Vec<Route> {
    about(
        "Connections",
        [
            get("/companies/{company}/connections", list)
                .says(Who::Company, "A company's connections by name.")
                .lists::<ConnectionBody>(),
            post("/companies/{company}/connections", make)
                .says(Who::Company, "Makes a connection: JIT on, SCIM off.")
                .also("Domains (verified ones of the company) and organizations are taken as given, once.")
                .takes::<Given>()
                .creates::<ConnectionBody>()
                .versioned()
                .refuses(409, "taken", "the company has a connection of this name")
                .ruled(),
            get("/connections/{connection}", one)
                .says(Who::Company, "One connection.")
                .gives::<ConnectionBody>()
                .versioned(),
            patch("/connections/{connection}", update)
                .says(Who::Company, "Changes what moves nobody.")
                .also("Switches, domains, organizations and defaults change through a plan only.")
                .takes::<Given>()
                .gives::<ConnectionBody>()
                .versioned()
                .refuses(409, "taken", "the company has a connection of this name")
                .refuses(422, "needs_plan", "the member changes only through a plan")
                .refuses(422, "permanent", "the protocol never changes")
                .ruled(),
            delete("/connections/{connection}", remove)
                .says(Who::Company, "Ends a connection, with all that came through it.")
                .gives_nothing()
                .versioned()
                .ruled(),
        ],
    )
}

/// A company's connections by name.
async fn list(call: Call, InPath(name): InPath<String>) -> Result<Json<Items<ConnectionBody>>, Problem> {
    let company = place::company(&call, &name, Access::Read).await?;
    let page = call.page(&[])?;
    let reader = call.state.directory.read();
    let mut bodies = Vec::new();
    for record in reader.connections(company.id, page.after_name(), page.fetch()).await? {
        // One that was removed meanwhile is not there.
        if let Some(connection) = reader.connection(company.id, record.id).await? {
            bodies.push(shown::body(&call, connection).await?);
        }
    }
    Ok(Json(page.items(bodies, |body| body.name.clone(), |body| body)))
}

/// A new connection: JIT on, SCIM off (J-0, S-5).
async fn make(
    call: Call,
    InPath(name): InPath<String>,
    body: Body,
) -> Result<Tagged<Created<ConnectionBody>>, Problem> {
    let company = place::company(&call, &name, Access::Change).await?;
    let new = body.read::<Given>()?.into_new()?;
    new.settings.check(&call.state.config.outbound)?;
    let id = create::create(&call.state.directory, call.doer(), company.id, &new).await?;
    let Tagged { version, body } = answer(&call, id).await?;
    Ok(Tagged { version, body: Created { location: format!("{BASE}/connections/{id}"), body: body.0 } })
}

/// One connection.
async fn one(call: Call, InPath(id): InPath<ConnectionId>) -> Result<Tagged<Json<ConnectionBody>>, Problem> {
    answer(&call, id).await
}

/// Everything that moves nobody; the rest goes through a plan.
async fn update(
    call: Call,
    InPath(id): InPath<ConnectionId>,
    body: Body,
) -> Result<Tagged<Json<ConnectionBody>>, Problem> {
    let (scope, _) = place::connection(&call, id, Access::Change).await?;
    let settings = body.read::<Given>()?.into_settings()?;
    settings.check(&call.state.config.outbound)?;
    change::change(&call.state.directory, call.doer(), scope, &call.seen()?, &settings).await?;
    call.state.authenticator.forget_connection(id);
    answer(&call, id).await
}

/// The end of a connection (C-4, E-7).
async fn remove(call: Call, InPath(id): InPath<ConnectionId>) -> Result<StatusCode, Problem> {
    let (scope, _) = place::connection(&call, id, Access::Change).await?;
    deletion::delete(&call.state.directory, call.doer(), scope, &call.seen()?).await?;
    call.state.authenticator.forget_connection(id);
    call.state.journal.forget_connection(scope).await;
    Ok(StatusCode::NO_CONTENT)
}

async fn answer(call: &Call, id: ConnectionId) -> Result<Tagged<Json<ConnectionBody>>, Problem> {
    let (_, connection) = place::connection(call, id, Access::Read).await?;
    let version = version(&connection.record);
    Ok(Tagged { version, body: Json(shown::body(call, connection).await?) })
}
