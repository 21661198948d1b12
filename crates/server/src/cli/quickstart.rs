//! `rollcall quickstart`: a server with data to try, in one command.

use clap::Args;
use serde::Serialize;

use super::arguments::{Listening, Place};
use super::output::Output;
use super::{Failure, block_on, until_stopped};
use crate::app::quickstart::{Prepared, prepare};
use crate::config::{BaseUrl, Config, Network};
use crate::store::{self, Opener};
use crate::{Sources, log, start};

/// Serve with a company, a connection and credentials made for you.
///
/// On an empty data directory it creates the company `acme` with the organization `acme` and the connection `acme-sso`
/// for the domain `acme.example`: SCIM, just-in-time sign-in and group mapping are on, everybody joins the team
/// `everyone`. It prints where to push users to and what to sign in with, and serves. Run again, it serves the same data
/// and prints new credentials; earlier ones stay valid unless --revoke-old is given.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    listening: Listening,

    /// End all tokens of earlier runs.
    #[arg(long)]
    revoke_old: bool,
}

const EXAMPLES: &str = "\
Examples:
  rollcall quickstart
  rollcall quickstart --data-dir /tmp/try --listen 127.0.0.1:0 --json

  Then, with what it printed:
    curl -H \"Authorization: Bearer $SCIM_TOKEN\" $SCIM_BASE_URL/Users
    curl -H \"Authorization: Bearer $SIGN_IN_KEY\" -H 'Content-Type: application/json' $SIGN_IN_URL \\
      -d '{\"evidence\":{\"type\":\"attributes\",\"subject\":\"ada\",\"attributes\":{\"email\":\"ada@acme.example\"}}}'";

/// What it prints; the names are part of the interface.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    base_url: &'a str,
    scim_base_url: String,
    scim_token: &'a str,
    sign_in_url: String,
    sign_in_key: &'a str,
    product_key: &'a str,
    admin_url: String,
    admin_token: &'a str,
    connection_id: String,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let mut config = arguments.place.load_with(arguments.listening.flags(), output)?;
    // What is tried out usually runs on the same machine.
    config.outbound.allow.extend([Network::LOOPBACK_V4, Network::LOOPBACK_V6]);
    config.outbound.allow_http = true;
    log::start(&config.log);
    block_on(serve(config, arguments.revoke_old, output))
}

async fn serve(config: Config, revoke_old: bool, output: &mut Output) -> Result<(), Failure> {
    let stop = until_stopped::Signals::listen()?;
    let directory = store::open(&config, Opener::Server).await?;
    let sources = Sources::default();
    // The port comes first: a start that fails must not leave credentials behind that nobody saw.
    let running = start(config, directory.clone(), sources.clone()).await?;
    let prepared = prepare(&directory, &sources.ids, sources.clock.now(), revoke_old).await.map_err(Failure::failed)?;
    print(running.base_url(), &prepared, output);
    drop((prepared, directory));
    stop.then_finish(running).await
}

fn print(base_url: &BaseUrl, prepared: &Prepared, output: &mut Output) {
    let printed = Printed {
        base_url: base_url.as_str(),
        scim_base_url: base_url.join(crate::scim::BASE),
        scim_token: prepared.scim.reveal(),
        sign_in_url: base_url.join("/sso/sign-in"),
        sign_in_key: prepared.sign_in.reveal(),
        product_key: prepared.product.reveal(),
        admin_url: base_url.join("/api/v1"),
        admin_token: prepared.admin.reveal(),
        connection_id: prepared.connection.to_string(),
    };
    output.say(&printed, || told(&printed));
}

fn told(printed: &Printed<'_>) -> String {
    format!(
        "Rollcall serves company `acme` at {}. Stop it with Ctrl-C.\n\n\
         Identity provider (connection acme-sso, domain acme.example)\n  \
         scim_base_url  {}\n  scim_token     {}\n\n\
         Your product\n  sign_in_url    {}\n  sign_in_key    {}\n  product_key    {}\n\n\
         Administration\n  admin_url      {}\n  admin_token    {}\n  connection_id  {}\n\n\
         Tokens are shown this once; running quickstart again makes new ones.",
        printed.base_url,
        printed.scim_base_url,
        printed.scim_token,
        printed.sign_in_url,
        printed.sign_in_key,
        printed.product_key,
        printed.admin_url,
        printed.admin_token,
        printed.connection_id,
    )
}
