//! The OpenAPI 3.1 document.

mod parts;
mod paths;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::problems::TYPES;
use super::route::Route;
use super::schemas::Schemas;

/// The document, and what is wrong with it.
pub(super) fn document(routes: &[Route], base_url: &str) -> (Value, Vec<String>) {
    let mut schemas = Schemas::default();
    let mut all: Map<String, Value> = Map::new();
    for route in routes {
        let item = all.entry(route.path.clone()).or_insert_with(|| paths::item(&route.path));
        if let Value::Object(item) = item {
            item.insert(route.method.to_ascii_lowercase(), paths::operation(route, &mut schemas));
        }
    }
    schemas.all.insert("Problem".to_owned(), problem());
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Rollcall",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Who belongs to which company, and who may sign in.",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url}],
        "tags": tags(routes),
        "paths": all,
        "components": {"schemas": schemas.all, "securitySchemes": parts::security_schemes()},
    });
    let unknown = routes.iter().flat_map(unknown_words).collect::<BTreeSet<String>>();
    (document, schemas.clashes.into_iter().chain(unknown).collect())
}

/// Words of paths and problems that the document does not explain.
fn unknown_words(route: &Route) -> Vec<String> {
    let names = parts::unexplained(&route.path).map(|name| format!("nothing explains {{{name}}} in paths"));
    let known = |kind: &str| TYPES.iter().any(|(word, _)| *word == kind);
    let kinds = route.told.refusals.iter().filter(|(_, kind, _)| !known(kind));
    names.chain(kinds.map(|(_, kind, _)| format!("nothing explains the problem {kind}"))).collect()
}

const DESCRIPTION: &str = "Administration (`/api/v1`) and the sign-in hook (`/sso`). JSON in snake case; every request \
carries a bearer token.\n\n\
**Errors** are problems (RFC 9457): `type` is a stable word, `detail` says what is wrong and what to do.\n\n\
**Lists** take `limit` (1 to 200, 50 unless told) and `cursor`, and answer `items` and `next_cursor`; the last page has \
`next_cursor: null`.\n\n\
**Once**: everything that makes something takes an `Idempotency-Key`; the same request with the same key within a day \
makes nothing twice, and is answered as before.\n\n\
**Versions**: where an answer has an `ETag`, a change may send it as `If-Match`, and is refused with 412 if somebody \
changed it meanwhile.";

/// The headings, in the order in which they appear.
fn tags(routes: &[Route]) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for tag in routes.iter().filter_map(|route| route.told.tag) {
        if !names.contains(&tag) {
            names.push(tag);
        }
    }
    names.into_iter().map(|name| json!({"name": name})).collect()
}

/// RFC 9457.
fn problem() -> Value {
    let words: Vec<&str> = TYPES.iter().map(|(word, _)| *word).collect();
    let meanings: Vec<String> = TYPES.iter().map(|(word, meaning)| format!("- `{word}`: {meaning}")).collect();
    json!({
        "type": "object",
        "description": "Why a request was not done (RFC 9457). Nothing was changed.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "enum": words, "description": meanings.join("\n")},
            "title": {"type": "string", "description": "The status in words."},
            "status": {"type": "integer", "description": "The status again."},
            "detail": {"type": "string", "description": "What is wrong, and what was expected or what to do."},
            "rule": {"type": "string", "description": "The rule that forbids it, such as `N-5`."},
        },
    })
}
