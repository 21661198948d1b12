//! Operations of the document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::parts;
use crate::open_api::operation::{Answer, Media};
use crate::open_api::problems::{ALWAYS, BODY, KEY, NAMED, Refused, VERSION};
use crate::open_api::route::Route;
use crate::open_api::schemas::Schemas;
use crate::open_api::who::Who;

/// What all operations of a path share.
pub(super) fn item(path: &str) -> Value {
    let parameters = parts::in_path(path);
    if parameters.is_empty() { json!({}) } else { json!({"parameters": parameters}) }
}

/// One operation.
pub(super) fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let told = &route.told;
    let who = told.who.unwrap_or(Who::Installation);
    let sentence = who.sentence(route.method == "GET");
    let description = told.details.map_or_else(|| sentence.to_owned(), |details| format!("{details}\n\n{sentence}"));
    let parameters = parameters(route, schemas);
    let parameters = (!parameters.is_empty()).then(|| ("parameters".to_owned(), Value::from(parameters)));
    let body = told.body.map(|body| {
        ("requestBody".to_owned(), json!({"required": !told.body_is_optional, "content": content(body, schemas)}))
    });
    let mut operation = json!({
        "operationId": operation_id(route),
        "tags": Vec::from_iter(told.tag),
        "summary": told.summary.unwrap_or(UNSAID),
        "description": description,
        "x-rollcall-who": who.word(),
        "security": [{who.scheme(): []}],
        "responses": responses(route, schemas),
    });
    if let Some(operation) = operation.as_object_mut() {
        operation.extend(parameters.into_iter().chain(body));
    }
    operation
}

const UNSAID: &str = "Nothing is said of it yet.";

/// Method and path as one word: what varies is left out, so long as the rest tells it apart.
fn operation_id(route: &Route) -> String {
    let path = route.path.trim_start_matches("/api/v1");
    let words = path.split(['/', '.', '-']).filter(|word| !word.is_empty());
    let words = words.map(|word| match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
        Some(varying) => format!("by_{varying}"),
        None => word.to_owned(),
    });
    let mut all = vec![route.method.to_ascii_lowercase()];
    all.extend(words);
    all.join("_")
}

fn parameters(route: &Route, schemas: &mut Schemas) -> Vec<Value> {
    let told = &route.told;
    let mut all = Vec::new();
    if told.answers.iter().any(|answer| matches!(answer.media, Some(Media::Page(_)))) {
        all.extend(parts::of_lists());
    }
    for query in &told.queries {
        let schema = schemas.refer(query.shape);
        all.push(json!({"name": query.name, "in": "query", "description": query.says, "schema": schema}));
    }
    if route.makes_something() {
        all.push(parts::idempotency_key());
    }
    if names_version(route) {
        all.push(parts::if_match());
    }
    all
}

fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for answer in &route.told.answers {
        let written = all.entry(answer.status.to_string()).or_insert_with(|| json!({"description": answer.says}));
        complete(written, route, answer, schemas);
    }
    let mut refusals: BTreeMap<u16, Vec<Refused>> = BTreeMap::new();
    for refused in refusals_of(route) {
        refusals.entry(refused.0).or_default().push(refused);
    }
    for (status, refused) in refusals {
        all.insert(status.to_string(), problem(&refused));
    }
    Value::Object(all.into_iter().collect())
}

/// Adds body and headers; one status may have bodies of several media types.
fn complete(written: &mut Value, route: &Route, answer: &Answer, schemas: &mut Schemas) {
    let versioned = route.told.versioned && answer.media.is_some() && !matches!(answer.media, Some(Media::Page(_)));
    let headers = parts::headers(versioned, answer.status == 201);
    if headers.as_object().is_some_and(|headers| !headers.is_empty()) {
        written["headers"] = headers;
    }
    let Some(media) = answer.media else { return };
    let mut all = written.get("content").and_then(Value::as_object).cloned().unwrap_or_default();
    all.extend(content(media, schemas));
    written["content"] = Value::Object(all);
}

fn refusals_of(route: &Route) -> Vec<Refused> {
    let told = &route.told;
    let mut all = ALWAYS.to_vec();
    let when = [
        (route.path.contains('{'), NAMED),
        (told.body.is_some(), BODY),
        (route.makes_something(), KEY),
        (names_version(route), VERSION),
    ];
    for (_, refused) in when.iter().filter(|(applies, _)| *applies) {
        all.extend_from_slice(refused);
    }
    all.extend_from_slice(&told.refusals);
    all
}

/// Whether it changes something that has versions.
fn names_version(route: &Route) -> bool {
    route.told.versioned && matches!(route.method, "PATCH" | "PUT" | "DELETE")
}

fn problem(refused: &[Refused]) -> Value {
    let lines: Vec<String> = refused.iter().map(|(_, kind, when)| format!("`{kind}`: {when}.")).collect();
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    json!({"description": lines.join("\n"), "content": {"application/problem+json": {"schema": schema}}})
}

fn content(media: Media, schemas: &mut Schemas) -> Map<String, Value> {
    let (media_type, schema) = match media {
        Media::Json(shape) => ("application/json", schemas.refer(shape)),
        Media::Form(shape) => ("application/x-www-form-urlencoded", schemas.refer(shape)),
        Media::Page(shape) => ("application/json", page(&schemas.refer(shape))),
        Media::Text(media_type) => (media_type, json!({"type": "string"})),
    };
    let mut content = Map::new();
    content.insert(media_type.to_owned(), json!({"schema": schema}));
    content
}

/// A page of a list.
fn page(item: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["items", "next_cursor"],
        "properties": {
            "items": {"type": "array", "maxItems": 200, "items": item},
            "next_cursor": {"type": ["string", "null"], "description": "For the next page; `null` on the last one."},
        },
    })
}
