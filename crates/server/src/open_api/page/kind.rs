//! What a schema is, in a few words.

use serde_json::Value;

/// The words, and where they are explained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) text: String,
    pub(super) link: Option<String>,
}

/// Where a named schema stands on the page.
pub(super) fn anchor(name: &str) -> String {
    format!("schema-{name}")
}

impl Kind {
    pub(super) fn of(schema: &Value) -> Self {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
            return Self { text: name.to_owned(), link: Some(anchor(name)) };
        }
        let choice = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| schema.get(*word)?.as_array());
        if let Some(choice) = choice {
            return Self::any(choice);
        }
        let types = match schema.get("type") {
            Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(one)) => vec![one.as_str()],
            Some(_) | None => return Self { text: "anything".to_owned(), link: None },
        };
        if types.contains(&"array") {
            let item = schema.get("items").map(Self::of).unwrap_or_default();
            return Self { text: format!("list of {}", item.text), link: item.link };
        }
        if let Some(items) = schema.pointer("/properties/items/items") {
            let item = Self::of(items);
            return Self { text: format!("page of {}", item.text), link: item.link };
        }
        let format = schema.get("format").and_then(Value::as_str).filter(|format| !format.starts_with("int"));
        Self {
            text: format.map_or_else(|| types.join(" or "), |format| types.join(" or ").replace("string", format)),
            link: None,
        }
    }

    /// One of several; `null` comes last.
    fn any(choice: &[Value]) -> Self {
        let is_null = |schema: &&Value| schema.get("type").is_some_and(|word| word == "null");
        let kinds: Vec<Self> = choice.iter().filter(|schema| !is_null(schema)).map(Self::of).collect();
        let nullable = choice.iter().any(|schema| is_null(&schema));
        let mut words: Vec<&str> = kinds.iter().map(|kind| kind.text.as_str()).collect();
        words.extend(nullable.then_some("null"));
        Self { text: words.join(" or "), link: kinds.iter().find_map(|kind| kind.link.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_said_in_a_few_words() {
        for (schema, text, link) in [
            (json!({"type": "string"}), "string", None),
            (json!({"type": ["string", "null"], "format": "uuid"}), "uuid or null", None),
            (json!({"type": "integer", "format": "int64"}), "integer", None),
            (json!({"$ref": "#/components/schemas/Role"}), "Role", Some("schema-Role")),
            (json!({"type": "array", "items": {"type": "string"}}), "list of string", None),
            (json!({"oneOf": [{"type": "null"}, {"$ref": "#/x/Role"}]}), "Role or null", Some("schema-Role")),
            (json!({}), "anything", None),
        ] {
            let expected = Kind { text: text.to_owned(), link: link.map(str::to_owned) };
            assert_eq!(Kind::of(&schema), expected, "{schema}");
        }
    }
}
