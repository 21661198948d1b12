//! Why a caller is turned away, with the challenge that goes with it (RFC 6750 §3; ).

use axum::http::{HeaderValue, StatusCode, header};

use crate::edge::Failure;

/// Why a caller is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No bearer token at all: 401 without an error word.
    Missing,
    /// Unknown, revoked, expired or malformed token: 401, always the same sentence.
    Invalid,
    /// More than one set of credentials: 400.
    Ambiguous,
    /// A good token for something else: 403. Names what would be needed.
    Insufficient(&'static str),
    /// Too many failures from this address: 429 after so many seconds.
    Throttled(u32),
}

impl Denied {
    /// The word for the metrics.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Ambiguous => "ambiguous",
            Self::Insufficient(_) => "insufficient",
            Self::Throttled(_) => "throttled",
        }
    }
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        let unauthorized = |detail| Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail);
        match denied {
            Denied::Missing => {
                let detail = "a bearer token is needed in the `Authorization` header, and nowhere else";
                challenge(unauthorized(detail), "")
            }
            Denied::Invalid => {
                let detail = "the bearer token is not valid here: unknown, expired, revoked or malformed";
                challenge(unauthorized(detail), ", error=\"invalid_token\"")
            }
            Denied::Ambiguous => {
                let detail = "the request carries credentials more than once; send one `Authorization` header";
                challenge(Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail), ", error=\"invalid_request\"")
            }
            Denied::Insufficient(scope) => {
                let detail = format!("this token does not open this door; a token for `{scope}` is needed");
                let error = format!(", error=\"insufficient_scope\", scope=\"{scope}\"");
                challenge(Self::new(StatusCode::FORBIDDEN, "insufficient_scope", detail), &error)
            }
            Denied::Throttled(seconds) => {
                let detail = "too many failed authentications from this address; wait, then use a valid token";
                Self::new(StatusCode::TOO_MANY_REQUESTS, "throttled", detail).retry_after(seconds)
            }
        }
    }
}

fn challenge(failure: Failure, error: &str) -> Failure {
    match HeaderValue::try_from(format!("Bearer realm=\"rollcall\"{error}")) {
        Ok(value) => failure.with_header(header::WWW_AUTHENTICATE, value),
        // The words above are plain ASCII; without a challenge the status still says it.
        Err(_) => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::failure::Plane;

    #[test]
    fn each_refusal_has_its_status_and_challenge() {
        for (denied, status, challenge) in [
            (Denied::Missing, 401, Some("Bearer realm=\"rollcall\"")),
            (Denied::Invalid, 401, Some("Bearer realm=\"rollcall\", error=\"invalid_token\"")),
            (Denied::Ambiguous, 400, Some("Bearer realm=\"rollcall\", error=\"invalid_request\"")),
            (
                Denied::Insufficient("scim"),
                403,
                Some("Bearer realm=\"rollcall\", error=\"insufficient_scope\", scope=\"scim\""),
            ),
            (Denied::Throttled(7), 429, None),
        ] {
            let response = Failure::from(denied).on(Plane::Scim);
            assert_eq!(response.status().as_u16(), status, "{denied:?}");
            let given = response.headers().get(header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
            assert_eq!(given, challenge, "{denied:?}");
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), status == 429);
        }
    }
}
