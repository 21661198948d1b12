//! PATCH of groups: members become changes, never part of the resource (GE-79 to GE-93, D-3 to D-5).

use rollcall_scim::member::{Member, MemberChange, MemberSelection, parse_members};
use rollcall_scim::patch::{PATCH_URN, apply, parse};
use rollcall_scim::{Catalog, Resource, ScimType, Tolerances, resource};
use serde_json::{Value, json};

use MemberChange::{Add, Remove, RemoveAll, Replace, ReplaceMatching};

/// The changes, or the keyword of the refusal.
type Outcome = Result<Vec<MemberChange>, ScimType>;

#[test]
fn members_of_a_group() {
    let p = |number: u8| Member { id: format!("p{number}"), kind: None };
    let ids = |ids: &[&str]| MemberSelection::Ids(ids.iter().map(|id| (*id).to_owned()).collect());
    let both = |outcome: Outcome| (outcome.clone(), outcome);
    let path = |op: &str, path: &str, value: Value| json!({"op": op, "path": path, "value": value});
    let rows: Vec<(&str, Value, (Outcome, Outcome))> = vec![
        ("GE-79", path("add", "members", json!([{"value": "p3"}])), both(Ok(vec![Add(vec![p(3)])]))),
        // GE-81, D-4: who `nope` is, the directory says.
        ("D-4", path("add", "members", json!([{"value": "p3"}, {"value": "p3"}])), both(Ok(vec![Add(vec![p(3)])]))),
        ("GE-82", json!({"op": "remove", "path": "members[value eq \"p1\"]"}), both(Ok(vec![Remove(ids(&["p1"]))]))),
        ("GE-83", json!({"op": "remove", "path": "members[value eq \"p3\"]"}), both(Ok(vec![Remove(ids(&["p3"]))]))),
        (
            "GE-82",
            json!({"op": "remove", "path": "members[value eq \"p1\" or value eq \"p2\"]"}),
            both(Ok(vec![Remove(ids(&["p1", "p2"]))])),
        ),
        (
            "GE-85",
            path("remove", "members", json!([{"value": "p1"}])),
            (Ok(vec![Remove(ids(&["p1"]))]), Ok(vec![RemoveAll])),
        ),
        (
            "GE-85",
            path("remove", "members", json!([{"$ref": null, "value": "p1"}])),
            (Ok(vec![Remove(ids(&["p1"]))]), Ok(vec![RemoveAll])),
        ),
        // An empty list names nobody, and must not empty the group.
        ("GE-85", path("remove", "members", json!([])), (Ok(vec![]), Ok(vec![RemoveAll]))),
        ("GE-85", json!({"op": "remove", "path": "members"}), both(Ok(vec![RemoveAll]))),
        ("GE-86", path("replace", "members", json!([{"value": "p3"}])), both(Ok(vec![Replace(vec![p(3)])]))),
        ("GE-87", path("replace", "members", json!([])), both(Ok(vec![RemoveAll]))),
        (
            "GE-89",
            path("replace", "members[value eq \"p9\"]", json!({"value": "p3"})),
            both(Ok(vec![ReplaceMatching { selection: ids(&["p9"]), with: vec![p(3)] }])),
        ),
        ("GE-90", json!({"op": "replace", "value": {"id": "gp", "displayName": "New"}}), both(Ok(vec![]))),
        (
            "GE-90",
            json!({"op": "replace", "value": {"members": [], "id": "gp", "displayName": "Dev"}}),
            both(Ok(vec![RemoveAll])),
        ),
        ("GE-91", json!({"op": "remove", "path": "displayName"}), both(Err(ScimType::Mutability))),
        (
            "GE-93",
            path("add", "members", json!({"$ref": "https://example.com/v2/Users/p3"})),
            both(Ok(vec![Add(vec![Member { id: "p3".to_owned(), kind: Some("User".to_owned()) }])])),
        ),
        ("D-5", path("replace", "members[value eq \"p1\"].value", json!("p3")), both(Err(ScimType::Mutability))),
        ("D-5", path("add", "members[value eq \"p9\"].value", json!("p9")), both(Err(ScimType::Mutability))),
        ("D-5", path("add", "members.display", json!("x")), both(Err(ScimType::Mutability))),
        ("K-13", path("add", "members[value eq \"p9\"]", json!({"value": "p9"})), both(Err(ScimType::Mutability))),
        ("G-8", json!({"op": "remove", "path": "members[foo eq \"p1\"]"}), both(Err(ScimType::InvalidFilter))),
        ("A-88", path("add", "members", json!("p3")), (Ok(vec![Add(vec![p(3)])]), Err(ScimType::InvalidValue))),
        (
            "D-3",
            path("add", "members", json!([{"value": "p1", "$ref": "../Users/p3"}])),
            both(Err(ScimType::InvalidValue)),
        ),
        ("D-3", path("add", "members", json!([{"display": "nobody"}])), both(Err(ScimType::InvalidValue))),
    ];
    for (id, operation, (lenient, strict)) in rows {
        for (tolerances, expected) in [(Tolerances::lenient(), lenient), (Tolerances::strict(), strict)] {
            let body = json!({"schemas": [PATCH_URN], "Operations": [operation]});
            let operations = parse(body, &tolerances, 1).unwrap();
            let outcome = apply(Catalog::rollcall().group(), "gp", &group(), &operations, &tolerances);
            let members = outcome.map(|patched| patched.members).map_err(|error| error.scim_type().unwrap());
            assert_eq!(members, expected, "{id} {operation}");
        }
    }
}

#[test]
fn a_filter_that_is_no_list_of_ids_stays_a_condition() {
    let body = json!({"schemas": [PATCH_URN], "Operations": [
        {"op": "remove", "path": "members[value eq \"p1\" and type eq \"User\"]"}]});
    let operations = parse(body, &Tolerances::strict(), 1).unwrap();
    let patched = apply(Catalog::rollcall().group(), "gp", &group(), &operations, &Tolerances::strict()).unwrap();
    let [Remove(MemberSelection::Matching(condition))] = patched.members.as_slice() else {
        panic!("GE-82: {:?}", patched.members);
    };
    // Only `value` names anybody, and only `eq` and `or` list names.
    for filter in
        [r#"type eq "p1""#, r#"value eq "p1" or type eq "User""#, r#"value ne "p1""#, r#"not (value eq "p1")"#]
    {
        let body =
            json!({"schemas": [PATCH_URN], "Operations": [{"op": "remove", "path": format!("members[{filter}]")}]});
        let operations = parse(body, &Tolerances::strict(), 1).unwrap();
        let patched = apply(Catalog::rollcall().group(), "gp", &group(), &operations, &Tolerances::strict()).unwrap();
        assert!(matches!(patched.members.as_slice(), [Remove(MemberSelection::Matching(_))]), "GE-82 {filter}");
    }
    let element = |value: Value| condition.matches(value.as_object().unwrap());
    assert!(element(json!({"value": "p1", "type": "user"})));
    assert!(!element(json!({"value": "p1", "type": "group"})));
    assert!(!patched.changed, "members are not part of the resource");
}

#[test]
fn members_are_selected_by_reference() {
    // E-5, A-53: `$ref` is a name inside brackets.
    let body = json!({"schemas": [PATCH_URN], "Operations": [
        {"op": "remove", "path": "members[$ref eq \"https://example.com/v2/Users/p1\"]"}]});
    let operations = parse(body, &Tolerances::strict(), 1).unwrap();
    let patched = apply(Catalog::rollcall().group(), "gp", &group(), &operations, &Tolerances::strict()).unwrap();
    let [Remove(MemberSelection::Matching(condition))] = patched.members.as_slice() else {
        panic!("E-5: {:?}", patched.members);
    };
    let element = |id: &str| json!({"value": id, "$ref": format!("https://example.com/v2/Users/{id}")});
    assert!(condition.matches(element("p1").as_object().unwrap()));
    assert!(!condition.matches(element("p2").as_object().unwrap()));
}

#[test]
fn many_members_do_not_take_long() {
    // D-4: compared each with each, these would take minutes.
    let members: Vec<Value> = (0..50_000).map(|number| json!({"value": format!("p{}", number % 40_000)})).collect();
    let members = parse_members(Value::Array(members), &Tolerances::strict()).unwrap();
    assert_eq!(members.len(), 40_000);
    assert_eq!(members.last().map(|member| member.id.as_str()), Some("p39999"));
}

#[test]
fn a_group_is_renamed_as_okta_does_it() {
    // GE-90, and GE-91 beside it: the name changes, it never goes.
    let body = json!({"schemas": [PATCH_URN], "Operations": [
        {"op": "replace", "value": {"id": "gp", "displayName": "New"}}]});
    let operations = parse(body, &Tolerances::strict(), 1).unwrap();
    let patched = apply(Catalog::rollcall().group(), "gp", &group(), &operations, &Tolerances::strict()).unwrap();
    assert_eq!(patched.resource.display_name(), Some("New"));
    assert!(patched.changed);
}

#[test]
fn members_as_clients_write_them() {
    // D-3, idp-behaviour rule 12.
    let user = Some("User".to_owned());
    let member = |id: &str, kind: &Option<String>| Member { id: id.to_owned(), kind: kind.clone() };
    let rows = [
        (json!([{"value": "a", "display": null, "$ref": null}]), Some(vec![member("a", &None)])),
        (json!([{"VALUE": "a", "Type": "user"}]), Some(vec![member("a", &user)])),
        (json!(["a", {"value": "a"}, "b"]), Some(vec![member("a", &None), member("b", &None)])),
        (json!([{"value": "a", "$ref": "https://x.example/scim/v2/Users/a"}]), Some(vec![member("a", &user)])),
        (json!([{"value": "a", "type": "Robot"}]), Some(vec![member("a", &None)])),
        (json!([{"value": "a", "colour": 5}]), Some(vec![member("a", &None)])),
        (json!({"value": "a"}), Some(vec![member("a", &None)])),
        (json!("a"), Some(vec![member("a", &None)])),
        (json!([{"value": "", "type": "", "$ref": "../Users/a"}]), Some(vec![member("a", &user)])),
        (json!([{"value": "a", "$ref": "../Robots/a"}]), Some(vec![member("a", &None)])),
        (json!([{"value": "a", "type": "User", "$ref": "../Groups/a"}]), Some(vec![member("a", &user)])),
        (json!(null), Some(vec![])),
        (json!([{"value": ""}]), None),
        (json!([{"value": 5}]), None),
        (json!([{"value": "a\u{0}"}]), None),
        (json!([{"value": "a", "display": 5}]), None),
        (json!([{"value": "a", "Type": ["User"]}]), None),
        (json!([{"$ref": {"a": "b"}}]), None),
        (json!([null]), None),
        (json!([["a"]]), None),
        (json!(5), None),
    ];
    for (value, expected) in rows {
        let members = parse_members(value.clone(), &Tolerances::lenient());
        match expected {
            Some(expected) => assert_eq!(members.unwrap(), expected, "D-3 {value}"),
            None => assert_eq!(members.unwrap_err().scim_type(), Some(ScimType::InvalidValue), "D-3 {value}"),
        }
    }
}

#[test]
fn members_as_the_rfc_writes_them() {
    // D-3, D-4: what strict mode accepts, or the keyword of its refusal.
    let member = |kind: &str| Member { id: "a".to_owned(), kind: Some(kind.to_owned()) };
    let rows = [
        (json!([{"value": "a", "type": "Group", "display": "A"}]), Ok(vec![member("Group")])),
        (json!([{"value": "a", "$ref": "https://x.example/scim/v2/Groups/a"}]), Ok(vec![member("Group")])),
        (json!([{"value": "a", "type": "user"}, {"value": "a"}]), Ok(vec![member("User")])),
        (json!([{"value": "a", "type": "Robot"}]), Err(ScimType::InvalidValue)),
        (json!([{"value": "a", "colour": 5}]), Err(ScimType::InvalidSyntax)),
        (json!({"value": "a"}), Err(ScimType::InvalidValue)),
        (json!(["a"]), Err(ScimType::InvalidValue)),
        (json!("a"), Err(ScimType::InvalidValue)),
        (json!([{"value": "a\u{7f}"}]), Err(ScimType::InvalidValue)),
    ];
    for (value, expected) in rows {
        let members = parse_members(value.clone(), &Tolerances::strict());
        assert_eq!(members.map_err(|error| error.scim_type().unwrap()), expected, "D-3 {value}");
    }
}

/// GP of the requirements, section G.4; its members are elsewhere.
fn group() -> Resource {
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Dev"});
    resource::create(Catalog::rollcall().group(), body, &Tolerances::strict()).unwrap()
}
