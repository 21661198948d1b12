//! Who is at the other end.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// The client's address: the socket's, or, behind a declared proxy, the one that the proxy added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    pub(super) fn of(headers: &HeaderMap, peer: SocketAddr, behind_proxy: bool) -> Self {
        // Only the last entry is the proxy's own; all before it are the client's word.
        let forwarded = behind_proxy
            .then(|| headers.get_all("x-forwarded-for").iter().next_back())
            .flatten()
            .and_then(|value| value.to_str().ok())
            .and_then(|list| list.rsplit(',').next())
            .and_then(|last| last.trim().parse().ok());
        Self(forwarded.unwrap_or(peer.ip()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_addresses_count_only_behind_a_declared_proxy() {
        let peer = SocketAddr::from(([192, 0, 2, 1], 5));
        for (header, behind_proxy, expected) in [
            (None, true, "192.0.2.1"),
            (Some("203.0.113.9"), false, "192.0.2.1"),
            (Some("203.0.113.9"), true, "203.0.113.9"),
            (Some("10.0.0.1, 203.0.113.9"), true, "203.0.113.9"),
            (Some("nonsense"), true, "192.0.2.1"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert("x-forwarded-for", header.parse().unwrap());
            }
            assert_eq!(ClientAddress::of(&headers, peer, behind_proxy).0.to_string(), expected, "{header:?}");
        }
    }
}
