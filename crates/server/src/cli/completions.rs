//! `rollcall completions`: what a shell needs to complete Rollcall's commands and flags.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};
use serde_json::json;

use super::output::Output;
use super::{Cli, Failure};

/// Print a script that makes a shell complete commands and flags.
///
/// Nothing is installed: put the script where your shell looks for such files, and open a new shell.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The shell.
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  rollcall completions bash > /etc/bash_completion.d/rollcall
  rollcall completions zsh > ~/.zfunc/_rollcall
  rollcall completions fish > ~/.config/fish/completions/rollcall.fish";

#[expect(clippy::unnecessary_wraps, reason = "as every command")]
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Cli::command(), "rollcall", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    output.say(&json!({"shell": arguments.shell.to_string(), "script": script}), || script.trim_end().to_owned());
    Ok(())
}
