//! The order of a list, and where in it a page begins (RFC 7644 §3.4.2.3, RFC 9865).
//!
//! Without `sortBy` the order is that of the ids. Resources without the value come last when ascending and first when
//! descending (F-4); equal values are ordered by ascending id (F-7), so every position is a place between two resources.

use rollcall_scim::sort::{SortKey, SortTarget};
use uuid::Uuid;

use super::compile::{Compiler, Operand};
use super::fragment::Fragment;
use super::instant;
use super::records::Kind;
use crate::error::DirectoryError;

/// The place after one resource in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its value of the sort key in the form of the search document: `None` if the list is not sorted, `Some(None)` if
    /// the resource has no such value.
    pub sort_value: Option<Option<String>>,
    /// Its id.
    pub id: Uuid,
}

/// An order over the rows `r(sort_value, id, ..)` of one or more kinds.
#[derive(Clone, Debug)]
pub(super) struct Order {
    sort: Option<Sort>,
}

#[derive(Clone, Debug)]
struct Sort {
    key: SortKey,
    is_instant: bool,
    nullable: bool,
    bytewise: &'static str,
}

impl Order {
    pub(super) fn new(
        compiler: &Compiler<'_>,
        kinds: impl Iterator<Item = Kind> + Clone,
        key: Option<&SortKey>,
    ) -> Self {
        let sort = key.map(|key| {
            let mut operands = kinds.map(|kind| sort_operand(compiler, kind, key));
            let (mut is_instant, mut nullable) = (false, false);
            operands.by_ref().for_each(|operand| {
                is_instant |= matches!(operand, Operand::Instant(_));
                nullable |= operand.is_nullable();
            });
            let bytewise = if is_instant { "" } else { compiler.backend.bytewise() };
            Sort { key: key.clone(), is_instant, nullable, bytewise }
        });
        Self { sort }
    }

    /// What a row of that kind is sorted by.
    pub(super) fn value(&self, compiler: &Compiler<'_>, kind: Kind) -> Fragment {
        match &self.sort {
            Some(sort) => sort_operand(compiler, kind, &sort.key).sql(),
            None => Fragment::text("CAST(NULL AS TEXT)"),
        }
    }

    /// What follows `ORDER BY`; `unindexed` stands before what an index could give in order.
    pub(super) fn by(&self, unindexed: &str) -> String {
        let Some(Sort { key, nullable, bytewise, .. }) = &self.sort else {
            return format!("{unindexed}r.id");
        };
        let direction = if key.descending { " DESC" } else { "" };
        let missing = if *nullable { format!("(r.sort_value IS NULL){direction}, ") } else { String::new() };
        format!("{missing}{unindexed}r.sort_value{bytewise}{direction}, r.id")
    }

    /// Does row `r` come after that position?
    pub(super) fn after(&self, position: &Position) -> Result<Fragment, DirectoryError> {
        let mut sql = Fragment::default();
        let Some(sort) = &self.sort else {
            sql.push("r.id > ").bind(position.id);
            return Ok(sql);
        };
        let value = position.sort_value.as_ref().and_then(Option::as_deref);
        match (value, sort.key.descending) {
            // Missing ones are the last: what is left are those of a greater id.
            (None, false) => {
                sql.push("(r.sort_value IS NULL AND r.id > ").bind(position.id).push(")");
            }
            (None, true) => {
                sql.push("(r.sort_value IS NOT NULL OR r.id > ").bind(position.id).push(")");
            }
            (Some(value), descending) => {
                let (reaches, passes) = if descending { (" <= ", " < ") } else { (" >= ", " > ") };
                // The first comparison says nothing new; it lets an index begin at the right place.
                sql.push("((r.sort_value").push(sort.bytewise).push(reaches).append(&sort.bound(value)?);
                sql.push(" AND (r.sort_value").push(sort.bytewise).push(passes).append(&sort.bound(value)?);
                sql.push(" OR r.id > ").bind(position.id).push("))");
                sql.push(if sort.nullable && !descending { " OR r.sort_value IS NULL)" } else { ")" });
            }
        }
        Ok(sql)
    }

    /// Is the sort value a column of instants?
    pub(super) fn is_instant(&self) -> bool {
        self.sort.as_ref().is_some_and(|sort| sort.is_instant)
    }

    /// Is there a sort value?
    pub(super) fn is_sorted(&self) -> bool {
        self.sort.is_some()
    }
}

impl Sort {
    fn bound(&self, value: &str) -> Result<Fragment, DirectoryError> {
        let mut sql = Fragment::default();
        if self.is_instant {
            let microseconds = instant::parse(value).ok_or_else(|| DirectoryError::Inconsistent {
                table: "directory_user".to_owned(),
                row: format!("position `{value}` of a list sorted by an instant"),
            })?;
            sql.bind(microseconds);
        } else {
            sql.bind(value);
        }
        Ok(sql)
    }
}

fn sort_operand(compiler: &Compiler<'_>, kind: Kind, key: &SortKey) -> Operand {
    match &key.target {
        SortTarget::Value(field) => compiler.single(kind, field),
        SortTarget::FirstElement { attribute, sub } => compiler.first_element(kind, attribute, sub),
    }
}
