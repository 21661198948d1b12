//! What may be said of what, and in which form: each name stands here once, for reading and for writing.

use std::collections::BTreeSet;

use rollcall_policy::{AccountId, OnNewSubject, Protocol, UnverifiedDomains};
use rollcall_scim::Tolerance;
use rollcall_scim::fold::fold;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Kind;
use crate::app::connection_settings::{OidcSettings, SamlSettings};
use crate::app::connections::Brake;
use crate::journal::Mode;

/// A name with its form and what a reader of the file is told of it.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// In the file.
    pub name: &'static str,
    /// Which values it takes.
    pub form: Form,
    /// Written as a comment in front of it; empty for none.
    pub comment: &'static str,
}

/// Which values a name takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text.
    Text,
    /// true or false.
    Switch,
    /// A number, or `unlimited`.
    Seats,
    /// A list of names that have one spelling, without order.
    Names,
    /// A list of names of teams, without order.
    Teams,
    /// `pending` or `verified`.
    DomainState,
    /// One of the protocols.
    Protocol,
    /// RC-13.
    OnNewSubject,
    /// RC-5.
    UnverifiedDomains,
    /// What of exchanges is kept, or nothing for what the server's configuration says.
    Journal,
    /// A table of switches.
    Tolerances,
    /// A list of ids.
    Accounts,
    /// A table.
    Brake,
    /// A table.
    Oidc,
    /// A table.
    Saml,
}

const fn spec(name: &'static str, form: Form, comment: &'static str) -> Spec {
    Spec { name, form, comment }
}

const ORGANIZATION: &[Spec] = &[
    spec("display_name", Form::Text, ""),
    spec("seats", Form::Seats, "a number, or \"unlimited\""),
    spec("teams", Form::Teams, ""),
];

const DOMAIN: &[Spec] = &[
    spec("state", Form::DomainState, "told only: a domain is proven by its TXT record, or by `apply --trust-domains`"),
    spec("auto_provisioning", Form::Switch, ""),
    spec("organization", Form::Text, "which people of the domain join; \"\" for none"),
];

const CONNECTION: &[Spec] = &[
    spec("protocol", Form::Protocol, "oidc, saml or attributes; for good"),
    spec("jit", Form::Switch, "a sign-in may add people"),
    spec("scim", Form::Switch, "the provider may push"),
    spec("group_mapping", Form::Switch, "groups named `organization:team` make teams"),
    spec("domains", Form::Names, ""),
    spec("organizations", Form::Names, ""),
    spec("default_organization", Form::Text, ""),
    spec("default_team", Form::Text, "\"\" for none"),
    spec("enforce_sso", Form::Switch, "people of its domains must use it"),
    spec("freeze_name", Form::Switch, ""),
    spec("on_new_subject", Form::OnNewSubject, "refuse or link"),
    spec("create_denied_accounts", Form::Switch, ""),
    spec("unverified_domains", Form::UnverifiedDomains, "store or refuse"),
    spec("strict", Form::Switch, ""),
    spec("journal", Form::Journal, "off, redacted or full; \"\" for the server's"),
    spec("protected_accounts", Form::Accounts, ""),
    spec("tolerances", Form::Tolerances, ""),
    spec("brake", Form::Brake, ""),
    spec("oidc", Form::Oidc, ""),
    spec("saml", Form::Saml, ""),
];

/// What may be said of such an entity, beside its name, in the order in which it is written: tables come last.
pub const fn specs(kind: Kind) -> &'static [Spec] {
    match kind {
        Kind::Company => &[],
        Kind::Organization => ORGANIZATION,
        Kind::Domain => DOMAIN,
        Kind::Connection => CONNECTION,
    }
}

impl Form {
    /// Whether it is written as a table of its own.
    pub const fn is_table(self) -> bool {
        matches!(self, Self::Tolerances | Self::Brake | Self::Oidc | Self::Saml)
    }

    /// What a value must be, to whoever wrote another.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Switch => "true or false",
            Self::Seats => "a number, or \"unlimited\"",
            Self::Names | Self::Teams => "a list of texts",
            Self::DomainState => "\"pending\" or \"verified\"",
            Self::Protocol => "\"oidc\", \"saml\" or \"attributes\"",
            Self::OnNewSubject => "\"refuse\" or \"link\"",
            Self::UnverifiedDomains => "\"store\" or \"refuse\"",
            Self::Journal => "\"off\", \"redacted\", \"full\" or \"\"",
            Self::Tolerances => "a table of tolerances, each true or false",
            Self::Accounts => "a list of ids of accounts",
            Self::Brake => "a table of numbers",
            Self::Oidc => "the table of an OpenID provider",
            Self::Saml => "the table of a SAML provider",
        }
    }
}

/// The one form in which a value is compared, or the sentence that says what is wrong with it.
pub fn normal(form: Form, value: &Value) -> Result<Value, String> {
    let normal = match form {
        Form::Text => value.as_str().map(|text| Value::from(text.trim())),
        Form::Switch => value.as_bool().map(Value::from),
        Form::Seats => match value.as_str() {
            Some("unlimited") => Some(value.clone()),
            Some(_) => None,
            None => value.as_u64().map(Value::from),
        },
        Form::Names => {
            texts(value).map(|names| names.iter().map(|name| fold(name)).collect::<BTreeSet<_>>().into_iter().collect())
        }
        Form::Teams => texts(value).map(|names| teams(names).into()),
        Form::DomainState => value.as_str().filter(|word| matches!(*word, "pending" | "verified")).map(Value::from),
        Form::Protocol => code(value, Protocol::from_code),
        Form::OnNewSubject => code(value, OnNewSubject::from_code),
        Form::UnverifiedDomains => code(value, UnverifiedDomains::from_code),
        Form::Journal if value == "" => Some(value.clone()),
        Form::Journal => code(value, Mode::from_code),
        Form::Tolerances => return tolerances(value),
        Form::Accounts => return through::<BTreeSet<AccountId>>(form, value),
        Form::Brake => return through::<Brake>(form, value),
        Form::Oidc => return through::<OidcSettings>(form, value),
        Form::Saml => return through::<SamlSettings>(form, value),
    };
    normal.ok_or_else(|| format!("expected {}", form.expected()))
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|one| one.as_str().map(|text| text.trim().to_owned())).collect()
}

/// Sorted by what makes a team's name its own; of two spellings the first counts.
pub(super) fn teams(names: Vec<String>) -> Vec<String> {
    let mut names: Vec<(String, String)> = names.into_iter().map(|name| (fold(&name), name)).collect();
    names.sort_by(|one, other| one.0.cmp(&other.0));
    names.dedup_by(|one, other| one.0 == other.0);
    names.into_iter().map(|(_, name)| name).collect()
}

fn code<T>(value: &Value, from_code: fn(&str) -> Option<T>) -> Option<Value> {
    value.as_str().filter(|word| from_code(word).is_some()).map(Value::from)
}

fn tolerances(value: &Value) -> Result<Value, String> {
    let expected = || format!("expected {}", Form::Tolerances.expected());
    let table = value.as_object().ok_or_else(expected)?;
    let mut sorted: Vec<(&String, &Value)> = table.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    for (name, value) in &sorted {
        if Tolerance::from_name(name).is_none() {
            return Err(format!("there is no tolerance `{name}`; docs/reference/tolerances.md lists them"));
        }
        value.as_bool().ok_or_else(expected)?;
    }
    Ok(Value::Object(sorted.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect()))
}

/// As the use cases read and store it, defaults included.
fn through<T: DeserializeOwned + Serialize>(form: Form, value: &Value) -> Result<Value, String> {
    let read: Result<T, _> = serde_json::from_value(value.clone());
    let written = read.and_then(|read| serde_json::to_value(read));
    written.map_err(|error| format!("{error}; expected {}", form.expected()))
}
