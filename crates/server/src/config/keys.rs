//! Every key of the configuration: its name, what it means, how a given value is taken.

use super::given::Given;
use super::mail::{mailbox, smtp_url};
use super::read::Draft;
use super::{Log, LogFormat};
use crate::journal::Mode;

/// One key. In the file it is `name` (tables with dots), in the environment `ROLLCALL_` and the name in capitals.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) take: fn(&mut Draft, &Given<'_>) -> Result<(), String>,
}

macro_rules! key {
    ($name:literal, $about:literal, |$draft:ident, $given:ident| $take:expr) => {
        Key {
            name: $name,
            about: $about,
            take: |$draft, $given| {
                $take;
                Ok(())
            },
        }
    };
}

pub(super) const KEYS: &[Key] = &[
    key!("database_url", "postgres://... or sqlite://...; without it SQLite in data_dir", |draft, given| {
        draft.config.database_url = Some(given.text()?.trim().into());
    }),
    key!("data_dir", "directory of the embedded database [rollcall-data]", |draft, given| {
        draft.config.data_dir = given.text()?.into();
    }),
    key!("listen", "address and port to listen on; port 0 picks one [127.0.0.1:8080]", |draft, given| {
        draft.config.listen = given.address()?;
    }),
    key!("public_url", "URL under which clients reach the server [the listening address]", |draft, given| {
        draft.config.public_url = Some(given.parsed()?);
    }),
    key!("behind_proxy", "a proxy in front ends TLS and sets X-Forwarded-For [false]", |draft, given| {
        draft.behind_proxy = given.boolean()?;
    }),
    key!("migrate", "apply pending migrations at start [true]", |draft, given| draft.config.migrate =
        given.boolean()?),
    key!("tls.certificate", "PEM file with the certificate chain", |draft, given| {
        draft.certificate = Some(given.text()?.into());
    }),
    key!("tls.key", "PEM file with the private key", |draft, given| draft.key = Some(given.text()?.into())),
    key!("limits.connections", "connections open at a time [4096]", |draft, given| {
        draft.config.limits.connections = given.size(1..=1_000_000)?;
    }),
    key!("limits.header_bytes", "bytes of a request's headers [16384]", |draft, given| {
        draft.config.limits.header_bytes = given.size(8_192..=1_048_576)?;
    }),
    key!("limits.header_seconds", "time for a request's headers [10]", |draft, given| {
        draft.config.limits.header_time = given.seconds(1..=3_600)?;
    }),
    key!("limits.idle_seconds", "time a connection may rest, or leave an answer unread [75]", |draft, given| {
        draft.config.limits.idle_time = given.seconds(1..=86_400)?;
    }),
    key!("limits.body_bytes", "bytes of a request body [16777216]", |draft, given| {
        draft.config.limits.body_bytes = given.size(1_024..=1_073_741_824)?;
    }),
    key!("limits.body_seconds", "time for sending a request body [30]", |draft, given| {
        draft.config.limits.body_time = given.seconds(1..=3_600)?;
    }),
    key!("limits.request_seconds", "time for a whole request [60]", |draft, given| {
        draft.config.limits.request_time = given.seconds(1..=3_600)?;
    }),
    key!("limits.grace_seconds", "time for running requests once told to stop [25]", |draft, given| {
        draft.config.limits.grace_time = given.seconds(0..=3_600)?;
    }),
    key!("limits.failed_authentications", "per address and minute, before 429 [60]", |draft, given| {
        draft.config.limits.failed_authentications = given.number(1..=1_000_000)?;
    }),
    key!("scim.max_operations", "operations of one PATCH or bulk request [1000]", |draft, given| {
        draft.config.scim.max_operations = given.size(1..=100_000)?;
    }),
    key!("scim.max_results", "resources of one page [1000]", |draft, given| {
        draft.config.scim.max_results = given.number(1..=10_000)?.into();
    }),
    key!("scim.default_page", "resources of one page when the client names no count [100]", |draft, given| {
        draft.config.scim.default_page = given.number(1..=10_000)?.into();
    }),
    key!("scim.cursor_seconds", "time that a cursor stays valid [3600]", |draft, given| {
        draft.config.scim.cursor_seconds = given.number(1..=604_800)?.into();
    }),
    key!("scim.depth", "nesting of a JSON body [32]", |draft, given| draft.config.scim.depth = given.size(8..=128)?),
    key!("scim.array", "elements of one array in a body [50000]", |draft, given| {
        draft.config.scim.array = given.size(100..=10_000_000)?;
    }),
    key!("log.format", "`text` or `json` [text]", |draft, given| {
        draft.config.log.format = match given.text()? {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            other => return Err(format!("`{other}` is no log format; expected `text` or `json`")),
        }
    }),
    key!(
        "log.filter",
        "which lines, as `info` or `info,rollcall_server=debug` [info,sea_orm_migration=warn]",
        |draft, given| {
            draft.config.log.filter = Log::checked(given.text()?)?;
        }
    ),
    key!("outbound.allow", "networks that outgoing requests may reach beside public ones [none]", |draft, given| {
        draft.config.outbound.allow = given.list()?;
    }),
    key!("outbound.allow_http", "allow outgoing requests without TLS [false]", |draft, given| {
        draft.config.outbound.allow_http = given.boolean()?;
    }),
    key!(
        "dns.server",
        "name server for the records of domains, as `192.0.2.53` or `127.0.0.1:5353` [the system's]",
        |draft, given| {
            draft.config.dns.server = Some(given.name_server()?);
        }
    ),
    key!("dns.timeout_seconds", "time for one look-up [5]", |draft, given| {
        draft.config.dns.timeout = given.seconds(1..=60)?;
    }),
    key!("journal.mode", "what is kept of SCIM exchanges: `off`, `redacted` or `full` [redacted]", |draft, given| {
        let mode = Mode::from_code(given.text()?);
        draft.config.journal.mode = mode.ok_or("expected `off`, `redacted` or `full`")?;
    }),
    key!("journal.days", "days that exchanges are kept [7]", |draft, given| {
        draft.config.journal.days = given.number(1..=400)?;
    }),
    key!("journal.entries", "exchanges that are kept of each connection [10000]", |draft, given| {
        draft.config.journal.entries = given.number(100..=1_000_000)?.into();
    }),
    key!("journal.body_bytes", "bytes that are kept of each body [16384]", |draft, given| {
        draft.config.journal.body_bytes = given.size(0..=262_144)?;
    }),
    key!(
        "mail.smtp_url",
        "smtps://user:password@host or smtp://host?tls=required|opportunistic [none]",
        |draft, given| {
            draft.mail.smtp_url = Some(smtp_url(given.text()?)?);
        }
    ),
    key!("mail.directory", "write each letter into this directory instead, for development [none]", |draft, given| {
        draft.mail.directory = Some(given.text()?.into());
    }),
    key!("mail.from", "sender of letters, as `Rollcall <rollcall@acme.example>`", |draft, given| {
        draft.mail.from = Some(mailbox(given.text()?)?);
    }),
    key!("mail.reply_to", "where answers to letters go [mail.from]", |draft, given| {
        draft.mail.reply_to = Some(mailbox(given.text()?)?);
    }),
    key!("mail.authorities", "PEM file of further authorities for the SMTP server's certificate", |draft, given| {
        draft.mail.authorities = Some(given.text()?.into());
    }),
    key!("mail.invitations", "whether invitees get their link by mail [true]", |draft, given| {
        draft.mail.invitations = given.boolean()?;
    }),
    key!("mail.timeout_seconds", "time for one letter [30]", |draft, given| {
        draft.mail.timeout = given.seconds(1..=120)?;
    }),
];

impl Log {
    fn checked(filter: &str) -> Result<String, String> {
        match tracing_subscriber::EnvFilter::builder().parse(filter) {
            Ok(_) => Ok(filter.to_owned()),
            Err(_) => Err(format!("`{filter}` is no log filter; expected `info` or `info,rollcall_server=debug`")),
        }
    }
}

/// The key's variable: `ROLLCALL_LIMITS_BODY_BYTES` for `limits.body_bytes`.
pub fn environment_name(key: &str) -> String {
    format!("ROLLCALL_{}", key.replace('.', "_").to_uppercase())
}

/// Every key with its variable and meaning, one line each: for `--help`.
pub fn described() -> String {
    let lines: Vec<String> = KEYS.iter().map(|key| format!("  {:<31} {}\n", key.name, key.about)).collect();
    lines.concat()
}

/// The known key that resembles the unknown one, if there is one.
pub(super) fn nearest(unknown: &str) -> Option<&'static str> {
    let near = KEYS.iter().map(|key| (distance(unknown, key.name), key.name)).min()?;
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
    if near.0 <= 2 + unknown.len() / 6 {
        return Some(near.1);
    }
    KEYS.iter().find(|key| last(key.name) == last(unknown)).map(|key| key.name)
}

/// Edits (insert, delete, replace) between two short names.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (above, left) in from.chars().enumerate() {
        let mut diagonal = above;
        let mut previous = above + 1;
        let mut next = vec![previous];
        for (cell, right) in row.iter().skip(1).zip(to.chars()) {
            previous = (diagonal + usize::from(left != right)).min(previous + 1).min(cell + 1);
            diagonal = *cell;
            next.push(previous);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_variables_are_unique() {
        let mut names: Vec<String> = KEYS.iter().map(|key| environment_name(key.name)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), KEYS.len());
    }

    #[test]
    fn a_misspelt_key_is_recognised() {
        for (unknown, nearest_key) in [
            ("listn", Some("listen")),
            ("limits.body_bytse", Some("limits.body_bytes")),
            ("body_bytes", Some("limits.body_bytes")),
            ("tls_certificate", Some("tls.certificate")),
            ("favourite_colour", None),
        ] {
            assert_eq!(nearest(unknown), nearest_key, "{unknown}");
        }
    }
}
