//! Flags that several commands share, and how they become a configuration.

use std::path::PathBuf;

use clap::Args;

use super::output::Output;
use crate::config::{Config, Flags, Problem, environment, load};

/// Where the configuration and the data are.
#[derive(Debug, Default, Args)]
pub(super) struct Place {
    /// Configuration file (TOML). `rollcall check-config --help` lists its keys.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// `postgres://user@host/database` or `sqlite:///path`, instead of a data directory.
    #[arg(long, value_name = "URL", conflicts_with = "data_dir")]
    pub(super) database_url: Option<String>,

    /// Directory of the embedded database [default: rollcall-data].
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<String>,
}

/// Where, and whose.
#[derive(Debug, Args)]
pub(super) struct OfCompany {
    #[command(flatten)]
    pub(super) place: Place,

    /// Name of the company, where there are several.
    #[arg(long, value_name = "NAME")]
    pub(super) company: Option<String>,
}

/// Where, and of which organization.
#[derive(Debug, Args)]
pub(super) struct OfOrganization {
    #[command(flatten)]
    pub(super) place: Place,

    /// Name of the organization, where there are several.
    #[arg(long, value_name = "NAME")]
    pub(super) organization: Option<String>,
}

/// Where and how a server listens.
#[derive(Debug, Default, Args)]
pub(super) struct Listening {
    /// Address and port to listen on; port 0 lets the system choose [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR")]
    pub(super) listen: Option<String>,

    /// URL under which clients reach the server, for links in its answers [default: the listening address].
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,

    /// PEM file with the certificate chain.
    #[arg(long, value_name = "FILE")]
    pub(super) tls_cert: Option<String>,

    /// PEM file with the private key.
    #[arg(long, value_name = "FILE")]
    pub(super) tls_key: Option<String>,

    /// A proxy in front ends TLS and names the client in X-Forwarded-For.
    #[arg(long)]
    pub(super) behind_proxy: bool,

    #[command(flatten)]
    pub(super) resolving: Resolving,
}

/// Who is asked for the records of domains.
#[derive(Debug, Default, Args)]
pub(super) struct Resolving {
    /// Name server that is asked for the records of domains, as 192.0.2.53 or 127.0.0.1:5353 [default: the system's].
    #[arg(long, value_name = "ADDR")]
    pub(super) dns: Option<String>,
}

impl Place {
    /// The configuration from all sources, with only these flags.
    pub(super) fn load(&self, output: &mut Output) -> Result<Config, Vec<Problem>> {
        self.load_with(Flags::new(), output)
    }

    /// The configuration from all sources, with further flags.
    pub(super) fn load_with(&self, mut flags: Flags, output: &mut Output) -> Result<Config, Vec<Problem>> {
        set(&mut flags, "database_url", self.database_url.as_ref());
        set(&mut flags, "data_dir", self.data_dir.as_ref());
        let loaded = load(self.config.as_deref(), &environment(), &flags)?;
        for variable in loaded.unknown_variables {
            output.warn(&format!("the variable {variable} means nothing to this version; check its name"));
        }
        let mut config = loaded.config;
        if self.data_dir.is_some() {
            // The flag names an embedded database, whatever file and environment say.
            config.database_url = None;
        }
        Ok(config)
    }
}

impl Listening {
    pub(super) fn flags(&self) -> Flags {
        let mut flags = Flags::new();
        set(&mut flags, "listen", self.listen.as_ref());
        set(&mut flags, "public_url", self.public_url.as_ref());
        set(&mut flags, "tls.certificate", self.tls_cert.as_ref());
        set(&mut flags, "tls.key", self.tls_key.as_ref());
        if self.behind_proxy {
            flags.insert("behind_proxy", "true".to_owned());
        }
        flags.extend(self.resolving.flags());
        flags
    }
}

impl Resolving {
    pub(super) fn flags(&self) -> Flags {
        let mut flags = Flags::new();
        set(&mut flags, "dns.server", self.dns.as_ref());
        flags
    }
}

fn set(flags: &mut Flags, key: &'static str, value: Option<&String>) {
    if let Some(value) = value {
        flags.insert(key, value.clone());
    }
}
