//! Running other programs, and reading what they say while everybody sees it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// The directory in which cargo builds.
pub(crate) fn target_directory() -> PathBuf {
    variable("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A variable of the environment, if it is set and not empty.
#[expect(clippy::disallowed_methods, reason = "a developer's tool has no configuration but its environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Writes a line to stdout.
pub(crate) fn say(line: &str) {
    // A closed stdout must not stop the work that is under way.
    let _closed = writeln!(io::stdout(), "{line}");
}

/// A command that runs in the root of the workspace.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Whether a program can be started at all.
pub(crate) fn exists(program: &str, arguments: &[&str]) -> bool {
    let quiet = command(program, arguments).stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// Runs a command that says for itself what is wrong.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    say(&format!("$ {}", shown(command)));
    let status = command.status().map_err(|error| format!("`{}` does not start: {error}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", shown(command))) }
}

/// Runs a command quietly and hands back what it wrote to stdout.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = shown(command);
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("`{name}` does not start: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("`{name}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// Runs a command, shows its output and hands it back with whether it succeeded.
pub(crate) fn watched(command: &mut Command) -> Result<(bool, Vec<String>), String> {
    let name = shown(command);
    say(&format!("$ {name}"));
    let told = |error: io::Error| format!("`{name}` does not start: {error}");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(told)?;
    let (sender, receiver) = channel();
    let pipes = [child.stdout.take().map(boxed), child.stderr.take().map(boxed)];
    let readers: Vec<_> = pipes
        .into_iter()
        .flatten()
        .map(|pipe| {
            let sender = sender.clone();
            std::thread::spawn(move || forward(pipe, &sender))
        })
        .collect();
    drop(sender);
    let mut lines = Vec::new();
    for line in receiver {
        say(&line);
        lines.push(line);
    }
    for reader in readers {
        reader.join().map_err(|_panic| format!("reading the output of `{name}` failed"))?;
    }
    let status = child.wait().map_err(told)?;
    Ok((status.success(), lines))
}

fn boxed(pipe: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(pipe)
}

fn forward(pipe: Box<dyn Read + Send>, sender: &Sender<String>) {
    for line in BufReader::new(pipe).split(b'\n') {
        let Ok(line) = line else { return };
        if sender.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
            return;
        }
    }
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
