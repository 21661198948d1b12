//! `rollcall team`: teams of an organization, and who is in them.

use clap::{Args, Subcommand};
use rollcall_directory::Organization;
use rollcall_scim::fold::fold;
use serde_json::json;

use super::arguments::OfOrganization;
use super::beside::{self, Beside};
use super::find;
use super::output::Output;
use super::pages::{self, PAGE};
use super::table::Table;
use super::{Failure, told};
use crate::app::teams::{self, Move};

/// Make teams, and put members into them.
///
/// Where groups of a provider are mapped to a team, only they say who is in it. Works beside a running server.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rollcall team list --organization acme
  rollcall team add writers --organization acme
  rollcall team members writers --organization acme
  rollcall team join writers ada@acme.example
  rollcall team leave writers ada@acme.example
  rollcall team remove writers --organization acme";

#[derive(Debug, Subcommand)]
enum Action {
    /// List teams by name.
    List(OfOrganization),
    /// Make a team.
    Add(One),
    /// Delete a team; its members stay members of the organization.
    Remove(One),
    /// List who is in a team.
    Members(One),
    /// Put a member of the organization into a team.
    Join(Person),
    /// Take somebody out of a team.
    Leave(Person),
}

#[derive(Debug, Args)]
struct One {
    #[command(flatten)]
    of: OfOrganization,

    /// The team; capitals do not matter.
    team: String,
}

#[derive(Debug, Args)]
struct Person {
    #[command(flatten)]
    one: One,

    /// Address, username or id of the account.
    account: String,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.action {
        Action::List(of) => beside::open(&of.place, output, async |beside, output| list(beside, of, output).await),
        Action::Members(one) => {
            beside::open(&one.of.place, output, async |beside, output| members(beside, one, output).await)
        }
        Action::Add(one) => beside::open(&one.of.place, output, async |beside, output| {
            let organization = organization(beside, &one.of).await?;
            let team = teams::create(&beside.directory, beside.doer(), &organization, &one.team).await?;
            let line = json!({"id": team.id, "name": team.name, "organization": organization.name});
            output.say(&line, || format!("The team {} is made.", team.name));
            Ok(())
        }),
        Action::Remove(one) => beside::open(&one.of.place, output, async |beside, output| {
            let organization = organization(beside, &one.of).await?;
            teams::delete(&beside.directory, beside.doer(), &organization, &one.team).await?;
            let line = json!({"name": one.team, "organization": organization.name, "removed": true});
            output.say(&line, || format!("The team {} is gone; its members stay members.", one.team));
            Ok(())
        }),
        Action::Join(person) => run_move(person, Move::In, output),
        Action::Leave(person) => run_move(person, Move::Out, output),
    }
}

async fn organization(beside: &Beside, of: &OfOrganization) -> Result<Organization, Failure> {
    find::organization::find(&beside.directory, of.organization.as_deref()).await
}

fn run_move(person: &Person, change: Move, output: &mut Output) -> Result<(), Failure> {
    let One { of, team } = &person.one;
    beside::open(&of.place, output, async |beside, output| {
        let organization = organization(beside, of).await?;
        let account = find::account::find(&beside.directory, &person.account).await?;
        let moved = (account.id, change);
        teams::change_member(&beside.directory, beside.doer(), &organization, team, moved).await?;
        let inside = change == Move::In;
        let line = json!({"team": team, "account": told::person(&account), "member": inside});
        output.say(&line, || format!("{} is {} the team {team}.", account.email, if inside { "in" } else { "not in" }));
        Ok(())
    })
}

async fn list(beside: &Beside, of: &OfOrganization, output: &mut Output) -> Result<(), Failure> {
    let organization = organization(beside, of).await?;
    let (company, id, reader) = (organization.company, organization.id, beside.directory.read());
    let mut table = Table::begin(output, &["NAME", "ID"]);
    pages::each(
        async |after: Option<String>| reader.teams(company, id, after.as_deref().unwrap_or_default(), PAGE).await,
        |team| team.name_folded.clone(),
        async |team| {
            let line = json!({"id": team.id, "name": team.name, "organization": organization.name});
            table.row(&line, || vec![team.name, team.id.to_string()]);
            Ok(())
        },
    )
    .await?;
    table.end("There are no teams; `rollcall team add` makes one.");
    Ok(())
}

async fn members(beside: &Beside, one: &One, output: &mut Output) -> Result<(), Failure> {
    let organization = organization(beside, &one.of).await?;
    let (company, reader) = (organization.company, beside.directory.read());
    let found = reader.team_by_name(company, organization.id, &fold(&one.team)).await?;
    let missing =
        || format!("there is no team `{}` in {}; `rollcall team list` shows all", one.team, organization.name);
    let team = found.ok_or_else(|| Failure::failed(missing()))?;
    let mut table = Table::begin(output, &["EMAIL", "USERNAME", "NAME"]);
    for id in reader.accounts_of_team(company, team.id).await? {
        // One that went away meanwhile is not in it.
        let Some(account) = reader.account(id).await? else { continue };
        table.row(&told::person(&account), || {
            vec![account.email.clone(), account.username.clone(), account.full_name.clone()]
        });
    }
    table.end("Nobody is in this team; `rollcall team join` puts somebody in.");
    Ok(())
}
