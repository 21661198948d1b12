//! Text beside the form in which it is compared.

use serde::{Deserialize, Serialize};

/// A name or address as it was given, and the key under which it equals another spelling of itself.
///
/// There is one fold in Rollcall and it is not this crate's: the caller passes it in, and facts keep its result, so
/// that replaying a decision does not depend on the Unicode version of the day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Folded {
    /// As given, trimmed: for display.
    pub text: String,
    /// Folded: for comparison.
    pub key: String,
}

impl Folded {
    /// Trims `text` and keeps its folded form.
    pub fn new(text: &str, fold: impl Fn(&str) -> String) -> Self {
        let text = text.trim();
        Self { text: text.to_owned(), key: fold(text) }
    }

    /// As `new`, for keys and texts that are known already (from a row, for instance).
    pub fn from_parts(text: impl Into<String>, key: impl Into<String>) -> Self {
        Self { text: text.into(), key: key.into() }
    }

    /// Both forms split at their first colon, each part trimmed. `None` without a colon.
    pub(crate) fn split_at_colon(&self) -> Option<(Self, Self)> {
        let (text_before, text_after) = self.text.split_once(':')?;
        // No fold makes or eats a colon: it composes with nothing and is nobody's lower case.
        let (key_before, key_after) = self.key.split_once(':')?;
        Some((
            Self::from_parts(text_before.trim(), key_before.trim()),
            Self::from_parts(text_after.trim(), key_after.trim()),
        ))
    }
}
