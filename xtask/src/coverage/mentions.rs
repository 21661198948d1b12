//! Which tests name which ids.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::shell;

/// Families of provisioning rules whose letter the requirements of the SCIM protocol use too: tests name the rule with
/// `P/` in front.
const SHARED_FAMILIES: &[&str] = &["A", "C", "D", "E", "G"];

/// From an id to the tests that name it: file, and the name of the function in Rust.
pub(crate) type Mentions = BTreeMap<String, BTreeSet<Mention>>;

/// One place that names an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mention {
    /// Relative to the root of the workspace.
    pub(crate) file: String,
    /// The test, in Rust files.
    pub(crate) test: Option<String>,
}

/// How tests name a rule of `docs/rules.toml`.
pub(crate) fn rule_name(id: &str) -> String {
    let family = id.split('-').next().unwrap_or_default();
    if SHARED_FAMILIES.contains(&family) { format!("P/{id}") } else { id.to_owned() }
}

/// Reads all test code of the workspace.
pub(crate) fn all() -> Result<Mentions, String> {
    let root = shell::root();
    let mut mentions = Mentions::new();
    for folder in ["crates", "migrations", "conformance", "xtask/tests"] {
        for path in files(&root.join(folder))? {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let file = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
            note(&file, test_code(&path, &text), &mut mentions);
        }
    }
    Ok(mentions)
}

fn note(file: &str, code: &str, mentions: &mut Mentions) {
    let rust = Path::new(file).extension().is_some_and(|ending| ending == "rs");
    let lines: Vec<&str> = code.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let found = ids(line);
        if found.is_empty() {
            continue;
        }
        let test = if rust { function_of(&lines, index) } else { None };
        for id in found {
            mentions.entry(id).or_default().insert(Mention { file: file.to_owned(), test: test.clone() });
        }
    }
}

/// The function that a line is about: the next one for a documentation comment, else the one it stands in.
fn function_of(lines: &[&str], index: usize) -> Option<String> {
    let here = lines.get(index)?.trim_start();
    let name = |line: &&str| {
        let rest = line.trim_start().trim_start_matches("pub(crate) ").trim_start_matches("async ");
        let rest = rest.strip_prefix("fn ")?;
        Some(rest.split(['(', '<']).next()?.to_owned())
    };
    if here.starts_with("///") || here.starts_with("#[") {
        lines.iter().skip(index).find_map(name)
    } else {
        lines.iter().take(index + 1).rev().find_map(name)
    }
}

/// Rust, TOML and JSON files below a directory, build output apart.
fn files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target" && name != "node_modules") {
                found.extend(files(&path)?);
            }
        } else if path.extension().is_some_and(|ending| ["rs", "toml", "json"].iter().any(|known| ending == *known)) {
            found.push(path);
        }
    }
    Ok(found)
}

/// The part of a file that is test code.
fn test_code<'a>(path: &Path, text: &'a str) -> &'a str {
    let within = |name: &str| path.iter().any(|part| part == name);
    if within("conformance") || within("tests") || path.file_name().is_some_and(|name| name == "tests.rs") {
        return text;
    }
    text.find("#[cfg(test)]").and_then(|start| text.get(start..)).unwrap_or_default()
}

/// Everything that looks like an id: one or two capitals (or `P4`), a hyphen, a number; perhaps behind `P/`.
fn ids(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in text.split(|letter: char| !(letter.is_ascii_alphanumeric() || "-_/".contains(letter))) {
        match word.strip_prefix("P/") {
            Some(id) if is_id(id) => {
                found.insert(rule_name(id));
            }
            Some(_) | None => found.extend(word.split('/').filter(|part| is_id(part)).map(str::to_owned)),
        }
    }
    // A test that expects a rule in a trail names it by its variant.
    found.extend(text.split("Rule::").skip(1).filter_map(variant).map(|id| rule_name(&id)));
    found
}

/// `RC-14` of a text that begins with `Rc14`.
fn variant(text: &str) -> Option<String> {
    let name: String = text.chars().take_while(char::is_ascii_alphanumeric).collect();
    let digits = name.find(|letter: char| letter.is_ascii_digit())?;
    let (family, number) = name.split_at_checked(digits)?;
    let id = format!("{}-{number}", family.to_ascii_uppercase());
    is_id(&id).then_some(id)
}

fn is_id(word: &str) -> bool {
    let Some((family, number)) = word.split_once('-') else { return false };
    let capitals = matches!(family.len(), 1 | 2) && family.bytes().all(|byte| byte.is_ascii_uppercase());
    (capitals || family == "P4") && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_names_comments_and_rows() {
        let found = ids(
            "// EF-12, GE-7 (A-40) \"RC-8\" UTF-8x ISO-3166 x-request-1 J-2. P/A-3, P/J-4 P4-12 A-5/A-6 Rule::G6, Rule::Rc14]",
        );
        let expected =
            ["P/G-6", "RC-14", "EF-12", "GE-7", "A-40", "RC-8", "J-2", "P/A-3", "J-4", "P4-12", "A-5", "A-6"];
        assert_eq!(found, expected.into_iter().map(str::to_owned).collect());
    }

    #[test]
    fn only_test_code_counts() {
        let text = "//! A-1\n#[cfg(test)]\nmod tests { /* A-2 */ }";
        assert_eq!(ids(test_code(Path::new("crates/scim/src/json.rs"), text)), BTreeSet::from(["A-2".to_owned()]));
        assert_eq!(ids(test_code(Path::new("crates/scim/tests/json.rs"), text)).len(), 2);
    }

    #[test]
    fn a_mention_belongs_to_the_test_behind_its_comment_or_around_it() {
        let text = "/// RC-1.\n#[test]\nfn first() {\n    check(1); // RC-2\n}\n\nasync fn second(site: &Site) {\n    // RC-2\n}";
        let mut mentions = Mentions::new();
        note("crates/policy/tests/rules/flows.rs", text, &mut mentions);
        let tests = |id: &str| mentions[id].iter().filter_map(|mention| mention.test.as_deref()).collect::<Vec<_>>();
        assert_eq!((tests("RC-1"), tests("RC-2")), (vec!["first"], vec!["first", "second"]));
    }
}
