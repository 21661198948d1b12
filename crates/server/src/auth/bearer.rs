//! Finds the bearer token of a request: in the `Authorization` header only (RFC 6750 §2; ).

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::{Denied, Presented};

/// The token of a request, not checked against the directory yet.
pub(super) fn presented(parts: &Parts) -> Result<Presented, Denied> {
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    let header = headers.next().ok_or(Denied::Missing)?;
    if headers.next().is_some() || names_a_token(parts.uri.query().unwrap_or_default()) {
        return Err(Denied::Ambiguous);
    }
    let text = header.to_str().map_err(|_| Denied::Invalid)?.trim();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // Another scheme is no bearer token: the challenge tells which one we take.
        return Err(Denied::Missing);
    }
    Presented::parse(token.trim()).ok_or(Denied::Invalid)
}

fn names_a_token(query: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some("access_token"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use rollcall_directory::TokenKind;

    use crate::auth::Minted;
    use crate::ids::Ids;

    #[track_caller]
    fn check(uri: &str, headers: &[String], expected: Result<TokenKind, Denied>) {
        let mut request = Request::builder().uri(uri);
        for header in headers {
            request = request.header(AUTHORIZATION, header);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(presented(&parts).map(|presented| presented.kind), expected, "{uri} {headers:?}");
    }

    #[test]
    fn one_well_formed_header_is_taken_and_nothing_else() {
        let token = Minted::new(TokenKind::Scim, &Ids::seeded(1), 1).reveal().to_owned();
        check("/", &[], Err(Denied::Missing));
        check("/", &[format!("Bearer {token}")], Ok(TokenKind::Scim));
        check("/", &[format!("bEARER   {token}")], Ok(TokenKind::Scim));
        check("/?a=b", &[format!("Bearer {token}")], Ok(TokenKind::Scim));
        check("/", &["Basic YWRhOnNlY3JldA==".to_owned()], Err(Denied::Missing));
        check("/", &["Bearer".to_owned()], Err(Denied::Invalid));
        check("/", &["Bearer something".to_owned()], Err(Denied::Invalid));
        check("/", std::slice::from_ref(&token), Err(Denied::Missing));
        check("/", &[format!("Bearer {token}"), format!("Bearer {token}")], Err(Denied::Ambiguous));
        check(&format!("/?access_token={token}"), &[], Err(Denied::Missing));
        check(&format!("/?access_token={token}"), &[format!("Bearer {token}")], Err(Denied::Ambiguous));
    }
}
