//! `cargo xtask coverage-of-rules`: which requirement ids no test names.
//!
//! Ids stand in `docs/requirements.toml`, reasons for untested ones in `docs/untested.toml`. Test code is what lies in
//! `tests` directories, behind `#[cfg(test)]`, and in the black-box suite.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::shell;

/// Prints the coverage; `Err` if an id is neither tested nor excused.
pub(crate) fn run() -> Result<(), String> {
    let root = shell::root();
    let wanted = requirements(&read(&root.join("docs/requirements.toml"))?)?;
    let reasons: BTreeMap<String, String> = toml::from_str(&read(&root.join("docs/untested.toml"))?)
        .map_err(|error| format!("docs/untested.toml: {error}"))?;
    let mut named = BTreeSet::new();
    for folder in ["crates", "migrations", "conformance"] {
        for path in files(&root.join(folder))? {
            named.extend(ids(&test_code(&path, &read(&path)?)));
        }
    }
    report(&wanted, &reasons, &named)
}

fn report(
    wanted: &BTreeSet<String>,
    reasons: &BTreeMap<String, String>,
    named: &BTreeSet<String>,
) -> Result<(), String> {
    let untested: Vec<&String> = wanted.difference(named).collect();
    for id in &untested {
        let reason = reasons.get(*id).map_or("NO REASON", String::as_str);
        shell::say(&format!("{id} is not tested: {reason}"));
    }
    let unreasoned: Vec<&str> =
        untested.iter().filter(|id| !reasons.contains_key(**id)).map(|id| id.as_str()).collect();
    let idle: Vec<&str> = reasons.keys().filter(|id| !untested.contains(id)).map(String::as_str).collect();
    shell::say(&format!("{} of {} requirements are named by tests", wanted.len() - untested.len(), wanted.len()));
    if !unreasoned.is_empty() {
        let list = unreasoned.join(", ");
        return Err(format!("no test names {list}: write one, or give a reason in docs/untested.toml"));
    }
    if !idle.is_empty() {
        return Err(format!("docs/untested.toml excuses {}, which a test names or nobody asks for", idle.join(", ")));
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Keys of all tables, and the ids in the lists of `[tables]`.
fn requirements(text: &str) -> Result<BTreeSet<String>, String> {
    let file: BTreeMap<String, toml::Table> =
        toml::from_str(text).map_err(|error| format!("docs/requirements.toml: {error}"))?;
    let mut found = BTreeSet::new();
    for (section, table) in file {
        for (key, value) in table {
            match value.as_array().filter(|_rows| section == "tables") {
                Some(rows) => found.extend(rows.iter().filter_map(|row| row.as_str().map(str::to_owned))),
                None => {
                    found.insert(key);
                }
            }
        }
    }
    Ok(found)
}

/// Rust, TOML and JSON files below a directory, build output apart.
fn files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                found.extend(files(&path)?);
            }
        } else if path.extension().is_some_and(|ending| ["rs", "toml", "json"].iter().any(|known| ending == *known)) {
            found.push(path);
        }
    }
    Ok(found)
}

/// The part of a file that is test code.
fn test_code(path: &Path, text: &str) -> String {
    let within = |name: &str| path.iter().any(|part| part == name);
    if within("conformance") || within("tests") || path.file_name().is_some_and(|name| name == "tests.rs") {
        return text.to_owned();
    }
    text.find("#[cfg(test)]").and_then(|start| text.get(start..)).unwrap_or_default().to_owned()
}

/// Everything that looks like a requirement id: one or two capitals, a hyphen, a number.
fn ids(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-' || letter == '_')) {
        if let Some((letters, number)) = word.split_once('-')
            && matches!(letters.len(), 1 | 2)
            && letters.bytes().all(|byte| byte.is_ascii_uppercase())
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            found.insert(word.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_names_comments_and_rows() {
        let found = ids("// EF-12, GE-7 (A-40) \"RC-8\" UTF-8x ISO-3166 x-request-1 J-2.");
        let expected = ["EF-12", "GE-7", "A-40", "RC-8", "J-2"];
        assert_eq!(found, expected.into_iter().map(str::to_owned).collect());
    }

    #[test]
    fn only_test_code_counts() {
        let text = "//! A-1\n#[cfg(test)]\nmod tests { /* A-2 */ }";
        assert_eq!(ids(&test_code(Path::new("crates/scim/src/json.rs"), text)), BTreeSet::from(["A-2".to_owned()]));
        assert_eq!(ids(&test_code(Path::new("crates/scim/tests/json.rs"), text)).len(), 2);
    }

    #[test]
    fn an_untested_requirement_needs_a_reason() {
        let wanted = BTreeSet::from(["A-1".to_owned(), "A-2".to_owned()]);
        let named = BTreeSet::from(["A-1".to_owned()]);
        let reasons = BTreeMap::from([("A-2".to_owned(), "later".to_owned())]);
        assert!(report(&wanted, &reasons, &named).is_ok());
        assert!(report(&wanted, &BTreeMap::new(), &named).is_err());
        assert!(report(&named, &reasons, &named).is_err(), "an excuse that excuses nothing is stale");
    }
}
