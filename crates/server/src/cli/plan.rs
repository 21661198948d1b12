//! `rollcall plan`: whom a change of policy would hit, before it is made; and making it.

mod migration;
mod told;
mod wanted;

use std::cell::{Cell, OnceCell};
use std::io::{BufRead, IsTerminal, Write, stderr, stdin};

use clap::{Args, Subcommand};
use rollcall_directory::{Connection, Directory, Plan};

use self::wanted::{CHANGES, Wanted};
use super::arguments::Place;
use super::beside::Beside;
use super::output::Output;
use super::progress::Progress;
use super::{Failure, beside, find};
use crate::app::connections::policy::PolicyChange;
use crate::app::plans::{self, Applied, Wish};
use crate::config::Problem;

/// Show whom a change of a connection's policy would hit, and make the change.
///
/// Everybody whom it may concern is judged twice: members, invitees, people whom the provider has pushed or deleted, accounts
/// in the connection's domains, and everybody who signed in during the last 90 days. Those for whom something changes are
/// listed. Nothing is changed before `--apply`, and then only if it still hits the same people. Works beside a running
/// server, which goes by the change within a second.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true,
    group = clap::ArgGroup::new("change").required(true).multiple(true).args(CHANGES))]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,

    #[command(flatten)]
    of: Of,

    #[command(flatten)]
    wanted: Wanted,

    /// Make the change, once you have seen whom it hits.
    #[arg(long)]
    apply: bool,

    /// Do not ask before making it.
    #[arg(long, requires = "apply")]
    yes: bool,

    /// Print the affected people as CSV, for a spreadsheet.
    #[arg(long)]
    csv: bool,
}

const EXAMPLES: &str = "\
Examples:
  Who would not come in any more if only members and invited people did? This changes nothing:
    rollcall plan --jit off

  The same for one of several connections, as a file for a spreadsheet:
    rollcall plan --connection acme-sso --jit off --csv > affected.csv

  Look, answer `y`, and it is done:
    rollcall plan --connection acme-sso --jit off --apply

  Let groups named `organization:team` make teams, without being asked:
    rollcall plan --connection acme-sso --group-mapping on --apply --yes

  Whom does a new domain bring, and whom does enforced SSO lock out of passwords?
    rollcall plan --connection acme-sso --domains acme.example,corp.example --enforce-sso on

  How far is the way from JIT to SCIM, and who is missing?
    rollcall plan migration --connection acme-sso

What a rule forbids has no plan: the exit code is 1, and the sentence names the rule (N-5: JIT goes off only while SCIM is on).";

/// Of which connection.
#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    place: Place,

    /// Name or id of the connection [default: the only one].
    #[arg(long, value_name = "NAME|ID")]
    connection: Option<String>,

    /// Name of its company, where several have a connection of that name.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    Migration(migration::Arguments),
}

impl Of {
    async fn find(&self, directory: &Directory) -> Result<Connection, Failure> {
        let (company, id) = match &self.connection {
            Some(wanted) => find::connection::find(directory, wanted, self.company.as_deref()).await?,
            None => find::connection::only(directory, self.company.as_deref()).await?,
        };
        let found = directory.read().connection(company, id).await?;
        found.ok_or_else(|| Failure::failed("the connection was removed meanwhile"))
    }
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    if let Some(Action::Migration(arguments)) = &arguments.action {
        return migration::run(arguments, output);
    }
    one_form(arguments.csv, output)?;
    beside::open(&arguments.of.place, output, async |beside, output| {
        let connection = arguments.of.find(&beside.directory).await?;
        let change = arguments.wanted.change();
        let state = beside.state().await?;
        let wish = Wish { doer: beside.doer(), connection: &connection, change: &change };
        let plan = make(&state, wish, output).await?;
        told::say(&beside.directory, &plan, arguments.csv, output).await?;
        if !arguments.apply {
            told::next(&plan, output);
            return Ok(());
        }
        if !arguments.yes {
            confirm(&connection.record.name, &change)?;
        }
        apply(beside, &state, &connection, plan, output).await
    })
}

/// A spreadsheet and a program read different things.
fn one_form(csv: bool, output: &Output) -> Result<(), Failure> {
    if csv && output.is_json() {
        let problem = "`--csv` and `--json` are two forms of the same; give one of them".to_owned();
        return Err(Failure::Usage(vec![Problem { place: "--csv".to_owned(), problem }]));
    }
    Ok(())
}

/// Makes the plan, with a bar for whoever waits.
async fn make(state: &crate::AppState, wish: Wish<'_>, output: &Output) -> Result<Plan, Failure> {
    let (bar, before) = (OnceCell::new(), Cell::new(0));
    let progress = |done: usize, of: usize| {
        let bar = bar.get_or_init(|| Progress::begin(output, "judging people", u64::try_from(of).ok()));
        bar.advance(u64::try_from(done.saturating_sub(before.replace(done))).unwrap_or_default());
    };
    Ok(plans::make(state, wish, progress).await?)
}

/// Asks whoever sits at the terminal; nobody else can answer.
fn confirm(connection: &str, change: &PolicyChange) -> Result<(), Failure> {
    if !stdin().is_terminal() {
        return Err(Failure::failed(
            "nothing is changed: nobody is at a terminal to be asked; add --yes to make the change",
        ));
    }
    let change = serde_json::to_string(change).unwrap_or_default();
    let mut stderr = stderr().lock();
    let _ = write!(stderr, "Change {connection} to {change}? [y/N] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer).map_err(Failure::failed)?;
    if ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
        Ok(())
    } else {
        Err(Failure::failed("nothing is changed"))
    }
}

async fn apply(
    beside: &Beside,
    state: &crate::AppState,
    connection: &Connection,
    plan: Plan,
    output: &mut Output,
) -> Result<(), Failure> {
    match plans::apply(state, beside.doer(), connection, plan).await? {
        Applied::Done(plan) => {
            told::applied(&plan, &connection.record.name, output);
            Ok(())
        }
        Applied::Stale(fresh) => {
            told::say(&beside.directory, &fresh, false, output).await?;
            Err(Failure::failed(
                "nothing is changed: meanwhile others would be hit, as listed last; look, and run it again",
            ))
        }
        Applied::Expired => Err(Failure::failed("nothing is changed: the plan is older than an hour; run it again")),
    }
}
