//! `rollcall doctor`: what is wrong with a set-up, and how to mend it.

use clap::Args;
use serde_json::json;

use super::arguments::{Listening, Place};
use super::output::Output;
use super::{Failure, block_on};
use crate::clock::Clock;
use crate::config::{Config, Problem};
use crate::doctor::{Finding, Scene, Standing, examine};

/// Find what is wrong with a set-up, and say how to mend it.
///
/// Looks at the configuration, the data directory and its disk, the database, clocks, the name server, pending domains, the
/// certificate, the public URL, connections, tokens and what waits to be delivered. Changes nothing, and works beside a
/// running server: give it the same flags, variables and file. Exit code 1 if there is a fault; warnings are none.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    listening: Listening,

    /// Ask nobody else: no name server, no identity provider, not the public URL.
    #[arg(long)]
    offline: bool,
}

const EXAMPLES: &str = "\
Examples:
  rollcall doctor --config /etc/rollcall.toml
  rollcall doctor --data-dir /var/lib/rollcall --public-url https://rollcall.example --behind-proxy

  For a monitor, what is not as it should be:
    rollcall doctor --json | grep -v '\"standing\":\"ok\"'";

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let mut faults = 0;
    let mut tell = |finding: Finding, output: &mut Output| {
        faults += usize::from(finding.standing == Standing::Fault);
        say(&finding, output);
    };
    match configuration(arguments, output) {
        Err(problems) => {
            for Problem { place, problem } in problems {
                let next = "`rollcall check-config --help` lists every key";
                tell(Finding::fault("configuration", format!("{place}: {problem}"), next), output);
            }
        }
        Ok(config) => {
            tell(Finding::ok("configuration", "it can be read, and every key is known"), output);
            let scene = Scene { config, clock: Clock::system(), network: !arguments.offline };
            block_on(async {
                examine(&scene, |finding| tell(finding, output)).await;
                Ok(())
            })?;
        }
    }
    match faults {
        0 => Ok(()),
        1 => Err(Failure::failed("there is a fault; mend it, and run `rollcall doctor` again")),
        _ => Err(Failure::failed(format!("there are {faults} faults; mend them, and run `rollcall doctor` again"))),
    }
}

fn configuration(arguments: &Arguments, output: &mut Output) -> Result<Config, Vec<Problem>> {
    arguments.place.load_with(arguments.listening.flags(), output)
}

fn say(finding: &Finding, output: &mut Output) {
    let Finding { check, standing, said, next } = finding;
    let word = standing.word();
    output.say(&json!({"check": check, "standing": word, "said": said, "next": next}), || {
        let what = check.replace('_', " ");
        let next = next.as_ref().map(|next| format!("\n{:27}-> {next}", "")).unwrap_or_default();
        format!("{word:<8} {what:<16}  {said}{next}")
    });
}
