//! Entity tags and preconditions (RFC 7644 §3.14), and instants as text.

use rollcall_scim::etag::{Preconditions, etag};
use rollcall_scim::timestamp::to_rfc3339;

/// Version 7 is the current one. What a write and a read come to: a status, and whether 304.
#[track_caller]
fn check(id: &str, if_match: Option<&str>, if_none_match: Option<&str>, write: u16, not_modified: bool) {
    let preconditions = match Preconditions::parse(if_match, if_none_match) {
        Ok(preconditions) => preconditions,
        Err(error) => return assert_eq!((error.status(), error.scim_type()), (write, None), "{id}"),
    };
    let status = preconditions.check_write(Some(7)).map_or_else(|error| error.status(), |()| 200);
    assert_eq!((status, preconditions.not_modified(7)), (write, not_modified), "{id}");
}

#[test]
fn a_tag_is_weak_and_quoted() {
    assert_eq!(etag(7), "W/\"7\"", "A-32, A-33");
    assert_eq!(etag(u64::MAX), "W/\"18446744073709551615\"", "A-33");
}

#[test]
fn conditions_are_compared_weakly() {
    check("A-35", None, None, 200, false);
    check("A-35", Some("W/\"7\""), None, 200, false);
    check("A-35", Some("W/\"6\""), None, 412, false);
    check("A-36", Some("\"7\""), None, 200, false);
    check("A-36", Some("\"07\""), None, 412, false);
    check("A-36", Some("W/\"1\", \"7\""), None, 200, false);
    check("A-36", Some(" ,W/\"1\" ,, W/\"7\","), None, 200, false);
    check("A-36", Some("W/\"1\",W/\"2\""), None, 412, false);
    check("A-37", Some("*"), None, 200, false);
    check("A-37", Some(" * "), None, 200, false);
    check("A-36", Some("\"a,b\", W/\"7\""), None, 200, false);
    check("A-34", None, Some("W/\"7\""), 412, true);
    check("A-34", None, Some("\"7\""), 412, true);
    check("A-34", None, Some("W/\"6\", W/\"7\""), 412, true);
    check("A-34", None, Some("W/\"6\""), 200, false);
    check("A-34", None, Some("*"), 412, true);
    check("A-38", Some("W/\"7\""), Some("*"), 412, true);
}

#[test]
fn unparsable_tags_are_400() {
    for text in
        ["", " ", ",", "7", "W/7", "W/\"7", "\"7\" \"8\"", "w/\"7\"", "W/ \"7\"", "*, \"7\"", "\"7\"x", "\"a b\""]
    {
        check("A-38", Some(text), None, 400, false);
        check("A-38", None, Some(text), 400, false);
    }
}

#[test]
fn absence_is_for_the_request_itself_to_answer() {
    let preconditions = Preconditions::parse(Some("*"), None).unwrap();
    assert_eq!(preconditions.check_write(None), Ok(()), "A-37: 404 wins over 412");
    let stale = Preconditions::parse(Some("W/\"6\""), None).unwrap();
    assert_eq!(stale.check_write(None), Ok(()), "A-37");
}

#[test]
fn only_listed_tags_name_a_version() {
    for (id, text, named) in [("A-39", Some("W/\"7\""), true), ("A-39", Some("*"), false), ("A-39", None, false)] {
        assert_eq!(Preconditions::parse(text, None).unwrap().names_version(), named, "{id}");
    }
}

#[test]
fn instants_have_six_digits_of_sub_seconds() {
    for (id, microseconds, text) in [
        ("A-62", 0, "1970-01-01T00:00:00.000000Z"),
        ("A-62", 1_795_340_400_000_250, "2026-11-22T09:40:00.000250Z"),
        ("A-62", -1, "1969-12-31T23:59:59.999999Z"),
        ("A-62", i64::MAX, "9999-12-31T23:59:59.999999Z"),
        ("A-62", i64::MIN, "0000-01-01T00:00:00.000000Z"),
    ] {
        assert_eq!(to_rfc3339(microseconds), text, "{id}");
    }
}
