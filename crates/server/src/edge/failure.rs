//! A refused or failed request, and how it reads: a SCIM error below `/scim` (RFC 7644 §3.12), a problem elsewhere
//! (RFC 9457).

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_scim::error::{ScimError, ScimType};
use serde_json::{Value, json};

use super::media_type::{PROBLEM_JSON, SCIM_JSON};

/// Which error bodies a path speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// Everything at and below `/scim`.
    Scim,
    /// The rest.
    Problem,
}

impl Plane {
    /// The plane of a request path.
    pub fn of(path: &str) -> Self {
        match path.strip_prefix("/scim") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Self::Scim,
            Some(_) | None => Self::Problem,
        }
    }
}

/// Why a request was not done. Its sentence is read by the client: no secrets, no causes of ours.
#[derive(Clone, Debug)]
pub struct Failure(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    kind: &'static str,
    scim_type: Option<ScimType>,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    members: Vec<(&'static str, Value)>,
}

impl Failure {
    /// A failure with a status, the stable word of its problem body and a sentence.
    pub fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            status,
            kind,
            scim_type: None,
            detail: detail.into(),
            headers: Vec::new(),
            members: Vec::new(),
        }))
    }

    /// 500: the cause is in the log, under the request id, and nowhere else.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server failed; its log names the cause under this request's id",
        )
    }

    /// 400: the request does not have the form that is expected.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 503 with `Retry-After`.
    pub fn unavailable(detail: impl Into<String>, seconds: u32) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).retry_after(seconds)
    }

    pub(crate) fn took_too_long(limit: Duration) -> Self {
        let detail = format!("the request was not done within {} seconds; try again", limit.as_secs());
        Self::unavailable(detail, 1)
    }

    /// The same failure with a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The same failure with a further member of its problem body (RFC 9457 §3.2), such as a fresh plan.
    #[must_use]
    pub fn with_member(mut self, name: &'static str, value: Value) -> Self {
        self.0.members.push((name, value));
        self
    }

    /// The same failure, to be tried again after so many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The sentence.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The answer in the words of a plane.
    pub fn on(self, plane: Plane) -> Response {
        match plane {
            Plane::Scim => self.into_scim(),
            Plane::Problem => self.into_problem(),
        }
    }

    fn into_scim(self) -> Response {
        let status = self.0.status.as_u16();
        let error = match self.0.scim_type {
            Some(scim_type) if scim_type.status() == status => ScimError::new(scim_type, self.0.detail.as_str()),
            Some(_) | None => ScimError::status_only(status, self.0.detail.as_str()),
        };
        self.answer(SCIM_JSON, &error.to_body())
    }

    fn into_problem(self) -> Response {
        let mut body = json!({
            "type": self.0.kind,
            "title": self.0.status.canonical_reason().unwrap_or("Error"),
            "status": self.0.status.as_u16(),
            "detail": self.0.detail,
        });
        if let Value::Object(members) = &mut body {
            members.extend(self.0.members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        self.answer(PROBLEM_JSON, &body)
    }

    fn answer(self, media_type: &'static str, body: &Value) -> Response {
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        for (name, value) in self.0.headers {
            headers.append(name, value);
        }
        response
    }
}

impl From<ScimError> for Failure {
    fn from(error: ScimError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = error.scim_type().map_or("scim", ScimType::as_str);
        let mut failure = Self::new(status, kind, error.detail());
        failure.0.scim_type = error.scim_type();
        failure
    }
}

/// A failure outside `/scim`: `Result<_, Problem>` is what handlers there return.
#[derive(Clone, Debug)]
pub struct Problem(pub Failure);

impl<E: Into<Failure>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.0.on(Plane::Problem)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn read(response: Response) -> (u16, String, Value) {
        let media_type = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, media_type, serde_json::from_slice(&bytes).unwrap())
    }

    #[test]
    fn only_paths_below_scim_speak_scim() {
        for (path, plane) in [
            ("/scim", Plane::Scim),
            ("/scim/v2/Users", Plane::Scim),
            ("/scimitar", Plane::Problem),
            ("/sso/sign-in", Plane::Problem),
            ("/", Plane::Problem),
        ] {
            assert_eq!(Plane::of(path), plane, "{path}");
        }
    }

    ///
    #[tokio::test]
    async fn a_scim_failure_is_a_scim_error_with_its_status_as_text() {
        let failure = Failure::unavailable("the database is busy; try again", 2);
        assert_eq!(failure.clone().on(Plane::Scim).headers()[header::RETRY_AFTER], "2");
        let (status, media_type, body) = read(failure.on(Plane::Scim)).await;
        assert_eq!((status, media_type.as_str()), (503, "application/scim+json"));
        assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!((&body["status"], &body["detail"]), (&json!("503"), &json!("the database is busy; try again")));
    }

    ///
    #[tokio::test]
    async fn a_keyword_survives_the_way_to_the_answer() {
        let (status, _, body) = read(Failure::from(ScimError::uniqueness("taken")).on(Plane::Scim)).await;
        assert_eq!((status, &body["scimType"]), (409, &json!("uniqueness")));
    }

    #[tokio::test]
    async fn a_problem_names_its_type_status_and_members() {
        let failure =
            Failure::new(StatusCode::CONFLICT, "stale_plan", "the plan is stale").with_member("plan", json!({"id": 1}));
        let (status, media_type, body) = read(Problem(failure).into_response()).await;
        assert_eq!((status, media_type.as_str()), (409, "application/problem+json"));
        let expected = json!({"type": "stale_plan", "title": "Conflict", "status": 409, "detail": "the plan is stale", "plan": {"id": 1}});
        assert_eq!(body, expected);
    }
}
