//! `rollcall company owner`: who hears of what concerns all of a company.

use clap::{Args, Subcommand};
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::json;

use crate::app::company_owners;
use crate::cli::arguments::OfCompany;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::cli::{Failure, beside, find, told};

/// Say who owns a company: one to ten people.
///
/// Owners hear of what concerns all of the company, such as a domain whose record is gone. The last one stays (M-9).
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rollcall company owner list --company acme
  rollcall company owner add ada@acme.example --company acme
  rollcall company owner remove ada@acme.example --company acme";

#[derive(Debug, Subcommand)]
enum Action {
    /// List the owners.
    List(OfCompany),
    /// Make somebody an owner.
    Add(One),
    /// Take the ownership back.
    Remove(One),
}

#[derive(Debug, Args)]
struct One {
    #[command(flatten)]
    of: OfCompany,

    /// Address, username or id of the account.
    account: String,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.action {
        Action::List(of) => list(of, output),
        Action::Add(one) => beside::open(&one.of.place, output, async |beside, output| {
            let (company, account) = both(beside, one).await?;
            let added = company_owners::add(&beside.directory, beside.doer(), &company, account.id).await?;
            output.say(&json!({"company": company.name, "account": told::person(&account), "added": added}), || {
                let word = if added { "is an owner of" } else { "was an owner already of" };
                format!("{} {word} {}.", account.email, company.name)
            });
            Ok(())
        }),
        Action::Remove(one) => beside::open(&one.of.place, output, async |beside, output| {
            let (company, account) = both(beside, one).await?;
            company_owners::remove(&beside.directory, beside.doer(), &company, account.id).await?;
            output.say(&json!({"company": company.name, "account": told::person(&account), "removed": true}), || {
                format!("{} is no owner of {} any more.", account.email, company.name)
            });
            Ok(())
        }),
    }
}

async fn both(
    beside: &beside::Beside,
    one: &One,
) -> Result<(rollcall_directory::Company, rollcall_directory::Account), Failure> {
    let company = find::company::find(&beside.directory, one.of.company.as_deref()).await?;
    Ok((company, find::account::find(&beside.directory, &one.account).await?))
}

fn list(of: &OfCompany, output: &mut Output) -> Result<(), Failure> {
    beside::open(&of.place, output, async |beside, output| {
        let company = find::company::find(&beside.directory, of.company.as_deref()).await?;
        let mut table = Table::begin(output, &["EMAIL", "USERNAME", "SINCE"]);
        for (account, since) in beside.directory.read().company_owners(company.id).await? {
            let since = to_rfc3339(since);
            table.row(&json!({"account": told::person(&account), "since": since}), || {
                vec![account.email.clone(), account.username.clone(), since.clone()]
            });
        }
        table.end("Nobody owns the company yet; `rollcall company owner add` names somebody.");
        Ok(())
    })
}
