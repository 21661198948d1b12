//! The public suites, in a virtual environment with pinned versions: scim2-tester (through `scim2 test`) and scim-sanity for
//! SCIM; openapi-spec-validator and schemathesis for the administration (`api_suites`).

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::product::Printed;
use crate::shell;
use crate::tally::{On, Tally};

const REQUIREMENTS: &str = "xtask/public-suites.txt";
const DEVIATIONS: &str = "xtask/known-deviations.toml";

/// The failures that are meant.
#[derive(Debug, Deserialize)]
struct Deviations {
    deviation: Vec<Deviation>,
}

#[derive(Debug, Deserialize)]
struct Deviation {
    suite: String,
    contains: String,
    reason: String,
}

impl Deviations {
    fn read() -> Result<Self, String> {
        let text = std::fs::read_to_string(shell::root().join(DEVIATIONS)).map_err(|error| error.to_string())?;
        toml::from_str(&text).map_err(|error| format!("{DEVIATIONS}: {error}"))
    }

    /// Whether a failure is a known deviation, which is then said aloud.
    fn excuse(&self, suite: &str, failure: &str) -> bool {
        let known = self.deviation.iter().find(|known| known.suite == suite && failure.contains(&known.contains));
        if let Some(known) = known {
            shell::say(&format!(
                "known deviation, {suite}, {}: {}",
                failure.lines().next().unwrap_or_default(),
                known.reason
            ));
        }
        known.is_some()
    }
}

/// The installed suites.
#[derive(Debug)]
pub(crate) struct PublicSuites {
    programs: PathBuf,
}

impl PublicSuites {
    /// Installs them under the target directory unless they are there.
    pub(crate) fn install() -> Result<Self, String> {
        let directory = shell::target_directory().join("public-suites");
        let programs = directory.join("bin");
        let wanted = std::fs::read_to_string(shell::root().join(REQUIREMENTS)).map_err(|error| error.to_string())?;
        let stamp = directory.join("installed.txt");
        if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(Self { programs });
        }
        let path = directory.display().to_string();
        let advice = "the public suites need Python 3.10 or newer with venv: install python3-venv";
        shell::run(&mut shell::command("python3", &["-m", "venv", &path]))
            .map_err(|reason| format!("{reason}; {advice}"))?;
        let pip = programs.join("pip");
        let mut install = Command::new(pip);
        install.args(["install", "-q", "--disable-pip-version-check", "-r", REQUIREMENTS]).current_dir(shell::root());
        shell::run(&mut install)?;
        std::fs::write(stamp, wanted).map_err(|error| error.to_string())?;
        Ok(Self { programs })
    }

    /// Runs all against a server. Known deviations are named, and count neither way.
    pub(crate) fn run(&self, server: &Printed, on: On, tally: &mut Tally) -> Result<(), String> {
        let known = Deviations::read()?;
        for (suite, results) in
            [("scim2-tester", tester(&self.programs, server)?), ("scim-sanity", sanity(&self.programs, server)?)]
        {
            let failed = results.failures.iter().filter(|failure| !known.excuse(suite, failure)).count();
            tally.add(suite, on, results.passed, failed);
        }
        crate::api_suites::run(&self.programs, server, on, tally)
    }
}

/// What a suite found.
#[derive(Debug, Default, PartialEq, Eq)]
struct Results {
    passed: usize,
    failures: Vec<String>,
}

/// `scim2 test` prints a line for each check, `SUCCESS check_...`, and indented ones with the reason.
fn tester(programs: &Path, server: &Printed) -> Result<Results, String> {
    let mut command = Command::new(programs.join("scim2"));
    command.args(["--url", &server.scim_base_url, "test"]);
    // The token goes through the environment: other users of the machine can read command lines.
    command.env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {}", server.scim_token));
    let (_succeeded, lines) = shell::watched(&mut command)?;
    let results = tester_results(&lines);
    if results.passed == 0 {
        return Err("scim2-tester ended without a result; its output stands above".to_owned());
    }
    Ok(results)
}

/// Levels up to ACCEPTABLE are as good as SUCCESS.
fn tester_results(lines: &[String]) -> Results {
    let mut results = Results::default();
    let mut failing = false;
    for line in lines {
        let level = line.split_once(' ').map_or("", |(level, _check)| level);
        match level {
            "SUCCESS" | "COMPLIANT" | "ACCEPTABLE" => results.passed += 1,
            "DEVIATION" | "ERROR" | "CRITICAL" => results.failures.push(line.clone()),
            _ if failing && line.starts_with(' ') => {
                if let Some(failure) = results.failures.last_mut() {
                    failure.push('\n');
                    failure.push_str(line);
                }
                continue;
            }
            _ => {}
        }
        failing = matches!(level, "DEVIATION" | "ERROR" | "CRITICAL");
    }
    results
}

fn sanity(programs: &Path, server: &Printed) -> Result<Results, String> {
    let mut command = Command::new(programs.join("scim-sanity"));
    command.args([
        "probe",
        &server.scim_base_url,
        "--token",
        &server.scim_token,
        "--i-accept-side-effects",
        "--json-output",
    ]);
    let (_succeeded, lines) = shell::watched(&mut command)?;
    let text = lines.join("\n");
    let report = text.find('{').and_then(|start| text.get(start..)).unwrap_or_default();
    let mut values = serde_json::Deserializer::from_str(report).into_iter::<Value>();
    let report =
        values.next().and_then(Result::ok).ok_or("scim-sanity ended without a result; its output stands above")?;
    let checks = report.get("results").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let status = |check: &Value, wanted: &[&str]| {
        check.get("status").and_then(Value::as_str).is_some_and(|status| wanted.contains(&status))
    };
    let shown = |check: &Value| {
        let text = |member: &str| check.get(member).and_then(Value::as_str).unwrap_or_default();
        format!("{}: {}", text("name"), text("message"))
    };
    Ok(Results {
        passed: checks.iter().filter(|check| status(check, &["pass"])).count(),
        failures: checks.iter().filter(|check| status(check, &["fail", "error"])).map(shown).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let lines = ["SUCCESS a", "  fine", "ERROR b", "  because", "  and", "SUCCESS c", "SKIPPED d", "  not asked"];
        let results = tester_results(&lines.map(str::to_owned));
        assert_eq!(results, Results { passed: 2, failures: vec!["ERROR b\n  because\n  and".to_owned()] });
    }

    #[test]
    fn known_deviations_have_reasons() {
        let known = Deviations::read().unwrap();
        assert!(known.deviation.iter().all(|known| known.reason.len() > 20 && known.contains.len() > 10));
        assert!(!known.excuse("scim-sanity", "POST /Users: Expected 201, got 500"));
    }
}
