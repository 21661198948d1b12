//! `/api/v1`: administration (design.md 6).
//!
//! A resource is one file here. It has `routes()`, a list of `Route`s that `ROUTES` collects; handlers take a
//! `call::Call` (who asks, the query, the headers), then `path::InPath`, then `body::Body`. A handler finds what
//! the path names through `place`, which also asks `permission`; it calls one use case of `app`, whose refusals become problems in
//! `refused`, and answers with `answer`.

mod accounts;
mod answer;
mod body;
mod call;
mod companies;
mod connections;
mod directory_users;
mod domain_audit;
mod domains;
mod invitations;
mod members;
mod members_csv;
mod organizations;
mod owners;
mod page;
mod path;
mod permission;
mod place;
mod plans;
mod records;
mod refused;
mod route;
mod teams;
mod tokens;

use axum::Router;

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
    domain_audit::routes,
    members::routes,
    members_csv::routes,
    teams::routes,
    invitations::routes,
    directory_users::routes,
    records::routes,
];

/// Every route below `/api/v1`.
pub(crate) fn routes() -> Router<AppState> {
    let all = ROUTES.iter().flat_map(|of_resource| of_resource());
    all.fold(Router::new(), |router, route| router.route(&format!("{BASE}{}", route.path), route.handler))
}

/// Method and path (below `/api/v1`) of every route, for tests and documents.
pub fn paths() -> Vec<(&'static str, &'static str)> {
    ROUTES.iter().flat_map(|of_resource| of_resource()).map(|route| (route.method, route.path)).collect()
}
