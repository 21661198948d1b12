//! Values of attributes, whatever format they came in (design.md 6).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// One attribute's values: a single value is a list of one, `null` an empty list.
///
/// Reads a string, number, boolean or a list of them; an object or a list in a list is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeValue(Vec<String>);

#[cfg(feature = "schemas")]
impl utoipa::PartialSchema for AttributeValue {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schemas::attribute_value()
    }
}

#[cfg(feature = "schemas")]
impl utoipa::ToSchema for AttributeValue {}

impl AttributeValue {
    /// Values in their order, numbers and booleans as JSON writes them.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<T: Into<String>> From<T> for AttributeValue {
    fn from(value: T) -> Self {
        Self(vec![value.into()])
    }
}

impl<T: Into<String>> FromIterator<T> for AttributeValue {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self(values.into_iter().map(Into::into).collect())
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor { in_list: false }).map(Self)
    }
}

struct ValueVisitor {
    in_list: bool,
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Vec<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.in_list {
            "a string, number or boolean in the list of an attribute"
        } else {
            "an attribute of a string, number, boolean or a list of them"
        })
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(vec![value.to_owned()])
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(vec![value.to_string()])
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(vec![value.to_string()])
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(vec![value.to_string()])
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(vec![value.to_string()])
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        if self.in_list {
            return Err(A::Error::invalid_type(serde::de::Unexpected::Seq, &self));
        }
        let mut values = Vec::new();
        while let Some(Item(item)) = list.next_element()? {
            values.extend(item);
        }
        Ok(values)
    }
}

/// An element of a list: the same values, but no further list.
struct Item(Vec<String>);

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor { in_list: true }).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: Result<&[&str], &str>) {
        match (serde_json::from_str::<AttributeValue>(json), expected) {
            (Ok(value), Ok(texts)) => assert_eq!(value.values().collect::<Vec<_>>(), texts, "{json}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{json}: {error}"),
            (got, _) => panic!("{json}: {got:?}"),
        }
    }

    #[test]
    fn values_of_every_kind_are_texts() {
        check(r#""a""#, Ok(&["a"]));
        check("30", Ok(&["30"]));
        check("30.0", Ok(&["30"]));
        check("true", Ok(&["true"]));
        check("null", Ok(&[]));
        check(r#"["a", 2, null, false]"#, Ok(&["a", "2", "false"]));
    }

    #[test]
    fn objects_and_nested_lists_are_refused() {
        check(r#"{"a":1}"#, Err("expected an attribute of a string, number, boolean or a list of them"));
        check(r#"["a", {}]"#, Err("in the list of an attribute"));
        check(r#"[["a"]]"#, Err("in the list of an attribute"));
    }
}
