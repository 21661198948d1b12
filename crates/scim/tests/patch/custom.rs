//! PATCH by definitions that the core schemas do not have: immutable and required parts, lists of simple values.

use std::borrow::Cow;

use rollcall_scim::patch::{PATCH_URN, apply, parse};
use rollcall_scim::schema::{Attribute, Extension, Mutability, ResourceType, Schema, Type};
use rollcall_scim::{Resource, Tolerances, resource};
use serde_json::{Value, json};

const EXTENSION: &str = "urn:example:extension:2.0:Thing";

#[test]
fn definitions_rule() {
    let at = |op: &str, path: &str, value: Value| json!({"op": op, "path": path, "value": value});
    let remove = |path: &str| json!({"op": "remove", "path": path});
    // The attribute afterwards as it is in the resource, or the keyword of the refusal.
    let rows = [
        // Table A.10, immutable.
        ("A-66", at("add", "serial", json!("s1")), "serial", Ok(json!("s1"))),
        ("A-66", at("replace", "serial", json!("s2")), "serial", Err("mutability")),
        ("A-66", at("replace", "serial", Value::Null), "serial", Err("mutability")),
        ("A-66", remove("serial"), "serial", Err("mutability")),
        ("A-66", at("add", "batch", json!("b1")), "batch", Ok(json!("b1"))),
        ("A-66", remove("batch"), "batch", Ok(Value::Null)),
        ("A-66", at("replace", "maker.code", json!("c2")), "maker", Err("mutability")),
        (
            "A-66",
            at("replace", "maker", json!({"code": "c1", "name": "N"})),
            "maker",
            Ok(json!({"code": "c1", "name": "N"})),
        ),
        ("A-66", remove("maker"), "maker", Err("mutability")),
        // K-16: a required part of what is there.
        ("K-16", remove("owner.name"), "owner", Err("mutability")),
        ("K-16", at("replace", "owner.name", json!("")), "owner", Err("invalidValue")),
        ("K-16", remove("owner"), "owner", Ok(Value::Null)),
        ("K-16", remove(r#"parts[value eq "p1"].value"#), "parts", Err("mutability")),
        ("D-5", at("replace", r#"parts[value eq "p1"].code"#, json!("x")), "parts", Err("mutability")),
        ("G-11", at("add", "kit.codes", json!(["l", "K"])), "kit", Ok(json!({"codes": ["k", "l"], "name": "n"}))),
        ("G-11", at("replace", "kit.codes", json!(["l"])), "kit", Ok(json!({"codes": ["l"], "name": "n"}))),
        ("G-11", remove("kit.codes"), "kit", Ok(json!({"name": "n"}))),
        // G-11: lists of simple values.
        ("G-11", at("add", "tags", json!(["B", "c"])), "tags", Ok(json!(["a", "b", "c"]))),
        ("G-11", remove(r#"tags[value eq "A"]"#), "tags", Ok(json!(["b"]))),
        ("G-11", at("replace", r#"tags[value sw "a"]"#, json!("z")), "tags", Ok(json!(["z", "b"]))),
        ("G-11", remove("tags[value pr]"), "tags", Ok(Value::Null)),
        ("G-11", at("replace", "tags", json!(["x", "X"])), "tags", Ok(json!(["x"]))),
        ("G-10", remove(r#"tags[type eq "a"]"#), "tags", Err("invalidFilter")),
        ("G-10", remove("tags[value pr].value"), "tags", Err("invalidPath")),
        // A-60: a required extension.
        ("A-60", remove(EXTENSION), EXTENSION, Err("mutability")),
        ("A-60", remove(&format!(r#"schemas[value eq "{EXTENSION}"]"#)), EXTENSION, Err("mutability")),
        ("A-84", at("replace", "count", json!(1.5)), "count", Err("invalidValue")),
        (
            "A-84",
            at("replace", "count", json!(9_007_199_254_740_993_i64)),
            "count",
            Ok(json!(9_007_199_254_740_993_i64)),
        ),
        // Reading absent as active, clearing it could let somebody in again.
        ("G-12", remove("active"), "active", Err("mutability")),
        ("G-12", at("replace", "active", Value::Null), "active", Err("mutability")),
        ("G-12", at("replace", "active", json!("")), "active", Err("invalidValue")),
    ];
    for (id, operation, name, expected) in rows {
        for tolerances in [Tolerances::lenient(), Tolerances::strict()] {
            let body = json!({"schemas": [PATCH_URN], "Operations": [operation]});
            let operations = parse(body, &tolerances, 1).unwrap();
            let outcome = apply(&thing_type(), "t1", &thing(), &operations, &tolerances)
                .map(|patched| patched.resource.attributes().get(name).cloned().unwrap_or_default())
                .map_err(|error| error.scim_type().map_or("none", |it| it.as_str()));
            assert_eq!(outcome, expected, "{id} {operation}");
        }
    }
}

#[test]
fn long_lists_do_not_take_long() {
    // L-3: no list in a body makes the server compare each element with each.
    let tags: Vec<String> = (0..4_000).map(|number| format!("tag{number}")).collect();
    let places: Vec<Value> = (0..4_000)
        .map(|number| json!({"city": format!("{}", number % 64), "street": format!("{}", number / 64)}))
        .collect();
    let body = json!({"schemas": [PATCH_URN], "Operations": [
        {"op": "add", "path": "tags", "value": tags}, {"op": "add", "path": "tags", "value": tags},
        {"op": "add", "path": "places", "value": places}, {"op": "add", "path": "places", "value": places},
        {"op": "remove", "path": "tags", "value": tags}]});
    let operations = parse(body, &Tolerances::lenient(), 10).unwrap();
    let patched = apply(&thing_type(), "t1", &thing(), &operations, &Tolerances::lenient()).unwrap();
    assert_eq!(patched.resource.get("tags"), Some(&json!(["a", "b"])));
    assert_eq!(patched.resource.get("places").and_then(Value::as_array).map(Vec::len), Some(4_000));
}

fn thing_type() -> ResourceType {
    let text = |name: &'static str| Attribute::new(name, Type::String, name);
    let schema = |id: &'static str, attributes| Schema {
        id: id.into(),
        name: "Thing".into(),
        description: Cow::from(""),
        attributes,
    };
    let immutable = |attribute: Attribute| attribute.mutability(Mutability::Immutable);
    ResourceType {
        name: "Thing".into(),
        endpoint: "/Things".into(),
        description: "".into(),
        schema: schema(
            "urn:example:2.0:Thing",
            vec![
                immutable(text("serial")),
                immutable(text("batch")),
                Attribute::complex("maker", "maker", vec![immutable(text("code")), text("name")]),
                Attribute::complex("owner", "owner", vec![text("name").required(), text("phone")]),
                Attribute::complex("parts", "parts", vec![text("value").required(), immutable(text("code"))])
                    .multi_valued(),
                Attribute::complex("kit", "kit", vec![text("codes").multi_valued(), text("name")]),
                Attribute::complex("places", "places", vec![text("city"), text("street")]).multi_valued(),
                text("tags").multi_valued(),
                Attribute::new("count", Type::Integer, "count"),
                Attribute::new("active", Type::Boolean, "active"),
            ],
        ),
        extensions: vec![Extension { schema: schema(EXTENSION, vec![text("colour")]), required: true }],
    }
}

fn thing() -> Resource {
    let body = json!({"schemas": ["urn:example:2.0:Thing", EXTENSION], "serial": "s1", "maker": {"code": "c1"},
        "owner": {"name": "o", "phone": "1"}, "parts": [{"value": "p1", "code": "c"}], "tags": ["a", "b"], "count": 1,
        "kit": {"codes": ["k"], "name": "n"},
        EXTENSION: {"colour": "red"}});
    resource::create(&thing_type(), body, &Tolerances::strict()).unwrap()
}
