//! `rollcall token`: makes, lists and ends tokens.

mod lifetime;
mod role;

use clap::{Args, Subcommand, ValueEnum};
use rollcall_directory::{Directory, Token};
use rollcall_policy::TokenId;
use rollcall_scim::timestamp::to_rfc3339;
use serde_json::{Value, json};

use super::arguments::Place;
use super::find::connection;
use super::output::Output;
use super::table::Table;
use super::{Failure, beside};
use crate::app::tokens::{Holder, create, mint, revoke};
use crate::config::Problem;
use lifetime::Lifetime;
use role::Role;

/// Make, list and end tokens.
///
/// Works beside a running server: a new token is good at once, an ended one is refused within a second. A token is shown
/// once, when it is made; only a hash of it is stored.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  rollcall token create --kind scim --connection acme-sso --expires-in 365d
  rollcall token create --kind admin --json
  rollcall token create --kind admin --role company-owner --company acme --expires-in 30d
  rollcall token list --data-dir /var/lib/rollcall
  rollcall token revoke 01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f";

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and print it.
    Create(Create),
    /// List all tokens, without their secrets.
    List(List),
    /// End a token.
    Revoke(Revoke),
}

#[derive(Debug, Args)]
struct Create {
    #[command(flatten)]
    place: Place,

    /// What it opens: `scim` and `sign-in` one connection, `product` the product's own doors, `admin` everything.
    #[arg(long)]
    kind: Kind,

    /// Name or id of the connection, for `scim` and `sign-in`.
    #[arg(long, value_name = "NAME|ID", required_if_eq_any([("kind", "scim"), ("kind", "sign-in")]))]
    connection: Option<String>,

    /// What an `admin` token may do [default: operator].
    #[arg(long)]
    role: Option<Role>,

    /// Company that the role is limited to; or of the connection, where several companies have one of that name.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,

    /// Organization that the role is limited to.
    #[arg(long, value_name = "NAME", requires = "role")]
    organization: Option<String>,

    /// How long it is good for, as `90d`, `12h` or `30m` [default: until it is revoked].
    #[arg(long, value_name = "TIME")]
    expires_in: Option<Lifetime>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Scim,
    #[value(alias = "sign_in")]
    SignIn,
    Product,
    Admin,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct Revoke {
    #[command(flatten)]
    place: Place,

    /// The id that `rollcall token list` shows; the middle part of a token is the same without hyphens.
    id: TokenId,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    match &arguments.action {
        Action::Create(arguments) => run_create(arguments, output),
        Action::List(arguments) => run_list(arguments, output),
        Action::Revoke(arguments) => run_revoke(arguments, output),
    }
}

fn run_create(arguments: &Create, output: &mut Output) -> Result<(), Failure> {
    if arguments.connection.is_some() && matches!(arguments.kind, Kind::Product | Kind::Admin) {
        return Err(misplaced("--connection", "a token of this kind belongs to no connection; leave the flag out"));
    }
    if arguments.role.is_some() && !matches!(arguments.kind, Kind::Admin) {
        return Err(misplaced("--role", "only a token of kind `admin` has a role; leave the flag out"));
    }
    if arguments.company.is_some() && arguments.connection.is_none() && arguments.role.is_none() {
        return Err(misplaced("--company", "it limits a role or finds a connection; name --role or --connection"));
    }
    beside::open(&arguments.place, output, async |beside, output| {
        let holder = holder(&beside.directory, arguments).await?;
        let doer = beside.doer();
        let expires_at = arguments.expires_in.map(|lifetime| doer.now.saturating_add(lifetime.microseconds()));
        let minted = mint(holder, expires_at, doer.ids, doer.now);
        create(&beside.directory, &minted.record, doer).await?;
        let (record, expires) = (&minted.record, expires_at.map(to_rfc3339));
        let line =
            json!({"id": record.id, "kind": record.kind.code(), "token": minted.reveal(), "expires_at": expires});
        output.say(&line, || minted.reveal().to_owned());
        Ok(())
    })
}

fn misplaced(flag: &str, problem: &str) -> Failure {
    vec![Problem { place: flag.to_owned(), problem: problem.to_owned() }].into()
}

async fn holder(directory: &Directory, arguments: &Create) -> Result<Holder, Failure> {
    let wanted = arguments.connection.as_deref().unwrap_or_default();
    let company = arguments.company.as_deref();
    Ok(match arguments.kind {
        Kind::Scim => {
            let (company, connection) = connection::find(directory, wanted, company).await?;
            Holder::Scim(company, connection)
        }
        Kind::SignIn => {
            let (company, connection) = connection::find(directory, wanted, company).await?;
            Holder::SignIn(company, connection)
        }
        Kind::Product => Holder::Product,
        Kind::Admin => {
            let role = arguments.role.unwrap_or(Role::Operator);
            Holder::Admin(role::limited(directory, role, company, arguments.organization.as_deref()).await?)
        }
    })
}

fn run_list(arguments: &List, output: &mut Output) -> Result<(), Failure> {
    beside::open(&arguments.place, output, async |beside, output| {
        let mut table = Table::begin(output, &["ID", "KIND", "OF", "STATE", "USED"]);
        let mut after = None;
        loop {
            let page = beside.directory.read().tokens(after, 500).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for token in &page {
                table.row(&line(token), || cells(token).into());
            }
        }
        table.end("There are no tokens; `rollcall token create` makes one.");
        Ok(())
    })
}

fn line(token: &Token) -> Value {
    json!({
        "id": token.id,
        "kind": token.kind.code(),
        "company": token.company,
        "connection": token.connection,
        "role": token.role,
        "created_at": to_rfc3339(token.created_at),
        "expires_at": token.expires_at.map(to_rfc3339),
        "revoked_at": token.revoked_at.map(to_rfc3339),
        "last_used_on": token.last_used_day.map(day),
    })
}

/// `2026-11-22` of days since 1970.
fn day(days: i64) -> String {
    to_rfc3339(days.saturating_mul(crate::clock::DAY)).chars().take(10).collect()
}

fn cells(token: &Token) -> [String; 5] {
    let state = match (token.revoked_at, token.expires_at) {
        (Some(at), _) => format!("revoked {}", to_rfc3339(at)),
        (None, Some(at)) => format!("expires {}", to_rfc3339(at)),
        (None, None) => "no expiry".to_owned(),
    };
    let whose = match (token.connection, &token.role) {
        (Some(connection), _) => format!("connection {connection}"),
        (None, Some(role)) => role.clone(),
        (None, None) => String::new(),
    };
    let used = token.last_used_day.map_or_else(|| "never".to_owned(), day);
    [token.id.to_string(), token.kind.code().to_owned(), whose, state, used]
}

fn run_revoke(arguments: &Revoke, output: &mut Output) -> Result<(), Failure> {
    beside::open(&arguments.place, output, async |beside, output| {
        let revoked = revoke(&beside.directory, arguments.id, beside.doer()).await?;
        let Some(token) = revoked else {
            let id = arguments.id;
            return Err(Failure::failed(format!("there is no token {id}; `rollcall token list` shows all")));
        };
        output.say(&line(&token), || format!("The token {} is revoked.", token.id));
        Ok(())
    })
}
