//! `rollcall apply`: makes the configuration what a file says, after showing what that would change.

mod shown;

use std::io::{BufRead, IsTerminal, Read, stdin};
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::arguments::Place;
use super::beside::{self, Beside};
use super::output::Output;
use crate::app::configuration::apply::{apply, foresee};
use crate::app::configuration::check::check;
use crate::app::configuration::difference::{Reading, difference};
use crate::app::configuration::parse::{MOST_BYTES, parse};
use crate::app::configuration::{Mistake, current};
use crate::config::Problem;

/// Make the configuration what a file says.
///
/// Shows what would change, and whom changes of policy hit, and asks before it changes anything. What the file does not
/// mention stays as it is. Works beside a running server, which goes by the change within a second.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,

    /// A file as `rollcall export --config` writes it; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,

    /// Do not ask.
    #[arg(long)]
    yes: bool,

    /// Remove connections, domains and teams of the file's companies that the file does not mention.
    #[arg(long)]
    prune: bool,

    /// Your word for the domains that the file calls verified, instead of their DNS records.
    #[arg(long)]
    trust_domains: bool,
}

const EXAMPLES: &str = "\
Examples:
  rollcall export --config rollcall-configuration.toml
  rollcall apply rollcall-configuration.toml --dry-run
  rollcall apply rollcall-configuration.toml

  The same configuration in an empty directory:
    rollcall apply rollcall-configuration.toml --data-dir /var/lib/other --trust-domains --yes";

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let text = read(&arguments.file)?;
    let wanted = parse(&text).map_err(|mistakes| told(&arguments.file, mistakes))?;
    beside::open(&arguments.place, output, async |beside, output| {
        let reading = Reading { prune: arguments.prune, trust_domains: arguments.trust_domains };
        let current = current::read(&beside.directory.read(), None).await?;
        let mistakes = check(&current, &wanted, reading, &beside.config.outbound);
        if !mistakes.is_empty() {
            return Err(told(&arguments.file, mistakes));
        }
        let found = difference(&current, &wanted, reading);
        shown::steps(&found, output);
        if found.steps.is_empty() {
            return Ok(());
        }
        let state = beside.state().await?;
        for foreseen in foresee(&state, beside.doer(), &found).await.map_err(Failure::failed)? {
            shown::foreseen(&foreseen, output);
        }
        if arguments.dry_run {
            shown::nothing_changed(output);
            return Ok(());
        }
        if !arguments.yes {
            confirm(&arguments.file)?;
        }
        carry_out(beside, &state, &found, reading, output).await
    })
}

async fn carry_out(
    beside: &Beside,
    state: &crate::AppState,
    found: &crate::app::configuration::difference::Difference,
    reading: Reading,
    output: &mut Output,
) -> Result<(), Failure> {
    let done = apply(state, beside.doer(), found, reading, &mut |sentence| shown::done(&sentence, output)).await;
    done.map_err(|stopped| Failure::failed(format!("{stopped}. What was said before is done, the rest is not")))
}

fn read(file: &Path) -> Result<String, Failure> {
    let failed = |problem: std::io::Error| Failure::failed(format!("cannot read {}: {problem}", file.display()));
    let mut text = String::new();
    let read = if file == Path::new("-") {
        stdin().lock().take(MOST_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).map_err(failed)?.take(MOST_BYTES).read_to_string(&mut text)
    };
    if read.map_err(failed)? as u64 >= MOST_BYTES {
        return Err(Failure::failed(format!("{} is larger than any configuration", file.display())));
    }
    Ok(text)
}

fn told(file: &Path, mistakes: Vec<Mistake>) -> Failure {
    let place = |line| format!("{}, line {line}", file.display());
    let problem = |mistake: Mistake| Problem { place: place(mistake.line), problem: mistake.problem };
    Failure::Usage(mistakes.into_iter().map(problem).collect())
}

/// Only somebody at a terminal can be asked.
fn confirm(file: &Path) -> Result<(), Failure> {
    if file == Path::new("-") || !stdin().is_terminal() {
        return Err(Failure::failed("nothing was changed; look at the above, and say --yes to apply it"));
    }
    Output::ask("Apply this? [y/N] ");
    let mut answer = String::new();
    let heard = stdin().lock().read_line(&mut answer);
    if heard.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Failure::failed("nothing was changed"))
}
