//! Media types of requests and answers (RFC 7644 §3.8; ).

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::failure::{Failure, Plane};

/// What SCIM answers are.
pub const SCIM_JSON: &str = "application/scim+json";
/// What everything else answers.
pub const JSON: &str = "application/json";
/// RFC 9457.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Layer around all SCIM routes: gives the answer in the media type that `Accept` asks for, or 406.
pub async fn negotiate(request: Request, next: Next) -> Response {
    let Some(media_type) = wanted(request.headers()) else {
        let detail = "this server answers `application/scim+json` or `application/json`, and `Accept` takes neither";
        return Failure::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", detail).on(Plane::Scim);
    };
    let mut response = next.run(request).await;
    if media_type == JSON && response.headers().get(header::CONTENT_TYPE).is_some_and(|given| given == SCIM_JSON) {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    }
    response
}

/// Whether a request body of this `Content-Type` is JSON that we read: SCIM or plain JSON, or not named at all.
pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(given) = headers.get(header::CONTENT_TYPE) else { return true };
    let Ok(given) = given.to_str() else { return false };
    let mut parts = given.split(';').map(str::trim);
    let known =
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case(SCIM_JSON) || name.eq_ignore_ascii_case(JSON));
    let readable = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        Some(_) | None => true,
    });
    known && readable
}

/// The better of the two types for these `Accept` headers; `None` if neither is wanted.
fn wanted(headers: &HeaderMap) -> Option<&'static str> {
    let named = headers.get_all(header::ACCEPT).iter();
    let ranges: Vec<Range> = named.filter_map(|value| value.to_str().ok()).flat_map(parse).collect();
    if ranges.is_empty() {
        return Some(SCIM_JSON);
    }
    let (scim, json) = (quality(&ranges, "scim+json"), quality(&ranges, "json"));
    match (scim, json) {
        (0, 0) => None,
        (scim, json) if json > scim => Some(JSON),
        _ => Some(SCIM_JSON),
    }
}

/// One entry of `Accept`: how precisely it names what, and how much it is wanted, in thousandths.
struct Range {
    kind: String,
    subtype: String,
    quality: u16,
}

fn parse(value: &str) -> impl Iterator<Item = Range> + '_ {
    value.split(',').filter_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let quality = parts
            .find_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")))
            .map_or(1_000, thousandths);
        Some(Range { kind: kind.to_ascii_lowercase(), subtype: subtype.to_ascii_lowercase(), quality })
    })
}

/// `0.5` is 500; nonsense counts as wanted.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole != "0" && !whole.is_empty() {
        return 1_000;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    digits.parse().unwrap_or(1_000)
}

/// The most precise entry decides (RFC 9110 §12.5.1).
fn quality(ranges: &[Range], subtype: &str) -> u16 {
    let of = |kind: &str, name: &str| {
        ranges.iter().filter(|range| range.kind == kind && range.subtype == name).map(|range| range.quality).max()
    };
    of("application", subtype).or_else(|| of("application", "*")).or_else(|| of("*", "*")).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &header::HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn accept_chooses_between_the_two_types() {
        for (accept, expected) in [
            (&[][..], Some(SCIM_JSON)),
            (&["*/*"], Some(SCIM_JSON)),
            (&["application/*"], Some(SCIM_JSON)),
            (&["application/scim+json"], Some(SCIM_JSON)),
            (&["Application/SCIM+JSON; charset=utf-8"], Some(SCIM_JSON)),
            (&["application/json"], Some(JSON)),
            (&["application/json, application/scim+json"], Some(SCIM_JSON)),
            (&["application/json", "application/scim+json;q=0.5"], Some(JSON)),
            (&["application/scim+json;q=0, */*"], Some(JSON)),
            (&["text/html"], None),
            (&["text/html, */*;q=0.1"], Some(SCIM_JSON)),
            (&["application/scim+json;q=0"], None),
            (&["application/scim+json;q=0.0, text/html"], None),
        ] {
            assert_eq!(wanted(&headers(&header::ACCEPT, accept)), expected, "{accept:?}");
        }
    }

    #[test]
    fn bodies_are_json_or_refused() {
        for (content_type, accepted) in [
            (&[][..], true),
            (&["application/scim+json"], true),
            (&["APPLICATION/JSON; charset=UTF-8"], true),
            (&["application/json;charset=\"utf-8\""], true),
            (&["application/json;charset=latin1"], false),
            (&["text/plain"], false),
            (&["application/x-www-form-urlencoded"], false),
        ] {
            assert_eq!(is_json(&headers(&header::CONTENT_TYPE, content_type)), accepted, "{content_type:?}");
        }
    }
}
