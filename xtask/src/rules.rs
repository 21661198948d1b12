//! `docs/rules.md`: every rule of provisioning, its sentence, whether it shows up in trails, and the tests that name it.

use std::fmt::Write;

use rollcall_policy::Rule;

use crate::coverage::Section;
use crate::coverage::mentions::{self, Mentions, rule_name};
use crate::{coverage, shell};

const HEAD: &str = "\
# Rules

Every rule of provisioning by its id, with the tests that show it. Ids are stable: they stand in the trails of decisions, in
the activity log and in the tests. A rule marked *in trails* is one that the policy names when it shapes a decision; its
sentence is what administrators read there. (Written by `cargo xtask rules` from `docs/rules.toml`, the policy crate and the tests;
do not edit.)
";

/// Most tests that one rule lists; the rest is counted.
const LISTED: usize = 6;

/// Writes the page anew.
pub(crate) fn bless() -> Result<(), String> {
    let path = shell::root().join("docs/rules.md");
    std::fs::write(&path, page()?).map_err(|error| format!("{}: {error}", path.display()))
}

/// `Err` if the page is not what `bless` would write.
pub(crate) fn check() -> Result<(), String> {
    let path = shell::root().join("docs/rules.md");
    let written = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if written == page()? {
        return Ok(());
    }
    Err("docs/rules.md is not what rules and tests say today; `cargo xtask rules` writes it anew".to_owned())
}

fn page() -> Result<String, String> {
    let mentions = mentions::all()?;
    let reasons = coverage::reasons()?;
    let mut page = HEAD.to_owned();
    for Section { title, rules } in coverage::rules()? {
        // Writing to a String cannot fail.
        let _ok = write!(page, "\n## {title}\n\n| Rule | Says | Shown by |\n|---|---|---|\n");
        for (id, sentence) in rules {
            let rule = Rule::from_code(&id);
            let said = rule.map_or(sentence, |rule| format!("{} *(in trails)*", rule.sentence()));
            let untested = || format!("no test: {}", reasons.get(&rule_name(&id)).map_or("", String::as_str));
            let shown = tests(&mentions, &rule_name(&id)).unwrap_or_else(untested);
            let _ok = writeln!(page, "| {id} | {said} | {shown} |");
        }
    }
    Ok(page)
}

/// The tests that name an id, `None` if there is none.
fn tests(mentions: &Mentions, id: &str) -> Option<String> {
    let found = mentions.get(id)?;
    let mut names: Vec<String> = found
        .iter()
        .map(|mention| match &mention.test {
            Some(test) => format!("`{test}`"),
            None => format!("`{}`", mention.file),
        })
        .collect();
    names.dedup();
    let more = names.len().saturating_sub(LISTED);
    names.truncate(LISTED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("{}{rest}", names.join(", ")))
}
