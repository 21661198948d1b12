//! `rollcall export`: a connection's directory, or the configuration, as a file.

mod configuration;
mod directory;

use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::Place;
use super::output::Output;
use super::{Failure, beside};
use crate::backup::NewFile;

/// Write a connection's directory, or the configuration, to a file.
///
/// `--connection` writes users and then groups with their members, one SCIM resource a line, as /scim/v2 shows them: a
/// file for `rollcall import`, here or elsewhere. `--config` writes companies, organizations, domains and connections as
/// TOML, without any secret: a file for `rollcall apply`. Both are of one moment, and work beside a running server.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
#[group(id = "what", required = true, args = ["connection", "config"])]
pub(super) struct Arguments {
    /// The directory of this connection: its name or id.
    #[arg(long, value_name = "NAME|ID")]
    connection: Option<String>,

    /// The configuration, for `rollcall apply`.
    #[arg(long)]
    config: bool,

    /// Only this company's configuration; or the connection's company, where several have one of that name.
    #[arg(long, value_name = "NAME")]
    company: Option<String>,

    /// `postgres://user@host/database` or `sqlite:///path`, instead of a data directory.
    #[arg(long, value_name = "URL", conflicts_with = "data_dir")]
    database_url: Option<String>,

    /// Directory of the embedded database [default: rollcall-data].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,

    /// The file to make; it must not be there yet. `-` is standard output.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  rollcall export --connection acme-sso acme.jsonl
  rollcall export --connection acme-sso - | jq -r .userName
  rollcall export --config rollcall-configuration.toml
  rollcall export --config - --company acme";

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    // `--config` names no configuration of the server here.
    let place =
        Place { config: None, database_url: arguments.database_url.clone(), data_dir: arguments.data_dir.clone() };
    let file = Exported::create(&arguments.file)?;
    beside::open(&place, output, async |beside, output| match &arguments.connection {
        Some(connection) => directory::export(beside, (connection, arguments.company.as_deref()), file, output).await,
        None => configuration::export(beside, arguments.company.as_deref(), file, output).await,
    })
}

/// A new file, or standard output.
struct Exported {
    file: Option<NewFile>,
    to: BufWriter<Box<dyn Write>>,
    place: PathBuf,
}

impl Exported {
    fn create(place: &Path) -> Result<Self, Failure> {
        let (file, to): (_, Box<dyn Write>) = if place == Path::new("-") {
            (None, Box::new(stdout()))
        } else {
            let file = NewFile::create(place).map_err(Failure::failed)?;
            let to = file.writer().map_err(Failure::failed)?;
            (Some(file), Box::new(to))
        };
        Ok(Self { file, to: BufWriter::new(to), place: place.to_owned() })
    }

    fn write(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.to.write_all(text.as_bytes());
        written.map_err(|problem| Failure::failed(format!("cannot write {}: {problem}", self.place.display())))
    }

    /// Ends it; where it is, if it is a file.
    fn finish(mut self) -> Result<Option<PathBuf>, Failure> {
        let place = self.place.clone();
        let flushed = self.to.flush();
        flushed.map_err(|problem| Failure::failed(format!("cannot write {}: {problem}", place.display())))?;
        let Some(file) = self.file else { return Ok(None) };
        file.finish().map_err(Failure::failed)?;
        Ok(Some(place))
    }
}
