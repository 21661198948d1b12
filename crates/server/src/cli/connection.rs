//! `rollcall connection`: how a company's people sign in, and who pushes them.

mod add;
mod change;
mod protocol;
mod shown;

use clap::{Args, Subcommand};
use rollcall_directory::{Connection, Directory, Scope};
use rollcall_scim::etag::Preconditions;
use serde_json::json;

use super::arguments::{OfCompany, Place};
use super::output::Output;
use super::pages::{self, PAGE};
use super::table::Table;
use super::{Failure, beside, find};
use crate::app::connections::delete;

/// Make, list, change and remove connections.
///
/// A connection joins one identity provider with organizations of one company. A new one has just-in-time sign-ins on and
/// SCIM off. Those two, group mapping, domains, organizations and defaults change only through a plan, which shows
/// beforehand whom it hits: see `rollcall plan --help`. Works beside a running server, which goes by it within a second.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rollcall connection list --company acme
  rollcall connection show acme-sso
  rollcall connection change acme-sso --enforce-sso true
  rollcall connection remove acme-old --company acme

  From the metadata file of a SAML provider:
    rollcall connection add saml acme-sso --company acme --domain acme.example --organization acme \\
      --metadata idp.xml --audience https://app.example/saml --recipient https://app.example/saml/acs";

#[derive(Debug, Subcommand)]
enum Action {
    /// List connections: of one company, or of all.
    List(OfCompany),
    Add(add::Arguments),
    /// Show a connection with all of its settings; nothing in them is secret.
    Show(Named),
    Change(change::Arguments),
    /// End a connection: its sessions and tokens end, its people stay members and are managed by nobody.
    Remove(Named),
}

/// A connection that is named.
#[derive(Debug, Args)]
struct Named {
    #[command(flatten)]
    place: Place,

    /// Name or id of the connection.
    #[arg(value_name = "NAME|ID")]
    connection: String,

    /// Name of the company, where several companies have a connection of that name.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

impl Named {
    async fn find(&self, directory: &Directory) -> Result<Connection, Failure> {
        let (company, id) = find::connection::find(directory, &self.connection, self.company.as_deref()).await?;
        let found = directory.read().connection(company, id).await?;
        found.ok_or_else(|| Failure::failed(format!("there is no connection `{}` any more", self.connection)))
    }
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.action {
        Action::List(of) => list(of, output),
        Action::Add(arguments) => add::run(arguments, output),
        Action::Show(named) => beside::open(&named.place, output, async |beside, output| {
            let connection = named.find(&beside.directory).await?;
            shown::say(beside, &connection, output).await
        }),
        Action::Change(arguments) => change::run(arguments, output),
        Action::Remove(named) => beside::open(&named.place, output, async |beside, output| {
            let record = named.find(&beside.directory).await?.record;
            let scope = Scope { company: record.company, connection: record.id };
            delete::delete(&beside.directory, beside.doer(), scope, &Preconditions::none()).await?;
            output.say(&json!({"id": record.id, "name": record.name, "removed": true}), || {
                format!("The connection {} is removed. Its people stay members; nobody manages them.", record.name)
            });
            Ok(())
        }),
    }
}

fn list(of: &OfCompany, output: &mut Output) -> Result<(), Failure> {
    beside::open(&of.place, output, async |beside, output| {
        let (directory, reader) = (&beside.directory, beside.directory.read());
        let companies = match &of.company {
            Some(name) => vec![find::company::find(directory, Some(name)).await?],
            None => find::company::all(directory).await?,
        };
        let mut table = Table::begin(output, &["NAME", "COMPANY", "PROTOCOL", "MODE", "DOMAINS", "ID"]);
        for company in &companies {
            pages::each(
                async |after: Option<String>| {
                    reader.connections(company.id, after.as_deref().unwrap_or_default(), PAGE).await
                },
                |record| record.name.clone(),
                async |record| {
                    // One that was removed meanwhile is not there.
                    let Some(connection) = reader.connection(company.id, record.id).await? else { return Ok(()) };
                    table.row(&shown::line(beside, &connection).await?, || shown::cells(&connection, &company.name));
                    Ok(())
                },
            )
            .await?;
        }
        table.end("There are no connections; `rollcall connection add` makes one.");
        Ok(())
    })
}
