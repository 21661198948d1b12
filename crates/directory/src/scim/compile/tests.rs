//! What conditions look like as SQL: which tests are decided by an index, and how absence is treated.

use rollcall_policy::{CompanyId, ConnectionId};
use rollcall_scim::condition::{Condition, Field, Test};

use super::super::instant;
use super::super::records::{Kind, Scope};
use super::Compiler;
use crate::backend::Backend;

const ID: &str = "01935000-0000-7abc-8000-000000000001";

fn value(name: &str, test: Test) -> Condition {
    Condition::Value { field: Field { name: name.to_owned(), sub: None }, test }
}

fn element(attribute: &str, condition: Condition) -> Condition {
    Condition::Element { attribute: attribute.to_owned(), condition: Box::new(condition) }
}

fn equal(name: &str, text: &str) -> Condition {
    value(name, Test::Equal(text.to_owned()))
}

fn meta(sub: &str, test: Test) -> Condition {
    Condition::Value { field: Field { name: "meta".to_owned(), sub: Some(sub.to_owned()) }, test }
}

/// Text for SQLite and for PostgreSQL; the number of values always fits the text.
#[track_caller]
fn check(kind: Kind, condition: &Condition, sqlite: &str, postgres: &str) {
    for (backend, expected) in [(Backend::Sqlite, sqlite), (Backend::Postgres, postgres)] {
        let scope = Scope { company: CompanyId::from_u128(1), connection: ConnectionId::from_u128(2) };
        let compiler = Compiler { backend, scope, base_url: "https://h/scim/v2/" };
        let sql = compiler.condition(kind, condition);
        assert_eq!(sql.text, expected);
        assert_eq!(sql.values.len(), sql.text.matches('?').count(), "{}", sql.text);
    }
}

#[test]
fn columns_with_an_index_are_compared_as_they_are() {
    for (kind, condition, expected) in [
        (Kind::User, equal("id", ID), "t.id = ?"),
        (Kind::User, equal("username", "a"), "t.user_name_folded = ?"),
        (Kind::User, equal("externalid", "A"), "t.external_id = ?"),
        (Kind::User, equal("displayname", "a"), "t.display_name_folded = ?"),
        (Kind::Group, equal("displayname", "a"), "t.display_name_folded = ?"),
        (Kind::User, equal("active", "true"), "t.active"),
        (Kind::User, equal("active", "false"), "NOT t.active"),
        (Kind::User, meta("version", Test::Equal("W/\"3\"".to_owned())), "t.version = ?"),
        (Kind::User, meta("created", Test::Less(instant::key(5))), "t.created_at < ?"),
        (Kind::User, meta("lastmodified", Test::Present), "TRUE"),
        (
            Kind::User,
            element("emails", equal("value", "a@b")),
            "t.id IN (SELECT a.user_id FROM directory_address AS a WHERE a.company_id = ? AND a.connection_id = ? \
             AND a.value_folded = ?)",
        ),
        (
            Kind::Group,
            element("members", equal("value", ID)),
            "t.id IN (SELECT p.group_id FROM directory_member AS p WHERE p.company_id = ? AND p.member_id = ?)",
        ),
    ] {
        check(kind, &condition, expected, expected);
    }
}

/// EF-9, EF-93: what cannot be an id or a version equals none.
#[test]
fn what_no_row_can_have_is_false() {
    for condition in [
        equal("id", &ID.to_uppercase()),
        equal("id", &ID.replace('-', "")),
        equal("id", "u1"),
        element("groups", equal("value", "g1")),
        equal("active", "TRUE"),
        equal("username", "a\0b"),
        value("title", Test::Contains("\0".to_owned())),
        meta("version", Test::Equal("W/\"03\"".to_owned())),
        meta("version", Test::Equal("3".to_owned())),
        meta("created", Test::Equal("yesterday".to_owned())),
        element("emails", element("value", Condition::Constant(true))),
    ] {
        let within_exists = "EXISTS (SELECT 1 FROM json_each(t.search, '$.\"emails\"') AS e WHERE FALSE) IS TRUE";
        let nested = matches!(&condition, Condition::Element { attribute, .. } if attribute == "emails");
        let postgres = "EXISTS (SELECT 1 FROM jsonb_array_elements(t.search -> 'emails') AS e(value) WHERE FALSE)";
        check(
            Kind::User,
            &condition,
            if nested { within_exists } else { "FALSE" },
            if nested { postgres } else { "FALSE" },
        );
    }
}

#[test]
fn the_search_document_decides_the_rest() {
    let extension = "urn:example:2.0:user:cost";
    for (condition, sqlite, postgres) in [
        (equal("title", "a"), "t.search ->> '$.\"title\"' = ?", "(t.search ->> 'title') = ?"),
        (
            value(extension, Test::Greater("1".to_owned())),
            "t.search ->> '$.\"urn:example:2.0:user:cost\"' > ?",
            "(t.search ->> 'urn:example:2.0:user:cost') COLLATE \"C\" > ?",
        ),
        (
            value("title", Test::Contains("a".to_owned())),
            "instr(t.search ->> '$.\"title\"', ?) > 0",
            "strpos((t.search ->> 'title'), ?) > 0",
        ),
        (
            value("title", Test::Contains(String::new())),
            "t.search ->> '$.\"title\"' IS NOT NULL",
            "(t.search ->> 'title') IS NOT NULL",
        ),
        (
            value("title", Test::Less("a\0b".to_owned())),
            "t.search ->> '$.\"title\"' <= ?",
            "(t.search ->> 'title') COLLATE \"C\" <= ?",
        ),
        (equal("it's", "a"), "t.search ->> ? = ?", "(t.search ->> ?) = ?"),
        (
            element("emails", equal("$ref", "a")),
            "EXISTS (SELECT 1 FROM json_each(t.search, '$.\"emails\"') AS e WHERE e.value ->> '$.\"$ref\"' = ?) IS TRUE",
            "EXISTS (SELECT 1 FROM jsonb_array_elements(t.search -> 'emails') AS e(value) WHERE (e.value ->> '$ref') = ?)",
        ),
    ] {
        check(Kind::User, &condition, sqlite, postgres);
    }
}

#[test]
fn alternatives_that_indexes_decide_are_one_set() {
    let address = || element("emails", equal("value", "a"));
    let both = "t.id IN (SELECT p.id FROM directory_user AS p WHERE p.company_id = ? AND p.connection_id = ? \
        AND p.user_name_folded = ? UNION SELECT a.user_id FROM directory_address AS a WHERE a.company_id = ? \
        AND a.connection_id = ? AND a.value_folded = ?)";
    check(Kind::User, &Condition::Any(vec![equal("username", "a"), address()]), both, both);
    let mixed = "(t.user_name_folded = ? OR t.active)";
    check(Kind::User, &Condition::Any(vec![equal("username", "a"), equal("active", "true")]), mixed, mixed);
}

/// E-19: absence makes a test NULL, and its negation true.
#[test]
fn a_negation_never_sees_null() {
    let condition = Condition::Not(Box::new(Condition::Any(vec![equal("username", "a"), Condition::All(Vec::new())])));
    let expected = "NOT COALESCE((t.user_name_folded = ? OR TRUE), FALSE)";
    check(Kind::User, &condition, expected, expected);
    check(Kind::User, &Condition::Any(Vec::new()), "FALSE", "FALSE");
}
