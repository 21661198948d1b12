//! Compares what came with what a fixture expects.
//!
//! An expected object names the members that matter; others may be there. An expected list must be met element by
//! element. Strings beginning with `$` are tests: `$any`, `$absent`, `$string`, `$number`, `$instant`, `$version`, `$prefix:...`,
//! `$suffix:...`, `$not:...`, `$folded:...`, `$boolean`, `$untrue`, `$empty`. Objects with one member may test lists: `{"$length":n}`, `{"$unordered":[...]}`,
//! `{"$contains":[...]}`, `{"$lacks":[...]}`.

use serde_json::Value;

/// The first difference, as a sentence with the place in it; `None` when `got` is as expected.
pub fn difference(expected: &Value, got: Option<&Value>, at: &str) -> Option<String> {
    if let Value::String(text) = expected
        && let Some(test) = text.strip_prefix('$')
        && test != "ref"
    {
        return test_value(test, got, at);
    }
    let Some(got) = got else {
        return Some(format!("`{at}` is missing; expected {expected}"));
    };
    match (expected, got) {
        (Value::Object(members), _) if members.keys().any(|name| name.starts_with('$') && name.len() > 4) => {
            members.iter().find_map(|(test, wanted)| test_list(test, wanted, got, at))
        }
        (Value::Object(members), Value::Object(other)) => members.iter().find_map(|(name, wanted)| {
            let place = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            difference(wanted, other.get(name), &place)
        }),
        (Value::Array(items), Value::Array(others)) => {
            if items.len() != others.len() {
                let message = format!("`{at}` has {} elements; expected {}: {got}", others.len(), items.len());
                return Some(message);
            }
            let pairs = items.iter().zip(others).enumerate();
            pairs.map(|(index, (item, other))| difference(item, Some(other), &format!("{at}[{index}]"))).find_map(|d| d)
        }
        (Value::Number(wanted), Value::Number(number)) if wanted.as_f64() == number.as_f64() => None,
        _ if expected == got => None,
        _ => Some(format!("`{at}` is {got}; expected {expected}")),
    }
}

fn test_value(test: &str, got: Option<&Value>, at: &str) -> Option<String> {
    let string = got.and_then(Value::as_str);
    let (name, argument) = test.split_once(':').unwrap_or((test, ""));
    let holds = match name {
        "any" => got.is_some_and(|value| !value.is_null()),
        "absent" => got.is_none(),
        "empty" => got.is_none_or(|value| value.as_array().is_some_and(Vec::is_empty)),
        "string" => string.is_some_and(|text| !text.is_empty()),
        "number" => got.is_some_and(Value::is_number),
        "boolean" => got.is_some_and(Value::is_boolean),
        "instant" => {
            string.is_some_and(|text| text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok())
        }
        "version" => string.is_some_and(|text| text.starts_with("W/\"") && text.ends_with('"')),
        "prefix" => string.is_some_and(|text| text.starts_with(argument)),
        "suffix" => string.is_some_and(|text| text.ends_with(argument)),
        "folded" => string.is_some_and(|text| text.to_lowercase() == argument.to_lowercase()),
        "untrue" => got != Some(&Value::Bool(true)),
        "not" => string.is_some_and(|text| text != argument),
        _ => return Some(format!("fixture error: no test is named `${name}`")),
    };
    let shown = got.map_or_else(|| "missing".to_owned(), Value::to_string);
    (!holds).then(|| format!("`{at}` is {shown}; expected ${test}"))
}

fn test_list(test: &str, wanted: &Value, got: &Value, at: &str) -> Option<String> {
    let Value::Array(items) = got else {
        return Some(format!("`{at}` is {got}; expected a list"));
    };
    let wanted_items = wanted.as_array().map(Vec::as_slice).unwrap_or_default();
    let among = |wanted: &Value| items.iter().any(|item| difference(wanted, Some(item), at).is_none());
    match test {
        "$length" if wanted.as_u64() == u64::try_from(items.len()).ok() => None,
        "$length" => Some(format!("`{at}` has {} elements; expected {wanted}: {got}", items.len())),
        "$unordered" if items.len() != wanted_items.len() => {
            Some(format!("`{at}` has {} elements; expected {}: {got}", items.len(), wanted_items.len()))
        }
        "$unordered" | "$contains" => {
            wanted_items.iter().find(|item| !among(item)).map(|item| format!("`{at}` lacks {item}: {got}"))
        }
        "$lacks" => wanted_items.iter().find(|item| among(item)).map(|item| format!("`{at}` has {item}: {got}")),
        _ => Some(format!("fixture error: no test is named `{test}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(expected: &Value, got: &Value, same: bool) {
        let found = difference(expected, Some(got), "");
        assert_eq!(found.is_none(), same, "{expected} against {got}: {found:?}");
    }

    #[test]
    fn objects_are_compared_by_the_members_named() {
        check(&json!({"a": 1}), &json!({"a": 1, "b": 2}), true);
        check(&json!({"a": 1.0}), &json!({"a": 1}), true);
        check(&json!({"a": {"b": "x"}}), &json!({"a": {"b": "y"}}), false);
        check(&json!({"a": "$absent"}), &json!({"b": 1}), true);
        check(&json!({"a": "$absent"}), &json!({"a": null}), false);
    }

    #[test]
    fn lists_are_compared_whole_or_by_a_test() {
        check(&json!([1, 2]), &json!([1, 2]), true);
        check(&json!([1]), &json!([1, 2]), false);
        check(&json!({"$length": 2}), &json!([1, 2]), true);
        check(&json!({"$unordered": [{"v": 2}, {"v": 1}]}), &json!([{"v": 1}, {"v": 2}]), true);
        check(&json!({"$contains": [2]}), &json!([1, 2]), true);
        check(&json!({"$lacks": [2]}), &json!([1, 2]), false);
    }

    #[test]
    fn an_attribute_named_ref_is_no_test() {
        check(&json!({"$ref": "x"}), &json!({"$ref": "x"}), true);
        check(&json!({"name": "$ref"}), &json!({"name": "$ref"}), true);
    }

    #[test]
    fn instants_are_utc() {
        check(&json!("$instant"), &json!("2024-01-10T08:00:00.123Z"), true);
        check(&json!("$instant"), &json!("2024-01-10T08:00:00+02:00"), false);
    }

    #[test]
    fn the_place_is_named() {
        let found = difference(&json!({"a": [{"b": 1}]}), Some(&json!({"a": [{"b": 2}]})), "");
        assert_eq!(found.unwrap(), "`a[0].b` is 2; expected 1");
    }
}
