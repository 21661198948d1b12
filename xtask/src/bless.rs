//! `cargo xtask bless`: generated files are written anew, to be read in the diff.

use crate::{rules, shell};

/// Runs the tests that own generated files with the permission to write them.
pub(crate) fn run() -> Result<(), String> {
    shell::run(
        shell::command("cargo", &["test", "--workspace"]).env("INSTA_UPDATE", "always").env("ROLLCALL_BLESS", "1"),
    )?;
    rules::bless()
}
