//! Layer around all SCIM routes: offers each exchange of a known connection to the journal, and waits for nothing.

use std::time::Instant;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;

use super::BASE;
use crate::clock::Clock;
use crate::edge::RequestId;
use crate::journal::{Captured, Mode, Noted, Part};
use crate::state::AppState;

/// Headers that are kept; credentials are not among them.
const KEPT: [&str; 5] = ["accept", "content-type", "if-match", "if-none-match", "user-agent"];

/// The layer.
pub(super) async fn keep(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let noted = Noted::default();
    request.extensions_mut().insert(noted.clone());
    let open = Open::begin(state, noted, &request);
    let response = next.run(request).await;
    open.answered(response).await
}

/// An exchange that is not answered yet. If it never is, since it took too long, failed badly or was given up, dropping
/// this offers it all the same.
struct Open {
    state: AppState,
    noted: Noted,
    at: i64,
    started: Instant,
    request_id: String,
    method: Method,
    uri: Uri,
    headers: Vec<(&'static str, HeaderValue)>,
    announced: Option<u64>,
}

impl Open {
    fn begin(state: AppState, noted: Noted, request: &Request) -> Self {
        let headers = KEPT.into_iter().filter_map(|name| Some((name, request.headers().get(name)?.clone())));
        Self {
            at: state.clock.now(),
            started: Clock::instant(),
            request_id: request.extensions().get::<RequestId>().map_or_else(String::new, ToString::to_string),
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: headers.collect(),
            announced: request.body().size_hint().exact(),
            state,
            noted,
        }
    }

    async fn answered(self, response: Response) -> Response {
        let status = response.status().as_u16();
        let (parts, body) = response.into_parts();
        let length = body.size_hint().exact();
        if length.is_none_or(|length| length > Part::LONGEST as u64) {
            self.offer(status, Part { bytes: length, kept: None });
            return Response::from_parts(parts, body);
        }
        // It is there in one piece already: nothing is waited for, and nothing copied.
        match body.collect().await {
            Ok(collected) => {
                let bytes = collected.to_bytes();
                self.offer(status, Part::of(bytes.clone()));
                Response::from_parts(parts, Body::from(bytes))
            }
            Err(_) => Response::from_parts(parts, Body::empty()),
        }
    }

    /// Offers it once; what was noted is taken by that.
    fn offer(&self, status: u16, answer: Part) {
        let draft = self.noted.take();
        let Some(caller) = draft.caller.filter(|caller| caller.mode != Some(Mode::Off)) else { return };
        let path = self.uri.path();
        self.state.journal.offer(Captured {
            scope: caller.scope,
            mode: caller.mode,
            strict: caller.strict,
            at: self.at,
            request_id: self.request_id.clone(),
            method: self.method.to_string(),
            path: path.strip_prefix(BASE).unwrap_or(path).to_owned(),
            query: self.uri.query().map(str::to_owned),
            headers: self.headers.clone(),
            body: draft.body.map_or(Part { bytes: self.announced, kept: None }, Part::of),
            answer,
            status,
            tolerances: draft.tolerances,
            person: draft.person,
            micros: u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
        });
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.offer(0, Part::default());
    }
}
