//! `rollcall-load`: load generator and benchmark for any SCIM server, over HTTP. Every answer is checked, not only counted.

mod clock;
mod connection;
mod constant;
mod load;
mod measure;
mod scenario;
mod seed;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::load::Load;
use crate::scenario::Scenario;

/// Measures a SCIM 2.0 server. It creates users and groups: point it at a server whose data does not matter.
#[derive(Debug, Parser)]
#[command(name = "rollcall-load", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a scenario and print requests per second, p50, p99 and wrong answers
    Run(Run),
    /// Serve a constant JSON: the yardstick that no server with data can beat
    Constant {
        /// Address to listen on
        #[arg(long, default_value = "127.0.0.1:8090")]
        listen: SocketAddr,
    },
}

#[derive(Debug, Args)]
struct Run {
    /// SCIM base URL without TLS, such as `http://127.0.0.1:8080/scim/v2`
    #[arg(long)]
    target: String,
    /// Bearer token
    #[arg(long)]
    token: String,
    /// People to have there first (lookup), to synchronise (groups) or to have in the big group (members)
    #[arg(long, default_value_t = 1000)]
    users: u32,
    /// Connections at a time; several are measured one after another
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    connections: Vec<usize>,
    /// What to do
    #[arg(long, value_enum)]
    scenario: Scenario,
    /// Seconds for each measurement
    #[arg(long, default_value_t = 10)]
    duration: u64,
    /// Names the people of this run; given again, those who are there already are used
    #[arg(long)]
    tag: Option<String>,
    /// Measure the constant answer too, in the same run, and print ratios to it
    #[arg(long)]
    yardstick: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_wrong) => ExitCode::from(1),
        Err(reason) => {
            // Nothing is left to report to when stderr is gone.
            let _closed = writeln!(io::stderr(), "rollcall-load: {reason}");
            ExitCode::from(2)
        }
    }
}

/// How many answers were wrong.
fn run(arguments: Arguments) -> Result<usize, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime does not start: {error}"))?;
    match arguments.command {
        Command::Constant { listen } => runtime.block_on(constant::serve_for_ever(listen)),
        Command::Run(run) => {
            let load = Load {
                target: connection::Target::new(&run.target, &run.token)?,
                users: run.users,
                duration: Duration::from_secs(run.duration.max(1)),
                tag: run.tag.unwrap_or_else(clock::tag),
            };
            runtime.block_on(load::run(&load, run.scenario, &run.connections, run.yardstick))
        }
    }
}

/// Writes a line to stdout.
pub(crate) fn say(line: &str) {
    // A closed stdout must not stop a measurement.
    let _closed = writeln!(io::stdout(), "{line}");
}
