//! `rollcall check-config`: every mistake in the configuration at once, before a server meets it.

use clap::Args;
use serde_json::json;

use super::Failure;
use super::arguments::{Listening, Place};
use super::output::Output;
use crate::config::{Config, Mail, Problem, described};
use crate::edge::tls;

/// Check the configuration and print all of its problems.
///
/// Reads the file, ROLLCALL_* variables and flags exactly as `rollcall serve` would, and the certificate and key that
/// they name. Touches no database and listens nowhere.
#[derive(Debug, Args)]
#[command(after_long_help = keys())]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    listening: Listening,
}

fn keys() -> String {
    format!(
        "Keys of the file (TOML; a dot is a table), with their defaults. The variable of `limits.body_bytes` is \
         ROLLCALL_LIMITS_BODY_BYTES. Flags win over variables, variables over the file:\n{}\nExamples:\n  rollcall \
         check-config --config rollcall.toml\n  ROLLCALL_LISTEN=0.0.0.0:8080 rollcall check-config --behind-proxy --json",
        described()
    )
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let config = arguments.place.load_with(arguments.listening.flags(), output)?;
    if let Err(problem) = tls::acceptor(&config.transport) {
        return Err(vec![Problem { place: "configuration".to_owned(), problem }].into());
    }
    output.say(&json!({"ok": true}), || good(&config));
    Ok(())
}

fn good(config: &Config) -> String {
    let database = match config.database_url {
        Some(_) => "the database of `database_url`".to_owned(),
        None => format!("an embedded database in {}", config.data_dir.display()),
    };
    let mail = config.mail.as_ref().map_or_else(|| "no mail is sent".to_owned(), Mail::described);
    format!("The configuration is good: {database}, listening on {}; {mail}.", config.listen)
}
