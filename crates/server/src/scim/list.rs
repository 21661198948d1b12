//! Lists: `GET` on `/Users`, `/Groups` and the root, and their `.search` (RFC 7644 §3.4.2, §3.4.3; RFC 9865).

use rollcall_directory::{Kind, ListRequest, Position, Window};
use rollcall_scim::condition::{self, Condition, Field, Test};
use rollcall_scim::cursor::{self, CursorState, Follow};
use rollcall_scim::list::{ListQuery, ListResponse, Page, Paging};
use rollcall_scim::schema::ResourceType;
use rollcall_scim::{ScimError, sort};
use serde_json::Value;

use super::call::Call;
use super::{ScimAnswer, ScimBody, ScimRejection, render};
use crate::app::group_members::resource_id;

type Answered = Result<ScimAnswer, ScimRejection>;

/// `GET /Users`.
pub(super) async fn users(call: Call) -> Answered {
    let query = query(&call)?;
    answer(&call, "/Users", &[call.state.catalog.user()], query).await
}

/// `GET /Groups`.
pub(super) async fn groups(call: Call) -> Answered {
    let query = query(&call)?;
    answer(&call, "/Groups", &[call.state.catalog.group()], query).await
}

/// `GET` on the base URL: users and groups together (E-25).
pub(super) async fn root(call: Call) -> Answered {
    let query = query(&call)?;
    answer(&call, "/", &[call.state.catalog.user(), call.state.catalog.group()], query).await
}

/// `POST /Users/.search` (F-36).
pub(super) async fn search_users(call: Call, ScimBody(body): ScimBody) -> Answered {
    let query = search(&call, body?)?;
    answer(&call, "/Users", &[call.state.catalog.user()], query).await
}

/// `POST /Groups/.search` (F-36).
pub(super) async fn search_groups(call: Call, ScimBody(body): ScimBody) -> Answered {
    let query = search(&call, body?)?;
    answer(&call, "/Groups", &[call.state.catalog.group()], query).await
}

/// `POST /.search` (F-36).
pub(super) async fn search_root(call: Call, ScimBody(body): ScimBody) -> Answered {
    let query = search(&call, body?)?;
    answer(&call, "/", &[call.state.catalog.user(), call.state.catalog.group()], query).await
}

/// `GET /Users/{id}?filter=`: a list of none or one (E-27, K-6).
pub(super) async fn one(call: &Call, resource_type: &ResourceType, id: &str) -> Answered {
    let mut query = query(call)?;
    // Only the one resource is asked for, whatever page parameters say.
    query.page = Page::Index { start_index: 1, count: 1 };
    let condition = conditions(call, &query, &[resource_type])?;
    let own = Condition::Value { field: Field { name: "id".to_owned(), sub: None }, test: Test::Equal(id.to_owned()) };
    let kinds = condition.into_iter().map(|(kind, condition)| (kind, Condition::all(vec![own.clone(), condition])));
    let request = request(call, &query, kinds.collect(), &[resource_type], first(&query))?;
    let found = call.state.directory.read().list(call.provider.scope, &request).await?;
    let resources = render::rows(call, &found.rows, &query.projection).await?;
    let total_results = resources.len() as u64;
    let paging = Paging::Index { total_results, start_index: 1 };
    Ok(ScimAnswer::ok(ListResponse { resources, paging }.into_value()))
}

fn query(call: &Call) -> Result<ListQuery, ScimError> {
    ListQuery::from_parameters(&call.parameters, &call.list_limits(), call.tolerances())
}

fn search(call: &Call, body: Value) -> Result<ListQuery, ScimError> {
    ListQuery::from_search_request(body, &call.list_limits(), call.tolerances())
}

async fn answer(call: &Call, endpoint: &str, types: &[&ResourceType], query: ListQuery) -> Answered {
    let kinds = conditions(call, &query, types)?;
    let digest = cursor::digest(endpoint, &call.provider.scope.connection.to_string(), &query.digest_input);
    let window = window(call, &query, &digest)?;
    let request = request(call, &query, kinds, types, window)?;
    let found = call.state.directory.read().list(call.provider.scope, &request).await?;
    let resources = render::rows(call, &found.rows, &query.projection).await?;
    let paging = match query.page {
        Page::Index { start_index, .. } => {
            Paging::Index { total_results: found.total.unwrap_or_default(), start_index }
        }
        Page::Cursor { count, .. } => {
            let next = found.next.map(|position| next_cursor(call, digest, count, position));
            Paging::Cursor { total_results: found.total, next }
        }
    };
    Ok(ScimAnswer::ok(ListResponse { resources, paging }.into_value()))
}

/// What the resources of each type must satisfy.
fn conditions(call: &Call, query: &ListQuery, types: &[&ResourceType]) -> Result<Vec<(Kind, Condition)>, ScimError> {
    let conditions = match (&query.filter, types) {
        (None, _) => types.iter().map(|_| Condition::Constant(true)).collect(),
        (Some(filter), [single]) => vec![condition::resolve(filter, single, call.tolerances())?],
        (Some(filter), several) => condition::resolve_root(filter, several, call.tolerances())?,
    };
    Ok(types.iter().filter_map(|it| Kind::from_name(&it.name)).zip(conditions).collect())
}

fn request(
    call: &Call,
    query: &ListQuery,
    kinds: Vec<(Kind, Condition)>,
    types: &[&ResourceType],
    window: Window,
) -> Result<ListRequest, ScimError> {
    Ok(ListRequest {
        kinds,
        sort: query.sort.as_ref().map(|sort| sort::resolve(sort, types)).transpose()?,
        window,
        count_total: true,
        base_url: call.base_url().to_owned(),
    })
}

fn first(query: &ListQuery) -> Window {
    match query.page {
        Page::Index { start_index, count } => Window::Offset { offset: start_index.saturating_sub(1), limit: count },
        Page::Cursor { count, .. } => Window::Offset { offset: 0, limit: count },
    }
}

fn window(call: &Call, query: &ListQuery, digest: &[u8; 32]) -> Result<Window, ScimError> {
    let Page::Cursor { cursor: Some(cursor), count } = &query.page else { return Ok(first(query)) };
    let follow = Follow {
        query: digest,
        count: *count,
        now: call.state.clock.now(),
        timeout_seconds: u64::try_from(call.state.config.scim.cursor_seconds).unwrap_or(0),
    };
    let state = cursor::open(&call.state.cursor_key, cursor, &follow)?;
    // Sealed by us, so it is an id of ours; anything else is no cursor of ours either.
    let id = resource_id(&state.id).ok_or_else(|| ScimError::status_only(500, "the cursor holds no id"))?;
    Ok(Window::After { position: Position { sort_value: state.sort_value, id }, limit: *count })
}

fn next_cursor(call: &Call, query: [u8; 32], count: u64, position: Position) -> String {
    let state = CursorState {
        query,
        count,
        issued_at: call.state.clock.now(),
        sort_value: position.sort_value,
        id: position.id.to_string(),
    };
    cursor::seal(&call.state.cursor_key, call.state.ids.bytes(), &state)
}
