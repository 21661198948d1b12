//! `rollcall company`: companies and the people who own them.

mod owner;

use clap::{Args, Subcommand};
use rollcall_directory::Company;
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use super::Failure;
use super::arguments::Place;
use super::beside::{self, Beside};
use super::find;
use super::output::Output;
use super::pages::{self, PAGE};
use super::table::Table;
use crate::app::companies;

/// Make and list companies, and say who owns them.
///
/// A company is a customer of yours: organizations, domains and connections are each of one company, and no company sees
/// another one's. A company never goes, and its name is for good. Works beside a running server.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  A new company, and somebody who owns it:
    rollcall company add acme
    rollcall company owner add ada@acme.example --company acme

  Which there are, for a script:
    rollcall company list --json

  rollcall company show acme";

#[derive(Debug, Subcommand)]
enum Action {
    /// List companies by name.
    List(List),
    /// Make a company without anything in it.
    Add(Named),
    /// Show a company and who owns it.
    Show(Named),
    Owner(owner::Arguments),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    place: Place,
}

/// A company that is named.
#[derive(Debug, Args)]
struct Named {
    #[command(flatten)]
    place: Place,

    /// 1 to 64 lower-case letters, digits, `-`, `_` and `.`.
    name: String,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.action {
        Action::List(list) => beside::open(&list.place, output, async |beside, output| all(beside, output).await),
        Action::Add(named) => beside::open(&named.place, output, async |beside, output| {
            let made = companies::create(&beside.directory, beside.doer(), &named.name).await?;
            output.say(&line(&made), || {
                let name = &made.name;
                format!("The company {name} is made. Next: `rollcall organization add NAME --company {name}`.")
            });
            Ok(())
        }),
        Action::Show(named) => beside::open(&named.place, output, async |beside, output| {
            let company = find::company::find(&beside.directory, Some(&named.name)).await?;
            show(beside, &company, output).await
        }),
        Action::Owner(arguments) => owner::run(arguments, output),
    }
}

async fn all(beside: &Beside, output: &mut Output) -> Result<(), Failure> {
    let reader = beside.directory.read();
    let mut table = Table::begin(output, &["NAME", "SINCE", "ID"]);
    pages::each(
        async |after: Option<String>| reader.companies(after.as_deref().unwrap_or_default(), PAGE).await,
        |company| company.name.clone(),
        async |company| {
            let (name, since) = (company.name.clone(), to_rfc3339(company.created_at));
            table.row(&line(&company), || vec![name, since, company.id.to_string()]);
            Ok(())
        },
    )
    .await?;
    table.end("There are no companies; `rollcall company add` makes one.");
    Ok(())
}

async fn show(beside: &Beside, company: &Company, output: &mut Output) -> Result<(), Failure> {
    let reader = beside.directory.read();
    let owners = reader.company_owners(company.id).await?;
    let owners: Vec<&str> = owners.iter().map(|(account, _)| account.email.as_str()).collect();
    let mut line = line(company);
    if let Value::Object(members) = &mut line {
        members.insert("owners".to_owned(), json!(owners));
    }
    output.say(&line, || {
        let owners = if owners.is_empty() { "nobody yet".to_owned() } else { owners.join(", ") };
        format!(
            "{}\n  id      {}\n  since   {}\n  owners  {owners}",
            company.name,
            company.id,
            to_rfc3339(company.created_at)
        )
    });
    Ok(())
}

fn line(company: &Company) -> Value {
    json!({"id": company.id, "name": company.name, "created_at": to_rfc3339(company.created_at)})
}
