//! Single and complex values, extensions, spelling (GE-1 to GE-19, GE-45 to GE-71, GE-75).

use serde_json::{Value, json};

use super::support::*;

#[test]
fn single_values() {
    check(&[
        ("GE-1", add("title", json!("Lead")), Has("title", json!("Lead"))),
        ("GE-2", add("title", json!("Dev")), Same),
        ("GE-3", add("nickName", json!("A")), Has("nickName", json!("A"))),
        ("GE-5", remove("title"), Has("title", Value::Null)),
        ("GE-6", remove("nickName"), Same),
        ("GE-9", replace("userName", Value::Null), Refused("mutability")),
        ("GE-9", replace("userName", json!("")), Refused("invalidValue")),
        ("GE-9", remove("userName"), Refused("mutability")),
        ("GE-9", replace("userName", json!("  ")), Refused("invalidValue")),
        // GE-10: whether BOB is taken is for the directory to say.
        ("GE-10", replace("userName", json!("BOB")), Has("userName", json!("BOB"))),
        ("GE-11", replace("userName", json!("ANN")), Has("userName", json!("ANN"))),
        ("GE-47", replace("active", json!(0)), Refused("invalidValue")),
        ("GE-45", replace(r#"title[value eq "Dev"]"#, json!("x")), Refused("invalidPath")),
        ("G-12", replace("title", Value::Null), Has("title", Value::Null)),
        ("G-12", replace("title", json!("")), Has("title", Value::Null)),
        ("G-12", add("title", Value::Null), Same),
        ("G-18", replace("title", json!(["a", "b"])), Refused("invalidValue")),
        ("A-63", replace("meta.version", json!("x")), Refused("mutability")),
        ("C-6", add("groups", json!([{"value": "g"}])), Refused("mutability")),
        ("C-6", remove(r#"groups[value eq "g"]"#), Refused("mutability")),
        ("A-28", replace("id", json!("p1")), Refused("mutability")),
    ]);
    check_modes(&[
        ("GE-46", replace("active", json!("False")), Has("active", json!(false)), Refused("invalidValue")),
        ("GE-75", add("password", json!("s3cret-Pass")), Same, Refused("mutability")),
        ("C-13", pathless("replace", json!({"password": "s3cret-Pass"})), Same, Refused("mutability")),
    ]);
}

#[test]
fn complex_values() {
    let name = |value| Has("name", value);
    check(&[
        (
            "GE-13",
            add("name", json!({"middleName": "M"})),
            name(json!({"givenName": "Ann", "familyName": "Lee", "middleName": "M"})),
        ),
        (
            "GE-14",
            replace("name", json!({"givenName": "Anna"})),
            name(json!({"givenName": "Anna", "familyName": "Lee"})),
        ),
        ("GE-15", replace("name.familyName", json!("Li")), name(json!({"givenName": "Ann", "familyName": "Li"}))),
        ("GE-17", all(vec![remove("name.givenName"), remove("name.familyName")]), name(Value::Null)),
        ("GE-18", remove("name"), name(Value::Null)),
        ("GE-19", add("name", json!("Ann")), Refused("invalidValue")),
        ("G-12", replace("name", json!({"givenName": null})), name(json!({"familyName": "Lee"}))),
        ("G-12", replace("name.givenName", json!("")), name(json!({"familyName": "Lee"}))),
        ("G-12", replace("name", json!({"givenName": "", "familyName": null})), name(Value::Null)),
        ("A-70", replace("name", json!({})), Same),
        ("A-88", replace("name", json!([{"givenName": "A"}, {"givenName": "B"}])), Refused("invalidValue")),
        ("K-15", all(vec![remove("name"), add("name.givenName", json!("A"))]), name(json!({"givenName": "A"}))),
    ]);
}

#[test]
fn extensions() {
    let manager = || Has(ENT, json!({"manager": {"value": "p2"}}));
    let path = |name: &str| format!("{ENT}:{name}");
    check(&[
        ("GE-59", add(&path("employeeNumber"), json!("7")), Has(ENT, json!({"employeeNumber": "7"}))),
        ("GE-61", replace(&path("manager"), json!({"value": "p2"})), manager()),
        ("GE-63", replace(&path("manager.displayName"), json!("x")), Refused("mutability")),
        ("C-18", add(&path("manager"), json!({"value": "p2", "displayName": "x"})), manager()),
        ("C-19", add(&path("manager"), json!({"$ref": "https://example.com/v2/Users/p2"})), manager()),
        ("C-19", add(&path("manager.$ref"), json!("../Users/p2")), manager()),
        (
            "GE-65",
            add(ENT, json!({"department": "D", "costCenter": "1"})),
            Has(ENT, json!({"department": "D", "costCenter": "1"})),
        ),
        ("GE-66", remove(ENT), Same),
        (
            "G-12",
            all(vec![add(&path("division"), json!("x")), add(ENT, Value::Null)]),
            Has(ENT, json!({"division": "x"})),
        ),
        ("G-12", all(vec![add(&path("division"), json!("x")), replace(ENT, Value::Null)]), Same),
        ("K-22", add(ENT, json!("x")), Refused("invalidValue")),
        ("K-22", add(USER, json!({"title": "X"})), Has("title", json!("X"))),
        ("K-22", replace(USER, json!("x")), Refused("invalidValue")),
        ("K-22", remove(USER), Refused("mutability")),
        (
            "K-22",
            all(vec![add(&path("division"), json!("x")), replace(ENT, json!({"department": "D"}))]),
            Has(ENT, json!({"department": "D"})),
        ),
        ("K-22", all(vec![add(&path("division"), json!("x")), remove(ENT)]), Same),
        // G-9: an extension attribute needs its URN, a core attribute may have one.
        ("G-9", add(&format!("{USER}:title"), json!("X")), Has("title", json!("X"))),
        ("GE-67", add("employeeNumber", json!("7")), Refused("invalidPath")),
        ("GE-69", add("schemas", json!([ENT])), Same),
        ("GE-69", add("schemas", Value::Null), Same),
        ("GE-69", replace("schemas", json!([ENT, USER.to_lowercase()])), Same),
        ("GE-69", replace("schemas", Value::Null), Refused("invalidValue")),
        ("GE-69", add("schemas", json!([USER, 5])), Refused("invalidValue")),
        ("GE-69", add("schemas[value pr]", json!(ENT)), Refused("mutability")),
        ("GE-70", remove_value("schemas", Value::Null), Refused("mutability")),
        ("GE-70", remove_value("schemas", json!([USER])), Refused("mutability")),
        ("GE-70", remove(&format!(r#"schemas[value eq "{USER}"]"#)), Refused("mutability")),
        ("GE-70", remove("schemas"), Refused("mutability")),
        ("GE-70", replace("schemas", json!([ENT])), Refused("mutability")),
        ("G-19", all(vec![add(&path("division"), json!("x")), remove(&format!(r#"schemas[value eq "{ENT}"]"#))]), Same),
    ]);
    let divided = |patch| all(vec![add(&path("division"), json!("x")), patch]);
    check_modes(&[
        ("GE-69", add("schemas", json!(["urn:example:x"])), Same, Refused("invalidSyntax")),
        ("G-19", divided(remove_value("schemas", json!([ENT.to_uppercase()]))), Same, Refused("mutability")),
        ("G-19", divided(remove_value("schemas", json!(ENT))), Same, Refused("mutability")),
        ("G-19", remove_value("schemas", json!(5)), Refused("invalidValue"), Refused("mutability")),
        ("GE-62", replace(&path("manager"), json!("p2")), manager(), Refused("invalidValue")),
        ("GE-62", add(&path("manager"), json!([{"value": "p2"}])), manager(), Refused("invalidValue")),
        (
            "A-88",
            replace("name", json!([{"givenName": ""}])),
            Has("name", json!({"familyName": "Lee"})),
            Refused("invalidValue"),
        ),
        (
            "A-88",
            all(vec![add(&path("manager"), json!({"value": "p2"})), replace(&path("manager"), json!([""]))]),
            Same,
            Refused("invalidValue"),
        ),
        (
            "K-41",
            all(vec![add(&path("manager"), json!({"value": "p2"})), replace(&path("manager"), json!(""))]),
            Same,
            Same,
        ),
    ]);
}

#[test]
fn spelling_of_names_and_operations() {
    let patch = all(vec![add("TITLE", json!("X")), message("Replace", Some("Name.GivenName"), Some(json!("Q")))]);
    let then = All(vec![("title", json!("X")), ("name", json!({"givenName": "Q", "familyName": "Lee"}))]);
    check_modes(&[("GE-71", patch, then, Refused("invalidSyntax"))]);
    check(&[("A-52", replace("NAME.givenname", json!("Ann")), Same)]);
}
