//! `rollcall connection add`: a new connection, for one of three protocols.

use clap::{Args, Subcommand};
use rollcall_policy::Protocol;

use super::protocol::{Oidc, Saml};
use super::shown;
use crate::app::connections::Settings;
use crate::app::connections::create::{NewConnection, create};
use crate::app::connections::placement::Wanted;
use crate::cli::arguments::OfCompany;
use crate::cli::output::Output;
use crate::cli::{Failure, beside, find};

/// Make a connection: just-in-time sign-ins on, SCIM off.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    protocol: Kind,
}

const EXAMPLES: &str = "\
Examples:
  Your product verifies the evidence itself, and says what it found:
    rollcall connection add attributes acme-sso --company acme --domain acme.example --organization acme

  Microsoft Entra ID:
    rollcall connection add oidc acme-entra --company acme --domain acme.example --organization acme \\
      --issuer https://login.microsoftonline.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0 \\
      --tenant-id 8eaef023-2b34-4da1-9baa-8bc8c9d6a490 --client-id 535fb089-9ff3-47b6-9bfb-4f1264799865

  From the metadata file of a SAML provider:
    rollcall connection add saml acme-sso --company acme --domain acme.example --organization acme \\
      --metadata idp.xml --audience https://app.example/saml --recipient https://app.example/saml/acs";

#[derive(Debug, Subcommand)]
enum Kind {
    /// Sign-ins by attributes that your product has verified.
    Attributes(New),
    /// Sign-ins by OpenID Connect ID tokens.
    Oidc(NewOidc),
    /// Sign-ins by SAML 2.0 responses.
    Saml(NewSaml),
}

#[derive(Debug, Args)]
struct New {
    #[command(flatten)]
    of: OfCompany,

    /// What people call it; unique in the company.
    name: String,

    /// A verified domain of the company; several flags or commas.
    #[arg(long = "domain", value_name = "NAME", required = true, value_delimiter = ',')]
    domains: Vec<String>,

    /// An organization that it serves; several flags or commas.
    #[arg(long = "organization", value_name = "NAME", required = true, value_delimiter = ',')]
    organizations: Vec<String>,

    /// Where people go by default [default: the only one].
    #[arg(long, value_name = "NAME")]
    default_organization: Option<String>,

    /// A team there that everybody joins.
    #[arg(long, value_name = "NAME")]
    default_team: Option<String>,

    /// Groups named `organization:team` put people into teams.
    #[arg(long)]
    group_mapping: bool,
}

#[derive(Debug, Args)]
struct NewOidc {
    #[command(flatten)]
    new: New,
    #[command(flatten)]
    oidc: Oidc,
}

#[derive(Debug, Args)]
struct NewSaml {
    #[command(flatten)]
    new: New,
    #[command(flatten)]
    saml: Saml,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let (protocol, new, settings) = match &arguments.protocol {
        Kind::Attributes(new) => (Protocol::Attributes, new, Settings::default()),
        Kind::Oidc(NewOidc { new, oidc }) => {
            (Protocol::Oidc, new, Settings { oidc: Some(oidc.new_settings()), ..Settings::default() })
        }
        Kind::Saml(NewSaml { new, saml }) => {
            (Protocol::Saml, new, Settings { saml: Some(saml.new_settings()?), ..Settings::default() })
        }
    };
    let settings = Settings { name: Some(new.name.clone()), ..settings };
    beside::open(&new.of.place, output, async |beside, output| {
        let company = find::company::find(&beside.directory, new.of.company.as_deref()).await?;
        settings.check(&beside.config.outbound)?;
        let wanted = Wanted {
            domains: new.domains.clone(),
            organizations: new.organizations.clone(),
            default_organization: new.default_organization.clone(),
            default_team: new.default_team.clone(),
        };
        let group_mapping = new.group_mapping.then_some(true);
        let new = NewConnection { protocol, settings, wanted, jit: None, scim: None, group_mapping };
        let id = create(&beside.directory, beside.doer(), company.id, &new).await?;
        let made = beside.directory.read().connection(company.id, id).await?;
        let made = made.ok_or_else(|| Failure::failed("somebody removed the connection just now"))?;
        shown::say(beside, &made, output).await?;
        if output.is_terminal() {
            let name = &made.record.name;
            output.say(&(), || {
                format!("\nNext: `rollcall token create --kind sign-in --connection {name}` for your product.")
            });
        }
        Ok(())
    })
}
