//! Turns a resolved SCIM condition into SQL over the tables of the directory (RFC 7644 §3.4.2.2).
//!
//! Every test is either decided by a column with an index (id, userName, externalId, displayName, addresses, members),
//! by member rows, or by the search document. What is missing makes a test NULL, and NULL is never negated:
//! `not` is `NOT COALESCE(.., FALSE)`, so the evaluator of `rollcall_scim` and both databases answer alike.

mod element;
mod group_rows;
mod identity_set;
mod member_rows;
mod operand;
mod resource;
#[cfg(test)]
mod tests;

use rollcall_scim::condition::{Condition, Field, Test};
use uuid::Uuid;

pub(crate) use self::operand::Operand;
use super::fragment::Fragment;
use super::records::{Kind, Scope};
use crate::backend::Backend;

/// What a condition is compiled for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compiler<'a> {
    /// Whose SQL is written.
    pub(crate) backend: Backend,
    /// Company and connection whose rows are looked at.
    pub(crate) scope: Scope,
    /// What `meta.location` and `$ref` begin with, without a slash at its end.
    pub(crate) base_url: &'a str,
}

/// Where the fields of a condition are looked for.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In a row `t` of users or groups.
    Resource(Kind),
    /// In an element `e` of a list in the search document.
    Element,
    /// In a row `m` of the members of group `t`.
    Member,
    /// In a group `g` that has user `t`, directly or through other groups.
    GroupOf,
}

impl Compiler<'_> {
    /// The condition over row `t` of that kind, in parentheses where needed; may be NULL, which is as good as false.
    pub(crate) fn condition(&self, kind: Kind, condition: &Condition) -> Fragment {
        self.boolean(Place::Resource(kind), condition)
    }

    /// The condition over row `m` of `directory_member`, as it stands inside `members[..]`.
    pub(crate) fn member_condition(&self, condition: &Condition) -> Fragment {
        self.boolean(Place::Member, condition)
    }

    fn boolean(&self, place: Place, condition: &Condition) -> Fragment {
        match condition {
            Condition::Constant(value) => constant(*value),
            Condition::All(conditions) => self.joined(place, conditions, " AND ", true),
            Condition::Any(conditions) => match place {
                Place::Resource(kind) => self.any_of_sets(kind, conditions),
                Place::Element | Place::Member | Place::GroupOf => None,
            }
            .unwrap_or_else(|| self.joined(place, conditions, " OR ", false)),
            Condition::Not(inner) => {
                let mut sql = Fragment::text("NOT COALESCE(");
                sql.append(&self.boolean(place, inner)).push(", FALSE)");
                sql
            }
            Condition::Value { field, test } => self.value(place, field, test),
            Condition::Element { attribute, condition } => self.some_element(place, attribute, condition),
        }
    }

    fn joined(&self, place: Place, conditions: &[Condition], between: &str, empty: bool) -> Fragment {
        let Some((first, rest)) = conditions.split_first() else {
            return constant(empty);
        };
        let mut sql = Fragment::text("(");
        sql.append(&self.boolean(place, first));
        for condition in rest {
            sql.push(between).append(&self.boolean(place, condition));
        }
        sql.push(")");
        sql
    }

    fn value(&self, place: Place, field: &Field, test: &Test) -> Fragment {
        if let Some(sql) = probe(place, field, test) {
            return sql;
        }
        self.operand(place, field).test(self.backend, test)
    }

    /// The value of a field, to be compared or sorted by.
    fn operand(&self, place: Place, field: &Field) -> Operand {
        match place {
            Place::Resource(kind) => self.resource_operand(kind, field),
            Place::Element => self.element_operand(field),
            Place::Member => self.member_operand(field),
            Place::GroupOf => self.group_operand(field),
        }
    }

    fn some_element(&self, place: Place, attribute: &str, condition: &Condition) -> Fragment {
        match (place, attribute) {
            (Place::Resource(Kind::User), "groups") => self.some_group(condition),
            (Place::Resource(Kind::Group), "members") => self.some_member(condition),
            (Place::Resource(kind), _) => self.some_document_element(kind, attribute, condition),
            // Elements have no elements of their own (RFC 7643 §2.3.8).
            (Place::Element | Place::Member | Place::GroupOf, _) => constant(false),
        }
    }
}

/// Equality with an id, a boolean column or a version: compared as what the column is.
fn probe(place: Place, field: &Field, test: &Test) -> Option<Fragment> {
    let Test::Equal(value) = test else {
        return None;
    };
    match (place, field.name.as_str(), field.sub.as_deref()) {
        (Place::Resource(_), "id", None) => Some(id_is("t.id", value)),
        (Place::Resource(Kind::User), "active", None) => Some(active_is(value)),
        (Place::Resource(_), "externalid", None) => external_id_is(value),
        (Place::Resource(_), "meta", Some("version")) => Some(version_is(value)),
        (Place::Member, "value", None) => Some(id_is("m.member_id", value)),
        (Place::GroupOf, "value", None) => Some(id_is("g.id", value)),
        (Place::Resource(_) | Place::Element | Place::Member | Place::GroupOf, ..) => None,
    }
}

/// `TRUE` or `FALSE`.
fn constant(value: bool) -> Fragment {
    Fragment::text(if value { "TRUE" } else { "FALSE" })
}

/// Equality of an id column; false for what is not an id exactly as the server writes it.
fn id_is(column: &str, value: &str) -> Fragment {
    match parse_id(value) {
        Some(id) => {
            let mut sql = Fragment::text(column);
            sql.push(" = ").bind(id);
            sql
        }
        None => constant(false),
    }
}

/// An id in the one spelling that the server gives out: ids are `caseExact`.
pub(crate) fn parse_id(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some(id)
}

fn active_is(value: &str) -> Fragment {
    match value {
        "true" => Fragment::text("t.active"),
        "false" => Fragment::text("NOT t.active"),
        _ => constant(false),
    }
}

/// The column has no empty ones: these identify nothing, and only the search document knows them.
fn external_id_is(value: &str) -> Option<Fragment> {
    let mut sql = Fragment::text("t.external_id = ");
    sql.bind(value);
    (!value.is_empty() && !value.contains('\0')).then_some(sql)
}

/// `meta.version` is `W/"<counter>"`.
fn version_is(value: &str) -> Fragment {
    let counter = value.strip_prefix("W/\"").and_then(|rest| rest.strip_suffix('"'));
    match counter.and_then(|digits| digits.parse::<i64>().ok().filter(|counter| counter.to_string() == digits)) {
        Some(counter) => {
            let mut sql = Fragment::text("t.version = ");
            sql.bind(counter);
            sql
        }
        None => constant(false),
    }
}

/// Is every resource found through a name that few resources share, whatever else is asked?
///
/// Then the order must not lure the planner away from the index of that name.
pub(crate) fn is_selective(condition: &Condition) -> bool {
    match condition {
        Condition::Value { field: Field { name, sub: None }, test: Test::Equal(value) } => {
            ["username", "externalid", "displayname"].contains(&name.as_str()) && !value.is_empty()
        }
        Condition::All(conditions) => conditions.iter().any(is_selective),
        Condition::Any(conditions) => conditions.iter().all(is_selective),
        Condition::Constant(_) | Condition::Not(_) | Condition::Value { .. } | Condition::Element { .. } => false,
    }
}

/// What an element's `value` must equal for the condition to hold, if it says so outright.
fn required_value(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::Value { field, test: Test::Equal(value) } if field.name == "value" && field.sub.is_none() => {
            Some(value)
        }
        Condition::All(conditions) => conditions.iter().find_map(required_value),
        Condition::Constant(_)
        | Condition::Any(_)
        | Condition::Not(_)
        | Condition::Value { .. }
        | Condition::Element { .. } => None,
    }
}

/// Is the condition nothing but `value eq ..`?
fn is_value_test(condition: &Condition) -> bool {
    matches!(condition, Condition::Value { .. })
}
