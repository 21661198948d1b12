//! Nothing that must not be kept is kept, whatever form it comes in.

use serde_json::json;

use super::*;

const BASE: &str = "https://scim.example/scim/v2";
const ID: &str = "0193a1b2-0000-7000-8000-000000000001";

#[track_caller]
fn body(mode: Mode, path: &str, given: &Value, kept: &Value) {
    let mut value = given.clone();
    Redaction::new(mode, path, BASE).body(&mut value, true);
    assert_eq!(&value, kept, "{mode:?} {given}");
}

#[track_caller]
fn target(mode: Mode, given: &str, kept: &str) {
    let (path, query) = given.split_once('?').map_or((given, None), |(path, query)| (path, Some(query)));
    assert_eq!(Redaction::new(mode, path, BASE).target(path, query), kept, "{mode:?}");
}

#[track_caller]
fn filter(given: &str, path: bool, kept: &str) {
    assert_eq!(Redaction::new(Mode::Redacted, "/Users", BASE).filter(given, path), kept, "{given}");
}

#[test]
fn a_person_keeps_structure_ids_and_user_name() {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "Ada Lovelace"],
        "id": ID, "externalId": "00u1", "userName": "ada@acme.example", "active": "True", "password": "s3cret",
        "name": {"givenName": "Ada", "familyName": null}, "emails": [{"value": "a@b.c", "type": "work", "primary": true}],
        "urn:x:User": {"manager": {"value": ID}, "employeeNumber": 4711, "department": ""}, "Ada Lovelace": 1,
        "meta": {"location": format!("{BASE}/Users/{ID}"), "version": "W/\"3\"", "created": "2027-01-15T08:00:00Z"},
    });
    let kept = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "xxxxxxxxxxxx"],
        "id": ID, "externalId": "00u1", "userName": "ada@acme.example", "active": "True", "password": BLANKED,
        "name": {"givenName": "xxx", "familyName": null}, "emails": [{"value": "x@xxx", "type": "work", "primary": true}],
        "urn:x:User": {"manager": {"value": ID}, "employeeNumber": 0, "department": ""}, "xxx xxxxxxxx": 0,
        "meta": {"location": format!("{BASE}/Users/{ID}"), "version": "W/\"3\"", "created": "2027-01-15T08:00:00Z"},
    });
    body(Mode::Redacted, "/Users", &user, &kept);
}

#[test]
fn an_operation_is_judged_by_its_path() {
    for (given, kept) in [
        (
            json!({"op": "Replace", "path": "userName", "value": "ada"}),
            json!({"op": "Replace", "path": "userName", "value": "ada"}),
        ),
        (
            json!({"op": "Ada", "path": "name.givenName", "value": "Ada"}),
            json!({"op": "xxx", "path": "name.givenName", "value": "xxx"}),
        ),
        (
            json!({"op": "add", "path": "emails[type eq \"work\" and value eq \"ada@b.c\"].value", "value": "ada@b.c"}),
            json!({"op": "add", "path": "emails[type eq \"work\" and value eq \"xxx@xxx\"].value", "value": "xxx@xxx"}),
        ),
        (
            json!({"op": "add", "path": "members", "value": [{"value": ID}]}),
            json!({"op": "add", "path": "members", "value": [{"value": ID}]}),
        ),
        (
            json!({"op": "add", "path": "members", "value": [{"value": "Ada"}]}),
            json!({"op": "add", "path": "members", "value": [{"value": "xxx"}]}),
        ),
        (
            json!({"op": "replace", "path": "password", "value": "s"}),
            json!({"op": "replace", "path": "password", "value": BLANKED}),
        ),
        (
            json!({"op": "replace", "value": {"name.givenName": "Ada", "emails[type eq \"Ada\"].value": "A"}}),
            json!({"op": "replace", "value": {"name.givenName": "xxx", "emails[type eq \"xxx\"].value": "x"}}),
        ),
        (
            json!({"method": "POST", "path": "/Users/Ada", "bulkId": "b"}),
            json!({"method": "POST", "path": "/Users/xxx", "bulkId": "b"}),
        ),
    ] {
        body(Mode::Redacted, "/Users", &json!({"Operations": [given]}), &json!({"Operations": [kept]}));
    }
}

#[test]
fn a_group_has_a_name_and_a_person_has_not() {
    let given = json!({"displayName": "Writers"});
    body(Mode::Redacted, "/Groups", &given, &given);
    body(Mode::Redacted, "/Users", &given, &json!({"displayName": "xxxxxxx"}));
    body(Mode::Full, "/Users", &given, &given);
}

#[test]
fn filters_keep_names_and_operators() {
    for (given, kept) in [
        ("userName eq \"ada\"", "userName eq \"ada\""),
        ("externalId eq 00u1 and active eq true", "externalId eq 00u1 and active eq true"),
        ("emails.value co \"ada\"", "emails.value co \"xxx\""),
        ("emails[type eq \"work\" and value eq \"a@b\"]", "emails[type eq \"work\" and value eq \"x@x\"]"),
        ("emails[type eq \"work\"].value eq \"a@b\"", "emails[type eq \"work\"].value eq \"x@x\""),
        (
            "not (name.familyName sw \"Love\\\"lace\") or title pr",
            "not (name.familyName sw \"xxxxxxxxxx\") or title pr",
        ),
        ("password eq \"s3cret\"", "password eq \"[blanked]\""),
        ("Ada Lovelace", "xxx xxxxxxxx"),
        ("name.familyName eq \"unended", "name.familyName eq \"xxxxxxx\""),
        (
            "members[value eq \"0193a1b2-0000-7000-8000-000000000001\"]",
            "members[value eq \"0193a1b2-0000-7000-8000-000000000001\"]",
        ),
        ("", ""),
    ] {
        filter(given, false, kept);
    }
    filter(
        "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
        true,
        "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
    );
}

#[test]
fn targets_keep_what_is_ours() {
    let id = format!("/Users/{ID}");
    target(Mode::Redacted, &id, &id);
    target(Mode::Redacted, "/Users/ada%40acme.example", "/Users/xxxxxxxxxxxxxxxxxx");
    target(
        Mode::Redacted,
        "/Users?filter=userName%20eq%20%22ada%22&count=10",
        "/Users?filter=userName%20eq%20%22ada%22&count=10",
    );
    target(Mode::Redacted, "/Users?filter=title+eq+%22Dr%22", "/Users?filter=title%20eq%20%22xx%22");
    target(
        Mode::Redacted,
        "/Users?attributes=name,emails.value&Ada%20L=b",
        "/Users?attributes=name,emails.value&xxxxx=x",
    );
    target(Mode::Full, "/Users?filter=title+eq+%22Dr%22", "/Users?filter=title+eq+%22Dr%22");
    for mode in [Mode::Redacted, Mode::Full] {
        target(mode, "/Users?access_token=abc", "/Users?access_token=%5Bblanked%5D");
        target(mode, "/Users/rcscim_0_1", "/Users/%5Bblanked%5D");
    }
}

#[test]
fn whatever_looks_like_a_credential_is_blanked() {
    for (given, kept) in [
        ("Bearer abcdefgh.ij", "Bearer [blanked]"),
        ("see rcadmin_01_ff, please", "see [blanked], please"),
        ("eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl", "[blanked]"),
        ("a basic plan", "a basic plan"),
        ("Grüße, eyJ", "Grüße, eyJ"),
    ] {
        assert_eq!(secrets::blanked(given), kept);
    }
}

#[test]
fn an_error_does_not_say_what_was_blanked() {
    let mut redaction = Redaction::new(Mode::Redacted, "/Users", BASE);
    redaction.body(&mut json!({"title": "Countess of Lovelace", "userName": "ada", "x": "ab"}), true);
    for (given, kept) in [
        ("`title` is `Countess`, not `ab`", "`title` is `xxxxxxxx`, not `xx`"),
        ("Countess of Lovelace is taken", "xxxxxxxx@ is taken"),
        ("`ada lovelace` is no name", "`xxxxxxxxxxxx` is no name"),
        ("the userName `ada` is taken", "the userName `ada` is taken"),
    ] {
        let kept = kept.replace("xxxxxxxx@", &"x".repeat(20));
        assert_eq!(redaction.detail(given), kept);
    }
}
