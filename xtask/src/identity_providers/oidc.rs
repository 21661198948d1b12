//! oidc-provider signs people in by the authorization code flow, and hands their ID tokens to the hook itself.
//!
//! Its script speaks by lines: first it prints the settings of a connection, then it reads `{"sign_in_url", "sign_in_key"}` of
//! that connection, and then prints `PASS name` or `FAIL name: why` for each check. Other lines are for people.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::installed;
use crate::admin;
use crate::product::Printed;
use crate::shell;
use crate::tally::{On, Tally};

/// Runs all checks of the script.
pub(super) fn run(server: &Printed, on: On, tally: &mut Tally) -> Result<(), String> {
    let mut node = Command::new("node");
    node.arg("run.mjs").current_dir(installed("oidc")?).stdin(Stdio::piped()).stdout(Stdio::piped());
    let started = node.spawn().map(Running);
    let results = started.map_err(|error| format!("`node` does not start: {error}"))?.sign_people_in(server)?;
    tally.add("oidc-provider", on, results.passed, results.failed);
    Ok(())
}

/// The script; it is stopped when this is dropped.
struct Running(Child);

#[derive(Debug, Default, PartialEq, Eq)]
struct Results {
    passed: usize,
    failed: usize,
}

impl Running {
    fn sign_people_in(&mut self, server: &Printed) -> Result<Results, String> {
        let (stdin, stdout) = (self.0.stdin.take(), self.0.stdout.take());
        let (mut stdin, stdout) = stdin.zip(stdout).ok_or("the pipes of oidc-provider are gone")?;
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok).inspect(|line| shell::say(line));
        let settings = lines.by_ref().find_map(|line| settings(&line)).ok_or("oidc-provider printed no settings")?;
        let key = admin::sign_in_key(server, "acme-oidc", settings)?;
        let connection = json!({"sign_in_url": format!("{}/sso/sign-in", server.base_url), "sign_in_key": key});
        writeln!(stdin, "{connection}").map_err(|error| error.to_string())?;
        let results = counted(lines);
        if results.passed == 0 {
            return Err("oidc-provider ended without a result; its output stands above".to_owned());
        }
        Ok(results)
    }
}

fn settings(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok().filter(Value::is_object)
}

fn counted(lines: impl Iterator<Item = String>) -> Results {
    let mut results = Results::default();
    for line in lines {
        results.passed += usize::from(line.starts_with("PASS "));
        results.failed += usize::from(line.starts_with("FAIL "));
    }
    results
}

impl Drop for Running {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_people_count_neither_way() {
        let lines = ["PASS a", "FAIL b: because", "a provider says PASS", "PASS c"].map(str::to_owned);
        assert_eq!(counted(lines.into_iter()), Results { passed: 2, failed: 1 });
        assert_eq!(settings("NOTICE: hello"), None);
        assert_eq!(settings("{\"protocol\":\"oidc\"}"), Some(json!({"protocol": "oidc"})));
    }
}
