//! SQLite: JSON as text, reached by paths; BINARY is the collation of every column and expression.

use std::fmt::Write as _;

use super::{Step, is_plain};
use crate::scim::fragment::Fragment;

/// Where a text is in another, in characters from 1.
pub(super) const POSITION: &str = "instr";
/// BINARY is the default.
pub(super) const BYTEWISE: &str = "";
/// `IS TRUE` keeps it from becoming a join: in SQLite 3.51, OFFSET then counts every element found instead of every row.
pub(super) const EXISTS_END: &str = ") IS TRUE";
/// Its planner prefers any order from an index over the index of a name, unless the order is an expression.
pub(super) const UNINDEXED: &str = "+";
/// There is one writer; nobody else deletes meanwhile.
pub(super) const KEEP_ROWS: &str = "";

pub(super) fn text_at(document: &str, steps: &[Step<'_>]) -> Fragment {
    let mut sql = Fragment::text(document);
    sql.push(" ->> ");
    push_path(&mut sql, steps);
    sql
}

pub(super) fn elements(document: &str, key: &str) -> Fragment {
    let mut sql = Fragment::text("json_each(");
    sql.push(document).push(", ");
    push_path(&mut sql, &[Step::Key(key)]);
    sql.push(") AS e");
    sql
}

pub(super) fn id_text(column: &str) -> String {
    // The groups of digits of a uuid: (first digit from 1, number of digits).
    let groups = [(1, 8), (9, 4), (13, 4), (17, 4), (21, 12)];
    let parts: Vec<String> =
        groups.iter().map(|(from, count)| format!("substr(hex({column}), {from}, {count})")).collect();
    format!("lower({})", parts.join(" || '-' || "))
}

pub(super) fn stored_text(column: &str, key: &'static str) -> String {
    format!("{column} ->> '$.\"{key}\"'")
}

/// Names are always quoted in the path: a bare `$ref` would be read as a path of its own.
fn push_path(sql: &mut Fragment, steps: &[Step<'_>]) {
    let mut path = String::from("$");
    let mut plain = true;
    for step in steps {
        match step {
            Step::Key(key) => {
                plain &= is_plain(key);
                // Writing to a string cannot fail.
                let _ = write!(path, ".\"{key}\"");
            }
            Step::First => path.push_str("[0]"),
        }
    }
    if plain {
        sql.push("'").push(&path).push("'");
    } else {
        sql.bind(path);
    }
}
