//! `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas` (RFC 7644 §4): readable by everybody (B-14).
//!
//! They say the same whoever asks, so no token is looked at. All query parameters but `filter` are ignored (B-12).

use axum::extract::{Path, RawQuery, State};
use rollcall_scim::list::parse_query;
use rollcall_scim::{ScimError, discovery};

use super::{BASE, ScimAnswer, ScimRejection};
use crate::state::AppState;

type Discovered = Result<ScimAnswer, ScimRejection>;

/// B-1.
pub(super) async fn service_provider_config(State(state): State<AppState>, RawQuery(query): RawQuery) -> Discovered {
    refuse_filter(query)?;
    Ok(ScimAnswer::ok(discovery::service_provider_config(&state.base_url.join(BASE), &limits(&state))))
}

/// B-6.
pub(super) async fn resource_types(State(state): State<AppState>, RawQuery(query): RawQuery) -> Discovered {
    refuse_filter(query)?;
    Ok(ScimAnswer::ok(discovery::resource_types(&state.catalog, &state.base_url.join(BASE))))
}

/// B-6.
pub(super) async fn resource_type(
    State(state): State<AppState>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Discovered {
    refuse_filter(query)?;
    let found = discovery::resource_type(&state.catalog, &name, &state.base_url.join(BASE));
    Ok(ScimAnswer::ok(found.ok_or_else(|| ScimError::not_found(&name))?))
}

/// B-7.
pub(super) async fn schemas(State(state): State<AppState>, RawQuery(query): RawQuery) -> Discovered {
    refuse_filter(query)?;
    Ok(ScimAnswer::ok(discovery::schemas(&state.catalog, &state.base_url.join(BASE))))
}

/// B-7, B-9.
pub(super) async fn schema(
    State(state): State<AppState>,
    Path(urn): Path<String>,
    RawQuery(query): RawQuery,
) -> Discovered {
    refuse_filter(query)?;
    let found = discovery::schema(&state.catalog, &urn, &state.base_url.join(BASE));
    Ok(ScimAnswer::ok(found.ok_or_else(|| ScimError::not_found(&urn))?))
}

/// A filter that is not applied would show what it should hide: 403 (B-11).
fn refuse_filter(query: Option<String>) -> Result<(), ScimError> {
    let parameters = parse_query(&query.unwrap_or_default())?;
    if parameters.iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
        return Err(ScimError::status_only(403, "discovery documents cannot be filtered; ask without `filter`"));
    }
    Ok(())
}

fn limits(state: &AppState) -> discovery::Limits {
    let scim = &state.config.scim;
    discovery::Limits {
        max_operations: scim.max_operations as u64,
        max_payload: state.config.limits.body_bytes as u64,
        max_results: scim.max_results,
        default_page: scim.default_page,
        cursor_timeout: u64::try_from(scim.cursor_seconds).unwrap_or(0),
    }
}
