//! A piece of SQL with the values that belong into its `?` placeholders, in order.

use sea_orm::Value;

/// SQL text and its values; pieces are put together without counting placeholders.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fragment {
    /// SQL with one `?` for each value.
    pub(crate) text: String,
    /// What the placeholders stand for.
    pub(crate) values: Vec<Value>,
}

impl Fragment {
    /// SQL without values.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// Appends SQL without values.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a placeholder and its value.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.text.push('?');
        self.values.push(value.into());
        self
    }

    /// Appends another piece.
    pub(crate) fn append(&mut self, other: &Self) -> &mut Self {
        self.text.push_str(&other.text);
        self.values.extend(other.values.iter().cloned());
        self
    }
}
