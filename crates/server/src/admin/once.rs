//! `Idempotency-Key` of requests that make something (draft-ietf-httpapi-idempotency-key-header): the same key, from the
//! same token with the same body, makes nothing twice within a day (docs/decisions/0018-idempotency-keys.md).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::Frame;
use rollcall_directory::IdempotencyKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::route::Route;
use crate::app::repeats::{self, Keyed, Verdict};
use crate::auth::AdminCaller;
use crate::edge::{Failure, Patience, Problem, body};
use crate::state::AppState;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Characters of a key; a UUID has 36.
const LONGEST: usize = 255;
/// Bytes of an answer that is kept. Only plans of many people are longer; they are read again under their `Location`.
const LARGEST: usize = 262_144;
/// A request is over by its own time; what it stores at the end may take this much longer.
const SPARE: Duration = Duration::from_mins(1);
/// Headers that belong to what was answered.
const KEPT: [HeaderName; 4] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG, header::CACHE_CONTROL];

/// The route, minding keys if it makes something.
pub(super) fn guard(route: Route, state: &AppState) -> Route {
    if !route.makes_something() {
        return route;
    }
    let guarded = Guarded { state: state.clone(), lease: lease(&route, state.config.limits.request_time) };
    Route { handler: route.handler.layer(from_fn_with_state(guarded, once)), ..route }
}

/// A claim outlives whatever the request may take, so that nobody does it a second time while it runs.
fn lease(route: &Route, request_time: Duration) -> Duration {
    route.patience.max(request_time).saturating_add(SPARE)
}

#[derive(Clone, Debug)]
struct Guarded {
    state: AppState,
    lease: Duration,
}

async fn once(State(guarded): State<Guarded>, request: Request, next: Next) -> Result<Response, Problem> {
    let Guarded { state, lease } = guarded;
    let Some(key) = key(request.headers())? else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let caller = AdminCaller::from_request_parts(&mut parts, &state).await?;
    let limits = &state.config.limits;
    let bytes = body::read(body, limits.body_bytes, limits.body_time).await?;
    let (bearer, request_hash) = (bearer(&parts.headers), hash(&parts, &bytes));
    let patience = parts.extensions.get::<Patience>().cloned().unwrap_or_default();
    // The claim, too: one that is made and forgotten because the client went away would keep everybody from the key.
    let work = async move {
        let keyed = Keyed { token: caller.token, bearer: &bearer, key: &key, request_hash };
        match repeats::claim(&state.directory, keyed, state.clock.now(), lease).await? {
            Verdict::Do(claimed) => {
                let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
                Ok(keep(&state, keyed, &claimed, response).await)
            }
            Verdict::Done(kept) => Kept::again(&kept).ok_or_else(|| Failure::internal().into()),
            Verdict::Running => {
                let detail = "a request with this `Idempotency-Key` is still running; ask again for its answer";
                Err(Failure::new(StatusCode::CONFLICT, "key_in_use", detail).retry_after(1).into())
            }
            Verdict::Other => {
                let detail = "this `Idempotency-Key` was used for another request; choose a fresh one for each";
                Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", detail).into())
            }
        }
    };
    finished(patience, work).await
}

/// Sees the work through, even if the client goes away meanwhile: it will ask again. But for no longer than any request
/// may take, so that its claim outlasts it.
async fn finished(
    patience: Patience,
    work: impl Future<Output = Result<Response, Problem>> + Send + 'static,
) -> Result<Response, Problem> {
    let limit = patience.clone();
    let work = async move { limit.over(work).await };
    match tokio::spawn(work.in_current_span()).await {
        Ok(Some(answered)) => answered,
        Ok(None) => Err(Failure::took_too_long(patience.time()).into()),
        Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
        Err(_) => Err(Failure::unavailable("the server is stopping; ask again", 1).into()),
    }
}

/// The key, quoted as the draft has it, or bare.
fn key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut given = headers.get_all(HEADER).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let is_good = (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if given.next().is_some() || !is_good {
        let detail = format!("`Idempotency-Key` is one key of 1 to {LONGEST} visible ASCII characters, such as a UUID");
        return Err(Failure::malformed(detail));
    }
    Ok(Some(key.to_owned()))
}

/// The text of the token, which was checked before.
fn bearer(headers: &HeaderMap) -> String {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split_once(' ').map_or_else(String::new, |(_, token)| token.trim().to_owned())
}

/// What is asked: each part with its length in front, so that no two requests give the same bytes.
fn hash(parts: &Parts, body: &[u8]) -> [u8; 32] {
    let path = parts.uri.path_and_query().map(axum::http::uri::PathAndQuery::as_str).unwrap_or_default();
    let mut hasher = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), path.as_bytes(), body] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// What an answer says about the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// It is done.
    Done,
    /// Nothing was made.
    Refused,
    /// Nobody knows: the line to the database may have broken during COMMIT.
    InDoubt,
}

impl Work {
    fn of(status: StatusCode) -> Self {
        match status {
            status if status.is_success() => Self::Done,
            status if status.is_server_error() => Self::InDoubt,
            _ => Self::Refused,
        }
    }
}

/// Keeps the answer to what was made; what was refused made nothing, and its key is free again. Where that is in doubt, the
/// claim stays until it ends by itself.
async fn keep(state: &AppState, keyed: Keyed<'_>, claimed: &IdempotencyKey, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let (begun, rest) = beginning(body).await;
    let stored = match Work::of(parts.status) {
        Work::Done => {
            let kept = Kept::of(parts.status, &parts.headers, rest.is_none().then_some(&begun));
            repeats::answered(&state.directory, &state.ids, keyed, claimed, (&kept, state.clock.now())).await
        }
        Work::Refused => repeats::refused(&state.directory, claimed).await,
        Work::InDoubt => Ok(()),
    };
    if let Err(error) = stored {
        // The claim ends by itself; what was made is answered all the same.
        tracing::warn!(%error, "the answer to a request with a key could not be kept");
    }
    let body = match rest {
        Some(rest) => Body::new(Rejoined { begun: Some(begun.into()), ..rest }),
        None => Body::from(begun),
    };
    Response::from_parts(parts, body)
}

/// The beginning of a body, and the rest of one that is too large to be kept: that one goes on while it is read.
async fn beginning(mut body: Body) -> (Vec<u8>, Option<Rejoined>) {
    let mut begun = Vec::new();
    while begun.len() <= LARGEST {
        match body.frame().await {
            Some(Ok(frame)) => begun.extend_from_slice(frame.data_ref().map_or(&[], |data| data.as_ref())),
            // What broke off is not the whole, and breaks off for the client, too.
            Some(Err(error)) => return (begun, Some(Rejoined { begun: None, broken: Some(error), rest: body })),
            None => return (begun, None),
        }
    }
    (begun, Some(Rejoined { begun: None, broken: None, rest: body }))
}

/// A body whose beginning was read already.
struct Rejoined {
    begun: Option<Bytes>,
    broken: Option<axum::Error>,
    rest: Body,
}

impl HttpBody for Rejoined {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(begun) = self.begun.take() {
            return Poll::Ready(Some(Ok(Frame::data(begun))));
        }
        match self.broken.take() {
            Some(error) => Poll::Ready(Some(Err(error))),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }
}

/// An answer to be said again.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    /// None if it is too large to be kept.
    body: Option<String>,
}

impl Kept {
    fn of(status: StatusCode, headers: &HeaderMap, body: Option<&Vec<u8>>) -> Vec<u8> {
        let header = |name: &HeaderName| Some((name.to_string(), headers.get(name)?.to_str().ok()?.to_owned()));
        let body = body.map(|body| String::from_utf8_lossy(body).into_owned());
        let kept = Self { status: status.as_u16(), headers: KEPT.iter().filter_map(header).collect(), body };
        serde_json::to_vec(&kept).unwrap_or_default()
    }

    fn again(kept: &[u8]) -> Option<Response> {
        let Self { status, headers, body } = serde_json::from_slice(kept).ok()?;
        let Some(body) = body else {
            let detail = "this was made already, and its answer is too large to be kept; read it under its `Location`";
            let location = headers.into_iter().find(|(name, _)| name == header::LOCATION.as_str())?.1;
            let failure = Failure::new(StatusCode::CONFLICT, "already_made", detail);
            let failure = failure.with_header(header::LOCATION, HeaderValue::try_from(location).ok()?);
            return Some(failure.on(crate::edge::failure::Plane::Problem));
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(status).ok()?;
        for (name, value) in headers {
            response.headers_mut().insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        }
        Some(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plans take longer than other requests, and a key that were free before they are done would start another one.
    #[test]
    fn a_claim_is_longer_than_the_request_that_it_guards() {
        let (of_all, of_plans) = (Duration::from_secs(30), Duration::from_mins(15));
        let mut plans = Vec::new();
        for route in super::super::described().iter().filter(|route| route.makes_something()) {
            let lease = lease(route, of_all);
            if lease == of_plans + SPARE {
                plans.push(route.path.clone());
            } else {
                assert_eq!(lease, of_all + SPARE, "{}", route.path);
            }
            assert_eq!(super::lease(route, of_plans * 2), of_plans * 2 + SPARE, "{}", route.path);
        }
        plans.sort();
        let expected = ["/connections/{connection}/plans", "/connections/{connection}/rehearsal/plan"];
        assert_eq!(plans, expected.map(|path| format!("{}{path}", super::super::BASE)));
    }

    /// A key that were free after an unknown COMMIT would let the same thing be made twice.
    #[test]
    fn only_a_refusal_frees_its_key() {
        for (status, work) in [
            (StatusCode::CREATED, Work::Done),
            (StatusCode::OK, Work::Done),
            (StatusCode::BAD_REQUEST, Work::Refused),
            (StatusCode::CONFLICT, Work::Refused),
            (StatusCode::INTERNAL_SERVER_ERROR, Work::InDoubt),
            (StatusCode::SERVICE_UNAVAILABLE, Work::InDoubt),
        ] {
            assert_eq!(Work::of(status), work, "{status}");
        }
    }

    /// A client that is gone ends nothing, and time that is over ends everything.
    #[tokio::test]
    async fn work_ends_with_the_patience_of_its_request() {
        let ended = finished(Patience::default(), std::future::pending()).await;
        assert_eq!(ended.unwrap_err().0.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn a_key_is_quoted_or_bare_and_bounded() {
        let longest = "k".repeat(LONGEST);
        for (given, key_expected) in [
            (&["\"8e03978e-40d5\""][..], Some("8e03978e-40d5")),
            (&["8e03978e-40d5"], Some("8e03978e-40d5")),
            (&[longest.as_str()], Some(longest.as_str())),
            (&[""], None),
            (&["\"\""], None),
            (&["two words"], None),
            (&["a", "b"], None),
            (&[&"k".repeat(LONGEST + 1)], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in given {
                headers.append(HEADER, value.parse().unwrap());
            }
            assert_eq!(key(&headers).ok().flatten().as_deref(), key_expected, "{given:?}");
        }
        assert_eq!(key(&HeaderMap::new()).unwrap(), None);
    }
}
