//! `cargo xtask ...`: everything a person or a machine runs on this repository, as one program.

mod admin;
mod api_suites;
mod bless;
mod ci;
mod coverage;
mod identity_providers;
mod postgres;
mod product;
mod public_suites;
mod rules;
mod shell;
mod tally;
mod test;

use std::io::{self, Write};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test [--release] [--only WHAT]   all tests: the workspace, then the black-box suite and the public suites against
                                             the built server, and sign-ins by real identity providers, on SQLite and on PostgreSQL.
                                             WHAT is workspace, black-box, public or sign-ins
cargo xtask public-suites                    scim2-tester, scim-sanity and schemathesis alone, on SQLite
cargo xtask coverage-of-rules                requirement ids that no test names; fails if one has no reason
cargo xtask ci                               fmt, clippy, doc, coverage-of-rules, cargo-deny if there, and test
cargo xtask rules                            writes docs/rules.md anew
cargo xtask bless                            writes generated files anew (snapshots, docs/rules.md)
cargo xtask help                             this text";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.split_first() {
        Some((&"test", rest)) => test::Choice::read(rest).and_then(|choice| test::run(&choice)),
        Some((&"public-suites", [])) => test::run(&test::Choice::public_suites_on_sqlite()),
        Some((&"coverage-of-rules", [])) => coverage::run(),
        Some((&"ci", [])) => ci::run(),
        Some((&"rules", [])) => rules::bless(),
        Some((&"bless", [])) => bless::run(),
        Some((&("help" | "--help" | "-h"), _)) | None => {
            shell::say(HELP);
            Ok(())
        }
        Some((command, _)) => Err(format!("`{command}` is not understood; `cargo xtask help` lists the commands")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            // Nothing is left to report to when stderr is gone.
            let _closed = writeln!(io::stderr(), "xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}
