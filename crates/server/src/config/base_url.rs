//! The address under which clients know the server.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use axum::http::Uri;

/// An absolute `http` or `https` URL without query, fragment, user or trailing slash.
///
/// Every URL in an answer starts with it, never with the `Host` of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// The listening address as a URL: what clients use when nobody named a public URL.
    pub fn of_listener(address: SocketAddr, tls: bool) -> Self {
        Self(format!("{}://{address}", if tls { "https" } else { "http" }))
    }

    /// The URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether clients reach it over TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The base URL with a path behind it, such as `/scim/v2`.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected a URL such as `https://rollcall.example`";
        let uri: Uri = text.parse().map_err(|_| format!("`{text}` is no URL; {expected}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(format!("`{text}` does not start with `https://` or `http://`; {expected}"));
        }
        let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
            return Err(format!("`{text}` names no host; {expected}"));
        };
        if authority.as_str().contains('@') {
            return Err(format!("a user name and password do not belong in this URL; {expected}"));
        }
        if uri.query().is_some() || text.contains('#') {
            return Err(format!("`{text}` has a query or a fragment; {expected}"));
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(text.parse::<BaseUrl>().ok().as_ref().map(BaseUrl::as_str), expected, "{text}");
    }

    /// A-16, I-8.
    #[test]
    fn only_absolute_http_urls_without_user_and_query_are_taken() {
        check("https://id.acme.example", Some("https://id.acme.example"));
        check("https://id.acme.example/", Some("https://id.acme.example"));
        check("http://127.0.0.1:8080/rollcall/", Some("http://127.0.0.1:8080/rollcall"));
        check("id.acme.example", None);
        check("ftp://id.acme.example", None);
        check("https://", None);
        check("https://user:secret@acme.example", None);
        check("https://acme.example/?a=b", None);
        check("https://acme.example/#top", None);
    }
}
