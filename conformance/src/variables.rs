//! `${name}` in fixtures: URNs, values captured from answers, and text too long to write down.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Short names for the URNs of RFC 7643 and RFC 7644, so that fixtures stay readable.
const URNS: [(&str, &str); 12] = [
    ("User", "urn:ietf:params:scim:schemas:core:2.0:User"),
    ("Group", "urn:ietf:params:scim:schemas:core:2.0:Group"),
    ("Enterprise", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
    ("ServiceProviderConfig", "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"),
    ("ResourceType", "urn:ietf:params:scim:schemas:core:2.0:ResourceType"),
    ("Schema", "urn:ietf:params:scim:schemas:core:2.0:Schema"),
    ("ListResponse", "urn:ietf:params:scim:api:messages:2.0:ListResponse"),
    ("SearchRequest", "urn:ietf:params:scim:api:messages:2.0:SearchRequest"),
    ("PatchOp", "urn:ietf:params:scim:api:messages:2.0:PatchOp"),
    ("BulkRequest", "urn:ietf:params:scim:api:messages:2.0:BulkRequest"),
    ("BulkResponse", "urn:ietf:params:scim:api:messages:2.0:BulkResponse"),
    ("Error", "urn:ietf:params:scim:api:messages:2.0:Error"),
];

/// The variables of one script.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    values: BTreeMap<String, Value>,
}

impl Variables {
    /// URNs, the base URL, and a tag that keeps this run's names apart from those of other runs.
    pub fn new(base: &str, tag: &str) -> Self {
        let mut variables = Self::default();
        for (name, urn) in URNS {
            variables.set(name, Value::from(urn));
        }
        variables.set("base", Value::from(base));
        variables.set("tag", Value::from(tag));
        variables
    }

    /// Sets a variable; an earlier value is replaced.
    pub fn set(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), value);
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// A variable's text, or the error that names it.
    pub fn text_of(&self, name: &str) -> Result<String, String> {
        if let Some(repetition) = name.strip_prefix("repeat:") {
            return repeat(repetition);
        }
        match self.values.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Ok(other.to_string()),
            None => Err(format!("variable `{name}` is not set by an earlier step")),
        }
    }

    /// Replaces the variables of a text.
    pub fn fill(&self, template: &str) -> Result<String, String> {
        self.replace(template, |value| value)
    }

    /// Replaces the variables of a request target; their values are percent-encoded.
    pub fn fill_target(&self, template: &str) -> Result<String, String> {
        self.replace(template, |value| encode_component(&value))
    }

    fn replace(&self, template: &str, encode: impl Fn(String) -> String) -> Result<String, String> {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                return Err(format!("`${{{after}` has no closing brace"));
            };
            filled.push_str(&encode(self.text_of(name)?));
            rest = tail;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// Parses a JSON template and replaces variables in its strings and member names.
    ///
    /// A string that is one variable and nothing else becomes that variable's value, whatever its type.
    pub fn fill_json(&self, template: &str) -> Result<Value, String> {
        let value =
            serde_json::from_str(template).map_err(|error| format!("fixture is not JSON: {error}: {template}"))?;
        self.fill_value(value)
    }

    fn fill_value(&self, value: Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => {
                let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
                match whole.and_then(|name| self.values.get(name)) {
                    Some(value) => value.clone(),
                    None => Value::String(self.fill(&text)?),
                }
            }
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.fill_value(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let mut filled = Map::new();
                for (name, member) in members {
                    filled.insert(self.fill(&name)?, self.fill_value(member)?);
                }
                Value::Object(filled)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        })
    }
}

/// `10000:(` is ten thousand opening parentheses.
fn repeat(repetition: &str) -> Result<String, String> {
    let (count, text) = repetition.split_once(':').ok_or("`repeat` needs a count and a text: `repeat:3:x`")?;
    let count: usize = count.parse().map_err(|_error| format!("`{count}` is not a count"))?;
    Ok(text.repeat(count))
}

/// Percent-encodes what may not stand in a request target; `%`, `+`, `&`, brackets and the like stay as they are.
pub fn encode_target(target: &str) -> String {
    encode(target, |byte| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | b'#')
    })
}

/// Percent-encodes everything but unreserved characters (RFC 3986 §2.3).
pub fn encode_component(text: &str) -> String {
    encode(text, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

fn encode(text: &str, keep: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if keep(byte) {
            encoded.push(char::from(byte));
        } else {
            let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0').to_ascii_uppercase();
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_keep_their_type_when_they_stand_alone() {
        let mut variables = Variables::new("http://x", "7");
        variables.set("count", json!(3));
        let filled = variables.fill_json(r#"{"a":"${count}","b":"n-${count}","${User}":1}"#).unwrap();
        assert_eq!(filled, json!({"a": 3, "b": "n-3", "urn:ietf:params:scim:schemas:core:2.0:User": 1}));
    }

    #[test]
    fn an_unset_variable_is_named() {
        let error = Variables::new("http://x", "7").fill("/Users/${nobody}").unwrap_err();
        assert!(error.contains("`nobody`"), "{error}");
    }

    #[test]
    fn targets_keep_escapes_and_encode_values() {
        let mut variables = Variables::new("http://x", "7");
        variables.set("name", json!("a b&c"));
        let target = variables.fill_target("/Users?filter=userName eq \"${name}\"&x=%20+[").unwrap();
        assert_eq!(encode_target(&target), "/Users?filter=userName%20eq%20%22a%20b%26c%22&x=%20+[");
    }

    #[test]
    fn long_texts_are_repeated() {
        assert_eq!(Variables::default().fill("${repeat:3:ab}").unwrap(), "ababab");
    }
}
