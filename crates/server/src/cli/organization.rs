//! `rollcall organization`: organizations of companies, and their seats.

use std::str::FromStr;

use clap::{Args, Subcommand};
use rollcall_directory::{Organization, Reader};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use super::Failure;
use super::arguments::{OfCompany, Place};
use super::beside::{self, Beside};
use super::find;
use super::output::Output;
use super::pages::{self, PAGE};
use super::table::Table;
use crate::app::Nullable;
use crate::app::organizations::{self, NewOrganization, OrganizationChange};

/// Make, list and change the organizations of companies.
///
/// An organization is where people are members, with a role and teams. Its name is for good: pushed groups name it before
/// the colon. Works beside a running server, which goes by new seats within a second.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rollcall organization add acme-eu --company acme --display-name 'Acme Europe' --seats 250
  rollcall organization list --company acme
  rollcall organization show acme-eu
  rollcall organization change acme-eu --seats unlimited";

#[derive(Debug, Subcommand)]
enum Action {
    /// List organizations: of one company, or of all.
    List(OfCompany),
    /// Make an organization.
    Add(Add),
    /// Show one, with the seats in use.
    Show(Show),
    /// Change display name or seats.
    Change(Change),
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    of: OfCompany,

    /// 1 to 64 lower-case letters, digits, `-`, `_` and `.`; no other company may have it.
    name: String,

    /// What people read [default: the name].
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,

    /// How many may be members or invited at a time: a number, or `unlimited` [default: unlimited].
    #[arg(long, value_name = "NUMBER")]
    seats: Option<Seats>,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    place: Place,

    /// The organization.
    name: String,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["display_name", "seats"]))]
struct Change {
    #[command(flatten)]
    place: Place,

    /// The organization.
    name: String,

    /// What people read.
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,

    /// A number, or `unlimited`. Fewer than are in use puts nobody out; nobody comes in until enough have left.
    #[arg(long, value_name = "NUMBER")]
    seats: Option<Seats>,
}

/// Seats as people write them.
#[derive(Clone, Copy, Debug)]
struct Seats(Option<u64>);

impl FromStr for Seats {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "unlimited" {
            return Ok(Self(None));
        }
        let number = text.parse().map_err(|_| format!("`{text}` is no number of seats; expected 250 or `unlimited`"));
        Ok(Self(Some(number?)))
    }
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.action {
        Action::List(of) => beside::open(&of.place, output, async |beside, output| list(beside, of, output).await),
        Action::Add(add) => beside::open(&add.of.place, output, async |beside, output| {
            let company = find::company::find(&beside.directory, add.of.company.as_deref()).await?;
            let (display_name, seats) = (add.display_name.clone(), add.seats.and_then(|seats| seats.0));
            let new = NewOrganization { name: add.name.clone(), display_name, seats };
            let made = organizations::create(&beside.directory, beside.doer(), company.id, new).await?;
            show(beside, &made, output).await
        }),
        Action::Show(named) => beside::open(&named.place, output, async |beside, output| {
            let organization = find::organization::find(&beside.directory, Some(&named.name)).await?;
            show(beside, &organization, output).await
        }),
        Action::Change(change) => beside::open(&change.place, output, async |beside, output| {
            let organization = find::organization::find(&beside.directory, Some(&change.name)).await?;
            let seats = match change.seats {
                None => Nullable::Absent,
                Some(Seats(None)) => Nullable::Null,
                Some(Seats(Some(number))) => Nullable::Value(number),
            };
            let wanted = OrganizationChange { display_name: change.display_name.clone(), seats };
            let place = (organization.company, organization.id);
            let (changed, _) = organizations::change(&beside.directory, beside.doer(), place, wanted).await?;
            show(beside, &changed, output).await
        }),
    }
}

async fn list(beside: &Beside, of: &OfCompany, output: &mut Output) -> Result<(), Failure> {
    let (directory, reader) = (&beside.directory, beside.directory.read());
    let companies = match &of.company {
        Some(name) => vec![find::company::find(directory, Some(name)).await?],
        None => find::company::all(directory).await?,
    };
    let mut table = Table::begin(output, &["NAME", "DISPLAY NAME", "COMPANY", "SEATS", "USED"]);
    for company in &companies {
        pages::each(
            async |after: Option<String>| {
                reader.organizations(company.id, after.as_deref().unwrap_or_default(), PAGE).await
            },
            |organization| organization.name.clone(),
            async |organization| {
                let line = line(&reader, &organization, &company.name).await?;
                let used = line.get("seats_used").map(ToString::to_string).unwrap_or_default();
                table.row(&line, || {
                    let Organization { name, display_name, seats, .. } = organization;
                    vec![name, display_name, company.name.clone(), told(seats), used]
                });
                Ok(())
            },
        )
        .await?;
    }
    table.end("There are no organizations; `rollcall organization add` makes one.");
    Ok(())
}

async fn show(beside: &Beside, organization: &Organization, output: &mut Output) -> Result<(), Failure> {
    let reader = beside.directory.read();
    let company = reader.company(organization.company).await?.map(|company| company.name).unwrap_or_default();
    let line = line(&reader, organization, &company).await?;
    let used = line.get("seats_used").map(ToString::to_string).unwrap_or_default();
    output.say(&line, || {
        let Organization { name, display_name, seats, created_at, .. } = organization;
        format!(
            "{name} ({display_name})\n  company  {company}\n  seats    {used} of {}\n  since    {}",
            told(*seats),
            to_rfc3339(*created_at)
        )
    });
    Ok(())
}

fn told(seats: Option<u64>) -> String {
    seats.map_or_else(|| "unlimited".to_owned(), |seats| seats.to_string())
}

async fn line(reader: &Reader, organization: &Organization, company: &str) -> Result<Value, Failure> {
    let seats = reader.seats(organization.company, organization.id).await?;
    let used = seats.map(|seats| seats.used()).unwrap_or_default();
    Ok(json!({
        "id": organization.id,
        "name": organization.name,
        "display_name": organization.display_name,
        "seats": organization.seats,
        "seats_used": used,
        "company": company,
    }))
}
