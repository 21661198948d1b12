//! What can be asked for on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::scenario::Scenario;

const EXAMPLES: &str = "\
Examples:
  Look people up on 1, 8 and 32 connections, among 10,000 of them:
    rollcall-load run --target http://127.0.0.1:8080/scim/v2 --token $TOKEN --scenario lookup --users 10000

  A steady mixed load of 500 requests a second, whatever the server makes of it:
    rollcall-load run --target http://127.0.0.1:8080/scim/v2 --token $TOKEN --scenario mixed --rate 500 --connections 64

  Keep the figures for a program and for a page:
    rollcall-load run --target http://127.0.0.1:8080/scim/v2 --token $TOKEN --scenario create \\
      --json create.json --markdown create.md

Exit codes: 0 every answer was right, 1 some were wrong, 2 nothing could be measured.";

/// Measures a SCIM 2.0 server, and checks every answer. It creates users and groups: point it at a server whose data
/// does not matter.
#[derive(Debug, Parser)]
#[command(name = "rollcall-load", version, max_term_width = 100, after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a scenario and print requests per second, latencies and wrong answers.
    Run(Box<Run>),
    /// Serve a constant JSON: the yardstick that no server with data can beat.
    Constant {
        /// Address to listen on.
        #[arg(long, default_value = "127.0.0.1:8090")]
        listen: SocketAddr,
    },
}

#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Run {
    /// SCIM base URL without TLS, such as `http://127.0.0.1:8080/scim/v2`.
    #[arg(long, value_name = "URL")]
    pub(crate) target: String,

    /// Bearer token of the SCIM server.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: String,

    /// What to do.
    #[arg(long, value_enum)]
    pub(crate) scenario: Scenario,

    /// People to have there first, or to synchronise (sync).
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) users: u64,

    /// Connections at a time; several are measured one after another.
    #[arg(long, value_name = "N,N...", value_delimiter = ',', default_value = "1,8,32", value_parser = connections)]
    pub(crate) connections: Vec<usize>,

    /// Seconds for each measurement.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) duration: u64,

    /// Requests a second, sent whether earlier ones are answered or not; latency counts from when a request was due.
    /// Without it each connection sends its next request when it has the answer.
    #[arg(long, value_name = "RATE", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) rate: Option<u32>,

    /// Resources of a page (walk).
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub(crate) page: u64,

    /// Names the people of this run; given again, those who are there already are used.
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Option<String>,

    /// The domain of the people's addresses.
    #[arg(long, value_name = "DOMAIN", default_value = "load.example")]
    pub(crate) domain: String,

    /// Rollcall's sign-in URL (sign-in).
    #[arg(long, value_name = "URL", requires = "sign_in_key")]
    pub(crate) sign_in_url: Option<String>,

    /// Key of the connection for it (sign-in).
    #[arg(long, value_name = "KEY")]
    pub(crate) sign_in_key: Option<String>,

    /// Do not measure the constant answer first: no ratios, and nothing shows whether this program was the limit.
    #[arg(long)]
    pub(crate) no_ceiling: bool,

    /// Write the figures as JSON to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Write the figures as a Markdown table to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
}

fn connections(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| "a number of connections is from 1 to 10000".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
