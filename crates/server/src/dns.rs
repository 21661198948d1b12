//! Looking TXT records up: the one place that asks name servers.
//!
//! Every look-up is a fresh one: nothing is remembered, neither records nor name servers, since somebody waits for a record
//! that was published a minute ago.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::lookup::Lookup as Found;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData};
use hickory_resolver::system_conf::read_system_conf;

use crate::config::Resolver;

/// TXT records of one name that are looked at.
const MOST_RECORDS: usize = 200;

/// Asks name servers.
#[derive(Clone, Debug)]
pub struct Dns {
    server: Option<SocketAddr>,
    patience: Duration,
}

/// What came of a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Who was asked, for people: `the name server 192.0.2.53:53`.
    pub server: String,
    /// What came.
    pub answer: Answer,
}

/// What a name server says about a name's TXT records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Their texts, each joined from its pieces; none if the name has other records only.
    Records(Vec<String>),
    /// NXDOMAIN.
    NoSuchName,
    /// An error of the server's, such as `SERVFAIL`.
    Failure(String),
    /// Nothing, for so long.
    Silence(Duration),
    /// It could not be asked.
    Unreachable(String),
}

impl Answer {
    /// A stable word for what came.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Records(values) if values.is_empty() => "no_record",
            Self::Records(_) => "other_records",
            Self::NoSuchName => "no_such_name",
            Self::Failure(_) => "server_failure",
            Self::Silence(_) => "timeout",
            Self::Unreachable(_) => "unreachable",
        }
    }
}

impl Lookup {
    /// Whether one of the records says exactly this; blanks around it, and quotes that a form has added, do not count.
    pub fn has(&self, value: &str) -> bool {
        let bare = |text: &str| {
            let text = text.trim();
            text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim() == value
        };
        matches!(&self.answer, Answer::Records(values) if values.iter().any(|text| bare(text)))
    }
}

impl Dns {
    /// As configured: the name server of `dns.server`, else those of the system.
    pub fn new(settings: &Resolver) -> Self {
        Self { server: settings.server, patience: settings.timeout }
    }

    /// The TXT records of exactly this name, in ASCII and without a dot at its end. No search domains are tried, and
    /// records of a name that it is an alias of are not its own (P/D-3).
    pub async fn txt(&self, name: &str) -> Lookup {
        let (config, server) = match self.servers() {
            Ok(servers) => servers,
            Err(problem) => {
                let server = "the system's name server".to_owned();
                return Lookup { server, answer: Answer::Unreachable(problem) };
            }
        };
        let answer = match tokio::time::timeout(self.patience, self.ask(config, name)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => self.failed(&error),
            Err(_) => Answer::Silence(self.patience),
        };
        Lookup { server, answer }
    }

    async fn ask(&self, config: ResolverConfig, name: &str) -> Result<Answer, NetError> {
        let name = Name::from_ascii(format!("{name}."))?;
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.timeout = self.patience;
        options.attempts = 1;
        let found = builder.build()?.txt_lookup(name.clone()).await?;
        Ok(Answer::Records(texts(&found, &name)))
    }

    /// Whom to ask, and how to call them.
    fn servers(&self) -> Result<(ResolverConfig, String), String> {
        if let Some(server) = self.server {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = server.port();
                connection
            });
            let config = NameServerConfig::new(server.ip(), true, connections.to_vec());
            return Ok((ResolverConfig::from_name_servers(vec![config]), format!("the name server {server}")));
        }
        let (config, _) = read_system_conf().map_err(|error| error.to_string())?;
        let addresses: Vec<String> = config.name_servers().iter().map(|server| server.ip.to_string()).collect();
        let config = ResolverConfig::from_name_servers(config.name_servers().to_vec());
        Ok((config, format!("the system's name server ({})", addresses.join(", "))))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the library has many errors of its own, and adds more")]
    fn failed(&self, error: &NetError) -> Answer {
        match error {
            NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
                ResponseCode::NXDomain => Answer::NoSuchName,
                ResponseCode::NoError => Answer::Records(Vec::new()),
                code => Answer::Failure(code_word(code)),
            },
            NetError::Dns(DnsError::ResponseCode(code)) => Answer::Failure(code_word(*code)),
            NetError::Timeout => Answer::Silence(self.patience),
            other => Answer::Unreachable(other.to_string()),
        }
    }
}

fn code_word(code: ResponseCode) -> String {
    format!("{code:?}").to_uppercase()
}

/// The texts of the records that belong to the name itself.
fn texts(found: &Found, name: &Name) -> Vec<String> {
    let text = |data: &RData| {
        let RData::TXT(txt) = data else { return None };
        Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned())
    };
    let own = found.answers().iter().filter(|record| record.name == *name);
    own.filter_map(|record| text(&record.data)).take(MOST_RECORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_only_if_it_says_exactly_what_was_asked_for() {
        let value = "rollcall-verification=abc";
        for (text, expected) in [
            (value, true),
            (" rollcall-verification=abc ", true),
            ("\"rollcall-verification=abc\"", true),
            ("rollcall-verification=abcd", false),
            ("x rollcall-verification=abc", false),
            ("rollcall-verification=ABC", false),
            ("", false),
        ] {
            let lookup =
                Lookup { server: String::new(), answer: Answer::Records(vec!["v=spf1 -all".into(), text.into()]) };
            assert_eq!(lookup.has(value), expected, "{text:?}");
        }
    }
}
