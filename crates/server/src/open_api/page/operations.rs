//! Operations as the page shows them.

use serde_json::Value;

use super::example::curl;
use super::kind::Kind;
use super::{Row, text};

/// Operations under one heading.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) name: &'a str,
    pub(super) anchor: String,
    pub(super) operations: Vec<OperationView<'a>>,
}

/// One operation.
#[derive(Debug)]
pub(super) struct OperationView<'a> {
    pub(super) anchor: &'a str,
    pub(super) method: String,
    pub(super) path: &'a str,
    pub(super) summary: &'a str,
    pub(super) description: &'a str,
    pub(super) parameters: Vec<Row<'a>>,
    pub(super) body: Option<Kind>,
    pub(super) answers: Vec<Row<'a>>,
    pub(super) curl: String,
}

/// All of them, under the document's headings.
pub(super) fn groups<'a>(document: &'a Value, base_url: &str) -> Vec<Group<'a>> {
    let names = list(document, "tags").map(|tag| text(tag, "name"));
    names.map(|name| Group { name, anchor: anchor(name), operations: tagged(document, name, base_url) }).collect()
}

fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn tagged<'a>(document: &'a Value, tag: &str, base_url: &str) -> Vec<OperationView<'a>> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten().filter(|(name, _)| *name != "parameters");
        methods.map(move |(method, operation)| (path, method, item, operation))
    });
    let of_tag = all.filter(|(.., operation)| list(operation, "tags").any(|name| name == tag));
    of_tag.map(|(path, method, item, operation)| view(document, base_url, (path, method), item, operation)).collect()
}

fn view<'a>(
    document: &'a Value,
    base_url: &str,
    (path, method): (&'a str, &str),
    item: &'a Value,
    operation: &'a Value,
) -> OperationView<'a> {
    let method = method.to_uppercase();
    let body = operation.pointer("/requestBody/content").and_then(Value::as_object);
    let body = body.and_then(|content| content.iter().next());
    let schema = body.and_then(|(_, media)| media.get("schema"));
    let media_type = body.map(|(media_type, _)| media_type.as_str());
    OperationView {
        anchor: text(operation, "operationId"),
        path,
        summary: text(operation, "summary"),
        description: text(operation, "description"),
        parameters: list(item, "parameters").chain(list(operation, "parameters")).map(parameter).collect(),
        body: schema.map(Kind::of),
        answers: operation.get("responses").and_then(Value::as_object).into_iter().flatten().map(answer).collect(),
        curl: curl(document, &method, &format!("{base_url}{path}"), media_type.zip(schema)),
        method,
    }
}

fn parameter(parameter: &Value) -> Row<'_> {
    Row {
        name: text(parameter, "name"),
        place: text(parameter, "in"),
        kind: parameter.get("schema").map(Kind::of).unwrap_or_default(),
        says: text(parameter, "description"),
    }
}

fn answer<'a>((status, answer): (&'a String, &'a Value)) -> Row<'a> {
    let content = answer.get("content").and_then(Value::as_object).and_then(|content| content.values().next());
    let kind = content.and_then(|media| media.get("schema")).map(Kind::of).unwrap_or_default();
    Row { name: status, place: "", kind, says: text(answer, "description") }
}

fn list<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}
