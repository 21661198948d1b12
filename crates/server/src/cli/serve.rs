//! `rollcall serve`: the server.

use clap::Args;
use serde_json::json;

use super::arguments::{Listening, Place};
use super::output::Output;
use super::{Failure, block_on, until_stopped};
use crate::config::Config;
use crate::store::{self, Opener};
use crate::{Sources, log, start};

/// Serve SCIM, the sign-in hook and the administration.
///
/// SIGTERM and Ctrl-C stop it: it takes no more connections, finishes what runs and ends within the grace period
/// (`limits.grace_seconds`); a second signal ends it at once. Plain HTTP is served on loopback addresses only, unless a
/// proxy in front ends TLS.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    listening: Listening,

    /// Do not apply pending migrations at start.
    #[arg(long)]
    no_migrate: bool,
}

const EXAMPLES: &str = "\
Examples:
  On this machine only, data in ./rollcall-data:
    rollcall serve

  With its own certificate:
    rollcall serve --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem --public-url https://rollcall.example

  On PostgreSQL, behind a proxy:
    rollcall serve --database-url postgres://rollcall@db/rollcall --listen 0.0.0.0:8080 --behind-proxy \\
      --public-url https://rollcall.example

  For a test, on a port that the system chooses and prints:
    rollcall serve --listen 127.0.0.1:0 --json";

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let mut flags = arguments.listening.flags();
    if arguments.no_migrate {
        flags.insert("migrate", "false".to_owned());
    }
    let config = arguments.place.load_with(flags, output)?;
    log::start(&config.log);
    block_on(serve(config, output))
}

async fn serve(config: Config, output: &mut Output) -> Result<(), Failure> {
    let stop = until_stopped::Signals::listen()?;
    let directory = store::open(&config, Opener::Server).await?;
    let running = start(config, directory, Sources::default()).await?;
    let base_url = running.base_url();
    let listening = json!({
        "address": running.address().to_string(),
        "base_url": base_url.as_str(),
        "scim_base_url": base_url.join(crate::scim::BASE),
    });
    output.say(&listening, || {
        format!("Rollcall {} listens on {}; clients use {base_url}", env!("CARGO_PKG_VERSION"), running.address())
    });
    stop.then_finish(running).await
}
