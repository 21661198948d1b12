//! Members of a change that may be absent, null or a value, each of which means something else.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a change says of one member. Use it with `#[serde(default)]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nullable<T> {
    /// Nothing: it stays as it is.
    #[default]
    Absent,
    /// There is to be none.
    Null,
    /// It is to be this.
    Value(T),
}

impl<T> Nullable<T> {
    /// Whether nothing is said.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// What stands afterwards, if `stored` stood before.
    pub fn over(self, stored: Option<T>) -> Option<T> {
        match self {
            Self::Absent => stored,
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

impl<T: Serialize> Serialize for Nullable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}
