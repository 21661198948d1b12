//! The command line: one file a command. Answers go to standard output, everything else to standard error.

mod account;
mod apply;
mod arguments;
mod backup;
mod beside;
mod brake;
mod check_config;
mod company;
mod completions;
mod connection;
mod doctor;
mod domain;
mod examples;
mod explain;
mod export;
mod failure;
mod find;
mod import;
mod invite;
mod journal;
mod mail;
mod member;
mod migrate;
mod organization;
mod output;
mod pages;
mod plan;
mod progress;
mod quickstart;
mod records;
#[cfg(test)]
mod reference;
mod rehearsal;
mod restore;
mod serve;
mod table;
mod team;
mod token;
mod told;
mod until_stopped;
mod webhook;
mod words;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use failure::Failure;
use output::Output;

/// Rollcall: a self-hosted SCIM 2.0 server with a just-in-time fallback.
///
/// Identity providers push users and groups to it; your product's sign-in asks it who comes in, with which
/// organizations, teams and role, and why.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, max_term_width = 100, after_long_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Print one JSON object a line on standard output.
    #[arg(long, global = true)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  Try it, with a company, a connection and credentials made for you:
    rollcall quickstart

  Serve on this machine, behind a proxy that ends TLS:
    rollcall serve --data-dir /var/lib/rollcall --listen 0.0.0.0:8080 --behind-proxy \\
      --public-url https://rollcall.example

  See every mistake in a configuration before it matters:
    rollcall check-config --config rollcall.toml

  Give a connection's identity provider a token:
    rollcall token create --kind scim --connection acme-sso

  Ask why somebody comes in or does not:
    rollcall explain --email ada@acme.example

  See whom a change of policy hits, before it is made:
    rollcall plan --jit off

Exit codes: 0 done, 1 failed, 2 wrong usage (flags, variables or configuration).";

#[expect(clippy::large_enum_variant, reason = "there is one of it, read once")]
#[derive(Debug, Subcommand)]
enum Command {
    Quickstart(quickstart::Arguments),
    Serve(serve::Arguments),
    Company(company::Arguments),
    Organization(organization::Arguments),
    Domain(domain::Arguments),
    Connection(connection::Arguments),
    Token(token::Arguments),
    Account(account::Arguments),
    Member(member::Arguments),
    Team(team::Arguments),
    Invite(invite::Arguments),
    Decision(records::decision::Arguments),
    Activity(records::activity::Arguments),
    Brake(brake::Arguments),
    Mail(mail::Arguments),
    Migrate(migrate::Arguments),
    Backup(backup::Arguments),
    Restore(restore::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Apply(apply::Arguments),
    CheckConfig(check_config::Arguments),
    Plan(Box<plan::Arguments>),
    Doctor(doctor::Arguments),
    Explain(explain::Arguments),
    Journal(journal::Arguments),
    Rehearsal(rehearsal::Arguments),
    Completions(completions::Arguments),
    Webhook(webhook::Arguments),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let parsed = examples::taught(Cli::command()).try_get_matches();
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // `--help` and `--version` are answers; anything else is wrong usage. Both know their stream.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let mut output = Output::new(cli.json);
    let outcome = match cli.command {
        Command::Quickstart(arguments) => quickstart::run(&arguments, &mut output),
        Command::Serve(arguments) => serve::run(&arguments, &mut output),
        Command::Company(arguments) => company::run(&arguments, &mut output),
        Command::Organization(arguments) => organization::run(&arguments, &mut output),
        Command::Domain(arguments) => domain::run(&arguments, &mut output),
        Command::Connection(arguments) => connection::run(&arguments, &mut output),
        Command::Token(arguments) => token::run(&arguments, &mut output),
        Command::Account(arguments) => account::run(&arguments, &mut output),
        Command::Member(arguments) => member::run(&arguments, &mut output),
        Command::Team(arguments) => team::run(&arguments, &mut output),
        Command::Invite(arguments) => invite::run(&arguments, &mut output),
        Command::Decision(arguments) => records::decision::run(&arguments, &mut output),
        Command::Activity(arguments) => records::activity::run(&arguments, &mut output),
        Command::Brake(arguments) => brake::run(&arguments, &mut output),
        Command::Mail(arguments) => mail::run(&arguments, &mut output),
        Command::Migrate(arguments) => migrate::run(&arguments, &mut output),
        Command::Backup(arguments) => backup::run(&arguments, &mut output),
        Command::Restore(arguments) => restore::run(&arguments, &mut output),
        Command::Export(arguments) => export::run(&arguments, &mut output),
        Command::Import(arguments) => import::run(&arguments, &mut output),
        Command::Apply(arguments) => apply::run(&arguments, &mut output),
        Command::CheckConfig(arguments) => check_config::run(&arguments, &mut output),
        Command::Plan(arguments) => plan::run(&arguments, &mut output),
        Command::Doctor(arguments) => doctor::run(&arguments, &mut output),
        Command::Explain(arguments) => explain::run(&arguments, &mut output),
        Command::Journal(arguments) => journal::run(&arguments, &mut output),
        Command::Rehearsal(arguments) => rehearsal::run(&arguments, &mut output),
        Command::Completions(arguments) => completions::run(&arguments, &mut output),
        Command::Webhook(arguments) => webhook::run(&arguments, &mut output),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}

/// Runs a command's asynchronous part.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => Err(Failure::failed(format!("the system gives no threads to run on: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
