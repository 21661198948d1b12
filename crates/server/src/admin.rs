//! `/api/v1`: administration (design.md 6).
//!
//! A resource is one file here. It has `routes()`, a list of `Route`s that `ROUTES` collects. A route says beside its path
//! what `/api/openapi.json` tells of it: `get("/teams", list).says(Who::Company, "Teams by name.").lists::<TeamBody>()`.
//! `says` names whose it is and what it does; then come `also` (more of it), `query`, `takes::<Body>()`, what it answers (`gives`,
//! `lists`, `creates`, `gives_text`, `gives_nothing`), `versioned` (`ETag`, `If-Match`) and `refuses(status, type, when)` for
//! what not every operation refuses. Types of bodies derive `ToSchema`, their docs and those of their members are read by
//! clients, and `#[schema(as = Name)]` names them. A path's `{names}` are explained in `open_api/document/parts.rs`, the words of
//! problems in `open_api/problems.rs`; a test names whatever is missing. Handlers take a
//! `call::Call` (who asks, the query, the headers), then `path::InPath`, then `body::Body`. A handler finds what
//! the path names through `place`, which also asks `permission`; it calls one use case of `app`, whose refusals become problems in
//! `refused`, and answers with `answer`.

mod accounts;
mod answer;
mod body;
mod brake;
mod call;
mod companies;
mod connections;
mod directory_users;
mod domain_audit;
mod domains;
mod invitations;
mod journal;
mod letters;
mod members;
mod members_csv;
mod migration;
mod once;
mod organizations;
mod owners;
mod page;
mod path;
mod permission;
mod place;
mod plans;
mod records;
mod refused;
mod rehearsals;
mod route;
mod streamed;
mod teams;
mod tokens;
mod webhooks;

use crate::state::AppState;
use route::Route;

/// What every path begins with.
const BASE: &str = "/api/v1";

/// Every route, by resource. A test holds each one against every role.
const ROUTES: &[fn() -> Vec<Route>] = &[
    companies::routes,
    owners::routes,
    organizations::routes,
    accounts::routes,
    connections::routes,
    tokens::routes,
    domains::routes,
    plans::routes,
    migration::routes,
    brake::routes,
    domain_audit::routes,
    members::routes,
    members_csv::routes,
    teams::routes,
    invitations::routes,
    directory_users::routes,
    records::routes,
    webhooks::routes,
    journal::routes,
    letters::routes,
    rehearsals::routes,
];

/// Every route below `/api/v1`, with what is said about it.
pub(crate) fn described() -> Vec<Route> {
    let all = ROUTES.iter().flat_map(|of_resource| of_resource());
    all.map(|route| Route { path: format!("{BASE}{}", route.path), ..route }).collect()
}

/// The same, minding `Idempotency-Key`.
pub(crate) fn served(state: &AppState) -> Vec<Route> {
    described().into_iter().map(|route| once::guard(route, state)).collect()
}

/// Method and path (below `/api/v1`) of every route, for tests and documents.
pub fn paths() -> Vec<(&'static str, String)> {
    ROUTES.iter().flat_map(|of_resource| of_resource()).map(|route| (route.method, route.path)).collect()
}
