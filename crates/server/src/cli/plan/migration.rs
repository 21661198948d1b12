//! `rollcall plan migration`: how far the way from JIT to SCIM is, and who is missing.

use clap::Args;
use rollcall_directory::{Connection, Directory, Scope};
use serde_json::{Map, Value, json};

use super::Of;
use crate::app::csv::line;
use crate::app::migration::table::{HEADER, member, pushed};
use crate::app::migration::{Governed, PAGE, Summary, summarize};
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::{Failure, beside};

/// Say how far a connection is on its way from JIT to SCIM: what is done, what is next, and whom the provider lacks.
///
/// Members whom the provider has not pushed, and pushed people who are nobody's account, are listed with the cause and with
/// what to do. It changes nothing.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    of: Of,

    /// Print everybody as CSV, linked people too.
    #[arg(long)]
    csv: bool,
}

const EXAMPLES: &str = "\
Examples:
  rollcall plan migration
  rollcall plan migration --connection acme-sso
  rollcall plan migration --connection acme-sso --csv > migration.csv
  rollcall plan migration --connection acme-sso --json

The steps, in their order: set up SCIM, compare addresses, set groups and roles, assign everybody, sync, compare with the
export of members, `rollcall plan --jit off`, look after those who are left.";

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    super::one_form(arguments.csv, output)?;
    beside::open(&arguments.of.place, output, async |beside, output| {
        let directory = &beside.directory;
        let connection = arguments.of.find(directory).await?;
        if arguments.csv {
            raw(output, &line(&HEADER));
            return each(directory, &connection, true, |cells| raw(output, &line(cells))).await;
        }
        let summary = summarize(&directory.read(), &connection).await?;
        say(&connection, &summary, output);
        let json = output.is_json();
        let mut table =
            Table::begin(output, &["STATE", "EMAIL", "AT THE PROVIDER", "ORGANIZATION", "REASON", "WHAT TO DO"]);
        each(directory, &connection, json, |cells| {
            table.row(&object(cells), || {
                let [state, email, user_name, _, _, organization, _, reason, what_to_do] = cells.clone();
                vec![state, email, user_name, organization, reason, what_to_do]
            });
        })
        .await?;
        table.end("Nobody is missing.");
        Ok(())
    })
}

/// The steps, and what is next.
fn say(connection: &Connection, summary: &Summary, output: &mut Output) {
    if output.is_json() {
        let step = |step: &crate::app::migration::Step| json!({"step": step.number, "title": step.title, "state": step.state.code(), "text": step.text});
        let whole = json!({
            "connection": connection.record.id,
            "mode": connection.record.policy.mode(),
            "ready": summary.is_ready(),
            "next": summary.next().map(step),
            "linked": summary.coverage.linked,
            "not_linked": summary.coverage.not_linked,
            "not_pushed": summary.not_pushed,
            "guests": summary.guests,
            "steps": summary.steps.iter().map(step).collect::<Vec<Value>>(),
        });
        return output.say(&whole, String::new);
    }
    for step in &summary.steps {
        output.note(&format!("{} [{}] {}. {}", step.number, step.state.code(), step.title, step.text));
    }
    let ready = if summary.is_ready() { "JIT can be turned off" } else { "JIT should stay on for now" };
    let next = summary.next().map(|step| format!("; next is step {}", step.number)).unwrap_or_default();
    output.note(&format!("{ready}{next}."));
}

/// Everybody who needs something, and linked people if all are wanted.
async fn each(
    directory: &Directory,
    connection: &Connection,
    all: bool,
    mut tell: impl FnMut(&[String; HEADER.len()]),
) -> Result<(), Failure> {
    let scope = Scope { company: connection.record.company, connection: connection.record.id };
    let (reader, governed) = (directory.read(), Governed::by(connection));
    let mut after = None;
    loop {
        let page = reader.uncovered_members(scope, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.account, last.organization));
        for one in &page {
            tell(&member(one, &governed));
        }
    }
    for linked in if all { [Some(false), Some(true)] } else { [Some(false), None] }.into_iter().flatten() {
        let mut after = None;
        loop {
            let page = reader.pushed_people(scope, linked, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for one in &page {
                tell(&pushed(one));
            }
        }
    }
    Ok(())
}

fn object(cells: &[String; HEADER.len()]) -> Value {
    let named = HEADER.iter().zip(cells).map(|(name, cell)| (name.to_lowercase().replace(' ', "_"), json!(cell)));
    Value::Object(named.collect::<Map<String, Value>>())
}

fn raw(output: &mut Output, text: &str) {
    output.say(&(), || text.trim_end_matches("\r\n").to_owned());
}
