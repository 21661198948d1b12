//! `rollcall domain`: domains of companies, added, proven and given up.

mod told;

use clap::{Args, Subcommand};
use rollcall_directory::Directory;
use rollcall_scim::etag::Preconditions;
use serde_json::json;

use super::Failure;
use super::arguments::{OfCompany, Place, Resolving};
use super::beside::{self, Beside};
use super::find::company;
use super::output::Output;
use super::table::Table;
use crate::app::domains::name::DomainName;
use crate::app::domains::{DomainError, add, audit, remove, seen, transfer, trust, verify};
use crate::config::Flags;
use crate::dns::Dns;

/// Add, prove, move and remove the mail domains of companies.
///
/// A company proves a domain with a TXT record of exactly its name; sub-domains are domains of their own. Only people
/// with an address in a verified domain are linked by a connection. The server looks pending domains up by itself: every
/// 5 to 15 minutes for 72 hours, then daily for 30 days. A verified domain stays so when the record goes. Works beside a
/// running server, which goes by the change within a second.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  Add a domain, and see the record that its DNS owner has to publish:
    rollcall domain add acme.example --company acme

  Look the record up now, at a name server of your choice:
    rollcall domain verify acme.example --dns 192.0.2.53

  Which there are, and what was found of their records:
    rollcall domain list --company acme

  Your word instead of a record, where DNS is out of reach:
    rollcall domain trust acme.example --company acme

  Give a domain to another company (it must be off the connections of the former one):
    rollcall domain transfer acme.example --to umbrella

  Give a domain up (it must be off all connections):
    rollcall domain remove old.example --company acme

  Who has an address in the company's domains and is no member, as CSV:
    rollcall domain audit --company acme > uncaptured.csv";

#[derive(Debug, Subcommand)]
enum Action {
    /// List a company's domains.
    List(OfCompany),
    /// Add a domain and print the TXT record that proves it.
    Add(OneDomain),
    /// Look the TXT record up now.
    Verify(Verify),
    /// Mark a domain as verified without asking DNS; adds it first if need be. Goes into the activity log.
    Trust(OneDomain),
    /// Move a verified domain to another company.
    Transfer(Transfer),
    /// Remove a domain: its verification and its auto-provisioning end, members stay.
    Remove(OneDomain),
    /// Print accounts with an address in the verified domains that are in no organization, as CSV.
    Audit(OfCompany),
}

#[derive(Debug, Args)]
struct OneDomain {
    #[command(flatten)]
    of: OfCompany,

    /// What follows the `@` of mail addresses, such as acme.example.
    name: String,
}

#[derive(Debug, Args)]
struct Verify {
    #[command(flatten)]
    domain: OneDomain,
    #[command(flatten)]
    resolving: Resolving,
}

#[derive(Debug, Args)]
struct Transfer {
    #[command(flatten)]
    place: Place,

    /// The verified domain.
    name: String,

    /// Name of the company that gets it.
    #[arg(long, value_name = "NAME")]
    to: String,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let (place, flags) = match &arguments.action {
        Action::List(of) | Action::Audit(of) => (&of.place, Flags::new()),
        Action::Add(domain) | Action::Trust(domain) | Action::Remove(domain) => (&domain.of.place, Flags::new()),
        Action::Verify(verify) => (&verify.domain.of.place, verify.resolving.flags()),
        Action::Transfer(transfer) => (&transfer.place, Flags::new()),
    };
    beside::open_with(place, flags, output, async |beside, output| act(beside, &arguments.action, output).await)
}

async fn act(beside: &Beside, action: &Action, output: &mut Output) -> Result<(), Failure> {
    let (directory, doer) = (&beside.directory, beside.doer());
    match action {
        Action::List(of) => list(directory, of, output).await,
        Action::Audit(of) => print_audit(directory, of, output).await,
        Action::Add(wanted) => {
            let name = name(&wanted.name)?;
            let company = company::find(directory, wanted.of.company.as_deref()).await?;
            told::added(&add::add(directory, company.id, &name, doer).await?, output);
            Ok(())
        }
        Action::Verify(Verify { domain: wanted, .. }) => {
            let name = name(&wanted.name)?;
            let company = company::of_domain(directory, &name, wanted.of.company.as_deref()).await?;
            let verified = verify::verify(directory, &Dns::new(&beside.config.dns), company, &name, doer).await?;
            told::verified(&verified, output);
            Ok(())
        }
        Action::Trust(wanted) => {
            let name = name(&wanted.name)?;
            let company = company::of_domain(directory, &name, wanted.of.company.as_deref()).await?;
            told::verified(&trust::trust(directory, company, &name, doer).await?, output);
            Ok(())
        }
        Action::Transfer(wanted) => {
            let name = name(&wanted.name)?;
            let to = company::find(directory, Some(&wanted.to)).await?;
            told::verified(&transfer::transfer(directory, &name, to.id, doer).await?, output);
            Ok(())
        }
        Action::Remove(wanted) => {
            let name = name(&wanted.name)?;
            let company = company::of_domain(directory, &name, wanted.of.company.as_deref()).await?;
            remove::remove(directory, company, &name, &Preconditions::none(), doer).await?;
            output.say(&json!({"name": name.as_str(), "state": "removed"}), || format!("{name} is removed."));
            Ok(())
        }
    }
}

async fn list(directory: &Directory, of: &OfCompany, output: &mut Output) -> Result<(), Failure> {
    let company = company::find(directory, of.company.as_deref()).await?;
    let (reader, mut after) = (directory.read(), String::new());
    let mut table = Table::begin(output, &told::COLUMNS);
    loop {
        let page = reader.domains(company.id, &after, 500).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.name);
        for seen in seen::complete(directory, company.id, page).await? {
            told::listed(&seen, &mut table);
        }
    }
    table.end("The company has no domains; `rollcall domain add` begins with one.");
    Ok(())
}

async fn print_audit(directory: &Directory, of: &OfCompany, output: &mut Output) -> Result<(), Failure> {
    const PAGE: u64 = 500;
    let company = company::find(directory, of.company.as_deref()).await?;
    let mut from = Some(audit::Position::default());
    told::audit_begins(output);
    while let Some(position) = from {
        let page = audit::page(directory, company.id, &position, PAGE).await?;
        told::audited(&page.accounts, output);
        from = page.next;
    }
    Ok(())
}

fn name(given: &str) -> Result<DomainName, Failure> {
    given.parse().map_err(Failure::failed)
}

impl From<DomainError> for Failure {
    fn from(error: DomainError) -> Self {
        Self::failed(error)
    }
}
