//! Writing the configuration as TOML: a stable order, comments that explain, nothing that the reader would not take.

use std::fmt::Write as _;

use serde_json::Value;

use super::keys::{Spec, specs};
use super::{Entity, Kind};

const HEAD: &str = "\
# Configuration of Rollcall, written by `rollcall export --config`.
#
# Show what applying it would change:   rollcall apply FILE --dry-run
# Apply it:                             rollcall apply FILE
#
# What is not mentioned stays as it is, unless `--prune` is given. There are no secrets in it: make tokens with
# `rollcall token create`.
";

/// The file for these entities.
pub fn write(entities: &[Entity]) -> String {
    let mut text = HEAD.to_owned();
    for entity in entities {
        one(entity, &mut text);
    }
    text
}

fn one(entity: &Entity, text: &mut String) {
    let header = match entity.key.kind {
        Kind::Company => "[[company]]".to_owned(),
        kind @ (Kind::Organization | Kind::Domain | Kind::Connection) => format!("[[company.{}]]", kind.word()),
    };
    // Writing into a string cannot fail.
    let _ = writeln!(text, "\n{header}\nname = {}", quoted(&entity.key.name));
    let (tables, plain): (Vec<&Spec>, Vec<&Spec>) =
        specs(entity.key.kind).iter().partition(|spec| spec.form.is_table());
    for spec in plain {
        let Some(value) = entity.value(spec.name) else { continue };
        let comment = if spec.comment.is_empty() { String::new() } else { format!("  # {}", spec.comment) };
        let _ = writeln!(text, "{} = {}{comment}", spec.name, inline(value));
    }
    for spec in tables {
        let Some(Value::Object(members)) = entity.value(spec.name) else { continue };
        if members.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n[company.{}.{}]", entity.key.kind.word(), spec.name);
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            let _ = writeln!(text, "{} = {}", key(name), inline(value));
        }
    }
}

fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A value; texts of several lines keep them.
fn inline(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(all) => {
            let all: Vec<String> = all.iter().map(inline).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let members: Vec<String> =
                members.map(|(name, value)| format!("{} = {}", key(name), inline(value))).collect();
            if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join(", ")) }
        }
    }
}
