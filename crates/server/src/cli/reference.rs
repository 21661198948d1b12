//! docs/commands.md, made of what the commands say of themselves. `cargo xtask bless` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory};

use super::Cli;
use super::examples::{examples, taught};

const HEAD: &str = "\
# Commands

Every command works beside a running server, which goes by what it did within a second; nothing but `serve` and `quickstart` listens. `--config`,
`--data-dir` and `--database-url` say where the data is, as for the server. (Written by `cargo xtask bless` from the commands' own help; do not edit.)

- At a terminal lists are tables. In a pipe each row is a line, its cells apart by tabs, an empty one `-`. With `--json` each row, or answer, is one JSON object
  a line, with the names of the [administration](reference/administration.md).
- Answers go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage (flags, variables or configuration).
- People are named by address, username or id; companies, organizations and connections by name. Where there is only one, it need not be named.
- `--help` of each command has examples. What changes in the audit log is noted as done by `operator`.
";

#[test]
fn the_page_of_commands_says_what_the_commands_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let page = page();
    if std::env::vars_os().any(|(name, _)| name == "ROLLCALL_BLESS") {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/commands.md is not what the commands say today; `cargo xtask bless` writes it anew");
}

fn page() -> String {
    let cli = taught(Cli::command());
    let mut page = HEAD.to_owned();
    for command in cli.get_subcommands() {
        let _ = write!(page, "\n## {}\n\n{}\n", command.get_name(), about(command));
        let mut rows = Vec::new();
        leaves(command, &format!("rollcall {}", command.get_name()), &mut rows);
        if command.has_subcommands() {
            page.push_str("\n| | |\n|---|---|\n");
            page.extend(rows.iter().map(|(usage, does)| format!("| `{usage}` | {does} |\n")));
        }
        page.push_str(&shown(command));
    }
    page
}

fn about(command: &Command) -> String {
    let about = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string).unwrap_or_default();
    about.replace('<', "\\<").trim().to_owned()
}

/// Every command that does something, with what it needs, and what it does.
fn leaves(command: &Command, path: &str, rows: &mut Vec<(String, String)>) {
    if !command.has_subcommands() {
        let needed = command.get_positionals().map(|argument| {
            let names = argument.get_value_names().unwrap_or_default();
            names.iter().map(|name| name.replace('|', " or ")).collect::<Vec<String>>().join(" ")
        });
        let usage: Vec<String> = std::iter::once(path.to_owned()).chain(needed).collect();
        let does = command.get_about().map(ToString::to_string).unwrap_or_default();
        rows.push((usage.join(" "), does.trim_end_matches('.').to_owned()));
    }
    for below in command.get_subcommands() {
        leaves(below, &format!("{path} {}", below.get_name()), rows);
    }
}

fn shown(command: &Command) -> String {
    let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let all = examples(&help);
    let before = std::iter::once(None).chain(all.iter().map(Some));
    let lines: Vec<String> = all.iter().zip(before).map(|(example, before)| example.for_page(before)).collect();
    if lines.is_empty() { String::new() } else { format!("\n```sh\n{}\n```\n", lines.join("\n")) }
}
