//! `/scim/v2`: extract, call the use case, answer (RFC 7644 §3).

pub mod answer;
pub mod body;
mod bulk;
mod call;
pub mod caller;
mod discovery;
pub(crate) mod export;
mod groups;
mod journaled;
mod list;
mod me;
pub mod rejection;
mod render;
mod users;

use axum::routing::{get, post};
use axum::{Router, middleware};

pub use answer::ScimAnswer;
pub use body::ScimBody;
pub use caller::ScimCaller;
pub use rejection::ScimRejection;

use crate::edge::media_type;
use crate::state::AppState;

/// Where SCIM lives below the base URL.
pub const BASE: &str = "/scim/v2";

/// Every SCIM route, each answering in the media type that its client asks for.
pub(crate) fn routes(state: &AppState) -> Router<AppState> {
    Router::new()
        .nest(BASE, discovery_routes().merge(resource_routes()).merge(lower_case_routes()))
        .route_layer(middleware::from_fn(media_type::negotiate))
        .route_layer(middleware::from_fn_with_state(state.clone(), journaled::keep))
}

fn discovery_routes() -> Router<AppState> {
    Router::new()
        .route("/ServiceProviderConfig", get(discovery::service_provider_config))
        .route("/ResourceTypes", get(discovery::resource_types))
        .route("/ResourceTypes/{name}", get(discovery::resource_type))
        .route("/Schemas", get(discovery::schemas))
        .route("/Schemas/{urn}", get(discovery::schema))
}

fn resource_routes() -> Router<AppState> {
    Router::new()
        .route("/", get(list::root))
        .route("/.search", post(list::search_root))
        .route("/Users", get(list::users).post(users::create))
        .route("/Users/.search", post(list::search_users))
        .route("/Users/{id}", get(users::read).put(users::replace).patch(users::modify).delete(users::delete))
        .route("/Groups", get(list::groups).post(groups::create))
        .route("/Groups/.search", post(list::search_groups))
        .route("/Groups/{id}", get(groups::read).put(groups::replace).patch(groups::modify).delete(groups::delete))
        .route("/Bulk", post(bulk::run))
        .merge(me::routes())
}

/// `/users` and `/groups`, as some clients write them; a strict connection answers 404.
fn lower_case_routes() -> Router<AppState> {
    Router::new()
        .route("/users", get(list::users).post(users::create))
        .route("/users/{id}", get(users::read).put(users::replace).patch(users::modify).delete(users::delete))
        .route("/groups", get(list::groups).post(groups::create))
        .route("/groups/{id}", get(groups::read).put(groups::replace).patch(groups::modify).delete(groups::delete))
        .route_layer(middleware::from_fn(call::note_lower_case))
}
