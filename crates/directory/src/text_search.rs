//! The few SQL expressions that SQLite and PostgreSQL spell differently.
//!
//! Everything is compared bytewise, so that both databases and the evaluator of `rollcall_scim` cannot differ.
//! Each function takes and gives [`Fragment`]s; nothing here knows a table.

mod postgres;
mod sqlite;

use crate::backend::Backend;
use crate::scim::fragment::Fragment;

/// One step into a search document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// The member of that name.
    Key(&'a str),
    /// The first element.
    First,
}

impl Backend {
    /// The string at the end of these steps into a search document, NULL if it is not there.
    pub(crate) fn text_at(self, document: &str, steps: &[Step<'_>]) -> Fragment {
        match self {
            Self::Sqlite => sqlite::text_at(document, steps),
            Self::Postgres => postgres::text_at(document, steps),
        }
    }

    /// A table expression `e` whose column `value` holds the elements of the array under `key`.
    pub(crate) fn elements(self, document: &str, key: &str) -> Fragment {
        match self {
            Self::Sqlite => sqlite::elements(document, key),
            Self::Postgres => postgres::elements(document, key),
        }
    }

    /// Is `needle` somewhere in `text`?
    pub(crate) fn contains(self, text: &Fragment, needle: &str) -> Fragment {
        let mut sql = Fragment::text(self.position());
        sql.push("(").append(text).push(", ").bind(needle).push(") > 0");
        sql
    }

    /// The function that tells where a text is in another, in characters from 1; 0 if it is not.
    pub(crate) fn position(self) -> &'static str {
        match self {
            Self::Sqlite => sqlite::POSITION,
            Self::Postgres => postgres::POSITION,
        }
    }

    /// What follows an expression that is ordered, for the order to be that of its bytes.
    pub(crate) fn bytewise(self) -> &'static str {
        match self {
            Self::Sqlite => sqlite::BYTEWISE,
            Self::Postgres => postgres::BYTEWISE,
        }
    }

    /// An id column as lower-case hyphenated text.
    pub(crate) fn id_text(self, column: &str) -> String {
        match self {
            Self::Sqlite => sqlite::id_text(column),
            Self::Postgres => postgres::id_text(column),
        }
    }

    /// The string under a top-level key of a *stored resource* (a text column), NULL if it is not there.
    pub(crate) fn stored_text(self, column: &str, key: &'static str) -> String {
        match self {
            Self::Sqlite => sqlite::stored_text(column, key),
            Self::Postgres => postgres::stored_text(column, key),
        }
    }

    /// Does the selection find anything?
    pub(crate) fn exists(self, selection: &Fragment) -> Fragment {
        let mut sql = Fragment::text("EXISTS (");
        sql.append(selection).push(match self {
            Self::Sqlite => sqlite::EXISTS_END,
            Self::Postgres => postgres::EXISTS_END,
        });
        sql
    }

    /// What keeps an expression of `ORDER BY` from being read off an index.
    pub(crate) fn unindexed(self) -> &'static str {
        match self {
            Self::Sqlite => sqlite::UNINDEXED,
            Self::Postgres => postgres::UNINDEXED,
        }
    }

    /// What a selection inside a unit ends with, so that nobody deletes the rows before the unit is through.
    pub(crate) fn keep_rows(self) -> &'static str {
        match self {
            Self::Sqlite => sqlite::KEEP_ROWS,
            Self::Postgres => postgres::KEEP_ROWS,
        }
    }
}

/// May this name of a member stand in the text of a query? Any other is bound.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":._-$".contains(&byte))
}
