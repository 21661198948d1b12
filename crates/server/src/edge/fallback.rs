//! Answers for paths and methods that no route has.

use axum::extract::OriginalUri;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use rollcall_scim::error::{ScimError, ScimType};

use super::failure::{Failure, Plane};

/// 404, or 400 `invalidVers` for a SCIM version that we do not speak.
pub(super) async fn not_found(OriginalUri(uri): OriginalUri) -> Response {
    let path = uri.path();
    if let Some(version) = foreign_version(path) {
        let detail = format!("SCIM version `{version}` is not supported; this server speaks `v2`");
        return Failure::from(ScimError::new(ScimType::InvalidVers, detail)).on(Plane::Scim);
    }
    Failure::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path").on(Plane::of(path))
}

/// 405; the router adds `Allow`.
pub(super) async fn method_not_allowed(OriginalUri(uri): OriginalUri) -> Response {
    let detail = "this method does not go with this path; the `Allow` header names those that do";
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail).on(Plane::of(uri.path()))
}

/// Takes a slash from the end of a SCIM path: `/Users/` is `/Users`.
pub(super) fn trim_slash(uri: &mut Uri) {
    let trimmed = uri.path().trim_end_matches('/');
    if trimmed.len() == uri.path().len() {
        return;
    }
    let path = match uri.query() {
        Some(query) => format!("{trimmed}?{query}"),
        None => trimmed.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = path.parse().ok();
    // What was an address before is one without its last slash.
    if let Ok(shorter) = Uri::from_parts(parts) {
        *uri = shorter;
    }
}

/// The version segment of a SCIM path, if it is one and not ours.
fn foreign_version(path: &str) -> Option<&str> {
    let segment = path.strip_prefix("/scim/")?.split('/').next()?;
    let digits = segment.strip_prefix('v')?;
    let is_version = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_version && digits != "2").then_some(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    ///
    #[test]
    fn a_slash_at_the_end_means_nothing() {
        for (given, meant) in [
            ("/scim/v2/Users/", "/scim/v2/Users"),
            ("/scim/v2/Users/?filter=a%2Fb/", "/scim/v2/Users?filter=a%2Fb/"),
            ("/scim/v2/Users", "/scim/v2/Users"),
            ("/scim/v2//", "/scim/v2"),
            ("http://host/scim/v2/Users/", "http://host/scim/v2/Users"),
        ] {
            let mut uri: Uri = given.parse().unwrap();
            trim_slash(&mut uri);
            assert_eq!(uri.to_string(), meant);
        }
    }

    ///
    #[test]
    fn only_a_numbered_segment_is_a_version() {
        for (path, version) in [
            ("/scim/v1/Users", Some("v1")),
            ("/scim/v3", Some("v3")),
            ("/scim/v2/Nothing", None),
            ("/scim/vx/Users", None),
            ("/scim/v/Users", None),
            ("/api/v1/nothing", None),
        ] {
            assert_eq!(foreign_version(path), version, "{path}");
        }
    }
}
