//! `cargo xtask coverage-of-rules`: which requirements and rules no test names.
//!
//! Requirements of the protocol stand in `docs/requirements.toml`, rules of provisioning in `docs/rules.toml`, reasons for
//! untested ones in `docs/untested.toml`. Test code is what lies in `tests` directories, behind `#[cfg(test)]`, and in the
//! black-box suite.

pub(crate) mod mentions;

use std::collections::{BTreeMap, BTreeSet};

use crate::shell;

/// Prints the coverage; `Err` if an id is neither tested nor excused.
pub(crate) fn run() -> Result<(), String> {
    let mut wanted = requirements(&document("requirements.toml")?)?;
    wanted.extend(rules()?.iter().flat_map(|section| &section.rules).map(|(id, _)| mentions::rule_name(id)));
    let named = mentions::all()?.into_keys().collect();
    report(&wanted, &reasons()?, &named)
}

/// A section of `docs/rules.toml`.
pub(crate) struct Section {
    pub(crate) title: String,
    /// Each rule's id and sentence, in their order.
    pub(crate) rules: Vec<(String, String)>,
}

/// The sections of `docs/rules.toml` in their order.
pub(crate) fn rules() -> Result<Vec<Section>, String> {
    let text = document("rules.toml")?;
    let file: BTreeMap<String, BTreeMap<String, String>> =
        toml::from_str(&text).map_err(|error| format!("docs/rules.toml: {error}"))?;
    let mut sections: Vec<Section> = file
        .into_iter()
        .map(|(title, rules)| {
            let mut rules: Vec<(String, String)> = rules.into_iter().collect();
            rules.sort_by_key(|(id, _)| text.find(&format!("\n{id} = ")));
            Section { title, rules }
        })
        .collect();
    sections.sort_by_key(|section| text.find(&format!("\n[\"{}\"]", section.title)));
    Ok(sections)
}

/// Why ids are not tested.
pub(crate) fn reasons() -> Result<BTreeMap<String, String>, String> {
    toml::from_str(&document("untested.toml")?).map_err(|error| format!("docs/untested.toml: {error}"))
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

fn document(name: &str) -> Result<String, String> {
    let path = shell::root().join("docs").join(name);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
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

#[cfg(test)]
mod tests {
    use super::*;

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
