//! `cargo xtask ci`: what has to hold before anything is merged.

use crate::shell::{self, command, exists, say};
use crate::{coverage, rules, test};

/// Runs all of it; cheap checks first.
pub(crate) fn run() -> Result<(), String> {
    shell::run(&mut command("cargo", &["fmt", "--all", "--check"]))?;
    coverage::run()?;
    rules::check()?;
    shell::run(&mut command("cargo", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    shell::run(command("cargo", &["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    wasm()?;
    if exists("cargo", &["deny", "--version"]) {
        shell::run(&mut command("cargo", &["deny", "check"]))?;
    } else {
        say("cargo-deny is not installed, so licences and advisories are not checked (cargo install cargo-deny)");
    }
    test::run(&test::Choice::everything())
}

/// The pure crates build for wasm32, where there is neither a clock nor a socket.
fn wasm() -> Result<(), String> {
    let target = "wasm32-unknown-unknown";
    let installed = shell::output(&mut command("rustup", &["target", "list", "--installed"])).unwrap_or_default();
    if !installed.lines().any(|line| line.trim() == target) {
        say(&format!(
            "the target {target} is not installed, so the wasm check is left out (rustup target add {target})"
        ));
        return Ok(());
    }
    shell::run(&mut command("cargo", &["check", "-p", "rollcall-scim", "-p", "rollcall-policy", "--target", target]))
}
