//! `rollcall import`: pushes users and groups from a file into a connection's directory.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::Failure;
use super::arguments::Place;
use super::beside::{self, Beside};
use super::find::connection;
use super::output::Output;
use super::progress::Progress;
use crate::app::Provider;
use crate::app::import::BadLine;
use crate::app::import::check::{Checked, Judge, MOST_TOLD};
use crate::app::import::push::Import;
use crate::app::import::records::Records;
use crate::config::Problem;
use crate::scim::{self, caller::tolerances};

/// Push users and groups from a file into a connection's directory.
///
/// The file holds one SCIM resource a line, as `rollcall export --connection` or another SCIM server gives them, or is a
/// table of users with a header of attribute names (`userName,externalId,name.givenName,emails.work,active`). Every rule
/// holds as for the identity provider's own pushes. The whole file is checked first: a bad line means that nothing is
/// changed. People are found by externalId, else by userName, so importing twice changes nothing. Nobody is removed.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,

    /// Whose directory: name or id of the connection.
    #[arg(long, value_name = "NAME|ID")]
    connection: String,

    /// Name of the connection's company, where several companies have a connection of that name.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,

    /// Lines of JSON, or a table.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Only check the file.
    #[arg(long)]
    dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  rollcall import --connection acme-sso people.csv --dry-run
  rollcall import --connection acme-sso people.csv

  From one connection to another:
    rollcall export --connection acme-okta acme.jsonl
    rollcall import --connection acme-entra acme.jsonl";

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    beside::open(&arguments.place, output, async |beside, output| {
        let provider = provider(beside, arguments).await?;
        let checked = check(beside, &provider, arguments, output).await?;
        if arguments.dry_run {
            let line = json!({"users": checked.users, "groups": checked.groups, "imported": false});
            output.say(&line, || {
                format!("{} users and {} groups are good. Nothing was changed.", checked.users, checked.groups)
            });
            return Ok(());
        }
        push(beside, provider, checked, arguments, output).await
    })
}

/// The operator in the place of the connection's provider, which must be allowed to push.
async fn provider(beside: &Beside, arguments: &Arguments) -> Result<Provider, Failure> {
    let wanted = &arguments.connection;
    let (company, id) = connection::find(&beside.directory, wanted, arguments.company.as_deref()).await?;
    let found = beside.directory.read().connection(company, id).await?;
    let found = found.ok_or_else(|| Failure::failed(format!("there is no connection `{wanted}`; check the name")))?;
    if !found.record.policy.scim {
        // RC-16.
        let sentence = "SCIM is switched off for this connection; switch it on by a plan, and then import";
        return Err(Failure::failed(sentence));
    }
    let state = beside.state().await?;
    Ok(Provider::operator(Arc::new(found), state.base_url.join(scim::BASE)))
}

fn open(arguments: &Arguments) -> std::io::Result<Box<dyn BufRead + Send>> {
    Ok(Box::new(BufReader::with_capacity(1 << 16, File::open(&arguments.file)?)))
}

fn unreadable(arguments: &Arguments, problem: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot read {}: {problem}", arguments.file.display()))
}

async fn check(
    beside: &Beside,
    provider: &Provider,
    arguments: &Arguments,
    output: &Output,
) -> Result<Checked, Failure> {
    let failed = |problem: std::io::Error| unreadable(arguments, &problem);
    let state = beside.state().await?;
    let (reader, tolerances) = (beside.directory.read(), tolerances(&provider.connection.record.details));
    let judge = Judge { catalog: &state.catalog, tolerances: &tolerances, provider, reader: &reader };
    let progress = Progress::begin(output, "Checking lines", None);
    let mut records = Records::new(open(arguments).map_err(failed)?);
    let mut checked = judge.check(&mut records, &|lines| progress.advance(lines)).map_err(failed)?;
    if checked.groups > 0 {
        let mut again = Records::new(open(arguments).map_err(failed)?);
        judge.check_members(&mut again, &mut checked).await.map_err(Failure::failed)?;
    }
    drop(progress);
    if checked.bad.is_empty() { Ok(checked) } else { Err(told(arguments, &checked.bad)) }
}

/// Every bad line.
fn told(arguments: &Arguments, bad: &[BadLine]) -> Failure {
    let place = |line: u64| format!("{}, line {line}", arguments.file.display());
    let mut problems: Vec<Problem> =
        bad.iter().map(|bad| Problem { place: place(bad.line), problem: bad.problem.clone() }).collect();
    let file = arguments.file.display().to_string();
    let problem = if bad.len() >= MOST_TOLD {
        format!("{MOST_TOLD} lines and perhaps more are bad; nothing was changed")
    } else {
        format!("{} lines are bad; nothing was changed", bad.len())
    };
    problems.push(Problem { place: file, problem });
    Failure::Usage(problems)
}

async fn push(
    beside: &Beside,
    provider: Provider,
    checked: Checked,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<(), Failure> {
    let progress = Progress::begin(output, "Pushing", Some(checked.users + checked.groups));
    let tolerances = tolerances(&provider.connection.record.details);
    let mut refusals = Vec::new();
    let mut told = |lines: u64, refused: Option<BadLine>| {
        progress.advance(lines);
        if refusals.len() < MOST_TOLD {
            refusals.extend(refused);
        }
    };
    let (app, open) = (beside.state().await?, || open(arguments));
    let mut import = Import { app, provider, tolerances, open: &open, told: &mut told };
    let pushed = import.run(checked).await;
    drop(progress);
    for refused in &refusals {
        let line = json!({"line": refused.line, "refused": refused.problem});
        output.say(&line, || format!("{}, {refused}", arguments.file.display()));
    }
    let counts = pushed.map_err(|error| {
        Failure::failed(format!("{error}. What was pushed before stays; importing again goes on from there"))
    })?;
    output.say(&counts, || {
        format!(
            "{} created, {} changed, {} as before, {} refused.",
            counts.created, counts.changed, counts.unchanged, counts.refused
        )
    });
    if refusals.is_empty() { Ok(()) } else { Err(Failure::failed("not everything was imported; see the lines above")) }
}
