//! `rollcall restore`: an empty data directory or database, filled from a backup.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::arguments::Place;
use super::output::Output;
use super::progress::Progress;
use super::{Failure, block_on};
use crate::backup;

/// Fill an empty data directory or database from a backup.
///
/// The backup may come from either kind of database and from an older version. The whole file is checked first; a damaged
/// one, one of a newer version, or a place that is not empty is refused, and nothing is changed.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,

    /// A file that `rollcall backup` made.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  rollcall restore --data-dir /var/lib/rollcall /backup/rollcall-2026-11-23.jsonl

  Move from SQLite to PostgreSQL, with the server stopped:
    rollcall backup --data-dir /var/lib/rollcall rollcall.jsonl
    rollcall restore --database-url postgres://rollcall@db/rollcall rollcall.jsonl";

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let config = arguments.place.load(output)?;
    let progress = Progress::begin(output, "Storing rows", Some(0));
    let told = |done, all| progress.reach(done, all);
    let restored = block_on(async { backup::restore(&arguments.file, &config, &told).await.map_err(Failure::failed) })?;
    drop(progress);
    let line = json!({"restored": arguments.file, "rows": restored.rows, "made_at": restored.made_at,
        "migrated": restored.migrated});
    output.say(&line, || format!("Restored {} rows as they were at {}.", restored.rows, restored.made_at));
    Ok(())
}
