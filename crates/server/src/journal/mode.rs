//! How much of an exchange is kept.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How much of an exchange is kept; for a connection, or for those that say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = JournalMode)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing.
    Off,
    /// Names, structure, lengths, ids and `userName`; no other value of a person.
    Redacted,
    /// Everything but secrets.
    Full,
}

impl Mode {
    /// The word in settings.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Redacted => "redacted",
            Self::Full => "full",
        }
    }

    /// The mode of that word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Off, Self::Redacted, Self::Full].into_iter().find(|mode| mode.code() == code)
    }

    /// The word of a connection's settings, else the server's.
    pub(crate) fn of(details: &Map<String, Value>, default: Self) -> Self {
        details.get("journal").and_then(Value::as_str).and_then(Self::from_code).unwrap_or(default)
    }
}
