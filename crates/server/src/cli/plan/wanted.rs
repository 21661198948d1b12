//! The change that is asked for, as flags.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::app::Nullable;
use crate::app::connections::policy::PolicyChange;

/// Every flag that changes something.
pub(super) const CHANGES: [&str; 10] = [
    "jit",
    "scim",
    "group_mapping",
    "enforce_sso",
    "strict",
    "domains",
    "organizations",
    "default_organization",
    "default_team",
    "no_default_team",
];

#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// Sign-ins make members of people whom nobody has invited or pushed; off only while SCIM is on.
    #[arg(long, value_name = "on|off", value_parser = switch())]
    jit: Option<bool>,

    /// The provider pushes people and groups.
    #[arg(long, value_name = "on|off", value_parser = switch())]
    scim: Option<bool>,

    /// Pushed groups named `organization:team` say who is in which team.
    #[arg(long, value_name = "on|off", value_parser = switch())]
    group_mapping: Option<bool>,

    /// People of its domains must sign in through it.
    #[arg(long, value_name = "on|off", value_parser = switch())]
    enforce_sso: Option<bool>,

    /// Hold the provider to the RFCs.
    #[arg(long, value_name = "on|off", value_parser = switch())]
    strict: Option<bool>,

    /// All of its domains, with commas between.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    domains: Option<Vec<String>>,

    /// All organizations that it serves, with commas between.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    organizations: Option<Vec<String>>,

    /// Where people go for whom nobody says otherwise; another one has no default team unless you name one.
    #[arg(long, value_name = "NAME")]
    default_organization: Option<String>,

    /// Their team there.
    #[arg(long, value_name = "NAME", conflicts_with = "no_default_team")]
    default_team: Option<String>,

    /// They go into no team.
    #[arg(long)]
    no_default_team: bool,
}

fn switch() -> impl TypedValueParser<Value = bool> {
    PossibleValuesParser::new(["on", "off"]).map(|word| word == "on")
}

impl Wanted {
    pub(super) fn change(&self) -> PolicyChange {
        let default_team = match (&self.default_team, self.no_default_team) {
            (Some(team), _) => Nullable::Value(team.clone()),
            (None, true) => Nullable::Null,
            (None, false) => Nullable::Absent,
        };
        PolicyChange {
            jit: self.jit,
            scim: self.scim,
            group_mapping: self.group_mapping,
            domains: self.domains.clone(),
            organizations: self.organizations.clone(),
            default_organization: self.default_organization.clone(),
            default_team,
            enforce_sso: self.enforce_sso,
            strict: self.strict,
        }
    }
}
