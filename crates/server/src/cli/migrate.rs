//! `rollcall migrate`: brings the schema up to date, or tells what is missing.

use clap::Args;
use serde_json::json;

use super::arguments::Place;
use super::output::Output;
use super::{Failure, block_on};
use crate::store;

/// Create the database, or bring its schema up to date.
///
/// `rollcall serve` does this at start unless --no-migrate is given. Running it again is harmless, and so is running it
/// beside a server of the version before.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  rollcall migrate --data-dir /var/lib/rollcall\n  rollcall migrate \
    --database-url postgres://rollcall@db/rollcall --pending")]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,

    /// Only list the steps that are missing.
    #[arg(long)]
    pending: bool,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let config = arguments.place.load(output)?;
    let database = store::database(&config)?;
    let url = database.url();
    if arguments.pending {
        let missing = block_on(async { Ok(rollcall_migrations::pending(&url).await?) })?;
        output.say(&json!({"pending": missing}), || list("Nothing is missing.", "Missing", &missing));
    } else {
        let applied = block_on(async { Ok(rollcall_migrations::migrate(&url).await?) })?;
        output.say(&json!({"applied": applied}), || {
            list("Nothing to do: the schema is up to date.", "Applied", &applied)
        });
    }
    Ok(())
}

fn list(none: &str, word: &str, steps: &[String]) -> String {
    if steps.is_empty() { none.to_owned() } else { format!("{word}: {}", steps.join(", ")) }
}
