//! `rollcall decision`: sign-ins that were decided.

use clap::{Args, Subcommand};
use rollcall_directory::{DecisionFilter, StoredDecision};
use rollcall_policy::{DecisionId, Outcome, Reason};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use super::Instant;
use crate::cli::arguments::Place;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::{Failure, beside, explain, find, words};

/// List the sign-ins that were decided, and read one with everything that it was made of.
///
/// They are kept for a while only. `rollcall explain` says what would be decided now.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  Who was turned away, and why:
    rollcall decision list --decision deny --limit 20

  rollcall decision list --account ada@acme.example --connection acme-sso
  rollcall decision show 01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f";

#[derive(Debug, Subcommand)]
enum Action {
    /// List decisions, latest first.
    List(List),
    /// Show a decision with each rule that shaped it.
    Show(Show),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    place: Place,

    /// Name or id of the connection.
    #[arg(long, value_name = "NAME|ID")]
    connection: Option<String>,

    /// Name of a company.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,

    /// Address, username or id of the account.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// How it ended.
    #[arg(long, value_parser = words::outcome())]
    decision: Option<Outcome>,

    /// Why it ended so.
    #[arg(long, value_parser = words::reason())]
    reason: Option<Reason>,

    /// Not before this instant, such as 2026-11-23T09:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    from: Option<Instant>,

    /// Before this instant.
    #[arg(long, value_name = "INSTANT")]
    to: Option<Instant>,

    /// So many at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    place: Place,

    /// The decision: its id is in every answer of the sign-in hook.
    id: DecisionId,
}

pub(in crate::cli) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.action {
        Action::List(wanted) => list(wanted, output),
        Action::Show(show) => beside::open(&show.place, output, async |beside, output| {
            explain::tell_stored(&beside.directory, show.id, output).await
        }),
    }
}

fn list(wanted: &List, output: &mut Output) -> Result<(), Failure> {
    beside::open(&wanted.place, output, async |beside, output| {
        let directory = &beside.directory;
        let mut filter = DecisionFilter {
            outcome: wanted.decision,
            reason: wanted.reason,
            from: wanted.from.map(|instant| instant.0),
            to: wanted.to.map(|instant| instant.0),
            ..DecisionFilter::default()
        };
        if let Some(name) = &wanted.company {
            filter.company = Some(find::company::find(directory, Some(name)).await?.id);
        }
        if let Some(connection) = &wanted.connection {
            let (_, id) = find::connection::find(directory, connection, wanted.company.as_deref()).await?;
            filter.connections = Some(vec![id]);
        }
        if let Some(account) = &wanted.account {
            filter.account = Some(find::account::find(directory, account).await?.id);
        }
        let mut table = Table::begin(output, &["AT", "DECISION", "REASON", "ACCOUNT", "ID"]);
        for stored in directory.read().decisions_passing(&filter, None, wanted.limit).await? {
            table.row(&line(&stored), || {
                let account = stored.account.map(|account| account.to_string()).unwrap_or_default();
                let (outcome, reason) = (stored.outcome.to_string(), stored.reason.to_string());
                vec![to_rfc3339(stored.at), outcome, reason, account, stored.id.to_string()]
            });
        }
        table.end("No sign-in was decided like that.");
        Ok(())
    })
}

fn line(stored: &StoredDecision) -> Value {
    json!({
        "id": stored.id,
        "at": to_rfc3339(stored.at),
        "company": stored.company,
        "connection": stored.connection,
        "account": stored.account,
        "decision": stored.outcome,
        "reason": stored.reason,
    })
}
