//! `rollcall brake`: removals that a connection holds back, and the answer to them (RC-12).

use clap::{Args, Subcommand};
use rollcall_directory::{Connection, HeldPerson};
use rollcall_policy::{AccountId, Answer};
use rollcall_scim::fold::fold;
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::json;

use super::Failure;
use super::arguments::Place;
use super::beside::{self, Beside};
use super::find::connection;
use super::output::Output;
use super::table::Table;
use crate::app::brake::answer::{Whom, answer};
use crate::app::brake::status::status;

/// Look at removals that a connection holds back, and let them act or keep the people.
///
/// A directory that removes more than 20 people, or more than 10 % of them, within an hour is braked: those beyond that
/// are held. They still sign in until an administrator answers, and are suspended after 24 hours if nobody does. Works
/// beside a running server.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  Who is held, since when, and until when:
    rollcall brake status --connection acme-sso

  It was meant: suspend them all:
    rollcall brake release --connection acme-sso

  One of them has really left:
    rollcall brake release --connection acme-sso --account ada@acme.example

  It was an accident: keep everybody who is left, until the directory speaks of them again:
    rollcall brake reject --connection acme-sso";

#[derive(Debug, Subcommand)]
enum Action {
    /// List the people whose removal is held.
    Status(OfConnection),
    /// Let removals act: the people are suspended and their sessions end.
    Release(Answering),
    /// Keep the people until the directory speaks of them again.
    Reject(Answering),
}

#[derive(Debug, Args)]
struct OfConnection {
    #[command(flatten)]
    place: Place,

    /// Name or id of the connection.
    #[arg(long, value_name = "NAME")]
    connection: String,

    /// Name of its company, where several have a connection of that name.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

#[derive(Debug, Args)]
struct Answering {
    #[command(flatten)]
    of: OfConnection,

    /// Address or id of somebody who is held; may be given several times. Without it, everybody is meant.
    #[arg(long = "account", value_name = "EMAIL")]
    accounts: Vec<String>,
}

/// Of the list.
const COLUMNS: [&str; 3] = ["EMAIL", "SINCE", "ACCOUNT"];

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let of = match &arguments.action {
        Action::Status(of) => of,
        Action::Release(answering) | Action::Reject(answering) => &answering.of,
    };
    beside::open(&of.place, output, async |beside, output| {
        let (company, id) = connection::find(&beside.directory, &of.connection, of.company.as_deref()).await?;
        let found = beside.directory.read().connection(company, id).await?;
        let connection = found.ok_or_else(|| Failure::failed(format!("the connection {id} was just removed")))?;
        match &arguments.action {
            Action::Status(_) => show(beside, &connection, output).await,
            Action::Release(answering) => act(beside, &connection, Answer::Release, answering, output).await,
            Action::Reject(answering) => act(beside, &connection, Answer::Reject, answering, output).await,
        }
    })
}

async fn show(beside: &Beside, connection: &Connection, output: &mut Output) -> Result<(), Failure> {
    let status = status(&beside.directory.read(), connection).await?;
    let releases_at = status.releases_at.map(to_rfc3339);
    let mut table = Table::begin(output, &COLUMNS);
    for HeldPerson { account, email, since, .. } in &status.held {
        let since = to_rfc3339(*since);
        let line = json!({"account_id": account, "email": email, "since": since, "releases_at": releases_at});
        table.row(&line, || vec![email.clone(), since.clone(), account.to_string()]);
    }
    table.end("Nobody is held.");
    if let Some(at) = releases_at.filter(|_| output.is_terminal()) {
        output.say(&(), || format!("{} held; the first removal acts by itself at {at}.", status.count));
    }
    Ok(())
}

async fn act(
    beside: &Beside,
    connection: &Connection,
    decided: Answer,
    answering: &Answering,
    output: &mut Output,
) -> Result<(), Failure> {
    let whom = whom(beside, &answering.accounts).await?;
    let state = beside.state().await?;
    let done = answer(&state, beside.doer(), connection, decided, &whom).await.map_err(Failure::failed)?;
    let (word, what) = match decided {
        Answer::Release => ("released", "suspended"),
        Answer::Reject => ("rejected", "kept"),
    };
    let line = json!({"answer": word, "people": done.people, "last_owners": done.last_owners});
    output.say(&line, || match done.last_owners.as_slice() {
        [] => format!("{} people are {what}.", done.people),
        owners => format!("{} people are answered for; {} stay as last owners.", done.people, owners.len()),
    });
    Ok(())
}

async fn whom(beside: &Beside, given: &[String]) -> Result<Whom, Failure> {
    if given.is_empty() {
        return Ok(Whom::All);
    }
    let mut accounts = Vec::new();
    for name in given {
        let known = match name.parse::<AccountId>() {
            Ok(id) => Some(id),
            Err(_) => beside.directory.read().account_by_email(&fold(name)).await?.map(|account| account.id),
        };
        let none = || Failure::failed(format!("nobody has the address `{name}`; nothing was changed"));
        accounts.push(known.ok_or_else(none)?);
    }
    Ok(Whom::Named(accounts))
}
