//! Bodies as JSON values, read strictly and within bounds.

use std::{collections::BTreeSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::ScimError;

/// How large a body may be inside; its size in bytes is the caller's to bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Arrays and objects inside one another, at most 127.
    pub depth: usize,
    /// Elements of one array.
    pub array: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 32, array: 100_000 }
    }
}

/// The value that the bytes spell.
///
/// `invalidSyntax` for anything that is not one JSON text in UTF-8: trailing characters, comments, `NaN`, unpaired
/// surrogates, numbers out of range; and for objects that name a member twice, in whatever case, since readers differ
/// in which one they believe.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, ScimError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        ScimError::invalid_syntax(format!(
            "the body is not UTF-8 from byte {} on; expected JSON in UTF-8",
            error.valid_up_to()
        ))
    })?;
    let refuse =
        |error: serde_json::Error| ScimError::invalid_syntax(format!("the body is not acceptable JSON: {error}"));
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Bounded { limits, depth: 0 }.deserialize(&mut deserializer).map_err(refuse)?;
    deserializer.end().map_err(refuse)?;
    Ok(value)
}

/// Reads one value at a depth; the value it makes is the one that `serde_json::Value` would be.
#[derive(Clone, Copy)]
struct Bounded<'a> {
    limits: &'a Limits,
    depth: usize,
}

impl Bounded<'_> {
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth >= self.limits.depth {
            return Err(E::custom(format_args!("it nests deeper than {} levels", self.limits.depth)));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(inner)? {
            if array.len() >= self.limits.array {
                return Err(A::Error::custom(format_args!("an array has more than {} elements", self.limits.array)));
            }
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let (mut object, mut names) = (Map::new(), BTreeSet::new());
        while let Some(name) = members.next_key::<String>()? {
            if !names.insert(name.to_lowercase()) {
                let name: String = name.chars().take(100).collect();
                return Err(A::Error::custom(format_args!(
                    "the member {name:?} is there twice; names are compared without case"
                )));
            }
            object.insert(name, members.next_value_seed(inner)?);
        }
        Ok(Value::Object(object))
    }
}
