//! Evaluating a condition on a search document.

use serde_json::{Map, Value};

use super::{Condition, Field, Test};

impl Condition {
    /// Whether a search document, or an element of one, satisfies the condition.
    pub fn matches(&self, document: &Map<String, Value>) -> bool {
        match self {
            Self::Constant(constant) => *constant,
            Self::All(conditions) => conditions.iter().all(|condition| condition.matches(document)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.matches(document)),
            Self::Not(condition) => !condition.matches(document),
            Self::Value { field, test } => field.value(document).is_some_and(|value| test.passes(value)),
            Self::Element { attribute, condition } => document
                .get(attribute)
                .and_then(Value::as_array)
                .is_some_and(|elements| elements.iter().filter_map(Value::as_object).any(|it| condition.matches(it))),
        }
    }
}

impl Field {
    /// A field without sub-attribute.
    pub fn simple(name: impl Into<String>) -> Self {
        Self { name: name.into(), sub: None }
    }

    /// The string at this place.
    fn value<'d>(&self, document: &'d Map<String, Value>) -> Option<&'d str> {
        let value = document.get(&self.name)?;
        match &self.sub {
            None => value.as_str(),
            Some(sub) => value.as_object()?.get(sub)?.as_str(),
        }
    }
}

impl Test {
    /// Whether a value passes.
    pub fn passes(&self, value: &str) -> bool {
        match self {
            Self::Present => !value.is_empty(),
            Self::Equal(other) => value == other,
            Self::Contains(part) => value.contains(part.as_str()),
            Self::StartsWith(start) => value.starts_with(start.as_str()),
            Self::EndsWith(end) => value.ends_with(end.as_str()),
            Self::Greater(other) => value > other.as_str(),
            Self::GreaterOrEqual(other) => value >= other.as_str(),
            Self::Less(other) => value < other.as_str(),
            Self::LessOrEqual(other) => value <= other.as_str(),
        }
    }
}
