//! What a command says: answers on standard output, failures on standard error.

use std::io::{IsTerminal, Write, stderr, stdout};

use serde::Serialize;
use serde_json::json;

use super::Failure;

/// Speaks to people, or in JSON lines.
#[derive(Debug)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether it speaks in JSON lines.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a person reads along: neither JSON nor a pipe.
    pub(super) fn is_terminal(&self) -> bool {
        !self.json && stdout().is_terminal()
    }

    /// Says one thing: `value` as a JSON line, or `text` for people.
    pub(super) fn say(&mut self, value: &impl Serialize, text: impl FnOnce() -> String) {
        let line = if self.json { serde_json::to_string(value).unwrap_or_default() } else { text() };
        let mut stdout = stdout().lock();
        // Whoever closed the pipe has heard enough.
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    }

    /// Tells why the command failed; with `--json` on standard output, too, so that a script finds all in one place.
    pub(super) fn failure(&mut self, failure: &Failure) {
        let mut stderr = stderr().lock();
        for sentence in failure.sentences() {
            let _ = writeln!(stderr, "rollcall: {sentence}");
        }
        if self.json {
            match failure {
                Failure::Failed(sentence) => self.say(&json!({"error": sentence}), String::new),
                Failure::Usage(problems) => {
                    for problem in problems {
                        self.say(&json!({"error": problem.problem, "place": problem.place}), String::new);
                    }
                }
            }
        }
    }

    /// Asks whoever sits at the terminal; the answer is read by the caller.
    pub(super) fn ask(question: &str) {
        let mut stderr = stderr().lock();
        let _ = write!(stderr, "{question}").and_then(|()| stderr.flush());
    }

    /// Tells people something beside a list: on standard error, so that the list stays one.
    #[expect(clippy::unused_self, reason = "whoever speaks needs the right to")]
    pub(super) fn note(&mut self, sentence: &str) {
        let _ = writeln!(stderr().lock(), "{sentence}");
    }

    /// Tells something that does not end the command.
    #[expect(clippy::unused_self, reason = "whoever speaks needs the right to")]
    pub(super) fn warn(&mut self, sentence: &str) {
        let _ = writeln!(stderr().lock(), "rollcall: warning: {sentence}");
    }
}
