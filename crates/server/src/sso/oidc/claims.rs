//! What the claims of a verified token must say (OpenID Connect Core §3.1.3.7).

use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::super::refused::Refused;
use crate::clock::{DAY, SECOND};

/// How far the provider's clock and ours may be apart.
const SKEW: i64 = 60 * SECOND;
/// How long after it was made a token is evidence of a sign-in, however late it expires: single sign-on is a moment.
const OLDEST: i64 = DAY;
/// 9999-12-31, in seconds; later instants are mistakes.
const LATEST: i64 = 253_402_300_799;

/// What the connection and the request expect.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: Option<&'a str>,
    /// UTC microseconds.
    pub(super) now: i64,
}

/// Checks the claims; when the token ceases to be accepted, in UTC microseconds.
pub(super) fn check(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<i64, Refused> {
    if text(claims, "iss") != Some(expected.issuer) {
        return invalid("the ID token comes from another issuer (`iss`) than the connection's");
    }
    check_audience(claims, expected.client_id)?;
    let expires_at = check_times(claims, expected.now)?;
    if let Some(nonce) = expected.nonce {
        let given = text(claims, "nonce").unwrap_or_default();
        if !bool::from(given.as_bytes().ct_eq(nonce.as_bytes())) {
            return invalid("the ID token's `nonce` is not the one that was sent to the provider");
        }
    }
    Ok(expires_at)
}

fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), Refused> {
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    };
    if !audiences.contains(&client_id) {
        return invalid("the ID token is meant for another client (`aud`) than the connection's");
    }
    let party = claims.get("azp").filter(|party| !party.is_null());
    if (party.is_some() || audiences.len() > 1) && party.and_then(Value::as_str) != Some(client_id) {
        return invalid("the ID token was issued to another client (`azp`) than the connection's");
    }
    Ok(())
}

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<i64, Refused> {
    let (Some(expires_at), Some(issued_at)) = (instant(claims, "exp")?, instant(claims, "iat")?) else {
        return invalid("the ID token lacks `exp` or `iat`");
    };
    let expired = |detail: &str| Err(Refused::Expired(detail.to_owned()));
    let ends_at = expires_at.min(issued_at.saturating_add(OLDEST)).saturating_add(SKEW);
    if now >= ends_at {
        return expired("the ID token has expired (`exp`, and a day after `iat` at the latest); start a new sign-in");
    }
    let latest_start = issued_at.max(instant(claims, "nbf")?.unwrap_or(issued_at));
    if now.saturating_add(SKEW) < latest_start {
        return expired("the ID token is not valid yet (`iat`, `nbf`); compare the clocks of provider and server");
    }
    Ok(ends_at)
}

/// A `NumericDate` (RFC 7519 §2), which may have fractions, in UTC microseconds.
fn instant(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refused> {
    let Some(value) = claims.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    #[expect(clippy::cast_possible_truncation, reason = "rounding down is meant; what is out of range saturates")]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64));
    match seconds.filter(|seconds| (0..=LATEST).contains(seconds)) {
        Some(seconds) => Ok(Some(seconds * SECOND)),
        None => invalid("the ID token's `exp`, `iat` and `nbf` must be seconds since 1970"),
    }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn invalid<T>(detail: &str) -> Result<T, Refused> {
    Err(Refused::Invalid(detail.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    /// Good claims with these changes; `null` takes a claim away.
    fn claims(changes: &Value) -> Map<String, Value> {
        let mut claims =
            json!({"iss": "https://idp.example", "aud": "rollcall", "exp": NOW + 300, "iat": NOW, "sub": "1"});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object().unwrap().clone()
    }

    #[track_caller]
    fn check_with(nonce: Option<&str>, changes: &Value, expected: Result<i64, &Refused>) {
        let (issuer, client_id) = ("https://idp.example", "rollcall");
        let got = check(&claims(changes), &Expected { issuer, client_id, nonce, now: NOW * SECOND });
        match (got, expected) {
            (Ok(ends_at), Ok(seconds)) => assert_eq!(ends_at / SECOND, NOW + seconds, "{changes}"),
            (Err(Refused::Invalid(got)), Err(Refused::Invalid(part)))
            | (Err(Refused::Expired(got)), Err(Refused::Expired(part))) => {
                assert!(got.contains(part), "{changes}: {got}");
            }
            (got, expected) => panic!("{changes}: {got:?}, not {expected:?}"),
        }
    }

    /// §3.1.3.7, points 2 to 5.
    #[test]
    fn issuer_and_audience_are_the_connections() {
        let invalid = |part: &str| Refused::Invalid(part.to_owned());
        for changes in [
            json!({}),
            json!({"aud": ["rollcall"]}),
            json!({"aud": ["other", "rollcall"], "azp": "rollcall"}),
            json!({"azp": "rollcall"}),
        ] {
            check_with(None, &changes, Ok(360));
        }
        for iss in
            [json!(null), json!("https://idp.example/"), json!("https://IDP.example"), json!(["https://idp.example"])]
        {
            check_with(None, &json!({"iss": iss}), Err(&invalid("`iss`")));
        }
        for aud in
            [json!(null), json!("other"), json!([]), json!(["other"]), json!("rollcall "), json!({"a": "rollcall"})]
        {
            check_with(None, &json!({"aud": aud}), Err(&invalid("`aud`")));
        }
        for changes in [
            json!({"azp": "other"}),
            json!({"azp": 5}),
            json!({"azp": ""}),
            json!({"aud": ["rollcall", "other"]}),
            json!({"aud": ["rollcall", "other"], "azp": "other"}),
        ] {
            check_with(None, &changes, Err(&invalid("`azp`")));
        }
    }

    /// §3.1.3.7, points 9 and 10.
    #[test]
    fn times_are_checked_with_a_minute_to_spare() {
        let (invalid, expired) =
            (|part: &str| Refused::Invalid(part.to_owned()), |part: &str| Refused::Expired(part.to_owned()));
        for (changes, seconds) in [
            (json!({"exp": NOW - 59, "iat": NOW - 300}), 1),
            (json!({"exp": NOW + 300, "iat": NOW + 60, "nbf": NOW + 60}), 360),
            (json!({"exp": 1_800_000_300.9, "iat": 1_799_999_999.5}), 360),
            (json!({"exp": NOW + 10 * 86_400}), 86_460),
        ] {
            check_with(None, &changes, Ok(seconds));
        }
        for changes in [
            json!({"exp": NOW - 60, "iat": NOW - 300}),
            json!({"exp": 0, "iat": 0}),
            json!({"exp": NOW + 300, "iat": NOW - 86_400 - 60}),
        ] {
            check_with(None, &changes, Err(&expired("has expired")));
        }
        for changes in [json!({"iat": NOW + 61}), json!({"nbf": NOW + 61})] {
            check_with(None, &changes, Err(&expired("not valid yet")));
        }
        for changes in [json!({"exp": null}), json!({"iat": null})] {
            check_with(None, &changes, Err(&invalid("lacks `exp` or `iat`")));
        }
        for (name, value) in [
            ("exp", json!("soon")),
            ("exp", json!(1e300)),
            ("iat", json!(-1)),
            ("nbf", json!({})),
            ("exp", json!(u64::MAX)),
        ] {
            check_with(None, &json!({name: value}), Err(&invalid("seconds since 1970")));
        }
    }

    /// §3.1.3.7, point 11.
    #[test]
    fn a_nonce_of_the_request_must_be_the_tokens() {
        check_with(Some("n-0S6"), &json!({"nonce": "n-0S6"}), Ok(360));
        check_with(None, &json!({"nonce": "n-0S6"}), Ok(360));
        for changes in [json!({}), json!({"nonce": "n-0S7"}), json!({"nonce": ["n-0S6"]}), json!({"nonce": "n-0S6 "})] {
            check_with(Some("n-0S6"), &changes, Err(&Refused::Invalid("`nonce`".to_owned())));
        }
    }
}
