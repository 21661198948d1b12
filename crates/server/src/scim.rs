//! The SCIM edge: `/scim/v2` (RFC 7644). Extracts, calls a use case, answers.

pub mod answer;
pub mod body;
pub mod caller;
mod me;
pub mod rejection;

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
pub(crate) fn routes() -> Router<AppState> {
    Router::new().nest(BASE, endpoints()).route_layer(middleware::from_fn(media_type::negotiate))
}

fn endpoints() -> Router<AppState> {
    Router::new().merge(me::routes())
}
