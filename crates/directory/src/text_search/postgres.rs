//! PostgreSQL: `jsonb` and its operators; whatever is ordered says `COLLATE "C"`.

use super::{Step, is_plain};
use crate::scim::fragment::Fragment;

/// Where a text is in another, in characters from 1.
pub(super) const POSITION: &str = "strpos";
/// The order of bytes, which in UTF-8 is that of code points.
pub(super) const BYTEWISE: &str = " COLLATE \"C\"";
/// Nothing to watch.
pub(super) const EXISTS_END: &str = ")";
/// Its planner knows how many rows share a name.
pub(super) const UNINDEXED: &str = "";
/// The weakest lock that a deletion waits for.
pub(super) const KEEP_ROWS: &str = " FOR KEY SHARE";

pub(super) fn text_at(document: &str, steps: &[Step<'_>]) -> Fragment {
    let mut sql = Fragment::text("(");
    sql.push(document);
    for (index, step) in steps.iter().enumerate() {
        sql.push(if index + 1 == steps.len() { " ->> " } else { " -> " });
        match step {
            Step::Key(key) => push_key(&mut sql, key),
            Step::First => {
                sql.push("0");
            }
        }
    }
    sql.push(")");
    sql
}

pub(super) fn elements(document: &str, key: &str) -> Fragment {
    let mut sql = Fragment::text("jsonb_array_elements(");
    sql.push(document).push(" -> ");
    push_key(&mut sql, key);
    sql.push(") AS e(value)");
    sql
}

pub(super) fn id_text(column: &str) -> String {
    format!("CAST({column} AS TEXT)")
}

pub(super) fn stored_text(column: &str, key: &'static str) -> String {
    format!("(CAST({column} AS json) ->> '{key}')")
}

fn push_key(sql: &mut Fragment, key: &str) {
    if is_plain(key) {
        sql.push("'").push(key).push("'");
    } else {
        sql.bind(key);
    }
}
