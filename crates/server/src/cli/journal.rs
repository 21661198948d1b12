//! `rollcall journal`: what a provider sent and was answered.

mod told;

use clap::{Args, Subcommand};
use rollcall_directory::{JournalEntry, JournalFilter, JournalStore, Scope};
use rollcall_policy::JournalEntryId;

use super::arguments::Place;
use super::beside::Beside;
use super::find::connection;
use super::output::Output;
use super::table::Table;
use super::{Failure, beside};
use crate::journal::{curl, dialogue, wanted};
use crate::scim::BASE;

/// See what a provider sent and was answered.
///
/// Exchanges are kept for some days, without secrets and, unless set otherwise, without the values of people. Works beside a
/// running server, which may be a moment behind.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rollcall journal list --connection acme-sso --status 4xx
  rollcall journal list --connection acme-sso --person ada@acme.example --dialogue > ada.toml
  rollcall journal show --connection acme-sso 01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f
  rollcall journal show --connection acme-sso 01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f --curl | ROLLCALL_TOKEN=... sh";

#[derive(Debug, Subcommand)]
enum Action {
    /// List exchanges, latest first.
    List(List),
    /// Show one exchange with its bodies.
    Show(Show),
}

/// Whose journal.
#[derive(Debug, Args)]
struct Whose {
    #[command(flatten)]
    place: Place,

    /// Name or id of the connection.
    #[arg(long, value_name = "NAME|ID")]
    connection: String,

    /// Name of the connection's company, where several companies have a connection of that name.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    whose: Whose,

    /// Only exchanges about this person: a userName, or the id of a directory user or account.
    #[arg(long, value_name = "NAME|ID")]
    person: Option<String>,

    /// Only exchanges answered so, as 409 or 4xx.
    #[arg(long, value_name = "STATUS", value_parser = wanted::status)]
    status: Option<std::ops::RangeInclusive<u16>>,

    /// Only exchanges that needed this tolerance.
    #[arg(long, value_name = "NAME", value_parser = wanted::tolerance)]
    tolerance: Option<String>,

    /// How many, at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,

    /// Print them as a dialogue of the test suite, oldest first.
    #[arg(long)]
    dialogue: bool,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    whose: Whose,

    /// Id of the exchange.
    #[arg(value_name = "ID")]
    id: JournalEntryId,

    /// Print the request as a command for a shell; it reads the token from `$ROLLCALL_TOKEN`.
    #[arg(long, conflicts_with = "dialogue")]
    curl: bool,

    /// Print the exchange as a dialogue of the test suite.
    #[arg(long)]
    dialogue: bool,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let whose = match &arguments.action {
        Action::List(List { whose, .. }) | Action::Show(Show { whose, .. }) => whose,
    };
    beside::open(&whose.place, output, async |beside, output| {
        let (company, connection) =
            connection::find(&beside.directory, &whose.connection, whose.company.as_deref()).await?;
        let scope = Scope { company, connection };
        let store = beside.directory.open_journal().await?;
        let done = match &arguments.action {
            Action::List(wish) => list(wish, &store, scope, output).await,
            Action::Show(wish) => show(wish, &store, scope, beside, output).await,
        };
        store.close().await;
        done
    })
}

async fn list(wish: &List, store: &JournalStore, scope: Scope, output: &mut Output) -> Result<(), Failure> {
    let filter = JournalFilter {
        person: wish.person.as_deref().map(wanted::person),
        status: wish.status.clone(),
        tolerance: wish.tolerance.clone(),
        ..JournalFilter::default()
    };
    let mut entries = store.list(scope, &filter, None, wish.limit).await?;
    if wish.dialogue {
        entries.reverse();
        return say(dialogue::script(&entries), output);
    }
    let mut table = Table::begin(output, &["AT", "METHOD", "TARGET", "STATUS", "PERSON", "TOLERANCES", "ID"]);
    for entry in &entries {
        table.row(&told::line(entry), || told::cells(entry));
    }
    table.end("There are no such exchanges.");
    Ok(())
}

async fn show(
    wish: &Show,
    store: &JournalStore,
    scope: Scope,
    beside: &Beside,
    output: &mut Output,
) -> Result<(), Failure> {
    let found = store.entry(scope, wish.id).await?;
    let entry = found.ok_or_else(|| {
        Failure::failed(format!("there is no exchange {} of this connection; they are kept for a while only", wish.id))
    })?;
    if wish.curl {
        return say(command(&entry, beside).await?, output);
    }
    if wish.dialogue {
        return say(dialogue::script(std::slice::from_ref(&entry)), output);
    }
    output.say(&told::whole_line(&entry), || told::whole(&entry));
    Ok(())
}

async fn command(entry: &JournalEntry, beside: &Beside) -> Result<Option<String>, Failure> {
    Ok(curl::command(entry, &beside.state().await?.base_url.join(BASE)))
}

fn say(text: Option<String>, output: &mut Output) -> Result<(), Failure> {
    let text =
        text.ok_or_else(|| Failure::failed("the body of this exchange is not kept whole; it cannot be sent again"))?;
    output.say(&text, || text.clone());
    Ok(())
}
