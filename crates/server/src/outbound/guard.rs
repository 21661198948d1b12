//! Where requests may go.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;
use super::error::OutboundError;
use crate::config;

/// What the operator allows, asked twice: for the URL, and for each address that its name leads to.
#[derive(Clone, Debug)]
pub(super) struct Guard(Arc<config::Outbound>);

/// A URL that may be asked.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) host: String,
}

/// A name leads nowhere but to addresses that are not allowed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no public address")]
pub(super) struct NotPublic;

impl Guard {
    pub(super) fn new(allowed: &config::Outbound) -> Self {
        Self(Arc::new(allowed.clone()))
    }

    /// Checks what the URL itself says. The resolver is not asked about an address that is spelt out, so that stands here.
    pub(super) fn url(&self, text: &str) -> Result<Target, OutboundError> {
        let unusable = || OutboundError::Url { url: text.to_owned() };
        let url = Url::parse(text).map_err(|_problem| unusable())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(unusable)?.to_owned();
        match url.scheme() {
            "https" => {}
            "http" if self.0.allow_http => {}
            _ => return Err(OutboundError::Scheme { host }),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Credentials { host });
        }
        let spelt_out = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if spelt_out.is_ok_and(|address| !self.permits(address)) {
            return Err(OutboundError::NotPublic { host });
        }
        Ok(Target { url, host })
    }

    fn permits(&self, address: IpAddr) -> bool {
        let allowed = |address| self.0.allow.iter().any(|network| network.contains(address));
        is_public(address) || allowed(address) || allowed(address.to_canonical())
    }

    /// Those of the addresses that may be connected to.
    fn permitted(&self, host: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
        let (permitted, refused): (Vec<_>, Vec<_>) = found.into_iter().partition(|address| self.permits(address.ip()));
        if let (true, Some(address)) = (permitted.is_empty(), refused.first()) {
            let address = address.ip();
            tracing::warn!(%host, %address, "an outgoing request was refused: `outbound.allow` does not hold the address");
            return Err(NotPublic);
        }
        Ok(permitted)
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let permitted = guard.permitted(name.as_str(), found)?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow: &[&str], allow_http: bool) -> Guard {
        let allow = allow.iter().map(|network| network.parse().unwrap()).collect();
        Guard::new(&config::Outbound { allow, allow_http })
    }

    #[track_caller]
    fn check(guard: &Guard, url: &str, expected: Result<(), &str>) {
        match (guard.url(url), expected) {
            (Ok(_), Ok(())) => {}
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{url}: {error}"),
            (got, _) => panic!("{url}: {got:?}"),
        }
    }

    /// I-8, I-16.
    #[test]
    fn a_url_is_https_to_a_public_host_without_credentials() {
        let strict = guard(&[], false);
        check(&strict, "https://idp.example/keys?a=b", Ok(()));
        check(&strict, "https://8.8.8.8:8443/", Ok(()));
        check(&strict, "https://[2606:4700::1111]/", Ok(()));
        for url in ["http://idp.example/", "ftp://idp.example/", "HTTP://idp.example/"] {
            check(&strict, url, Err("outbound.allow_http"));
        }
        for url in ["", "idp.example", "/keys", "https://", "https:///", "file:///etc/passwd", "data:text/plain,x"] {
            check(&strict, url, Err("no absolute URL"));
        }
        for url in ["https://ada@idp.example/", "https://:secret@idp.example/", "https://a:b@127.0.0.1/"] {
            check(&strict, url, Err("holds a user name or password"));
        }
    }

    /// I-16: however an address is spelt.
    #[test]
    fn an_address_in_a_url_is_checked_in_every_spelling() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://127.0.0.1./",
            "https://%31%32%37.0.0.1/",
            "https://１２７.0.0.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://169.254.169.254/latest/meta-data",
        ] {
            check(&guard(&[], true), url, Err("outbound.allow"));
        }
    }

    #[test]
    fn the_operator_allows_networks_and_http_apart() {
        let network = guard(&["127.0.0.0/8"], false);
        check(&network, "https://127.0.0.1/", Ok(()));
        check(&network, "https://[::ffff:127.0.0.1]/", Ok(()));
        check(&network, "https://10.0.0.1/", Err("outbound.allow"));
        check(&network, "http://127.0.0.1/", Err("outbound.allow_http"));
        check(&guard(&[], true), "http://8.8.8.8/", Ok(()));
        check(&guard(&[], true), "http://127.0.0.1/", Err("outbound.allow"));
        check(&guard(&[], true), "ftp://8.8.8.8/", Err("must use `https`"));
    }

    /// I-16: a public name with an internal address, alone or among others.
    #[test]
    fn of_the_addresses_of_a_name_only_permitted_ones_are_left() {
        let found = |addresses: &[&str]| -> Vec<SocketAddr> {
            addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect()
        };
        let strict = guard(&[], false);
        assert!(strict.permitted("idp.example", found(&["10.0.0.1", "::1"])).is_err());
        let mixed = strict.permitted("idp.example", found(&["10.0.0.1", "8.8.8.8"])).unwrap();
        assert_eq!(mixed, found(&["8.8.8.8"]));
        let allowed = guard(&["10.0.0.0/8"], false).permitted("idp.example", found(&["10.0.0.1"])).unwrap();
        assert_eq!(allowed, found(&["10.0.0.1"]));
        assert!(strict.permitted("idp.example", Vec::new()).unwrap().is_empty());
    }
}
