//! `rollcall-conformance`: asks a SCIM server everything this suite knows, and says what differed.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use rollcall_conformance::suite::{self, Selection};
use rollcall_conformance::target::Target;

/// Checks any SCIM 2.0 server over HTTP: provider dialogues, RFC requirements, filter, PATCH and bulk tables, races.
///
/// It creates and deletes users and groups: point it at a server whose data does not matter.
#[derive(Debug, Parser)]
#[command(name = "rollcall-conformance", version)]
struct Arguments {
    /// SCIM base URL without TLS, such as `http://127.0.0.1:8080/scim/v2`
    #[arg(long)]
    target: String,
    /// Bearer token of a lenient connection
    #[arg(long)]
    token: String,
    /// Bearer token of a strict connection; without it strict checks are skipped
    #[arg(long)]
    strict_token: Option<String>,
    /// Bearer token of another tenant, for the checks of isolation
    #[arg(long)]
    other_token: Option<String>,
    /// Run only checks whose group or title holds this text, or that cover this requirement id
    #[arg(long)]
    only: Option<String>,
    /// Name the checks that passed, too
    #[arg(long, short)]
    verbose: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(reason) => {
            // Nothing is left to report to when stderr is gone.
            let _closed = writeln!(io::stderr(), "rollcall-conformance: {reason}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<bool, String> {
    let target = Target {
        base: arguments.target,
        token: arguments.token,
        strict_token: arguments.strict_token,
        other_token: arguments.other_token,
        tag: tag(),
    };
    let selection = Selection { pattern: arguments.only };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime does not start: {error}"))?;
    let report = runtime.block_on(suite::run(&target, &selection, |_outcome| {}))?;
    report.write(&mut io::stdout().lock(), arguments.verbose).map_err(|error| format!("stdout: {error}"))?;
    Ok(report.counts().1 == 0)
}

/// Digits that differ from run to run.
#[expect(clippy::disallowed_methods, reason = "names must differ between runs; no check depends on the time")]
fn tag() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{}", now.as_millis() % 1_000_000_000)
}
