//! Schemas of components, each under a name of its own.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::operation::{Named, Shape};

/// Schemas by name, and names that two different ones claim.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    pub(super) all: BTreeMap<String, Value>,
    pub(super) clashes: Vec<String>,
}

impl Schemas {
    /// What refers to a type's schema, which is kept with those it refers to.
    pub(super) fn refer(&mut self, shape: Shape) -> Value {
        let mut further: Named = Vec::new();
        (shape.further)(&mut further);
        for (name, schema) in further {
            self.keep(&name, &schema);
        }
        let name = (shape.name)();
        if is_plain(&(shape.schema)()) {
            return written(&(shape.schema)());
        }
        self.keep(&name, &(shape.schema)());
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn keep(&mut self, name: &str, schema: &RefOr<Schema>) {
        let schema = written(schema);
        if self.all.get(name).is_some_and(|kept| *kept != schema) {
            self.clashes.push(format!("two schemas are named {name}: give one of them another name with `schema(as)`"));
        }
        self.all.insert(name.to_owned(), schema);
    }
}

/// Texts, numbers and switches need no name.
fn is_plain(schema: &RefOr<Schema>) -> bool {
    let written = written(schema);
    let word = written.get("type").and_then(Value::as_str);
    word.is_some_and(|word| word != "object") && written.get("enum").is_none()
}

fn written(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}
