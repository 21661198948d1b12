//! A request as a command that can be pasted into a shell.

use serde_json::{Map, Value, json};

/// How deep examples go into bodies.
const DEPTH: u32 = 4;

/// The command; what varies in the path is a variable of the shell.
pub(super) fn curl(document: &Value, method: &str, url: &str, body: Option<(&str, &Value)>) -> String {
    let segments: Vec<String> = url.split('/').map(segment).collect();
    let mut lines = vec![format!("curl -X {method} \"{}\"", segments.join("/"))];
    lines.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
    match body {
        Some(("application/x-www-form-urlencoded", _)) => {
            lines.push("--data-urlencode \"token=$SESSION\"".to_owned());
        }
        Some((media_type, schema)) => {
            lines.push(format!("-H 'Content-Type: {media_type}'"));
            lines.push(format!("-d '{}'", example(document, schema, DEPTH)));
        }
        None => {}
    }
    lines.join(" \\\n  ")
}

fn segment(segment: &str) -> String {
    match segment.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
        Some((before, (name, after))) => format!("{before}${{{}}}{after}", name.to_uppercase()),
        None => segment.to_owned(),
    }
}

/// A value of a schema: of objects what must be there, or else their first member.
fn example(document: &Value, schema: &Value, depth: u32) -> Value {
    if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
        let found = document.pointer(path.trim_start_matches('#'));
        return found.filter(|_| depth > 0).map_or(Value::Null, |found| example(document, found, depth - 1));
    }
    let choice = ["oneOf", "anyOf"].iter().find_map(|word| schema.get(*word)?.as_array());
    if let Some(choice) = choice {
        let real = choice.iter().find(|schema| schema.get("type").is_none_or(|word| word != "null"));
        return real.map_or(Value::Null, |real| example(document, real, depth));
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let members = parts.iter().filter_map(|part| example(document, part, depth).as_object().cloned());
        return Value::Object(members.flatten().collect());
    }
    if let Some(word) = schema.get("enum").and_then(|words| words.get(0)) {
        return word.clone();
    }
    plain(document, schema, depth)
}

fn plain(document: &Value, schema: &Value, depth: u32) -> Value {
    let kind = schema.get("type").and_then(|kind| kind.as_str().or_else(|| kind.get(0)?.as_str()));
    match (kind, schema.get("format").and_then(Value::as_str)) {
        (Some("boolean"), _) => json!(true),
        (Some("integer" | "number"), _) => json!(1),
        (Some("array"), _) => {
            Value::Array(schema.get("items").map(|of| example(document, of, depth)).into_iter().collect())
        }
        (Some("string"), Some("uuid")) => json!("01890a5d-ac96-774b-bcce-b302099a8057"),
        (Some("string"), Some("date-time")) => json!("2027-01-31T12:00:00Z"),
        (Some("string"), _) => json!("..."),
        (Some("object"), _) => Value::Object(object(document, schema, depth)),
        (Some(_) | None, _) => Value::Null,
    }
}

fn object(document: &Value, schema: &Value, depth: u32) -> Map<String, Value> {
    let Some(members) = schema.get("properties").and_then(Value::as_object) else { return Map::new() };
    let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let wanted = |name: &String| required.iter().any(|required| required == name);
    let some = members.iter().filter(|(name, _)| required.is_empty() || wanted(name));
    let most = if required.is_empty() { 1 } else { usize::MAX };
    some.take(most).map(|(name, member)| (name.clone(), example(document, member, depth))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_what_must_be_there() {
        let document = json!({"components": {"schemas": {"Role": {"type": "string", "enum": ["owner", "member"]}}}});
        let schema = json!({
            "type": "object",
            "required": ["id", "role"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "role": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Role"}]},
                "further": {"type": "string"},
            },
        });
        let shown = curl(&document, "POST", "https://a/x/{name}/y", Some(("application/json", &schema)));
        assert_eq!(
            shown,
            "curl -X POST \"https://a/x/${NAME}/y\" \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  \
             -H 'Content-Type: application/json' \\\n  \
             -d '{\"id\":\"01890a5d-ac96-774b-bcce-b302099a8057\",\"role\":\"owner\"}'"
        );
    }
}
