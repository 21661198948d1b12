//! `rollcall backup`: one state of everything in one file, while the server serves.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::arguments::Place;
use super::output::Output;
use super::progress::Progress;
use super::{Failure, beside};
use crate::backup;

/// Write everything that is stored to one file, as it is at one moment.
///
/// Works beside a running server, which goes on writing meanwhile. The file is the same for SQLite and PostgreSQL, and
/// `rollcall restore` fills either from it. It holds people's names and hashes of secrets: only its owner may read it.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,

    /// The file to make; it must not be there yet. `-` is standard output.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  rollcall backup --data-dir /var/lib/rollcall /backup/rollcall-2026-11-23.jsonl
  rollcall backup --database-url postgres://rollcall@db/rollcall - | zstd | age -r age1... > rollcall.jsonl.zst.age";

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    beside::open(&arguments.place, output, async |beside, output| {
        let progress = Progress::begin(output, "Writing rows", Some(0));
        let (now, told) = (beside.sources.clock.now(), |done, all| progress.reach(done, all));
        let written = backup::write(&beside.directory, &arguments.file, now, &told).await.map_err(Failure::failed)?;
        drop(progress);
        // Whoever takes the file from standard output wants nothing else there.
        if arguments.file.as_os_str() != "-" {
            let line = json!({"file": arguments.file, "tables": written.tables, "rows": written.rows,
                "sha256": written.sha256});
            output.say(&line, || format!("Wrote {} rows to {}.", written.rows, arguments.file.display()));
        }
        Ok(())
    })
}
