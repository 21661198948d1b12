//! Exchanges as a dialogue of the test suite (`conformance/dialogues`): sent again, and held against what was answered.

use std::collections::BTreeMap;

use rollcall_directory::JournalEntry;
use rollcall_scim::timestamp::to_rfc3339;
use serde::Serialize;
use serde_json::Value;

use super::Mode;
use super::exchange::Exchange;

/// Headers that matter for the answer.
const HEADERS: [&str; 4] = ["accept", "content-type", "if-match", "if-none-match"];

/// The file.
#[derive(Debug, Serialize)]
struct Script {
    title: String,
    about: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    modes: Vec<&'static str>,
    step: Vec<Step>,
}

#[derive(Debug, Serialize)]
struct Step {
    say: String,
    send: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    capture: BTreeMap<String, String>,
}

/// The exchanges, oldest first, as one file; `None` if none of them can be sent again. Ids of what was created in an earlier
/// step become variables, so that a later one finds it on another server.
pub fn script(entries: &[JournalEntry]) -> Option<String> {
    let mut ids: Vec<(String, String)> = Vec::new();
    let mut steps = Vec::new();
    let (mut strict, mut redacted) = (false, false);
    for entry in entries {
        let Some(exchange) = Exchange::of(entry).filter(|exchange| exchange.request.whole && entry.status > 0) else {
            continue;
        };
        strict |= exchange.strict;
        redacted |= exchange.mode == Mode::Redacted;
        let mut step = step(entry, &exchange, &ids);
        if let Some(id) = created(entry, &exchange) {
            let name = format!("id{}", ids.len() + 1);
            step.capture.insert(name.clone(), "/id".to_owned());
            ids.push((id, name));
        }
        steps.push(step);
    }
    let first = entries.iter().find(|entry| entry.status > 0)?;
    let values = if redacted { " Values of people are replaced by x, as they were in the journal." } else { "" };
    let script = Script {
        title: format!("recorded {}: {}", to_rfc3339(first.at), literal(&first.request_id)),
        about: format!("Copied from the journal of Rollcall.{values}"),
        modes: if strict { vec!["strict"] } else { Vec::new() },
        step: steps,
    };
    if script.step.is_empty() { None } else { toml::to_string(&script).ok() }
}

fn step(entry: &JournalEntry, exchange: &Exchange, ids: &[(String, String)]) -> Step {
    let with_variables = |text: &str| {
        let text = literal(text);
        ids.iter().fold(text, |text, (id, name)| text.replace(id, &format!("${{{name}}}")))
    };
    // The suite puts the token where `{token}` stands, which is none of a stranger's business.
    let headers = exchange
        .headers
        .iter()
        .filter(|(name, value)| HEADERS.contains(&name.as_str()) && !value.contains("{token}") && !value.is_empty());
    let error = (entry.status >= 400).then(|| entry.scim_type.clone().unwrap_or_default());
    Step {
        say: exchange.detail.as_deref().map(literal).unwrap_or_default(),
        send: format!("{} {}", entry.method, with_variables(&entry.target.replace('$', "%24"))),
        headers: headers.map(|(name, value)| (name.clone(), literal(value))).collect(),
        body: exchange.request.text.as_deref().map(with_variables),
        status: entry.status,
        error,
        capture: BTreeMap::new(),
    }
}

/// The id of the resource that an exchange created.
fn created(entry: &JournalEntry, exchange: &Exchange) -> Option<String> {
    let answer: Value = serde_json::from_str(exchange.answer.text.as_deref()?).ok()?;
    let id = answer.get("id").and_then(Value::as_str).filter(|id| id.len() == 36)?;
    (entry.status == 201).then(|| id.to_owned())
}

/// A text in which no variable of the suite is replaced: `${` is written by a variable that repeats `$` once.
fn literal(text: &str) -> String {
    text.replace("${", "${repeat:1:$}{")
}
