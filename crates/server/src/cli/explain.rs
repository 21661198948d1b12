//! `rollcall explain`: why somebody comes in or does not, for a sign-in that was or one that never will be.

mod told;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use rollcall_directory::{Connection, Directory};
use rollcall_policy::{Assertion, AttributeValue, Client, DecisionId};
use rollcall_scim::fold::fold;
use serde_json::json;

use super::arguments::Place;
use super::find::connection;
use super::output::Output;
use super::progress::Progress;
use super::{Failure, beside};
use crate::app::{explain, replay};

/// Say why somebody comes in or does not: the decision, its reason, and each rule that shaped it.
///
/// The sign-in is judged by the very function that judges real ones, on the facts as they are now. Nothing is changed,
/// and nothing is stored. Works beside a running server.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,

    /// Address of whoever would sign in.
    #[arg(long, value_name = "ADDRESS", required_unless_present_any = ["decision", "replay"])]
    email: Option<String>,

    /// Name or id of the connection [default: the one that has the address's domain].
    #[arg(long, value_name = "NAME|ID")]
    connection: Option<String>,

    /// Name of the connection's company, where several companies have a connection of that name.
    #[arg(long, value_name = "NAME", requires = "connection")]
    company: Option<String>,

    /// What the provider calls them [default: as it did before; somebody new, if it never did].
    #[arg(long, value_name = "TEXT", requires = "email")]
    subject: Option<String>,

    /// Further attributes of the evidence: a JSON object, as in the sign-in hook.
    #[arg(long, value_name = "FILE", requires = "email")]
    attributes: Option<PathBuf>,

    /// A decision that was made: its id is in every answer of the sign-in hook.
    #[arg(long, value_name = "ID", conflicts_with_all = ["email", "replay", "connection"])]
    decision: Option<DecisionId>,

    /// Decide all stored decisions again, by their own facts and policies, and report what comes out otherwise.
    #[arg(long, conflicts_with = "email")]
    replay: bool,
}

const EXAMPLES: &str = "\
Examples:
  rollcall explain --email ada@acme.example
  rollcall explain --email ada@acme.example --connection acme-sso --attributes evidence.json
  rollcall explain --decision 01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f --json
  rollcall explain --replay --connection acme-sso

`evidence.json` is an object such as {\"name\": \"Ada Lovelace\", \"groups\": [\"acme:writers\"], \"role\": \"editor\"}.";

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    beside::open(&arguments.place, output, async |beside, output| match (&arguments.email, arguments.decision) {
        (Some(email), _) => judge(arguments, email, &beside.state().await?, output).await,
        (None, Some(id)) => tell_stored(&beside.directory, id, output).await,
        (None, None) => replay_all(arguments, &beside.directory, output).await,
    })
}

async fn judge(
    arguments: &Arguments,
    email: &str,
    state: &crate::AppState,
    output: &mut Output,
) -> Result<(), Failure> {
    let connection = connection(arguments, email, &state.directory).await?;
    let attributes = arguments.attributes.as_deref().map(attributes).transpose()?.unwrap_or_default();
    let reader = state.directory.read();
    let subject = match &arguments.subject {
        Some(subject) => subject.clone(),
        None => explain::subject_of(&reader, &connection, email).await.map_err(Failure::failed)?,
    };
    let assertion = explain::with_address(Assertion::from_attributes(subject, &attributes, fold), email);
    let decided = explain::explain(state, &connection, assertion, Client::default()).await.map_err(Failure::failed)?;
    let line = json!({
        "connection": {"id": connection.record.id, "name": connection.record.name},
        "account": decided.account.as_ref().map(|account| json!({"id": account.id, "email": account.email})),
        "decision": &decided.decision.outcome,
        "reason": decided.decision.reason,
        "message": decided.decision.message,
        "memberships": decided.decision.memberships,
        "effects": decided.decision.effects,
        "warnings": decided.decision.warnings,
        "trail": decided.decision.trail,
    });
    output.say(&line, || told::would_be(&connection.record.name, decided.account.as_ref(), &decided.decision));
    Ok(())
}

/// The connection that is named, else the one that has the address's domain.
async fn connection(arguments: &Arguments, email: &str, directory: &Directory) -> Result<Connection, Failure> {
    let reader = directory.read();
    if let Some(wanted) = &arguments.connection {
        let (company, id) = connection::find(directory, wanted, arguments.company.as_deref()).await?;
        let found = reader.connection(company, id).await?;
        return found.ok_or_else(|| Failure::failed(format!("there is no connection `{wanted}`; check the name")));
    }
    let mut found = explain::connections_of(&reader, email).await.map_err(Failure::failed)?;
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => {
            Err(Failure::failed("several connections have the domain of this address; name one with --connection"))
        }
        (None, _) => {
            let sentence =
                "no connection has the domain of this address, verified; name a connection with --connection";
            Err(Failure::failed(sentence))
        }
    }
}

fn attributes(file: &Path) -> Result<BTreeMap<String, AttributeValue>, Failure> {
    let name = file.display();
    let text =
        std::fs::read_to_string(file).map_err(|error| Failure::failed(format!("cannot read {name}: {error}")))?;
    serde_json::from_str(&text).map_err(|error| Failure::failed(format!("{name} is no object of attributes: {error}")))
}

pub(super) async fn tell_stored(directory: &Directory, id: DecisionId, output: &mut Output) -> Result<(), Failure> {
    let Some(stored) = directory.read().decision_anywhere(id).await? else {
        return Err(Failure::failed(format!("there is no decision {id}; they are kept for a while only")));
    };
    let decision = serde_json::from_str(&stored.decision)
        .map_err(|error| Failure::failed(format!("another version has stored this decision: {error}")))?;
    let line = told::stored_line(&stored, &decision);
    output.say(&line, || told::was(&stored, &decision));
    Ok(())
}

async fn replay_all(arguments: &Arguments, directory: &Directory, output: &mut Output) -> Result<(), Failure> {
    let connection = match &arguments.connection {
        Some(wanted) => Some(connection::find(directory, wanted, arguments.company.as_deref()).await?.1),
        None => None,
    };
    let progress = Progress::begin(output, "decisions", None);
    let report = replay::replay_all(&directory.read(), connection, |more| progress.advance(more)).await?;
    drop(progress);
    for (id, difference) in &report.differences {
        let line = json!({"decision": id, "difference": format!("{difference:?}")});
        output.say(&line, || format!("{id} comes out otherwise: {difference:?}"));
    }
    let (decisions, same, other) = (report.decisions, report.same, report.other_version);
    let line = json!({"decisions": decisions, "same": same, "other_version": other,
        "differences": report.differences.len()});
    output.say(&line, || {
        format!(
            "{decisions} decisions: {same} the same, {other} of other rules, {} otherwise",
            report.differences.len()
        )
    });
    if report.differences.is_empty() {
        Ok(())
    } else {
        Err(Failure::failed("stored decisions come out otherwise; keep this output, it is a fault of Rollcall"))
    }
}
