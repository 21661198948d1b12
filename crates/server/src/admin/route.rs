//! One method on one path, known by name, so that tests can go through all of them.

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};

use crate::state::AppState;

/// One method on one path.
pub(super) struct Route {
    /// As it stands in requests.
    pub(super) method: &'static str,
    /// Below `/api/v1`, with `{names}` of what varies.
    pub(super) path: &'static str,
    pub(super) handler: MethodRouter<AppState>,
}

macro_rules! methods {
    ($($name:ident $method:literal $filter:ident,)+) => {$(
        pub(super) fn $name<H: Handler<T, AppState>, T: 'static>(path: &'static str, handler: H) -> Route {
            Route { method: $method, path, handler: on(MethodFilter::$filter, handler) }
        }
    )+};
}

methods! {
    delete "DELETE" DELETE,
    get "GET" GET,
    patch "PATCH" PATCH,
    post "POST" POST,
    put "PUT" PUT,
}
