//! `rollcall member`: who is in an organization, as what.

mod shown;

use clap::{Args, Subcommand};
use rollcall_directory::{InvitationState, Organization};
use rollcall_policy::Role;
use serde_json::json;

use super::Failure;
use super::arguments::OfOrganization;
use super::beside::{self, Beside};
use super::find;
use super::output::Output;
use super::pages::{self, PAGE};
use super::table::Table;
use super::words;
use crate::app::csv;
use crate::app::members::{self, Added, Change, NewMember, Wanted};

/// Add, change, suspend and remove members of an organization by hand.
///
/// Access begins and ends at once, also beside a running server. Where a directory manages somebody, its next push may
/// undo what was done by hand: change it there, too. Removing somebody keeps nobody from coming back by a sign-in or a
/// push; suspending does, until an administrator restores them.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rollcall member list --organization acme
  rollcall member add ada@acme.example --organization acme --role owner
  rollcall member change ada@acme.example --role editor

  Keep somebody out until you say otherwise, and let them in again:
    rollcall member suspend eve@acme.example --organization acme
    rollcall member restore eve@acme.example --organization acme

  rollcall member remove eve@acme.example --organization acme

  Members and invitees for a spreadsheet:
    rollcall member export --organization acme > members.csv";

#[derive(Debug, Subcommand)]
enum Action {
    /// List members, oldest account first.
    List(OfOrganization),
    /// Make somebody who has an account a member.
    Add(Add),
    /// Change a member's role.
    Change(ChangeRole),
    /// Take a member's access until they are restored. Frees the seat; sessions end.
    Suspend(One),
    /// Lift a suspension, whoever made it.
    Restore(One),
    /// End a membership, teams included.
    Remove(One),
    /// Print members and invitees as CSV.
    Export(OfOrganization),
}

#[derive(Debug, Args)]
struct One {
    #[command(flatten)]
    of: OfOrganization,

    /// Address, username or id of the account.
    account: String,
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    one: One,

    /// What they may do [default: member].
    #[arg(long, value_parser = words::role())]
    role: Option<Role>,
}

#[derive(Debug, Args)]
struct ChangeRole {
    #[command(flatten)]
    one: One,

    /// What they may do from now on.
    #[arg(long, value_parser = words::role())]
    role: Role,
}

/// M-10, P4-33: allowed, and perhaps of no duration.
const MANAGED: &str = "a directory manages this person and may undo this at its next push; change it there, too";

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.action {
        Action::List(of) => beside::open(&of.place, output, async |beside, output| list(beside, of, output).await),
        Action::Export(of) => beside::open(&of.place, output, async |beside, output| export(beside, of, output).await),
        Action::Add(add) => beside::open(&add.one.of.place, output, async |beside, output| {
            let organization = organization(beside, &add.one.of).await?;
            let account = find::account::find(&beside.directory, &add.one.account).await?.id;
            let new = NewMember { account, role: add.role, within: None };
            let added = members::add(&beside.directory, beside.doer(), &organization, new).await?;
            if added == Added::Already {
                output.warn("they were a member already; nothing was changed");
            }
            shown::one(beside, &organization, account, output).await.map(drop)
        }),
        Action::Change(change) => {
            let wanted = Change { role: Some(change.role), state: None };
            run_change(&change.one, wanted, output)
        }
        Action::Suspend(one) => run_change(one, Change { role: None, state: Some(Wanted::Suspended) }, output),
        Action::Restore(one) => run_change(one, Change { role: None, state: Some(Wanted::Active) }, output),
        Action::Remove(one) => run_remove(one, output),
    }
}

async fn organization(beside: &Beside, of: &OfOrganization) -> Result<Organization, Failure> {
    find::organization::find(&beside.directory, of.organization.as_deref()).await
}

fn run_change(one: &One, change: Change, output: &mut Output) -> Result<(), Failure> {
    beside::open(&one.of.place, output, async |beside, output| {
        let organization = organization(beside, &one.of).await?;
        let account = find::account::find(&beside.directory, &one.account).await?.id;
        members::change(&beside.directory, beside.doer(), &organization, account, change).await?;
        if shown::one(beside, &organization, account, output).await? {
            output.warn(MANAGED);
        }
        Ok(())
    })
}

fn run_remove(one: &One, output: &mut Output) -> Result<(), Failure> {
    beside::open(&one.of.place, output, async |beside, output| {
        let organization = organization(beside, &one.of).await?;
        let account = find::account::find(&beside.directory, &one.account).await?;
        let managed = members::remove(&beside.directory, beside.doer(), &organization, account.id).await?;
        let line =
            json!({"organization": organization.name, "account": super::told::person(&account), "removed": true});
        output.say(&line, || format!("{} is no member of {} any more.", account.email, organization.name));
        if managed {
            output.warn(MANAGED);
        }
        Ok(())
    })
}

async fn list(beside: &Beside, of: &OfOrganization, output: &mut Output) -> Result<(), Failure> {
    let organization = organization(beside, of).await?;
    let reader = beside.directory.read();
    let mut table = Table::begin(output, &shown::COLUMNS);
    pages::each(
        async |after| members::list(&reader, &organization, after, PAGE).await,
        |member| member.member.account.id,
        async |member| {
            table.row(&shown::line(&member), || shown::cells(&member));
            Ok(())
        },
    )
    .await?;
    table.end("Nobody is a member yet; `rollcall member add` or `rollcall invite send` begin.");
    Ok(())
}

/// The same table as that of the administration.
async fn export(beside: &Beside, of: &OfOrganization, output: &mut Output) -> Result<(), Failure> {
    let organization = organization(beside, of).await?;
    let reader = beside.directory.read();
    let json = output.is_json();
    let mut say = |cells: &[String]| {
        let line: serde_json::Map<_, _> =
            members::HEADER.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), json!(cell))).collect();
        output.say(&line, || csv::line(cells).trim_end().to_owned());
    };
    let header = members::HEADER.map(str::to_owned);
    if !json {
        say(&header);
    }
    pages::each(
        async |after| members::list(&reader, &organization, after, PAGE).await,
        |member| member.member.account.id,
        async |member| {
            for row in &members::rows(std::slice::from_ref(&member)) {
                say(row);
            }
            Ok(())
        },
    )
    .await?;
    let (company, id, pending) = (organization.company, organization.id, Some(InvitationState::Pending));
    pages::each(
        async |after| reader.sent_invitations(company, id, pending, after, PAGE).await,
        |sent| sent.invitation.id,
        async |sent| {
            say(&members::invitee(&sent));
            Ok(())
        },
    )
    .await
}
