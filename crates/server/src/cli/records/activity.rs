//! `rollcall activity`: the audit log.

use clap::{Args, Subcommand};
use rollcall_directory::{Activity, ActivityFilter};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use super::Instant;
use crate::cli::arguments::Place;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::{Failure, beside, find};

/// Read the audit log: who did what to whom, and when.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rollcall activity list --company acme --limit 20
  rollcall activity list --account ada@acme.example --from 2026-11-01T00:00:00Z --json
  rollcall activity list --action domain_trusted";

#[derive(Debug, Subcommand)]
enum Action {
    /// List entries, latest first.
    List(List),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    place: Place,

    /// Name of a company.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,

    /// Only what was done to this account: address, username or id.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// Only this kind of change, as the list shows it.
    #[arg(long, value_name = "WORD")]
    action: Option<String>,

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

pub(in crate::cli) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let Action::List(wanted) = &arguments.action;
    beside::open(&wanted.place, output, async |beside, output| {
        let directory = &beside.directory;
        let mut filter = ActivityFilter {
            action: wanted.action.clone(),
            from: wanted.from.map(|instant| instant.0),
            to: wanted.to.map(|instant| instant.0),
            ..ActivityFilter::default()
        };
        if let Some(name) = &wanted.company {
            filter.company = Some(find::company::find(directory, Some(name)).await?.id);
        }
        if let Some(account) = &wanted.account {
            let id = find::account::find(directory, account).await?.id;
            filter.subjects = Some(vec![id.to_string(), format!("account:{id}")]);
        }
        let mut table = Table::begin(output, &["AT", "ACTION", "BY", "TO", "DATA"]);
        for entry in directory.read().activities_passing(&filter, None, wanted.limit).await? {
            table.row(&line(&entry), || {
                let Activity { at, action, actor, subject, data, .. } = entry.clone();
                vec![to_rfc3339(at), action, actor, subject, data]
            });
        }
        table.end("Nothing like that is in the log.");
        Ok(())
    })
}

fn line(entry: &Activity) -> Value {
    let data = serde_json::from_str(&entry.data).unwrap_or_else(|_| Value::String(entry.data.clone()));
    json!({
        "id": entry.id,
        "at": to_rfc3339(entry.at),
        "company": entry.company,
        "action": entry.action,
        "actor": entry.actor,
        "subject": entry.subject,
        "data": data,
    })
}
