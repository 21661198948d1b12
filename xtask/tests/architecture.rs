//! The dependency rules of ARCHITECTURE.md: which crate may name which, and what the pure ones may not even reach.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Who of ours may depend on whom of ours. A crate that is not listed depends on none.
const ARROWS: &[(&str, &[&str])] = &[
    ("rollcall-server", &["rollcall-directory", "rollcall-policy", "rollcall-scim", "rollcall-migrations"]),
    // Migrations only behind the feature `testing`.
    ("rollcall-directory", &["rollcall-policy", "rollcall-scim", "rollcall-migrations"]),
    // For the sentences of rules in docs/rules.md.
    ("xtask", &["rollcall-policy"]),
];

/// Libraries that only these crates of ours name.
const NAMED_BY: &[(&str, &[&str])] = &[
    ("sea-orm", &["rollcall-directory"]),
    ("sea-orm-migration", &["rollcall-migrations"]),
    ("sqlx", &[]),
    ("axum", &["rollcall-server"]),
];

/// Crates that reach no socket, clock, database or runtime, however indirectly.
const PURE: &[&str] = &["rollcall-scim", "rollcall-policy"];
const IMPURE: &[&str] =
    &["tokio", "axum", "hyper", "reqwest", "sea-orm", "sqlx", "mio", "rustls", "tracing-subscriber", "getrandom"];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Names of the normal and build dependencies of each crate of ours.
fn direct() -> BTreeMap<String, BTreeSet<String>> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--no-deps"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    packages
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().unwrap();
            let normal = all.iter().filter(|dependency| dependency["kind"] != "dev");
            (name(package), normal.map(name).collect())
        })
        .collect()
}

#[test]
fn arrows_point_where_they_may() {
    let direct = direct();
    for (package, dependencies) in &direct {
        let allowed = ARROWS.iter().find(|(name, _)| name == package).map(|(_, allowed)| *allowed).unwrap_or_default();
        for dependency in dependencies.iter().filter(|dependency| direct.contains_key(*dependency)) {
            assert!(allowed.contains(&dependency.as_str()), "{package} may not depend on {dependency}");
        }
    }
}

#[test]
fn databases_and_http_are_named_in_one_place() {
    for (package, dependencies) in direct() {
        for (library, allowed) in NAMED_BY {
            let names = dependencies.contains(*library);
            assert!(!names || allowed.contains(&package.as_str()), "{package} may not name {library}");
        }
    }
}

#[test]
fn pure_crates_reach_no_io() {
    for package in PURE {
        let tree = cargo(&["tree", "-p", package, "-e", "normal", "--prefix", "none", "-f", "{p}"]);
        let reached: BTreeSet<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
        for library in IMPURE {
            assert!(!reached.contains(library), "{package} reaches {library}");
        }
    }
}

#[test]
fn edges_of_the_server_do_not_know_each_other() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("crates/server/src");
    for (module, unknown) in [
        ("scim", ["crate::sso", "crate::admin", "crate::console", "sea_orm"].as_slice()),
        ("sso", ["crate::scim", "crate::admin", "crate::console", "sea_orm"].as_slice()),
        ("admin", ["crate::scim", "crate::sso", "crate::console", "sea_orm"].as_slice()),
        ("app", ["axum", "http::", "crate::scim", "crate::sso", "crate::admin", "sea_orm"].as_slice()),
        ("auth", ["crate::scim", "crate::sso", "sea_orm"].as_slice()),
        ("edge", ["rollcall_policy", "rollcall_directory", "sea_orm"].as_slice()),
    ] {
        for (path, text) in files(&source, module) {
            for line in text.lines().filter(|line| line.trim_start().starts_with("use ") || line.contains("crate::")) {
                for name in unknown {
                    assert!(!line.contains(name), "{path} names {name}: {line}");
                }
            }
        }
    }
}

/// Whoever made a client of their own would go round the checks of `server::outbound`.
#[test]
fn outgoing_requests_have_one_client() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("crates/server/src");
    for entry in std::fs::read_dir(&source).unwrap() {
        let module = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        for (path, text) in files(&source, &module).into_iter().filter(|_| module != "outbound") {
            for line in text.lines().filter(|line| line.contains("reqwest")) {
                assert_eq!(line.trim(), "use reqwest::Url;", "{path}");
            }
        }
    }
}

fn files(source: &std::path::Path, module: &str) -> Vec<(String, String)> {
    let mut waiting = vec![source.join(module)];
    let mut found = vec![source.join(format!("{module}.rs"))];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.path().is_dir() { waiting.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    let read = |path: std::path::PathBuf| Some((path.display().to_string(), std::fs::read_to_string(path).ok()?));
    found.into_iter().filter_map(read).collect()
}
