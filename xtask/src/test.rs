//! `cargo xtask test`: the workspace, then the built server from outside, on both databases.

use std::path::Path;
use std::process::Command;

use crate::admin;
use crate::identity_providers;
use crate::postgres::Postgres;
use crate::product::{self, Product, Store};
use crate::public_suites::PublicSuites;
use crate::shell;
use crate::tally::{On, Tally};

/// A kind of test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Workspace,
    BlackBox,
    Public,
    SignIns,
}

/// What to run.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    subjects: Vec<Subject>,
    release: bool,
    postgres: bool,
}

impl Choice {
    /// Everything, from the debug build.
    pub(crate) fn everything() -> Self {
        Self {
            subjects: vec![Subject::Workspace, Subject::BlackBox, Subject::Public, Subject::SignIns],
            release: false,
            postgres: true,
        }
    }

    pub(crate) fn public_suites_on_sqlite() -> Self {
        Self { subjects: vec![Subject::Public], release: false, postgres: false }
    }

    pub(crate) fn read(words: &[&str]) -> Result<Self, String> {
        match words {
            [] => Ok(Self::everything()),
            ["--release", rest @ ..] => Ok(Self { release: true, ..Self::read(rest)? }),
            ["--only", what, rest @ ..] => {
                let subject = match *what {
                    "workspace" => Subject::Workspace,
                    "black-box" => Subject::BlackBox,
                    "public" => Subject::Public,
                    "sign-ins" => Subject::SignIns,
                    _ => return Err(format!("`--only {what}`: expected workspace, black-box, public or sign-ins")),
                };
                Ok(Self { subjects: vec![subject], ..Self::read(rest)? })
            }
            [word, ..] => Err(format!("`{word}` is not understood; `cargo xtask help` lists the options")),
        }
    }

    fn has(&self, subject: Subject) -> bool {
        self.subjects.contains(&subject)
    }
}

/// Runs it and prints the counts; `Err` if anything failed.
pub(crate) fn run(choice: &Choice) -> Result<(), String> {
    let mut tally = Tally::default();
    let result = all(choice, &mut tally);
    tally.write();
    result?;
    if tally.failed() == 0 { Ok(()) } else { Err(format!("{} checks failed", tally.failed())) }
}

fn all(choice: &Choice, tally: &mut Tally) -> Result<(), String> {
    let postgres = if choice.postgres { Some(Postgres::start()?) } else { None };
    if choice.has(Subject::Workspace) {
        workspace(postgres.as_ref(), tally)?;
    }
    if choice.subjects == [Subject::Workspace] {
        return Ok(());
    }
    let programs = product::build(choice.release)?;
    let suites = if choice.has(Subject::Public) { Some(PublicSuites::install()?) } else { None };
    let mut stores = vec![(On::Sqlite, Store::Embedded)];
    if let Some(postgres) = &postgres {
        let name = format!("rollcall_xtask_{}", std::process::id());
        stores.push((On::Postgres, Store::Database(postgres.database(&name)?)));
    }
    for (on, store) in stores {
        let server = Product::start(&programs, &store).map_err(|reason| format!("on {}: {reason}", on.name()))?;
        if choice.has(Subject::BlackBox) {
            black_box(&programs, &server, on, tally)?;
        }
        if let Some(suites) = &suites {
            suites.run(&server.printed, on, tally)?;
        }
        if choice.has(Subject::SignIns) {
            identity_providers::run(&server.printed, on, tally)?;
        }
    }
    Ok(())
}

/// All tests of the workspace, with cargo-nextest where it is installed.
fn workspace(postgres: Option<&Postgres>, tally: &mut Tally) -> Result<(), String> {
    let nextest = shell::exists("cargo", &["nextest", "--version"]);
    let mut runs: Vec<Vec<&str>> = Vec::new();
    if nextest {
        runs.push(vec![
            "nextest",
            "run",
            "--workspace",
            "--no-fail-fast",
            "--status-level",
            "pass",
            "--color",
            "never",
        ]);
        runs.push(vec!["test", "--workspace", "--doc", "--no-fail-fast", "--color", "never"]);
    } else {
        runs.push(vec!["test", "--workspace", "--no-fail-fast", "--color", "never"]);
    }
    for arguments in runs {
        let mut command = shell::command("cargo", &arguments);
        if let Some(postgres) = postgres {
            command.env("ROLLCALL_TEST_POSTGRES_URL", postgres.url());
        }
        let before = tally.failed();
        let (succeeded, lines) = shell::watched(&mut command)?;
        // nextest repeats failures in its summary.
        let body = lines.iter().position(|line| line.trim_start().starts_with("Summary [")).unwrap_or(lines.len());
        tally.add_tests("workspace tests", lines.get(..body).unwrap_or(&lines));
        if !succeeded && tally.failed() == before {
            return Err(format!("cargo {} failed before it ran the tests", arguments.join(" ")));
        }
    }
    Ok(())
}

fn black_box(programs: &Path, server: &Product, on: On, tally: &mut Tally) -> Result<(), String> {
    let printed = &server.printed;
    let mut command = Command::new(programs.join("rollcall-conformance"));
    command.args(["--target", &printed.scim_base_url, "--token", &printed.scim_token]);
    match admin::strict_token(printed) {
        Ok(token) => {
            command.args(["--strict-token", &token]);
        }
        Err(reason) => shell::say(&format!("strict checks are skipped: no strict connection could be made: {reason}")),
    }
    let (_succeeded, lines) = shell::watched(&mut command)?;
    let counts = lines.last().and_then(|line| counts(line));
    let (passed, failed) = counts.ok_or("the black-box suite ended without its counts; its output stands above")?;
    tally.add("black-box suite", on, passed, failed);
    Ok(())
}

/// `7 passed, 1 failed, 2 skipped`.
fn counts(line: &str) -> Option<(usize, usize)> {
    let mut numbers = line.split(", ").map(|part| part.split_once(' ').and_then(|(number, _word)| number.parse().ok()));
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_may_come_in_any_order() {
        let choice = Choice::read(&["--only", "black-box", "--release"]).unwrap();
        assert!(choice.release && choice.postgres);
        assert_eq!(choice.subjects, [Subject::BlackBox]);
        assert!(Choice::read(&["--only", "nothing"]).is_err());
        assert!(Choice::read(&["--fast"]).is_err());
    }

    #[test]
    fn the_counts_of_the_suite_are_read() {
        assert_eq!(counts("476 passed, 229 failed, 0 skipped"), Some((476, 229)));
        assert_eq!(counts("nothing"), None);
    }
}
