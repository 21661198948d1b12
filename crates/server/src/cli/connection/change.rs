//! `rollcall connection change`: everything that moves nobody; the rest goes through a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use clap::Args;
use rollcall_directory::{ConnectionRecord, Scope};
use rollcall_policy::{AccountId, OnNewSubject, UnverifiedDomains};
use rollcall_scim::etag::{Preconditions, etag};
use serde::de::DeserializeOwned;

use super::protocol::{Oidc, Saml};
use super::{Named, shown};
use crate::app::Nullable;
use crate::app::connection_settings::{OidcSettings, SamlSettings};
use crate::app::connections::{Settings, change, version};
use crate::cli::output::Output;
use crate::cli::{Failure, beside, find, words};
use crate::journal::Mode;

/// Change settings of a connection that move nobody.
///
/// JIT, SCIM, group mapping, domains, organizations and defaults change through `rollcall plan`, which shows beforehand
/// whom that hits. What you do not name stays as it is.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES, group = clap::ArgGroup::new("what").required(true).multiple(true).args(CHANGES))]
pub(super) struct Arguments {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    switches: Switches,
    #[command(flatten, next_help_heading = "Of a connection by OpenID Connect")]
    oidc: Oidc,
    #[command(flatten, next_help_heading = "Of a connection by SAML")]
    saml: Saml,
}

const EXAMPLES: &str = "\
Examples:
  People of its domains must use it, once somebody has signed in through it:
    rollcall connection change acme-sso --enforce-sso true

  The provider has a new signing certificate; keep the old one until it is gone:
    rollcall connection change acme-sso --certificate old.pem --certificate new.pem

  Nobody but you removes these people, whatever the directory says:
    rollcall connection change acme-sso --protect ada@acme.example

  Without deviations from the RFCs, but for one:
    rollcall connection change acme-sso --strict true --tolerance boolean_as_string=on";

#[derive(Debug, Args)]
struct Switches {
    /// What people call it; unique in the company.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,

    /// People of its domains must use it.
    #[arg(long, value_name = "true|false")]
    enforce_sso: Option<bool>,

    /// Names of people stay as they are, whatever the provider says.
    #[arg(long, value_name = "true|false")]
    freeze_name: Option<bool>,

    /// What happens to a new subject with the address of somebody who has another one.
    #[arg(long, value_parser = words::on_new_subject())]
    on_new_subject: Option<OnNewSubject>,

    /// Make accounts for people who are turned away, too.
    #[arg(long, value_name = "true|false")]
    create_denied_accounts: Option<bool>,

    /// What happens to pushed people with an address in no verified domain of the connection.
    #[arg(long, value_parser = words::unverified_domains())]
    unverified_domains: Option<UnverifiedDomains>,

    /// No deviations from the RFCs, but for tolerances that are on.
    #[arg(long, value_name = "true|false")]
    strict: Option<bool>,

    /// Switch one tolerance of a provider's habits, as NAME=on or NAME=off; several flags.
    #[arg(long = "tolerance", value_name = "NAME=on|off")]
    tolerances: Vec<Tolerance>,

    /// What is kept of its SCIM exchanges; `server` for what the server says.
    #[arg(long, value_name = "off|redacted|full|server", value_parser = journal)]
    journal: Option<Nullable<Mode>>,

    /// An account that no push removes; several flags.
    #[arg(long, value_name = "ACCOUNT")]
    protect: Vec<String>,

    /// An account that pushes may remove again; several flags.
    #[arg(long, value_name = "ACCOUNT")]
    unprotect: Vec<String>,
}

/// One of these must be named.
const CHANGES: [&str; 23] = [
    "name",
    "enforce_sso",
    "freeze_name",
    "on_new_subject",
    "create_denied_accounts",
    "unverified_domains",
    "strict",
    "tolerances",
    "journal",
    "protect",
    "unprotect",
    "issuer",
    "client_id",
    "jwks_uri",
    "algorithms",
    "tenant_id",
    "metadata",
    "idp_entity_id",
    "certificates",
    "audience",
    "recipient",
    "subject_attribute",
    "allow_idp_initiated",
];

/// `NAME=on` or `NAME=off`; the names are checked where they are stored.
#[derive(Clone, Debug)]
struct Tolerance(String, bool);

impl FromStr for Tolerance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, "on")) => Ok(Self(name.to_owned(), true)),
            Some((name, "off")) => Ok(Self(name.to_owned(), false)),
            Some(_) | None => Err(format!("`{text}` is no switch; expected NAME=on or NAME=off")),
        }
    }
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    beside::open(&arguments.named.place, output, async |beside, output| {
        let record = arguments.named.find(&beside.directory).await?.record;
        let settings = settings(beside, arguments, &record).await?;
        settings.check(&beside.config.outbound)?;
        let scope = Scope { company: record.company, connection: record.id };
        // Lists were read and are written whole: nobody else's change may get lost between.
        let seen = Preconditions::parse(Some(&etag(version(&record))), None).map_err(Failure::failed)?;
        change::change(&beside.directory, beside.doer(), scope, &seen, &settings).await?;
        let changed = beside.directory.read().connection(scope.company, scope.connection).await?;
        let changed = changed.ok_or_else(|| Failure::failed("somebody removed the connection just now"))?;
        shown::say(beside, &changed, output).await
    })
}

async fn settings(
    beside: &beside::Beside,
    arguments: &Arguments,
    record: &ConnectionRecord,
) -> Result<Settings, Failure> {
    let switches = &arguments.switches;
    let Arguments { oidc, saml, .. } = arguments;
    let oidc = if oidc.is_given() { Some(oidc.over(OidcSettings::of(record).map_err(Failure::failed)?)) } else { None };
    let saml =
        if saml.is_given() { Some(saml.over(SamlSettings::of(record).map_err(Failure::failed)?)?) } else { None };
    Ok(Settings {
        name: switches.name.clone(),
        oidc,
        saml,
        enforce_sso: switches.enforce_sso,
        freeze_name: switches.freeze_name,
        on_new_subject: switches.on_new_subject,
        create_denied_accounts: switches.create_denied_accounts,
        unverified_domains: switches.unverified_domains,
        strict: switches.strict,
        tolerances: tolerances(switches, record),
        protected_accounts: protected(beside, switches, record).await?,
        brake: None,
        journal: switches.journal.unwrap_or_default(),
    })
}

fn journal(word: &str) -> Result<Nullable<Mode>, String> {
    match (Mode::from_code(word), word) {
        (Some(mode), _) => Ok(Nullable::Value(mode)),
        (None, "server") => Ok(Nullable::Null),
        (None, _) => Err("expected `off`, `redacted`, `full` or `server`".to_owned()),
    }
}

fn tolerances(switches: &Switches, record: &ConnectionRecord) -> Option<BTreeMap<String, bool>> {
    if switches.tolerances.is_empty() {
        return None;
    }
    let mut all: BTreeMap<String, bool> = stored(record, "tolerances");
    all.extend(switches.tolerances.iter().map(|Tolerance(name, on)| (name.clone(), *on)));
    Some(all)
}

async fn protected(
    beside: &beside::Beside,
    switches: &Switches,
    record: &ConnectionRecord,
) -> Result<Option<BTreeSet<AccountId>>, Failure> {
    if switches.protect.is_empty() && switches.unprotect.is_empty() {
        return Ok(None);
    }
    let mut all: BTreeSet<AccountId> = stored(record, "protected_accounts");
    for wanted in &switches.protect {
        all.insert(find::account::find(&beside.directory, wanted).await?.id);
    }
    for wanted in &switches.unprotect {
        all.remove(&find::account::find(&beside.directory, wanted).await?.id);
    }
    Ok(Some(all))
}

fn stored<T: DeserializeOwned + Default>(record: &ConnectionRecord, name: &str) -> T {
    record.details.get(name).cloned().and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
}
