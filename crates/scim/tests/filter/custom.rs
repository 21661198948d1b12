//! Filters by definitions that the core schemas do not have: numbers, lists of simple values, what only looks primary.

use std::borrow::Cow;

use rollcall_scim::condition::resolve;
use rollcall_scim::filter::{Limits, parse};
use rollcall_scim::schema::{Attribute, ResourceType, Returned, Schema, Type};
use rollcall_scim::search_document::search_document;
use rollcall_scim::{Tolerances, resource};
use serde_json::{Map, Value, json};

#[test]
fn definitions_rule() {
    // Filter, and whether it finds the thing; `None` for `invalidFilter`.
    let rows = [
        // E-13, E-14: numbers compare as numbers.
        ("E-13", "count eq 10", Some(true)),
        ("E-13", "count gt 9", Some(true)),
        ("E-13", "count lt 9", Some(false)),
        ("E-13", "ratio ge 2.5e0", Some(true)),
        ("E-13", "ratio lt 2.5", Some(false)),
        ("E-13", "count co 1", None),
        ("E-22", r#"count eq "10""#, None),
        ("E-22", "label eq 10", None),
        ("E-22", "flag eq 1", None),
        ("E-13", r#"key eq "AQ""#, Some(true)),
        ("E-13", r#"key sw "A""#, None),
        // E-16: some value of the list.
        ("E-16", r#"tags eq "B""#, Some(true)),
        ("E-16", r#"tags ne "b""#, Some(false)),
        ("E-16", r#"tags[value sw "a" and value ew "c"]"#, Some(false)),
        ("E-16", "tags pr", Some(true)),
        ("E-16", "scores gt 6", Some(true)),
        ("E-16", "scores gt 7", Some(false)),
        ("E-16", "codes pr", Some(false)),
        // E-19: only `primary` of an element is false where it is not said.
        ("E-19", "flag eq false", Some(false)),
        ("E-19", "flag ne true", Some(true)),
        ("E-19", r#"marks[primary eq "no"]"#, Some(true)),
        ("E-19", r#"marks[primary eq "yes"]"#, Some(false)),
        // C-14, E-24: nothing tells what is never returned.
        ("C-14", "hidden pr", None),
        ("C-14", "box.secret pr", None),
        ("C-14", "box pr", Some(false)),
        ("C-14", "boxes pr", Some(false)),
        ("E-24", "boxes[secret pr]", None),
    ];
    for (id, filter, expected) in rows {
        for tolerances in [Tolerances::lenient(), Tolerances::strict()] {
            let parsed = parse(filter, &Limits::default(), &tolerances).unwrap();
            let found = resolve(&parsed, &thing_type(), &tolerances).ok().map(|it| it.matches(&thing()));
            assert_eq!(found, expected, "{id} {filter}");
        }
    }
}

fn thing_type() -> ResourceType {
    let text = |name: &'static str| Attribute::new(name, Type::String, name);
    let secret = || text("secret").returned(Returned::Never);
    let attributes = vec![
        text("label"),
        Attribute::new("count", Type::Integer, "count"),
        Attribute::new("ratio", Type::Decimal, "ratio"),
        Attribute::new("flag", Type::Boolean, "flag"),
        Attribute::new("key", Type::Binary, "key"),
        text("tags").multi_valued(),
        text("codes").multi_valued(),
        Attribute::new("scores", Type::Integer, "scores").multi_valued(),
        Attribute::complex("marks", "marks", vec![text("primary")]).multi_valued(),
        text("hidden").returned(Returned::Never),
        Attribute::complex("box", "box", vec![text("colour"), secret()]),
        Attribute::complex("boxes", "boxes", vec![text("colour"), secret()]).multi_valued(),
    ];
    ResourceType {
        name: "Thing".into(),
        endpoint: "/Things".into(),
        description: "".into(),
        schema: Schema {
            id: "urn:example:2.0:Thing".into(),
            name: "Thing".into(),
            description: Cow::from(""),
            attributes,
        },
        extensions: Vec::new(),
    }
}

fn thing() -> Map<String, Value> {
    let body = json!({"schemas": ["urn:example:2.0:Thing"], "label": "x", "count": 10, "ratio": 2.5, "key": "AQ==",
        "tags": ["a", "b", "c"], "scores": [5, 7], "marks": [{"primary": "no"}], "hidden": "h", "box": {"secret": "s"},
        "boxes": [{"secret": "s"}]});
    let thing = resource::create(&thing_type(), body, &Tolerances::strict()).unwrap();
    search_document(&thing_type(), &thing, "t1")
}
