//! The form of a signed token: three parts, of which only the header is read before the signature is verified (RFC 7515).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::refused::Refused;
use crate::app::connection_settings::ALGORITHMS;

/// Bytes of a token; one with two hundred groups has about ten thousand.
const LONGEST: usize = 64 * 1_024;

/// A token whose signature may be worth verifying.
#[derive(Debug)]
pub(super) struct Token<'a> {
    signed: &'a str,
    payload: &'a str,
    signature: &'a str,
    algorithm: Algorithm,
    key_id: Option<String>,
}

/// What is read of the header. Keys and addresses of keys in it (`jwk`, `jku`, `x5u`, `x5c`) are not: the sender chose them.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

impl<'a> Token<'a> {
    /// Reads the form and the header, and refuses what `accepted` algorithms cannot have signed.
    pub(super) fn read(text: &'a str, accepted: &[Algorithm]) -> Result<Self, Refused> {
        let malformed = |detail: &str| Refused::Malformed(format!("`id_token` is no ID token: {detail}"));
        if text.len() > LONGEST {
            return Err(malformed(&format!("it has more than {LONGEST} bytes")));
        }
        let (signed, signature) = text.rsplit_once('.').ok_or_else(|| malformed("it has no parts"))?;
        let (header, payload) = match signed.split('.').collect::<Vec<_>>().as_slice() {
            [header, payload] => (*header, *payload),
            [_, _, _, _] => return Err(malformed("it is encrypted; expected one that is only signed")),
            _ => return Err(malformed("expected three parts with a dot between them")),
        };
        for part in [payload, signature] {
            decoded(part).ok_or_else(|| malformed("a part is not base64url"))?;
        }
        let header = decoded(header).and_then(|bytes| serde_json::from_slice::<Header>(&bytes).ok());
        let header = header.ok_or_else(|| malformed("its header cannot be read"))?;
        let algorithm = header.algorithm(accepted)?;
        Ok(Self { signed, payload, signature, algorithm, key_id: header.kid })
    }

    /// What the signature covers: header and payload.
    pub(super) fn signed(&self) -> &'a str {
        self.signed
    }

    pub(super) fn signature(&self) -> &'a str {
        self.signature
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The name of the key that the header gives.
    pub(super) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The claims; they mean nothing before the signature was verified.
    pub(super) fn claims(&self) -> Result<Map<String, Value>, Refused> {
        let claims = decoded(self.payload).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        claims.ok_or_else(|| Refused::Malformed("`id_token` is no ID token: its claims are no JSON object".to_owned()))
    }
}

impl Header {
    fn algorithm(&self, accepted: &[Algorithm]) -> Result<Algorithm, Refused> {
        let invalid = |detail: &str| Err(Refused::Invalid(detail.to_owned()));
        let known = ALGORITHMS.iter().find(|(name, _)| *name == self.alg).map(|(_, algorithm)| *algorithm);
        let Some(algorithm) = known.filter(|algorithm| accepted.contains(algorithm)) else {
            return invalid("the ID token's algorithm is none that this connection accepts");
        };
        if self.crit.is_some() {
            return invalid("the ID token has critical header parameters (`crit`), of which none is understood");
        }
        if !self.typ.as_deref().is_none_or(is_id_token) {
            return invalid("the token is of another type (`typ`) than an ID token");
        }
        Ok(algorithm)
    }
}

/// Whether a `typ` may be that of an ID token; an access token says `at+jwt` (RFC 9068), a logout token `logout+jwt`.
fn is_id_token(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "id_token" | "id_token+jwt" | "id+jwt")
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn encoded(header: &Value) -> String {
        format!("{}.e30.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(header.to_string()))
    }

    #[track_caller]
    fn check(text: &str, expected: Result<(), Refused>) {
        let got = Token::read(text, &[Algorithm::RS256, Algorithm::ES256]).map(|_token| ());
        match (got, expected) {
            (Err(Refused::Malformed(got)), Err(Refused::Malformed(part)))
            | (Err(Refused::Invalid(got)), Err(Refused::Invalid(part))) => {
                assert!(got.contains(&part), "{text}: {got}");
            }
            (got, expected) => assert_eq!(got, expected, "{text}"),
        }
    }

    #[test]
    fn only_three_parts_of_base64url_are_a_token() {
        let malformed = |part: &str| Err(Refused::Malformed(part.to_owned()));
        let good = encoded(&json!({"alg": "RS256"}));
        check(&good, Ok(()));
        for text in ["", "garbage", "é"] {
            check(text, malformed("no parts"));
        }
        for text in [".", "a.b", "a.b.c.d", "a.b.c.d.e.f", "...", "....."] {
            check(text, malformed("three parts"));
        }
        check("a.b.c.d.e", malformed("encrypted"));
        check("..", malformed("header cannot be read"));
        for text in [format!("{good}="), format!("{good} "), format!("{good}%"), good.replace("e30", "e3+0")] {
            check(&text, malformed("not base64url"));
        }
        for header in [json!([]), json!("RS256"), json!({}), json!({"alg": 5}), json!({"alg": "RS256", "kid": 5})] {
            check(&encoded(&header), malformed("header cannot be read"));
        }
        check(&format!("{good}{}", "a".repeat(LONGEST)), malformed("more than 65536 bytes"));
    }

    #[test]
    fn the_header_must_be_that_of_an_id_token() {
        let invalid = |part: &str| Err(Refused::Invalid(part.to_owned()));
        for alg in ["none", "None", "", "HS256", "RS512", "EdDSA", "rs256", "RS256 "] {
            check(&encoded(&json!({"alg": alg})), invalid("algorithm"));
        }
        for typ in ["JWT", "jwt", "application/jwt", "id_token", "ID_TOKEN+JWT"] {
            check(&encoded(&json!({"alg": "ES256", "typ": typ})), Ok(()));
        }
        for typ in ["at+jwt", "application/at+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", ""] {
            check(&encoded(&json!({"alg": "ES256", "typ": typ})), invalid("another type"));
        }
        check(&encoded(&json!({"alg": "RS256", "crit": ["exp"]})), invalid("critical"));
        check(&encoded(&json!({"alg": "RS256", "crit": []})), invalid("critical"));
        check(&encoded(&json!({"alg": "RS256", "jwk": {"kty": "RSA"}, "jku": "https://evil.example"})), Ok(()));
    }
}
