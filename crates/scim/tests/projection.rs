//! Projections and representations (RFC 7644 §3.9, RFC 7643 §3 and §7).
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use proptest::prelude::*;
use rollcall_scim::projection::Projection;
use rollcall_scim::representation::{GroupReference, MemberReference, Meta, Representation, location, render};
use rollcall_scim::schema::{Attribute, Extension, ResourceType, Returned, Schema, Type};
use rollcall_scim::{Catalog, Resource, ScimType, Tolerances};
use serde_json::{Map, Value, json};

const BASE: &str = "https://example.com/scim/v2";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ROLLCALL: &str = "urn:ietf:params:scim:schemas:extension:rollcall:2.0:User";
const THING: &str = "urn:example:Thing";

const META: Meta = Meta { created: 0, last_modified: 1_500_000, version: 3 };

fn projection(attributes: &str, excluded: &str) -> Projection {
    Projection::from_parameters(Some(attributes), Some(excluded), &Tolerances::strict()).unwrap()
}

fn user() -> Resource {
    let document = json!({
        "userName": "ada",
        "externalId": "e1",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@example.com", "type": "work", "primary": true}, {"value": "a@example.com"}],
        ENTERPRISE: {"department": "Engines", "manager": {"value": "m 1", "$ref": "../Users/m"}},
    });
    Resource::from_document(&document.to_string()).unwrap()
}

fn rendered(projection: &Projection) -> Value {
    let catalog = Catalog::rollcall();
    let groups = [
        GroupReference { id: "g1".to_owned(), display: "Team".to_owned(), direct: true },
        GroupReference { id: "g2".to_owned(), display: "All".to_owned(), direct: false },
    ];
    let representation = Representation {
        resource_type: catalog.user(),
        resource: &user(),
        id: "u1",
        meta: META,
        groups: Some(&groups),
        members: None,
        manager_display_name: Some("Charles"),
        read_only: Map::from_iter([(ROLLCALL.to_owned(), json!({"managedBy": "scim"}))]),
    };
    render(&representation, projection, BASE)
}

/// The members of the answer for Ada without `schemas` and `id`, which are always there (F-28).
#[track_caller]
fn check(id: &str, attributes: &str, excluded: &str, expected: &Value) {
    let mut got = rendered(&projection(attributes, excluded));
    let members = got.as_object_mut().unwrap();
    let always = (members.shift_remove("schemas").is_some(), members.shift_remove("id"));
    assert_eq!(always, (true, Some(json!("u1"))), "A-61, A-72: {id}");
    assert_eq!(got, *expected, "{id}: attributes={attributes} excludedAttributes={excluded}");
}

/// The same, but only the names of the members.
#[track_caller]
fn check_names(id: &str, attributes: &str, excluded: &str, expected: &[&str]) {
    let got = rendered(&projection(attributes, excluded));
    let names: Vec<&str> = got.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, expected, "{id}: attributes={attributes} excludedAttributes={excluded}");
}

#[test]
fn a_representation_is_complete() {
    let expected = json!({
        "schemas": [USER, ENTERPRISE],
        "id": "u1",
        "userName": "ada",
        "externalId": "e1",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@example.com", "type": "work", "primary": true}, {"value": "a@example.com"}],
        ENTERPRISE: {
            "department": "Engines",
            "manager": {
                "value": "m 1", "$ref": "https://example.com/scim/v2/Users/m%201", "displayName": "Charles",
            },
        },
        "groups": [
            {"value": "g1", "$ref": "https://example.com/scim/v2/Groups/g1", "display": "Team", "type": "direct"},
            {"value": "g2", "$ref": "https://example.com/scim/v2/Groups/g2", "display": "All", "type": "indirect"},
        ],
        "meta": {
            "resourceType": "User",
            "created": "1970-01-01T00:00:00.000000Z",
            "lastModified": "1970-01-01T00:00:01.500000Z",
            "location": "https://example.com/scim/v2/Users/u1",
            "version": "W/\"3\"",
        },
    });
    let got = rendered(&Projection::all());
    assert_eq!(got, expected, "F-13, A-32, A-41, A-62, C-6, C-18, C-19, K-32");
    assert_eq!(got.as_object().unwrap().keys().next().map(String::as_str), Some("schemas"), "A-61");
}

#[test]
fn members_are_rendered_with_their_urls() {
    let catalog = Catalog::rollcall();
    let members = [
        MemberReference { id: "u1".to_owned(), kind: "User", display: Some("Ada".to_owned()) },
        MemberReference { id: "g2".to_owned(), kind: "Group", display: None },
    ];
    let resource = Resource::from_document("{\"displayName\":\"Team\"}").unwrap();
    let mut representation = Representation {
        resource_type: catalog.group(),
        resource: &resource,
        id: "g1",
        meta: META,
        groups: None,
        members: Some(&members),
        manager_display_name: None,
        read_only: Map::new(),
    };
    let got = render(&representation, &Projection::all(), &format!("{BASE}/"));
    let expected = json!([
        {"value": "u1", "$ref": "https://example.com/scim/v2/Users/u1", "display": "Ada", "type": "User"},
        {"value": "g2", "$ref": "https://example.com/scim/v2/Groups/g2", "type": "Group"},
    ]);
    assert_eq!(got["members"], expected, "D-2");
    assert_eq!(got["meta"]["location"], "https://example.com/scim/v2/Groups/g1", "A-16");
    representation.members = Some(&[]);
    assert_eq!(render(&representation, &Projection::all(), BASE).get("members"), None, "D-1, A-70");
    assert_eq!(location(BASE, catalog.group(), "../x?y"), "https://example.com/scim/v2/Groups/..%2Fx%3Fy", "A-16");
}

#[test]
fn named_attributes_only() {
    check("F-28", "userName", "", &json!({"userName": "ada"}));
    check("F-28", "id", "", &json!({}));
    check("F-33", " USERNAME , ,shoeSize,emails.colour", "", &json!({"userName": "ada"}));
    check("F-33", "shoeSize", "", &json!({}));
    check("F-33", "emails.display", "", &json!({}));
    check("F-32", "name.givenName", "", &json!({"name": {"givenName": "Ada"}}));
    check("F-32", "name.givenName,NAME", "", &json!({"name": {"givenName": "Ada", "familyName": "Lovelace"}}));
    check("F-32", "emails.type", "", &json!({"emails": [{"type": "work"}]}));
    check("F-32", "meta.version", "", &json!({"meta": {"version": "W/\"3\""}}));
    check("F-32", &format!("{USER}:userName"), "", &json!({"userName": "ada"}));
    check("F-32", &format!("{USER}:name.givenName"), "", &json!({"name": {"givenName": "Ada"}}));
    let department = json!({ENTERPRISE: {"department": "Engines"}});
    check("F-32", &format!("{ENTERPRISE}:department"), "", &department);
    check("F-32", &format!("{}:DEPARTMENT", ENTERPRISE.to_uppercase()), "", &department);
    check(
        "F-32",
        &format!("{ENTERPRISE}:manager.displayName"),
        "",
        &json!({ENTERPRISE: {"manager": {"displayName": "Charles"}}}),
    );
    check_names("F-32", ENTERPRISE, "", &["schemas", "id", ENTERPRISE]);
    check_names("K-22", USER, "", &["schemas", "id", "userName", "name", "emails", "groups"]);
    check("K-23", "department", "", &json!({}));
    check("C-10", "password", "", &json!({}));
}

#[test]
fn excluded_attributes_are_left_out() {
    let all = ["schemas", "id", "userName", "externalId", "name", "emails", ENTERPRISE, "groups", "meta"];
    let without = |left_out: &str| all.into_iter().filter(|name| *name != left_out).collect::<Vec<_>>();
    check_names("F-33", "", "", &all);
    check_names("F-33", "", " , ", &all);
    check_names("F-33", "", "shoeSize", &all);
    check_names("F-29", "", "id,schemas", &all);
    check_names("A-61", "", "schemas", &all);
    check_names("F-29", "", "userName", &without("userName"));
    check_names("F-29", "", "GROUPS", &without("groups"));
    check_names("F-32", "", ENTERPRISE, &without(ENTERPRISE));
    check_names("F-32", "", &format!("{ENTERPRISE}:department,{ENTERPRISE}:manager"), &without(ENTERPRISE));
    let excluded = "name.familyName,emails.value,emails.primary,groups,meta,externalId,userName";
    let expected = json!({"name": {"givenName": "Ada"}, "emails": [{"type": "work"}]});
    check("F-32", "", &format!("{excluded},{ENTERPRISE}"), &expected);
    check_names("F-33", "", "name.familyName,name.givenName", &without("name"));
}

#[test]
fn what_is_returned_on_request_must_be_named() {
    let managed = json!({ROLLCALL: {"managedBy": "scim"}});
    check("F-34", &format!("{ROLLCALL}:managedBy"), "", &managed);
    check("F-34", ROLLCALL, "", &json!({}));
    let got = rendered(&projection(&format!("{ROLLCALL}:managedBy"), ""));
    assert_eq!(got["schemas"], json!([USER, ENTERPRISE, ROLLCALL]), "A-59");
    let sent = Projection::all().with_sent(vec![format!("{ROLLCALL}:managedBy")]);
    assert_eq!(rendered(&sent)[ROLLCALL], managed[ROLLCALL], "A-72");
    let sent = projection("userName", "").with_sent(vec![format!("{ROLLCALL}:managedBy")]);
    assert_eq!(rendered(&sent).get(ROLLCALL), None, "A-72");
}

#[test]
fn both_lists_exclude_each_other() {
    let both = |tolerances: &Tolerances| Projection::from_parameters(Some("userName"), Some("name"), tolerances);
    assert_eq!(both(&Tolerances::strict()).unwrap_err().scim_type(), Some(ScimType::InvalidValue), "F-31, K-29");
    assert_eq!(both(&Tolerances::lenient()).unwrap(), projection("userName", ""), "F-31");
    assert!(Projection::from_parameters(Some("userName"), Some(" "), &Tolerances::strict()).is_ok(), "F-33");
    let lists = Projection::from_lists(Some(vec!["userName".to_owned()]), Some(vec![]), &Tolerances::strict());
    assert_eq!(lists.unwrap(), projection("userName", ""), "F-30");
    assert!(projection("", "").is_all() && !projection("x", "").is_all() && !projection("", "x").is_all(), "F-33");
}

#[test]
fn what_is_not_shown_need_not_be_loaded() {
    let catalog = Catalog::rollcall();
    for (id, attributes, excluded, wanted) in [
        ("D-11", "", "", true),
        ("D-11", "", "members", false),
        ("D-11", "", "MEMBERS,displayName", false),
        ("D-11", "", "urn:ietf:params:scim:schemas:core:2.0:Group:members", false),
        ("D-11", "", "members.display", true),
        ("D-11", "displayName", "", false),
        ("D-11", "members.value", "", true),
        ("D-11", "urn:ietf:params:scim:schemas:core:2.0:Group", "", true),
    ] {
        let got = projection(attributes, excluded).wants(catalog.group(), "members");
        assert_eq!(got, wanted, "{id}: attributes={attributes} excludedAttributes={excluded}");
    }
    let managed = format!("{ROLLCALL}:managedBy");
    assert!(!Projection::all().wants(catalog.user(), &managed), "A-72");
    assert!(projection(&managed, "").wants(catalog.user(), &managed), "F-34");
    assert!(projection(&managed, "").wants(catalog.user(), ROLLCALL), "F-34");
    assert!(!projection("userName", "").wants(catalog.user(), "meta"), "F-28");
    assert!(projection("userName", "").wants(catalog.user(), "id"), "A-72");
    assert!(!projection("password", "").wants(catalog.user(), "password"), "C-10");
}

const NAMES: [&str; 4] = ["always", "never", "default", "request"];

fn with_every_returned(build: impl Fn(&'static str) -> Attribute) -> Vec<Attribute> {
    let returned = [Returned::Always, Returned::Never, Returned::Default, Returned::Request];
    NAMES.into_iter().zip(returned).map(|(name, returned)| build(name).returned(returned)).collect()
}

/// A type in which everything may be returned in every way, on each level.
fn thing() -> ResourceType {
    let simple = |name| Attribute::new(name, Type::String, "");
    let complex = |name| Attribute::complex(name, "", with_every_returned(simple)).multi_valued();
    let schema = |id: &'static str| Schema {
        id: id.into(),
        name: "Thing".into(),
        description: "".into(),
        attributes: with_every_returned(complex),
    };
    ResourceType {
        name: "Thing".into(),
        endpoint: "/Things".into(),
        description: "".into(),
        schema: schema(THING),
        extensions: vec![Extension { schema: schema("urn:example:More"), required: false }],
    }
}

fn whole_thing() -> Value {
    let element: Map<String, Value> = NAMES.into_iter().map(|name| (name.to_owned(), json!("x"))).collect();
    let attributes: Map<String, Value> = NAMES.into_iter().map(|name| (name.to_owned(), json!([element]))).collect();
    let mut thing = attributes.clone();
    thing.insert("schemas".to_owned(), json!([THING]));
    thing.insert("id".to_owned(), json!("t"));
    thing.insert("urn:example:More".to_owned(), Value::Object(attributes));
    Value::Object(thing)
}

fn names() -> impl Strategy<Value = Vec<String>> {
    let prefix = prop::sample::select(vec!["", "urn:example:Thing:", "urn:example:More:"]);
    let name = prop::sample::select(NAMES.to_vec());
    let sub = prop::option::of(prop::sample::select(NAMES.to_vec()));
    let path = (prefix, name, sub).prop_map(|(prefix, name, sub)| match sub {
        Some(sub) => format!("{prefix}{name}.{sub}"),
        None => format!("{prefix}{name}"),
    });
    let urn = prop::sample::select(vec![THING.to_owned(), "urn:example:More".to_owned(), "schemas".to_owned()]);
    prop::collection::vec(prop_oneof![4 => path, 1 => urn], 0..6)
}

/// Every attribute that is always returned is there with its like, and none that is never returned.
fn holds(attributes: &Value) -> bool {
    let members = attributes.as_object().unwrap();
    let elements = members.iter().filter(|(name, _)| NAMES.contains(&name.as_str())).map(|(_, list)| &list[0]);
    let complete = |element: &Value| element.get("always").is_some() && element.get("never").is_none();
    members.contains_key("always") && !members.contains_key("never") && elements.into_iter().all(complete)
}

proptest! {
    /// A-72, F-29, F-34
    #[test]
    fn always_stays_and_never_stays_out(only in names(), without in names(), sent in names()) {
        let kind = thing();
        let lenient = Tolerances::lenient();
        for (attributes, excluded) in [(Some(only), None), (None, Some(without)), (None, None)] {
            let projection = Projection::from_lists(attributes, excluded, &lenient).unwrap().with_sent(sent.clone());
            let shown = projection.apply(&kind, whole_thing());
            prop_assert!(shown.get("schemas").is_some() && shown.get("id").is_some());
            prop_assert!(holds(&shown), "{:?}: {}", projection, shown);
            prop_assert!(holds(&shown["urn:example:More"]), "{:?}: {}", projection, shown);
            for name in NAMES {
                prop_assert_eq!(projection.wants(&kind, name), shown.get(name).is_some());
            }
        }
    }

    /// F-34: what is only returned on request is there if and only if it is named.
    #[test]
    fn requested_means_named(only in names()) {
        let named = only.iter().any(|name| {
            let name = name.strip_prefix("urn:example:Thing:").unwrap_or(name);
            name == "request" || name.strip_prefix("request.").is_some_and(|sub| sub != "never")
        });
        let projection = Projection::from_lists(Some(only), None, &Tolerances::strict()).unwrap();
        let shown = projection.apply(&thing(), whole_thing());
        prop_assert_eq!(shown.get("request").is_some(), named);
    }
}
