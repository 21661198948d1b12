//! The files that come with the suite: dialogues of providers, and checks grouped by RFC section.

use serde::Deserialize;

use crate::script::Script;
use crate::target::Mode;

macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$((concat!($folder, "/", $name), include_str!(concat!("../", $folder, "/", $name, ".toml")))),*]
    };
}

/// One dialogue a file.
const DIALOGUES: &[(&str, &str)] = files!("dialogues":
    "authentik",
    "cyberark-sailpoint",
    "entra-create-variants",
    "entra-groups",
    "entra-manager",
    "entra-test-connection",
    "entra-users-flag",
    "entra-users",
    "entra-value-paths",
    "google",
    "jumpcloud",
    "keycloak",
    "okta-connect",
    "okta-group-push-patch",
    "okta-group-push-put",
    "okta-oin-users",
    "okta-user-lifecycle",
    "onelogin",
    "ping",
    "rauthy",
    "strict-refusals",
);

/// Several checks a file.
const CHECKS: &[(&str, &str)] = files!("checks":
    "attributes",
    "bulk",
    "discovery",
    "errors-and-credentials",
    "groups",
    "lists",
    "me-and-privacy",
    "media-types",
    "methods",
    "names-and-schemas",
    "users",
    "versions",
);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checks {
    #[serde(rename = "check")]
    checks: Vec<Script>,
}

/// All scripts, each with the name of its file.
pub fn scripts() -> Result<Vec<(String, Script)>, String> {
    let mut scripts = Vec::new();
    for (name, text) in DIALOGUES {
        let script: Script = toml::from_str(text).map_err(|error| format!("{name}.toml: {error}"))?;
        scripts.push(((*name).to_owned(), meant_for(script, &[Mode::Lenient])));
    }
    for (name, text) in CHECKS {
        let file: Checks = toml::from_str(text).map_err(|error| format!("{name}.toml: {error}"))?;
        let both = [Mode::Lenient, Mode::Strict];
        scripts.extend(file.checks.into_iter().map(|script| ((*name).to_owned(), meant_for(script, &both))));
    }
    Ok(scripts)
}

fn meant_for(mut script: Script, modes: &[Mode]) -> Script {
    if script.modes.is_empty() {
        script.modes = modes.to_vec();
    }
    script
}

/// Names of the embedded files, for the test that none was forgotten.
pub fn file_names() -> Vec<&'static str> {
    DIALOGUES.iter().chain(CHECKS).map(|(name, _text)| *name).collect()
}
