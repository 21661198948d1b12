//! `rollcall-load`: load generator and benchmark for any SCIM server, over HTTP. Every answer is checked, not only counted.

mod act;
mod arguments;
mod body;
mod clock;
mod connection;
mod constant;
mod crowd;
mod measurement;
mod pace;
mod report;
mod run;
mod scenario;
mod sync;
mod walk;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};

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
fn run(arguments: Arguments) -> Result<u64, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime does not start: {error}"))?;
    match arguments.command {
        Command::Constant { listen } => runtime.block_on(constant::serve_for_ever(listen)).map(|()| 0),
        Command::Run(arguments) => runtime.block_on(run::run(&arguments)),
    }
}

/// Writes a line to stdout.
pub(crate) fn say(line: &str) {
    // A closed stdout must not stop a measurement.
    let _closed = writeln!(io::stdout(), "{line}");
}
