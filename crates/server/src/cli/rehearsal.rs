//! `rollcall rehearsal`: tries a change of policy beside the real one.

use clap::{Args, Subcommand, ValueEnum};
use rollcall_directory::{Connection, RehearsalDifference, Scope};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use super::arguments::Place;
use super::beside::Beside;
use super::find::connection;
use super::output::Output;
use super::table::Table;
use super::{Failure, beside};
use crate::app::connections::policy::PolicyChange;
use crate::app::rehearsals::{self, Rehearsal};

/// Differences of one statement.
const PAGE: u64 = 500;

/// Try a change of policy: every sign-in and push is judged by it, too, and nobody is changed.
///
/// Works beside a running server, which begins or ends within a second.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rollcall rehearsal start --connection acme-sso --jit off
  rollcall rehearsal show --connection acme-sso
  rollcall rehearsal stop --connection acme-sso";

#[derive(Debug, Subcommand)]
enum Action {
    /// Begin to rehearse a change.
    Start(Start),
    /// Show what would have gone otherwise, by person.
    Show(Whose),
    /// End the rehearsal and forget what it has found.
    Stop(Whose),
}

/// Whose policy.
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
struct Start {
    #[command(flatten)]
    whose: Whose,

    /// Whether a sign-in may add people.
    #[arg(long, value_name = "on|off", required_unless_present = "scim")]
    jit: Option<Switch>,

    /// Whether the provider may push.
    #[arg(long, value_name = "on|off")]
    scim: Option<Switch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let whose = match &arguments.action {
        Action::Start(Start { whose, .. }) | Action::Show(whose) | Action::Stop(whose) => whose,
    };
    beside::open(&whose.place, output, async |beside, output| {
        let wanted = connection::find(&beside.directory, &whose.connection, whose.company.as_deref()).await?;
        let found = beside.directory.read().connection(wanted.0, wanted.1).await?;
        let connection = found.ok_or_else(|| Failure::failed("the connection is gone; check the name"))?;
        match &arguments.action {
            Action::Start(wish) => start(wish, beside, &connection, output).await,
            Action::Show(_) => show(beside, &connection, output).await,
            Action::Stop(_) => stop(beside, &connection, output).await,
        }
    })
}

fn scope(connection: &Connection) -> Scope {
    Scope { company: connection.record.company, connection: connection.record.id }
}

async fn start(wish: &Start, beside: &Beside, connection: &Connection, output: &mut Output) -> Result<(), Failure> {
    let on = |switch: Option<Switch>| switch.map(|switch| switch == Switch::On);
    let change = PolicyChange { jit: on(wish.jit), scim: on(wish.scim), ..PolicyChange::default() };
    let state = beside.state().await?;
    let began = rehearsals::start(&state, beside.doer(), scope(connection), &change).await.map_err(Failure::failed)?;
    let line = json!({"connection": connection.record.id, "change": began.change, "since": to_rfc3339(began.since)});
    output.say(&line, || {
        let name = &connection.record.name;
        format!("{name} rehearses this change; `rollcall rehearsal show --connection {name}` tells what it finds")
    });
    Ok(())
}

async fn show(beside: &Beside, connection: &Connection, output: &mut Output) -> Result<(), Failure> {
    let rehearsal = running(connection)?;
    let state = beside.state().await?;
    let found = rehearsals::found(&state, scope(connection), &rehearsal).await?;
    let line = json!({
        "change": rehearsal.change, "since": to_rfc3339(rehearsal.since), "sign_ins": found.sign_ins,
        "differing_sign_ins": found.differing_sign_ins, "differing_pushes": found.differing_pushes,
    });
    output.say(&line, || {
        let (differing, all, pushes) = (found.differing_sign_ins, found.sign_ins, found.differing_pushes);
        let since = to_rfc3339(rehearsal.since);
        format!("since {since}: {differing} of {all} sign-ins and {pushes} pushes would have gone otherwise")
    });
    let mut table = Table::begin(output, &["PERSON", "WHAT", "NOW", "THEN", "RULES", "TIMES", "LAST"]);
    let (mut person, mut digest) = (String::new(), String::new());
    loop {
        let reader = beside.directory.read();
        let page = reader.rehearsal_differences(scope(connection), (&person, &digest), PAGE).await?;
        let Some(last) = page.last() else { break };
        (person, digest) = (last.person.clone(), last.digest.clone());
        for difference in &page {
            let told: Value = serde_json::from_str(&difference.difference).unwrap_or_default();
            table.row(&told_line(difference, &told), || cells(difference, &told));
        }
    }
    table.end("Nothing would have gone otherwise so far.");
    Ok(())
}

async fn stop(beside: &Beside, connection: &Connection, output: &mut Output) -> Result<(), Failure> {
    let state = beside.state().await?;
    rehearsals::stop(&state, beside.doer(), scope(connection)).await.map_err(Failure::failed)?;
    output.say(&json!({"connection": connection.record.id, "ended": true}), || "The rehearsal has ended.".to_owned());
    Ok(())
}

fn running(connection: &Connection) -> Result<Rehearsal, Failure> {
    let none = || Failure::failed("the connection rehearses nothing; begin with `rollcall rehearsal start`");
    Rehearsal::of(&connection.record).ok_or_else(none)
}

fn told_line(found: &RehearsalDifference, told: &Value) -> Value {
    json!({
        "person": found.person, "occasion": found.occasion, "difference": told["difference"], "reasons": told["reasons"],
        "times": found.times, "first_at": to_rfc3339(found.first_at), "last_at": to_rfc3339(found.last_at),
    })
}

fn cells(found: &RehearsalDifference, told: &Value) -> Vec<String> {
    let difference = told.get("difference");
    let part = |name: &str| difference.and_then(|difference| difference.get(name));
    let word = |name: &str| part(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let rules = part("rules").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    vec![
        found.person.clone(),
        found.occasion.clone(),
        word("now"),
        word("then"),
        rules.collect::<Vec<_>>().join(" "),
        found.times.to_string(),
        to_rfc3339(found.last_at),
    ]
}
