//! Paths, no path at all, and atomicity (GE-49 to GE-58, G-3 to G-8).

use rollcall_scim::Tolerances;
use serde_json::{Value, json};

use super::support::*;

#[test]
fn without_a_path() {
    // G-13, G-16, G-17.
    let replace_all = |value| pathless("replace", value);
    check(&[
        (
            "GE-49",
            pathless("add", json!({"nickName": "A", "emails": [{"value": "n@x.example"}]})),
            All(vec![("nickName", json!("A")), ("emails", json!([work(), home(), {"value": "n@x.example"}]))]),
        ),
        (
            "GE-50",
            replace_all(json!({"emails": [{"value": "n@x.example"}], "title": "X"})),
            All(vec![
                ("emails", json!([{"value": "n@x.example"}])),
                ("title", json!("X")),
                ("externalId", json!("e1")),
            ]),
        ),
        (
            "GE-51",
            replace_all(json!({"name": {"givenName": "Q"}})),
            Has("name", json!({"givenName": "Q", "familyName": "Lee"})),
        ),
        ("GE-54", replace_all(json!({ENT: {"department": "D"}})), Has(ENT, json!({"department": "D"}))),
        (
            "G-12",
            all(vec![replace_all(json!({ENT: {"division": "x"}})), pathless("add", json!({ENT: null}))]),
            Has(ENT, json!({"division": "x"})),
        ),
        ("G-12", all(vec![replace_all(json!({ENT: {"division": "x"}})), replace_all(json!({ENT: null}))]), Same),
        ("GE-54", replace_all(json!({ENT: "x"})), Refused("invalidValue")),
        ("GE-57", replace_all(json!({"id": "p1", "title": "X"})), Has("title", json!("X"))),
        ("GE-57", replace_all(json!({"id": "zz"})), Refused("mutability")),
        ("GE-58", replace_all(json!("x")), Refused("invalidValue")),
        ("G-16", replace_all(json!({"emails[type xx \"y\"].value": "x"})), Refused("invalidFilter")),
        ("GE-58", pathless("add", json!(["x"])), Refused("invalidValue")),
        // idp-behaviour 31a: what the server derives may come back, and stale.
        (
            "G-17",
            replace_all(json!({"meta": {"version": "old"}, "groups": [{"value": "g9"}], "schemas": [USER]})),
            Same,
        ),
        ("G-17", replace_all(json!({USER: {"title": "X"}})), Has("title", json!("X"))),
        ("G-17", replace_all(json!({"schemas": null})), Same),
        ("G-17", replace_all(json!({"schemas": [ENT]})), Refused("mutability")),
        ("G-12", replace_all(json!({"title": null})), Has("title", Value::Null)),
        ("GE-7", message("remove", None, None), Refused("noTarget")),
    ]);
    let given = Has("name", json!({"givenName": "Q", "familyName": "Lee"}));
    let department = Has(ENT, json!({"department": "D"}));
    check_modes(&[
        ("GE-53", replace_all(json!({"name.givenName": "Q"})), given, Refused("invalidSyntax")),
        (
            "GE-55",
            pathless("add", json!({"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "D"})),
            department,
            Refused("invalidSyntax"),
        ),
        ("A-90", replace_all(json!({"shoeSize": 43})), Same, Refused("invalidSyntax")),
        ("A-90", replace_all(json!({"urn:example:x:y": 43})), Same, Refused("invalidSyntax")),
        ("A-90", replace_all(json!({ENT: {"shoeSize": 43}})), Same, Refused("invalidSyntax")),
    ]);
}

#[test]
fn paths_that_are_none() {
    // G-5, G-8, G-10.
    for path in [
        "",
        "emails[",
        "emails]",
        "name..x",
        "a.b.c",
        "emails[0]",
        "emails[]",
        "emails[0].value",
        "title extra",
        "/name/givenName",
        "/emails/0/value",
        "foo",
        "name.foo",
        "emails[type eq \"work\"].foo",
        "name.givenName[x pr]",
        "emails[type eq \"work\"]x",
        "emails[type eq \"work\"].value.x",
        "urn:unknown:x:title",
        "emails[type eq \"work\"",
    ] {
        check(&[("G-8", add(path, json!("x")), Refused("invalidPath")), ("G-8", remove(path), Refused("invalidPath"))]);
    }
    for path in ["emails[foo eq 1]", "emails[type]", "emails[type xx \"y\"]", "emails[type eq \"work\" and]"] {
        check(&[("G-8", remove(path), Refused("invalidFilter"))]);
    }
    check(&[("G-8", remove(r#"emails[type eq "]"]"#), Same)]);
    let path = |bytes: usize| format!(r#"emails[value eq "{}"]"#, "x".repeat(bytes - 19));
    check(&[
        ("E-10", remove(&path(8192)), Same),
        ("E-10", remove(&path(8193)), Refused("invalidPath")),
        ("E-10", remove(&path(9000)), Refused("invalidPath")),
    ]);
}

#[test]
fn a_failing_operation_leaves_the_resource_alone_and_is_named() {
    // G-3, G-4.
    let tolerances = Tolerances::lenient();
    let patch = all(vec![add("title", json!("X")), replace("active", json!(0)), add("nickName", json!("A"))]);
    let error = run(&patch, &tolerances).unwrap_err();
    assert!(error.detail().starts_with("Operations[1]"), "{error}");
    check(&[("G-4", all(vec![remove("userName"), add("userName", json!("x"))]), Refused("mutability"))]);
}
