//! Real identity providers, run by node: each makes evidence of sign-ins, and the built server judges it.

mod oidc;
mod saml;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::product::Printed;
use crate::shell;
use crate::tally::{On, Tally};

/// Lets each provider sign somebody in.
pub(crate) fn run(server: &Printed, on: On, tally: &mut Tally) -> Result<(), String> {
    oidc::run(server, on, tally)?;
    saml::run(server, on, tally)
}

/// Installs `conformance/identity-providers/NAME` with its pinned packages under the target directory, unless it is there.
fn installed(name: &str) -> Result<PathBuf, String> {
    let source = shell::root().join("conformance/identity-providers").join(name);
    let directory = shell::target_directory().join("identity-providers").join(name);
    let told = |error: std::io::Error| format!("installing the identity provider {name}: {error}");
    std::fs::create_dir_all(&directory).map_err(told)?;
    let stamp = directory.join("installed.json");
    let wanted = std::fs::read(source.join("package-lock.json")).map_err(told)?;
    for entry in std::fs::read_dir(&source).map_err(told)? {
        let entry = entry.map_err(told)?;
        if entry.file_type().map_err(told)?.is_file() {
            std::fs::copy(entry.path(), directory.join(entry.file_name())).map_err(told)?;
        }
    }
    if std::fs::read(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(directory);
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&directory);
    shell::run(&mut install).map_err(|reason| format!("{reason}; the identity providers need Node 20 with npm"))?;
    std::fs::write(stamp, wanted).map_err(told)?;
    Ok(directory)
}

/// Runs a provider's script to its end and hands back what it printed.
fn printed(directory: &Path, script: &str, arguments: &[&str]) -> Result<serde_json::Value, String> {
    let mut node = Command::new("node");
    node.arg(script).args(arguments).current_dir(directory);
    let output = shell::output(&mut node)?;
    serde_json::from_str(&output).map_err(|error| format!("{script} printed no JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever installs takes the packages from the registry that their npm is set to.
    #[test]
    fn locked_packages_name_no_registry() {
        for name in ["oidc", "saml"] {
            let folder = shell::root().join("conformance/identity-providers").join(name);
            let lock = std::fs::read_to_string(folder.join("package-lock.json")).unwrap();
            assert!(!lock.contains("\"resolved\""), "{name}: npm install --omit-lockfile-registry-resolved");
        }
    }
}
