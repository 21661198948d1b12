//! SQL text with `?` placeholders, as it is written in this crate, and as each database wants it.

use crate::backend::Backend;
use std::sync::Arc;

/// A text: constant where possible, shared where it had to be built.
#[derive(Debug, Clone)]
pub(crate) enum Sql {
    Constant(&'static str),
    Built(Arc<str>),
}

impl Sql {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Constant(text) => text,
            Self::Built(text) => text,
        }
    }

    /// The text for `backend`.
    ///
    /// The driver wants an owned text either way, so numbering the placeholders while copying costs no more than a cache.
    pub(crate) fn for_backend(&self, backend: Backend) -> String {
        match backend {
            Backend::Sqlite => self.text().to_owned(),
            Backend::Postgres => {
                let mut numbered = String::with_capacity(self.text().len() + 32);
                number_placeholders(self.text(), &mut 0, &mut numbered);
                numbered
            }
        }
    }

    /// The first table that the text names, for error messages.
    pub(crate) fn table(&self) -> &str {
        let mut words = self.text().split_whitespace();
        while let Some(word) = words.next() {
            if ["FROM", "INTO", "UPDATE"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword)) {
                return words.next().unwrap_or("unknown");
            }
        }
        "unknown"
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::Constant(text)
    }
}

impl From<String> for Sql {
    fn from(text: String) -> Self {
        Self::Built(text.into())
    }
}

/// Appends `text` with each `?` outside of quotes as `$n`, counting on from `count`.
pub(crate) fn number_placeholders(text: &str, count: &mut usize, into: &mut String) {
    let mut quote = None;
    for character in text.chars() {
        match (character, quote) {
            ('?', None) => {
                *count += 1;
                into.push('$');
                into.push_str(&count.to_string());
                continue;
            }
            ('\'' | '"', None) => quote = Some(character),
            (_, Some(open)) if open == character => quote = None,
            _ => {}
        }
        into.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &'static str, expected: &str) {
        assert_eq!(Sql::from(text).for_backend(Backend::Postgres), expected);
        assert_eq!(Sql::from(text).for_backend(Backend::Sqlite), text);
    }

    #[test]
    fn placeholders_are_numbered_but_never_inside_quotes() {
        check("SELECT 1", "SELECT 1");
        check("a = ? AND b = ?", "a = $1 AND b = $2");
        check("a = '?' AND \"b?\" = ?", "a = '?' AND \"b?\" = $1");
        check("a = 'it''s ?' AND b = ?", "a = 'it''s ?' AND b = $1");
    }

    #[test]
    fn the_table_is_found_for_error_messages() {
        for text in ["SELECT a FROM account WHERE 1", "INSERT INTO account (a)", "UPDATE account SET a"] {
            assert_eq!(Sql::from(text).table(), "account");
        }
        assert_eq!(Sql::from("PRAGMA x").table(), "unknown");
    }
}
