//! The public suites, in a virtual environment with pinned versions: scim2-tester (through `scim2 test`) and scim-sanity.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::product::Printed;
use crate::shell;
use crate::tally::{On, Tally};

const REQUIREMENTS: &str = "xtask/public-suites.txt";

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

    /// Runs both against a server.
    pub(crate) fn run(&self, server: &Printed, on: On, tally: &mut Tally) -> Result<(), String> {
        let (passed, failed) = tester(&self.programs, server)?;
        tally.add("scim2-tester", on, passed, failed);
        let (passed, failed) = sanity(&self.programs, server)?;
        tally.add("scim-sanity", on, passed, failed);
        Ok(())
    }
}

/// `scim2 test` prints a line for each check: `SUCCESS check_...`; levels up to ACCEPTABLE are as good.
fn tester(programs: &Path, server: &Printed) -> Result<(usize, usize), String> {
    let mut command = Command::new(programs.join("scim2"));
    command.args(["--url", &server.scim_base_url, "test", "--verbose"]);
    // The token goes through the environment: other users of the machine can read command lines.
    command.env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {}", server.scim_token));
    let (succeeded, lines) = shell::watched(&mut command)?;
    let count = |levels: &[&str]| {
        lines.iter().filter(|line| line.split_once(' ').is_some_and(|(level, _)| levels.contains(&level))).count()
    };
    let passed = count(&["SUCCESS", "COMPLIANT", "ACCEPTABLE"]);
    let failed = count(&["DEVIATION", "ERROR", "CRITICAL"]);
    if passed + failed == 0 || (!succeeded && failed == 0 && count(&["SKIPPED"]) == 0) {
        return Err("scim2-tester ended without a result; its output stands above".to_owned());
    }
    Ok((passed, failed))
}

fn sanity(programs: &Path, server: &Printed) -> Result<(usize, usize), String> {
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
    let count = |name: &str| {
        let number = report.pointer(&format!("/summary/{name}")).and_then(Value::as_u64).unwrap_or_default();
        usize::try_from(number).unwrap_or(usize::MAX)
    };
    Ok((count("passed"), count("failed") + count("errors")))
}
