//! `rollcall account`: people, who belong to no company.

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use rollcall_directory::Account;
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use super::arguments::Place;
use super::beside::{self, Beside};
use super::output::Output;
use super::pages::{self, PAGE};
use super::table::Table;
use super::{Failure, find, told};
use crate::app::accounts::{self, AccountChange, NewAccount};

/// Make, correct and disable accounts.
///
/// An account is one person in your product; what they may see is a matter of their memberships. Disabling an account is
/// the operator's own switch: it ends all sessions, and nobody else can lift it. Works beside a running server.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  As your product's sign-up would, for an address that was proven:
    rollcall account add ada@acme.example --verified --full-name 'Ada Lovelace'

  rollcall account show ada@acme.example
  rollcall account list --json
  rollcall account change ada@acme.example --email ada@umbrella.example --verified

  Nobody signs in with this account until it is enabled again:
    rollcall account disable eve@acme.example
    rollcall account enable eve@acme.example";

#[derive(Debug, Subcommand)]
enum Action {
    /// List accounts, oldest first.
    List(List),
    /// Make an account.
    Add(Add),
    /// Show an account and where it is a member.
    Show(One),
    /// Correct address or name. A new address is unverified unless you say otherwise, and ends all sessions.
    Change(Change),
    /// End all sessions, and let nobody sign in with this account.
    Disable(One),
    /// Lift the operator's switch.
    Enable(One),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct One {
    #[command(flatten)]
    place: Place,

    /// Address, username or id.
    account: String,
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    place: Place,

    /// Unique, whatever its capitals.
    email: String,

    /// Somebody trusted says that the person reads mail there.
    #[arg(long)]
    verified: bool,

    /// What people read.
    #[arg(long, value_name = "TEXT")]
    full_name: Option<String>,

    /// 4 to 30 lower-case letters and digits, for good [default: made of address and name].
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["email", "verified", "full_name"]))]
struct Change {
    #[command(flatten)]
    one: One,

    /// The new address.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,

    /// Whether somebody trusted says that the person reads mail there.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
    verified: Option<bool>,

    /// What people read; an empty text for none.
    #[arg(long, value_name = "TEXT")]
    full_name: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.action {
        Action::List(list) => beside::open(&list.place, output, async |beside, output| all(beside, output).await),
        Action::Add(add) => beside::open(&add.place, output, async |beside, output| {
            let new = NewAccount {
                email: add.email.clone(),
                email_verified: add.verified,
                full_name: add.full_name.clone(),
                username: add.username.clone(),
            };
            let made = accounts::create(&beside.directory, beside.doer(), new).await?;
            show(beside, &made, output).await
        }),
        Action::Show(one) => beside::open(&one.place, output, async |beside, output| {
            let account = find::account::find(&beside.directory, &one.account).await?;
            show(beside, &account, output).await
        }),
        Action::Change(change) => run_change(
            &change.one,
            AccountChange {
                email: change.email.clone(),
                email_verified: change.verified,
                full_name: change.full_name.clone(),
                disabled: None,
            },
            output,
        ),
        Action::Disable(one) => {
            run_change(one, AccountChange { disabled: Some(true), ..AccountChange::default() }, output)
        }
        Action::Enable(one) => {
            run_change(one, AccountChange { disabled: Some(false), ..AccountChange::default() }, output)
        }
    }
}

fn run_change(one: &One, change: AccountChange, output: &mut Output) -> Result<(), Failure> {
    beside::open(&one.place, output, async |beside, output| {
        let account = find::account::find(&beside.directory, &one.account).await?;
        let changed = accounts::change(&beside.directory, beside.doer(), account.id, change).await?;
        show(beside, &changed, output).await
    })
}

async fn all(beside: &Beside, output: &mut Output) -> Result<(), Failure> {
    let reader = beside.directory.read();
    let mut table = Table::begin(output, &["EMAIL", "USERNAME", "NAME", "VERIFIED", "DISABLED"]);
    pages::each(
        async |after| reader.accounts(after, PAGE).await,
        |account| account.id,
        async |account| {
            table.row(&line(&account), || {
                let (verified, disabled) = (told::yes(account.email_verified), told::yes(account.disabled));
                vec![account.email, account.username, account.full_name, verified, disabled]
            });
            Ok(())
        },
    )
    .await?;
    table.end("There are no accounts; they come with sign-ins and pushes, or by `rollcall account add`.");
    Ok(())
}

async fn show(beside: &Beside, account: &Account, output: &mut Output) -> Result<(), Failure> {
    let memberships = beside.directory.read().memberships(account.id).await?;
    let mut line = line(account);
    if let Value::Object(members) = &mut line {
        let shown: Vec<Value> = memberships.iter().map(membership).collect();
        members.insert("memberships".to_owned(), json!(shown));
    }
    output.say(&line, || {
        let Account { id, email, username, full_name, .. } = account;
        let verified = if account.email_verified { "verified" } else { "not verified" };
        let disabled = if account.disabled { ", disabled by the operator" } else { "" };
        let mut text = format!(
            "{email} ({verified}{disabled})\n  id        {id}\n  username  {username}\n  name      {full_name}"
        );
        for view in &memberships {
            let (name, membership) = (&view.organization_name, &view.membership);
            let _ = write!(text, "\n  member    {name} as {}: {}", membership.role, membership.state);
        }
        text
    });
    Ok(())
}

fn membership(view: &rollcall_directory::MembershipView) -> Value {
    let membership = &view.membership;
    json!({
        "organization": view.organization_name,
        "role": membership.role,
        "state": membership.state,
        "origin": membership.origin,
    })
}

fn line(account: &Account) -> Value {
    json!({
        "id": account.id,
        "email": account.email,
        "username": account.username,
        "full_name": account.full_name,
        "email_verified": account.email_verified,
        "disabled": account.disabled,
        "created_at": to_rfc3339(account.created_at),
    })
}
