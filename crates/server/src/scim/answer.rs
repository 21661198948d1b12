//! A successful SCIM answer: status, body, `Location`, `ETag`.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::edge::media_type::SCIM_JSON;

/// What a SCIM handler returns when all went well.
#[derive(Clone, Debug)]
pub struct ScimAnswer {
    status: StatusCode,
    body: Option<Value>,
    location: Option<String>,
    etag: Option<String>,
}

impl ScimAnswer {
    /// 200 with a body.
    pub fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body), location: None, etag: None }
    }

    /// 201 with the resource and its address.
    pub fn created(body: Value, location: impl Into<String>) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(body) }.at(location)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, location: None, etag: None }
    }

    /// 304; name the tag with [`ScimAnswer::tagged`].
    pub fn not_modified() -> Self {
        Self { status: StatusCode::NOT_MODIFIED, ..Self::no_content() }
    }

    /// With the resource's address.
    #[must_use]
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// With the resource's entity tag, quotes and `W/` included.
    #[must_use]
    pub fn tagged(mut self, etag: impl Into<String>) -> Self {
        self.etag = Some(etag.into());
        self
    }
}

impl IntoResponse for ScimAnswer {
    fn into_response(self) -> Response {
        let has_body = self.body.is_some();
        let mut response = Response::new(self.body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if has_body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(SCIM_JSON));
        }
        for (name, value) in [(header::LOCATION, self.location), (header::ETAG, self.etag)] {
            // Both are made by us, of URLs and numbers.
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: ScimAnswer, status: u16, headers: &[(&str, &str)]) {
        let response = answer.into_response();
        assert_eq!(response.status().as_u16(), status);
        let given: Vec<(&str, &str)> =
            response.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(given, headers);
    }

    #[test]
    fn each_answer_has_its_status_and_headers() {
        let body = serde_json::json!({"id": "1"});
        let (media, place, tag) =
            (("content-type", "application/scim+json"), ("location", "https://a/Users/1"), ("etag", "W/\"3\""));
        check(ScimAnswer::ok(body.clone()), 200, &[media]);
        check(ScimAnswer::ok(body.clone()).at(place.1).tagged(tag.1), 200, &[media, place, tag]);
        check(ScimAnswer::created(body, place.1).tagged(tag.1), 201, &[media, place, tag]);
        check(ScimAnswer::no_content(), 204, &[]);
        check(ScimAnswer::not_modified().tagged(tag.1), 304, &[tag]);
    }
}
