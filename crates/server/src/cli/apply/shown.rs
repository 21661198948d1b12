//! What `rollcall apply` says: each change, whom changes of policy hit, what was done.

use serde_json::{Value, json};

use super::super::output::Output;
use crate::app::configuration::apply::Foreseen;
use crate::app::configuration::difference::{Difference, Step};

/// Letters of a value that are shown to people.
const SHOWN: usize = 120;

pub(super) fn steps(found: &Difference, output: &mut Output) {
    for step in &found.steps {
        output.say(&step.line(), || sentence(step));
    }
    for remark in &found.remarks {
        output.say(&json!({"remark": remark}), || format!("  {remark}"));
    }
    if found.steps.is_empty() {
        output.say(&json!({"changes": 0}), || "Nothing to do: the configuration is as the file says.".to_owned());
    }
}

fn sentence(step: &Step) -> String {
    let key = step.key();
    match step {
        Step::Add(entity) => {
            let values = entity.values.iter().map(|(name, given)| format!("\n    {name} = {}", value(&given.value)));
            format!("+ {key}{}", values.collect::<String>())
        }
        Step::Change { name, from, to, .. } => format!("~ {key}: {name} {} -> {}", value(from), value(to)),
        Step::Remove(_) => format!("- {key}"),
    }
}

fn value(value: &Value) -> String {
    let text = if value.is_null() { "nothing".to_owned() } else { value.to_string() };
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain("...".chars()).collect()
}

pub(super) fn foreseen(foreseen: &Foreseen, output: &mut Output) {
    let key = &foreseen.key;
    let line = json!({"plan": {"company": key.company, "connection": key.name, "summary": foreseen.summary}});
    output.say(&line, || match &foreseen.summary {
        None => format!("  Whom {key} hits is judged once what it needs is there."),
        Some(summary) => format!(
            "  {key}: {} keep access, {} lose it, {} gain it, {} get other teams, {} another role",
            summary.keeps, summary.loses, summary.gains, summary.changes_teams, summary.changes_role
        ),
    });
}

pub(super) fn nothing_changed(output: &mut Output) {
    output.say(&json!({"applied": false}), || "Nothing was changed.".to_owned());
}

pub(super) fn done(sentence: &str, output: &mut Output) {
    output.say(&json!({"done": sentence}), || sentence.to_owned());
}
