//! What a test compares with, and the tests themselves (RFC 7644 §3.4.2.2, table 3).

use rollcall_scim::condition::Test;

use super::super::fragment::Fragment;
use super::super::instant;
use super::constant;
use crate::backend::Backend;

/// A value in a row; NULL where the row has none.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    /// Text in the form of the search document.
    Text {
        /// The expression.
        sql: Fragment,
        /// May it be NULL?
        nullable: bool,
    },
    /// A column of UTC microseconds, never NULL.
    Instant(&'static str),
}

impl Operand {
    /// Text that may be missing.
    pub(super) fn text(sql: Fragment) -> Self {
        Self::Text { sql, nullable: true }
    }

    /// Text that every row has.
    pub(super) fn always(sql: Fragment) -> Self {
        Self::Text { sql, nullable: false }
    }

    /// May the value be missing?
    pub(crate) fn is_nullable(&self) -> bool {
        matches!(self, Self::Text { nullable: true, .. })
    }

    /// The expression alone.
    pub(crate) fn sql(&self) -> Fragment {
        match self {
            Self::Text { sql, .. } => sql.clone(),
            Self::Instant(column) => Fragment::text(*column),
        }
    }

    pub(super) fn test(&self, backend: Backend, test: &Test) -> Fragment {
        match self {
            Self::Text { sql, .. } => text_test(backend, sql, test),
            Self::Instant(column) => instant_test(column, test),
        }
    }
}

fn text_test(backend: Backend, subject: &Fragment, test: &Test) -> Fragment {
    match test {
        Test::Present => followed_by(subject, " <> ''"),
        // U+0000 is in no stored value, and PostgreSQL does not take it as a value either.
        Test::Equal(value) | Test::Contains(value) | Test::StartsWith(value) | Test::EndsWith(value)
            if value.contains('\0') =>
        {
            constant(false)
        }
        Test::Contains(value) | Test::StartsWith(value) | Test::EndsWith(value) if value.is_empty() => {
            followed_by(subject, " IS NOT NULL")
        }
        Test::Equal(value) => compared(subject, " = ", value),
        Test::Contains(value) => backend.contains(subject, value),
        Test::StartsWith(value) => {
            let mut sql = Fragment::text("substr(");
            sql.append(subject).push(", 1, length(").bind(value.as_str()).push(")) = ").bind(value.as_str());
            sql
        }
        Test::EndsWith(value) => {
            // The guard: SQLite counts a position before the first character from the end.
            let mut sql = Fragment::text("(length(");
            sql.append(subject).push(") >= length(").bind(value.as_str()).push(") AND substr(");
            sql.append(subject).push(", length(").append(subject).push(") - length(").bind(value.as_str());
            sql.push(") + 1) = ").bind(value.as_str()).push(")");
            sql
        }
        Test::Greater(value) => ordered(backend, subject, (" > ", " > "), value),
        Test::GreaterOrEqual(value) => ordered(backend, subject, (" >= ", " > "), value),
        Test::Less(value) => ordered(backend, subject, (" < ", " <= "), value),
        Test::LessOrEqual(value) => ordered(backend, subject, (" <= ", " <= "), value),
    }
}

/// Compares bytes. A value is cut before U+0000: no stored text lies between what is left and the whole.
fn ordered(backend: Backend, text: &Fragment, (whole, cut): (&str, &str), value: &str) -> Fragment {
    let expression = followed_by(text, backend.bytewise());
    match value.split_once('\0') {
        None => compared(&expression, whole, value),
        Some((before, _)) => compared(&expression, cut, before),
    }
}

fn instant_test(column: &str, test: &Test) -> Fragment {
    let (operator, value) = match test {
        Test::Present => return constant(true),
        Test::Equal(value) => (" = ", value),
        Test::Greater(value) => (" > ", value),
        Test::GreaterOrEqual(value) => (" >= ", value),
        Test::Less(value) => (" < ", value),
        Test::LessOrEqual(value) => (" <= ", value),
        // Filters refuse these on instants (E-14).
        Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) => return constant(false),
    };
    let Some(microseconds) = instant::parse(value) else {
        return constant(false);
    };
    let mut sql = Fragment::text(column);
    sql.push(operator).bind(microseconds);
    sql
}

fn compared(expression: &Fragment, operator: &str, value: &str) -> Fragment {
    let mut sql = expression.clone();
    sql.push(operator).bind(value);
    sql
}

fn followed_by(expression: &Fragment, text: &str) -> Fragment {
    let mut sql = expression.clone();
    sql.push(text);
    sql
}
