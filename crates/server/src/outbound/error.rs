//! Why an outgoing request came to nothing.

use std::error::Error;

use super::Bounds;
use super::guard::NotPublic;

/// What failed, and which setting would allow it. The sentences name no address that was looked up: whoever may set a URL
/// is not told what a name means inside the operator's network. The log is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not a URL.
    #[error("`{url}` is no absolute URL; expected one such as `https://idp.example/keys`")]
    Url {
        /// What was given.
        url: String,
    },
    /// Another scheme.
    #[error("requests to `{host}` must use `https`; the operator may allow `http` with `outbound.allow_http`")]
    Scheme {
        /// The host of the URL.
        host: String,
    },
    /// Somebody's credentials in the URL (I-8).
    #[error("the URL for `{host}` holds a user name or password; URLs must hold none")]
    Credentials {
        /// The host of the URL.
        host: String,
    },
    /// An address that is not public.
    #[error("`{host}` leads to no public address; the operator may allow its network with `outbound.allow`")]
    NotPublic {
        /// The host of the URL.
        host: String,
    },
    /// Too slow.
    #[error("`{host}` did not answer within {seconds} seconds")]
    TimedOut {
        /// The host of the URL.
        host: String,
        /// The bound.
        seconds: u64,
    },
    /// No connection, or a broken one.
    #[error("the exchange with `{host}` failed: {problem}")]
    Broken {
        /// The host of the URL.
        host: String,
        /// What the network, TLS or HTTP says.
        problem: String,
    },
    /// A body without end.
    #[error("`{host}` answered with more than {bytes} bytes")]
    TooLarge {
        /// The host of the URL.
        host: String,
        /// The bound.
        bytes: usize,
    },
    /// Not 200.
    #[error("`{host}` answered with status {status}, not 200; redirects are not followed")]
    Status {
        /// The host of the URL.
        host: String,
        /// The status.
        status: u16,
    },
    /// The machine has no trusted certificates.
    #[error("this server cannot send requests: {problem}")]
    NoClient {
        /// What is missing.
        problem: String,
    },
}

impl OutboundError {
    pub(super) fn of(host: &str, bounds: Bounds, error: &reqwest::Error) -> Self {
        let host = host.to_owned();
        if causes(error).any(<dyn Error>::is::<NotPublic>) {
            return Self::NotPublic { host };
        }
        if error.is_timeout() {
            return Self::TimedOut { host, seconds: bounds.time.as_secs() };
        }
        Self::Broken { host, problem: root_cause(error) }
    }
}

/// The innermost error: the outer ones say little more than that there is one, and repeat the URL.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}
