//! Lists and their elements (GE-21 to GE-43, GE-73, GE-74).

use serde_json::{Value, json};

use super::support::*;

#[test]
fn lists() {
    let new = || json!({"value": "n@x.example", "type": "other"});
    let bare = || json!({"value": "n@x.example"});
    let emails = |value| Has("emails", value);
    let two = json!([{"value": "1@x.example", "primary": true}, {"value": "2@x.example", "primary": true}]);
    check(&[
        ("GE-21", add("emails", json!([new()])), emails(json!([work(), home(), new()]))),
        ("GE-22", add("emails", bare()), emails(json!([work(), home(), bare()]))),
        ("GE-23", add("emails", json!([home()])), Same),
        ("GE-23", add("emails", json!([work()])), Same),
        (
            "A-79",
            add("emails", json!([{"value": "a@h.example", "type": "other"}])),
            emails(json!([work(), home(), {"value": "a@h.example", "type": "other"}])),
        ),
        (
            "A-79",
            add("emails", json!([{"value": "a@h.example"}, {"value": "A@h.example", "type": "other"}])),
            emails(json!([work(), home(), {"value": "A@h.example", "type": "other"}])),
        ),
        ("G-20", add("emails", json!([{"value": "A@H.example", "type": "HOME"}])), Same),
        ("G-20", add("emails", json!([{"value": "a@h.example", "type": "home", "primary": false}])), Same),
        ("GE-25", add("emails", two.clone()), Refused("invalidValue")),
        ("GE-25", replace("emails", two), Refused("invalidValue")),
        ("GE-26", replace("emails", json!([{"value": "z@x.example"}])), emails(json!([{"value": "z@x.example"}]))),
        ("GE-27", replace("emails", json!([])), emails(Value::Null)),
        ("GE-27", remove("emails"), emails(Value::Null)),
        ("G-12", replace("emails", Value::Null), emails(Value::Null)),
        ("G-12", replace("emails", json!("")), emails(Value::Null)),
        ("G-12", add("emails", Value::Null), Same),
        ("A-71", add("emails", json!([null])), Refused("invalidValue")),
        ("A-79", replace("emails", json!([home(), home()])), emails(json!([home()]))),
        (
            "A-79",
            add("emails", json!([{"value": "a@h.example", "type": "home", "display": "H"}])),
            emails(json!([work(), {"value": "a@h.example", "type": "home", "display": "H"}])),
        ),
        (
            "G-14",
            add("emails", json!([{"value": "n@x.example", "primary": true}])),
            emails(json!([
                {"value": "a@w.example", "type": "work", "primary": false},
                home(),
                {"value": "n@x.example", "primary": true}
            ])),
        ),
        ("GE-73", all(vec![remove("emails"), add("emails", json!([bare()]))]), emails(json!([bare()]))),
        (
            "GE-74",
            all(vec![add("emails", json!([new()])), replace(r#"emails[type eq "other"].value"#, json!("m@x.example"))]),
            emails(json!([work(), home(), {"value": "m@x.example", "type": "other"}])),
        ),
    ]);
    let one = json!([{"value": "a@h.example"}]);
    check_modes(&[
        ("G-15", remove_value("emails", one), emails(json!([work()])), emails(Value::Null)),
        ("G-15", remove_value("emails", json!([])), Same, emails(Value::Null)),
        (
            "G-15",
            remove_value("emails", json!([{"value": "a@w.example"}])),
            emails(json!([home()])),
            emails(Value::Null),
        ),
        // G-20: an element goes if it says all of it; not to be primary is also said by silence.
        ("G-20", remove_value("emails", json!([home()])), emails(json!([work()])), emails(Value::Null)),
        (
            "G-20",
            remove_value("emails", json!([{"value": "a@h.example", "primary": false}])),
            emails(json!([work()])),
            emails(Value::Null),
        ),
        ("G-20", remove_value("emails", json!([{"value": "a@h.example", "primary": true}])), Same, emails(Value::Null)),
        (
            "G-20",
            remove_value("emails", json!([{"value": "a@w.example", "primary": false}])),
            Same,
            emails(Value::Null),
        ),
        ("G-20", remove_value("emails", json!([{"value": "a@h.example", "type": "work"}])), Same, emails(Value::Null)),
        ("G-20", remove_value("emails", json!([{"primary": true}])), emails(json!([home()])), emails(Value::Null)),
        (
            "A-88",
            add("roles", json!("r2")),
            Has("roles", json!([{"value": "r1"}, {"value": "r2"}])),
            Refused("invalidValue"),
        ),
    ]);
}

#[test]
fn selected_elements() {
    let emails = |value| Has("emails", value);
    check(&[
        ("GE-29", remove(r#"emails[type eq "other"]"#), Same),
        ("GE-30", remove("emails[type pr]"), emails(Value::Null)),
        (
            "GE-31",
            replace(r#"emails[type eq "work"].value"#, json!("new@w.example")),
            emails(json!([{"value": "new@w.example", "type": "work", "primary": true}, home()])),
        ),
        ("GE-35", add(r#"emails[type sw "x" or value co "zzz"].value"#, json!("x@x.example")), Refused("noTarget")),
        (
            "GE-37",
            replace(r#"emails[type eq "home"].primary"#, json!(true)),
            emails(json!([
                {"value": "a@w.example", "type": "work", "primary": false},
                {"value": "a@h.example", "type": "home", "primary": true}
            ])),
        ),
        ("G-14", replace("emails[value pr].primary", json!(true)), Refused("invalidValue")),
        (
            "G-4",
            all(vec![
                replace("emails[value pr].primary", json!(true)),
                replace(r#"emails[type eq "work"].primary"#, json!(false)),
            ]),
            Refused("invalidValue"),
        ),
        (
            "GE-38",
            replace("emails[value pr].type", json!("other")),
            emails(json!([
                {"value": "a@w.example", "type": "other", "primary": true},
                {"value": "a@h.example", "type": "other"}
            ])),
        ),
        (
            "GE-39",
            remove(r#"emails[type eq "work"].primary"#),
            emails(json!([{"value": "a@w.example", "type": "work"}, home()])),
        ),
        (
            "GE-42",
            add(r#"emails[type eq "home"].display"#, json!("x")),
            emails(json!([work(), {"value": "a@h.example", "type": "home", "display": "x"}])),
        ),
        ("GE-43", replace("emails[type eq ].value", json!("x")), Refused("invalidFilter")),
        (
            "K-14",
            replace(r#"emails[type eq "home"]"#, json!({"value": "b@h.example"})),
            emails(json!([work(), {"value": "b@h.example"}])),
        ),
        (
            "K-14",
            add(r#"emails[type eq "home"]"#, json!({"value": "b@h.example"})),
            emails(json!([work(), {"value": "b@h.example", "type": "home"}])),
        ),
        // Entra sends the value along; the element stays as long as something is left of it.
        (
            "G-8",
            remove_value(r#"emails[type eq "home"].value"#, json!("a@h.example")),
            emails(json!([work(), {"type": "home"}])),
        ),
        (
            "G-8",
            all(vec![remove("roles.value").lenient_only(), replace("title", json!("Dev"))]),
            Has("roles", Value::Null),
        ),
        ("G-12", replace(r#"emails[type eq "work"].display"#, Value::Null), Same),
        (
            "G-12",
            replace(r#"emails[type eq "work"].type"#, json!("")),
            emails(json!([{"value": "a@w.example", "primary": true}, home()])),
        ),
        ("G-12", replace(r#"emails[type eq "work"]"#, json!("")), emails(json!([home()]))),
        ("G-12", add(r#"emails[type eq "work"].type"#, Value::Null), Same),
    ]);
}

#[test]
fn elements_that_are_not_there() {
    let other = |rest: Value| {
        let mut list = vec![work(), home()];
        list.push(rest);
        Has("emails", Value::Array(list))
    };
    let new = json!({"type": "other", "value": "x@x.example"});
    let value = || json!("x@x.example");
    check_modes(&[
        ("GE-33", add(r#"emails[type eq "other"].value"#, value()), other(new.clone()), Refused("noTarget")),
        ("K-13", replace(r#"emails[type eq "other"].value"#, value()), other(new.clone()), Refused("noTarget")),
        (
            "K-13",
            replace(r#"emails[type eq "other"]"#, json!({"value": "x@x.example"})),
            other(new),
            Refused("noTarget"),
        ),
        (
            "K-13",
            add(r#"emails[type eq "other" and type eq "other"].value"#, value()),
            other(json!({"type": "other", "value": "x@x.example"})),
            Refused("noTarget"),
        ),
        (
            "K-13",
            add(r#"emails[type eq "other" and type eq "new"].value"#, value()),
            Refused("noTarget"),
            Refused("noTarget"),
        ),
        (
            "GE-34",
            add(r#"emails[type eq "other" and primary eq true].value"#, value()),
            Has(
                "emails",
                json!([
                    {"value": "a@w.example", "type": "work", "primary": false},
                    home(),
                    {"type": "other", "primary": true, "value": "x@x.example"}
                ]),
            ),
            Refused("noTarget"),
        ),
        (
            "K-41",
            replace(r#"roles[primary eq "True"].value"#, json!("Pilot")),
            Has("roles", json!([{"value": "r1"}, {"primary": true, "value": "Pilot"}])),
            Refused("invalidFilter"),
        ),
        (
            "K-41",
            add(r#"addresses[type eq "work"].country"#, json!("NO")),
            Has("addresses", json!([{"type": "work", "country": "NO"}])),
            Refused("noTarget"),
        ),
        ("K-13", replace(r#"emails[type eq "other"].value"#, Value::Null), Same, Refused("noTarget")),
        (
            "GE-41",
            replace("emails.type", json!("other")),
            Has(
                "emails",
                json!([
                    {"value": "a@w.example", "type": "other", "primary": true},
                    {"value": "a@h.example", "type": "other"}
                ]),
            ),
            Refused("invalidPath"),
        ),
        ("G-10", add("photos.type", json!("photo")), Refused("noTarget"), Refused("invalidPath")),
    ]);
}
