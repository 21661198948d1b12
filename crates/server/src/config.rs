//! What an operator may set: file, environment and flags become one checked [`Config`].
//!
//! Later ones win: defaults, then the file (`--config`, TOML), then `ROLLCALL_*` variables, then flags. Every key stands
//! once, in `config/keys.rs`. Reading never stops at the first mistake: all of them come back at once.

mod base_url;
mod given;
mod keys;
mod mail;
mod outbound;
mod problem;
mod read;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

pub use base_url::BaseUrl;
pub use keys::{described, environment_name};
pub(crate) use mail::is_near;
pub use mail::{Carrier, Mail};
pub use outbound::{Network, Outbound};
pub use problem::Problem;
pub use read::{Flags, Loaded, environment, load};

use crate::journal::Mode;

/// Everything that an operator can set, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// `postgres://` or `sqlite://` URL; `None` is SQLite in [`Config::data_dir`]. May hold a password.
    pub database_url: Option<SecretString>,
    /// Where an embedded database lives.
    pub data_dir: PathBuf,
    /// The address to listen on; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// How the server is reached from outside; `None` is the listening address.
    pub public_url: Option<BaseUrl>,
    /// Who ends TLS.
    pub transport: Transport,
    /// Whether pending migrations are applied at start.
    pub migrate: bool,
    /// Bounds of the HTTP layer.
    pub limits: Limits,
    /// Bounds of the SCIM protocol, published in `ServiceProviderConfig`.
    pub scim: ScimLimits,
    /// What is written to standard error.
    pub log: Log,
    /// Where outgoing requests may go.
    pub outbound: Outbound,
    /// Who is asked for the records of domains.
    pub dns: Resolver,
    /// What is kept of SCIM exchanges.
    pub journal: Journal,
    /// How letters are sent; `None` sends none.
    pub mail: Option<Mail>,
}

/// What is kept of SCIM exchanges, and how long.
#[derive(Clone, Debug)]
pub struct Journal {
    /// How much of each, for connections that say nothing else.
    pub mode: Mode,
    /// Days that an exchange is kept.
    pub days: u32,
    /// Exchanges that are kept of each connection.
    pub entries: u64,
    /// Bytes that are kept of each body.
    pub body_bytes: usize,
}

impl Default for Journal {
    fn default() -> Self {
        Self { mode: Mode::Redacted, days: 7, entries: 10_000, body_bytes: 16 * 1024 }
    }
}

/// Who is asked for the records of domains.
#[derive(Clone, Debug)]
pub struct Resolver {
    /// A name server; `None` is those of the system.
    pub server: Option<SocketAddr>,
    /// Time for one look-up.
    pub timeout: Duration,
}

/// Who ends TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Nobody: only on a loopback address.
    Plain,
    /// A proxy in front, which also names the client in `X-Forwarded-For`.
    BehindProxy,
    /// This server, with PEM files.
    Tls {
        /// The certificate chain, leaf first.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
}

/// Bounds of the HTTP layer.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections open at a time; more wait in the system's queue.
    pub connections: usize,
    /// Bytes of a request's line and headers together.
    pub header_bytes: usize,
    /// Time from the first byte of a request to the end of its headers, and for a TLS handshake.
    pub header_time: Duration,
    /// Time that a connection may stay open without a request, or with an answer that the client does not read.
    pub idle_time: Duration,
    /// Bytes of a request body.
    pub body_bytes: usize,
    /// Time for sending a request body.
    pub body_time: Duration,
    /// Time for a whole request, its body included.
    pub request_time: Duration,
    /// Time for running requests to finish once the server was told to stop.
    pub grace_time: Duration,
    /// Failed authentications of one address within a minute before it is answered 429.
    pub failed_authentications: u32,
}

/// Bounds of the SCIM protocol.
#[derive(Clone, Debug)]
pub struct ScimLimits {
    /// Operations of one PATCH or bulk request.
    pub max_operations: usize,
    /// Resources of one page, at most.
    pub max_results: u64,
    /// Resources of one page when the client names no count.
    pub default_page: u64,
    /// Seconds that a cursor stays valid.
    pub cursor_seconds: i64,
    /// Nesting of a JSON body.
    pub depth: usize,
    /// Elements of one array in a body.
    pub array: usize,
}

/// What is written to standard error.
#[derive(Clone, Debug)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// Which lines are written: directives as `info,rollcall_server=debug`.
    pub filter: String,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: None,
            data_dir: PathBuf::from("rollcall-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            transport: Transport::Plain,
            migrate: true,
            limits: Limits::default(),
            scim: ScimLimits::default(),
            log: Log { format: LogFormat::Text, filter: "info,sea_orm_migration=warn".to_owned() },
            outbound: Outbound::default(),
            dns: Resolver { server: None, timeout: Duration::from_secs(5) },
            journal: Journal::default(),
            mail: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            header_bytes: 16 * 1024,
            header_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(75),
            body_bytes: 16 * 1024 * 1024,
            body_time: Duration::from_secs(30),
            request_time: Duration::from_mins(1),
            grace_time: Duration::from_secs(25),
            failed_authentications: 60,
        }
    }
}

impl Default for ScimLimits {
    fn default() -> Self {
        Self {
            max_operations: 1_000,
            max_results: 1_000,
            default_page: 100,
            cursor_seconds: 3_600,
            depth: 32,
            array: 50_000,
        }
    }
}
