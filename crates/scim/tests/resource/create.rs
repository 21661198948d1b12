//! POST bodies (A.8 to A.11, C, D): what is stored, and what is refused.

use rollcall_scim::{
    Tolerance, resource,
    schema::{Attribute, Type},
};
use serde_json::{Value, json};

use crate::support::{
    ENT, Expect, ROLLCALL, USER, check, create_user, device_body, device_type, fails, group_type, lenient, strict,
    user_body, user_type, without,
};

/// Rows of (ids and words, members beside `userName` and `schemas`, what of them is stored).
fn check_users(rows: Vec<(&str, Value, Value)>) {
    for (context, members, stored) in rows {
        let mut expected = json!({"userName": "alice", "active": true});
        crate::support::merge(&mut expected, &stored);
        check(context, resource::create(&user_type(), user_body(&members), &lenient()), &Expect::Stored(expected));
    }
}

#[test]
fn what_was_pushed_is_stored_in_canonical_spelling() {
    check_users(vec![
        (
            "A-52 names in any case",
            json!({"DISPLAYNAME": "A", "Name": {"GIVENNAME": "B"}}),
            json!({"displayName": "A", "name": {"givenName": "B"}}),
        ),
        (
            "A-76, C-4 values keep their case and spelling",
            json!({"emails": [{"value": "Al@EXAMPLE.com", "type": "WORK"}], "phoneNumbers": [{"value": "+1 (555) 01"}]}),
            json!({"emails": [{"value": "Al@EXAMPLE.com", "type": "WORK"}], "phoneNumbers": [{"value": "+1 (555) 01"}]}),
        ),
        (
            "A-70 null, [] and {} are nothing",
            json!({"title": null, "roles": [], "name": {}, "emails": [{}], "nickName": [], "addresses": {}}),
            json!({}),
        ),
        (
            "A-70 a null sub-attribute is nothing",
            json!({"name": {"givenName": null, "familyName": "B"}}),
            json!({"name": {"familyName": "B"}}),
        ),
        ("A-81 as long as may be", json!({"title": "x".repeat(16_384)}), json!({"title": "x".repeat(16_384)})),
        (
            "A-81 characters count, not bytes",
            json!({"title": "\u{e9}".repeat(16_384)}),
            json!({"title": "\u{e9}".repeat(16_384)}),
        ),
        (
            "A-87 a photo stays where it is",
            json!({"photos": [{"value": "https://x.example/p/1.png?s=1", "type": "photo"}]}),
            json!({"photos": [{"value": "https://x.example/p/1.png?s=1", "type": "photo"}]}),
        ),
        ("A-70 an empty list is no extension either", json!({ENT: []}), json!({})),
        ("K-24 an empty string is a value", json!({"title": ""}), json!({"title": ""})),
        (
            "A-66, A-29, C-6 readOnly attributes are ignored",
            json!({"id": "x", "meta": {"version": 3}, "groups": "any"}),
            json!({}),
        ),
        (
            "C-18 nested ones, too",
            json!({ENT: {"manager": {"value": "m", "displayName": "Boss"}}}),
            json!({ENT: {"manager": {"value": "m"}}}),
        ),
        (
            "A-66 ours, too",
            json!({ROLLCALL: {"team": "x", "managedBy": "y", "lastSignIn": "never"}}),
            json!({ROLLCALL: {"team": "x"}}),
        ),
        (
            "A-90, K-10 unknown attributes are dropped",
            json!({"shoeSize": 3, "name": {"nick": "x", "givenName": "B"}}),
            json!({"name": {"givenName": "B"}}),
        ),
        (
            "A-55, C-17 an extension under its URN in any case",
            json!({ENT.to_uppercase(): {"DEPARTMENT": "Sales"}}),
            json!({ENT: {"department": "Sales"}}),
        ),
        ("A-55 an extension attribute outside is unknown", json!({"department": "Sales"}), json!({})),
    ]);
}

#[test]
fn other_shapes_become_the_canonical_one() {
    check_users(vec![
        (
            "A-82 booleans as strings",
            json!({"active": "False", "emails": [{"value": "a", "primary": "TRUE"}]}),
            json!({"active": false, "emails": [{"value": "a", "primary": true}]}),
        ),
        ("C-8 inactive from the start", json!({"active": false}), json!({"active": false})),
        (
            "C-9 the formatted name is not touched",
            json!({"name": {"formatted": "X", "givenName": "B"}}),
            json!({"name": {"formatted": "X", "givenName": "B"}}),
        ),
        ("A-88 one object for a list", json!({"emails": {"value": "a"}}), json!({"emails": [{"value": "a"}]})),
        (
            "A-88 bare strings for objects",
            json!({"emails": ["a"], "roles": "r"}),
            json!({"emails": [{"value": "a"}], "roles": [{"value": "r"}]}),
        ),
        ("C-19 manager as a string", json!({ENT: {"manager": "m1"}}), json!({ENT: {"manager": {"value": "m1"}}})),
        (
            "C-19 manager as a list of one",
            json!({ENT: {"manager": [{"value": "m1"}]}}),
            json!({ENT: {"manager": {"value": "m1"}}}),
        ),
        (
            "C-19 manager as a list of one string",
            json!({ENT: {"manager": ["m1"]}}),
            json!({ENT: {"manager": {"value": "m1"}}}),
        ),
        (
            "C-19 manager by reference only",
            json!({ENT: {"manager": {"$ref": "../Users/m1"}}}),
            json!({ENT: {"manager": {"value": "m1"}}}),
        ),
        (
            "C-19 the reference is derived",
            json!({ENT: {"manager": {"value": "m1", "$ref": "https://x/v2/Users/m1?a"}}}),
            json!({ENT: {"manager": {"value": "m1"}}}),
        ),
        (
            "C-19 the value wins",
            json!({ENT: {"manager": {"$REF": "a b", "value": "m1"}}}),
            json!({ENT: {"manager": {"value": "m1"}}}),
        ),
        ("C-19 nobody", json!({ENT: {"manager": "", "division": "D"}}), json!({ENT: {"division": "D"}})),
        ("C-19 nobody in an object", json!({ENT: {"manager": {"value": "", "$ref": ""}}}), json!({})),
    ]);
}

#[test]
fn duplicates_collapse_and_dialects_are_kept() {
    check_users(vec![
        (
            "A-79 one element per type and value",
            json!({"emails": [{"value": "a@x", "type": "work"}, {"value": "b@x"}, {"value": "A@X", "type": "Work", "primary": true, "display": "A"}]}),
            json!({"emails": [{"value": "a@x", "type": "work", "primary": true, "display": "A"}, {"value": "b@x"}]}),
        ),
        (
            "A-79 the same value of another type stays",
            json!({"emails": [{"value": "a", "type": "work"}, {"value": "a", "type": "home"}]}),
            json!({"emails": [{"value": "a", "type": "work"}, {"value": "a", "type": "home"}]}),
        ),
        (
            "A-79 primary if either was",
            json!({"emails": [{"value": "a", "primary": true}, {"value": "a", "primary": false}]}),
            json!({"emails": [{"value": "a", "primary": true}]}),
        ),
        (
            "A-79 primary if either was, the other way round",
            json!({"emails": [{"value": "a", "primary": false}, {"value": "a", "primary": true}]}),
            json!({"emails": [{"value": "a", "primary": true}]}),
        ),
        (
            "A-79 addresses have no value",
            json!({"addresses": [{"region": "A", "type": "work"}, {"type": "work", "region": "A"}, {"region": "B", "type": "work"}]}),
            json!({"addresses": [{"region": "A", "type": "work"}, {"region": "B", "type": "work"}]}),
        ),
        (
            "C-3 a country that is no code",
            json!({"addresses": [{"country": "USA"}]}),
            json!({"addresses": [{"country": "USA"}]}),
        ),
        (
            "A-77 another type",
            json!({"emails": [{"value": "a", "type": "beach"}]}),
            json!({"emails": [{"value": "a", "type": "beach"}]}),
        ),
        ("C-13 a password is dropped", json!({"password": "t1meMa$heen"}), json!({})),
        ("A-64 externalId is the client's", json!({"externalId": "Ab"}), json!({"externalId": "Ab"})),
        (
            "A-81 lines in a street",
            json!({"addresses": [{"streetAddress": "1 Main\r\nRoom\t2", "formatted": "a\nb"}]}),
            json!({"addresses": [{"streetAddress": "1 Main\r\nRoom\t2", "formatted": "a\nb"}]}),
        ),
    ]);
}

#[test]
fn what_is_wrong_is_refused_whatever_is_tolerated() {
    let rows = [
        ("C-1, A-67", json!({"userName": null}), "invalidValue"),
        ("C-1", json!({"userName": ""}), "invalidValue"),
        ("C-1 white space only", json!({"userName": " \u{a0} "}), "invalidValue"),
        ("C-1, A-81 a number", json!({"userName": 5}), "invalidValue"),
        ("A-81", json!({"displayName": true}), "invalidValue"),
        ("A-81", json!({"displayName": {"value": "x"}}), "invalidValue"),
        ("A-81, A-91 control characters", json!({"displayName": "a\u{0}b"}), "invalidValue"),
        ("A-81 a line break in a name", json!({"name": {"formatted": "a\nb"}}), "invalidValue"),
        ("A-81 too long", json!({"displayName": "\u{e9}".repeat(16_385)}), "invalidValue"),
        ("A-81 too long in bytes, too", json!({"displayName": "x".repeat(16_385)}), "invalidValue"),
        ("A-81 control characters in a locality", json!({"addresses": [{"locality": "a\tb"}]}), "invalidValue"),
        ("A-82", json!({"active": 1}), "invalidValue"),
        ("A-82", json!({"active": "yes"}), "invalidValue"),
        ("A-71", json!({"emails": [null]}), "invalidValue"),
        ("A-71 a list in a list", json!({"emails": [[{"value": "a"}]]}), "invalidValue"),
        ("A-88 a list for one value", json!({"displayName": ["a", "b"]}), "invalidValue"),
        ("A-88 a list with null for one value", json!({"displayName": [null]}), "invalidValue"),
        ("A-88 a string for a name", json!({"name": "Alice"}), "invalidValue"),
        ("A-88 a string for an address", json!({"addresses": ["1 Main"]}), "invalidValue"),
        ("A-88 a number in a list", json!({"emails": [5]}), "invalidValue"),
        (
            "A-80, K-33",
            json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": "true"}]}),
            "invalidValue",
        ),
        ("A-87 a space in a URI", json!({"profileUrl": "https://x/a b"}), "invalidValue"),
        ("A-87 markup in a URI", json!({"photos": [{"value": "<img>"}]}), "invalidValue"),
        ("A-87 manager is no group", json!({ENT: {"manager": {"$ref": "https://x/v2/Groups/g1"}}}), "invalidValue"),
        (
            "A-87 a reference of another type of value",
            json!({ENT: {"manager": {"value": "m1", "$ref": 5}}}),
            "invalidValue",
        ),
        ("A-55 a container that is none", json!({ENT: "Sales"}), "invalidValue"),
        ("A-55 a list that is no container", json!({ENT: [{"division": "D"}]}), "invalidValue"),
        ("A-86, C-5 not base64", json!({"x509Certificates": [{"value": "*"}]}), "invalidValue"),
        ("A-9 one name twice", json!({"USERNAME": "bob"}), "invalidSyntax"),
        ("A-9 one sub-attribute twice", json!({"name": {"givenName": "a", "GIVENNAME": "b"}}), "invalidSyntax"),
        ("A-9 schemas twice", json!({"Schemas": [USER]}), "invalidSyntax"),
    ];
    for (context, members, keyword) in rows {
        let outcome = resource::create(&user_type(), user_body(&members), &lenient());
        check(&format!("{context}: {members}"), outcome, &fails(keyword));
    }
    for body in [json!([]), json!("x"), json!(null), json!(1)] {
        check("a body that is no object", resource::create(&user_type(), body, &lenient()), &fails("invalidSyntax"));
    }
}

#[test]
fn a_refusal_names_what_was_found() {
    let rows = [
        ("A-71", json!({"emails": [null]}), "an element of `emails` is null"),
        ("A-71", json!({"emails": [[]]}), "an element of `emails` is an array"),
        ("A-88", json!({"displayName": [null]}), "`displayName` is an array; expected one value"),
        ("A-88", json!({"displayName": [["a"]]}), "`displayName` is an array; expected one value"),
        ("A-82", json!({"active": 1}), "`active` is a number"),
        ("A-81", json!({"title": true}), "`title` is a boolean"),
        ("A-81", json!({"title": "a\u{85}b"}), "U+0085"),
        ("A-9", json!({"USERNAME": "bob"}), "`userName` is there twice"),
    ];
    for (context, members, sentence) in rows {
        let error = resource::create(&user_type(), user_body(&members), &lenient()).expect_err(context);
        assert!(error.detail().contains(sentence), "{context}: {error}");
    }
}

#[test]
fn canonical_values_may_be_exact() {
    // A-77: suggested values are compared as the attribute is.
    let mut kind = device_type();
    let grade = |name: &'static str| Attribute::new(name, Type::String, "A grade.").canonical(&["A", "B"]);
    kind.schema.attributes.extend([grade("grade").case_exact(), grade("class")]);
    for (name, value, fits) in [
        ("grade", "A", true),
        ("grade", "a", false),
        ("grade", "", true),
        ("grade", "C", false),
        ("class", "b", true),
        ("class", "c", false),
    ] {
        let body = device_body(&json!({name: value}));
        assert_eq!(resource::create(&kind, body.clone(), &strict()).is_ok(), fits, "A-77 {name} {value}");
        resource::create(&kind, body, &lenient()).expect("a suggestion");
    }
}

#[test]
fn each_tolerance_can_be_refused() {
    // K-47: the same row passes leniently, and fails strictly or with just its own switch off.
    let rows = [
        (Tolerance::BooleanAsString, json!({"active": "True"}), "invalidValue"),
        (Tolerance::ObjectForArray, json!({"emails": {"value": "a"}}), "invalidValue"),
        (Tolerance::ObjectForArray, json!({"displayName": ["a"]}), "invalidValue"),
        (Tolerance::BareStringForComplex, json!({"emails": ["a"]}), "invalidValue"),
        (Tolerance::BareStringForComplex, json!({"schemas": [USER, ENT], ENT: {"manager": "m"}}), "invalidValue"),
        (Tolerance::UnknownAttribute, json!({"shoeSize": 3}), "invalidSyntax"),
        (Tolerance::UnknownAttribute, json!({"name": {"nick": "x"}}), "invalidSyntax"),
        (Tolerance::UnknownSchema, json!({"urn:x:custom": {"a": 1}}), "invalidSyntax"),
        (Tolerance::UnknownSchema, json!({"schemas": [USER, "http://example.com/ADSCIM"]}), "invalidSyntax"),
        (Tolerance::DuplicateSchema, json!({"schemas": [USER, USER.to_uppercase()]}), "invalidSyntax"),
        (Tolerance::MissingSchemas, json!({"schemas": null}), "invalidSyntax"),
        (Tolerance::ExtensionNotListed, json!({ENT: {"division": "D"}}), "invalidSyntax"),
        (Tolerance::CountryCode, json!({"addresses": [{"country": "USA"}]}), "invalidValue"),
        (Tolerance::CanonicalValue, json!({"emails": [{"value": "a", "type": "beach"}]}), "invalidValue"),
        (Tolerance::PasswordIgnored, json!({"password": "x"}), "mutability"),
    ];
    for (tolerance, members, keyword) in rows {
        let context = format!("{tolerance:?}: {members}");
        let lenient = lenient();
        resource::create(&user_type(), user_body(&members), &lenient).expect(&context);
        assert_eq!(lenient.used(), [tolerance], "{context}");
        for tolerances in [strict(), without(tolerance)] {
            check(&context, resource::create(&user_type(), user_body(&members), &tolerances), &fails(keyword));
        }
    }
}

#[test]
fn a_clean_body_needs_no_tolerance() {
    let body = user_body(&json!({
        "schemas": [USER, ENT], "externalId": "e", "active": true, "profileUrl": "https://example.com/a",
        "name": {"givenName": "A"}, "emails": [{"value": "a@example.com", "type": "work", "primary": true}],
        "addresses": [{"country": "US", "type": "home"}], "password": null, "title": null,
        ENT: {"manager": {"value": "m", "$ref": "../Users/m"}},
    }));
    resource::create(&user_type(), body, &strict()).expect("a strictly valid user");
}

#[test]
fn groups_need_a_name_and_no_members() {
    let kind = group_type();
    let create = |members: Value| resource::create(&kind, members, &lenient());
    check("D-1", create(json!({"members": []})), &fails("invalidValue"));
    check("D-1", create(json!({"displayName": " "})), &fails("invalidValue"));
    check(
        "D-1, D-12",
        create(json!({"displayName": "G", "externalId": "x"})),
        &Expect::Stored(json!({"displayName": "G", "externalId": "x"})),
    );

    let members = json!([{"value": "u1", "display": null, "$ref": null}, "u2", {"value": "u1"}]);
    let mut group = create(json!({"displayName": "G", "members": members})).expect("a group");
    assert_eq!(group.take_members(), Some(vec![json!({"value": "u1"}), json!({"value": "u2"})]), "D-4");
    assert_eq!(group.take_members(), None);
    assert_eq!(group.to_document(), r#"{"displayName":"G"}"#);

    let mut one = create(json!({"displayName": "G", "members": {"$ref": "https://x/Users/u1"}})).expect("a group");
    assert_eq!(
        one.take_members(),
        Some(vec![json!({"$ref": "https://x/Users/u1"})]),
        "D-3: the member's own rules apply"
    );
}

#[test]
fn a_resource_type_of_ones_own_follows_the_same_rules() {
    // B-18, A-60, A-67.
    let kind = device_type();
    let create = |members: &Value| resource::create(&kind, device_body(members), &lenient());
    let stored = |members: Value| {
        let mut expected = json!({"serial": "S1", crate::support::WARRANTY: {"until": "2030"}});
        crate::support::merge(&mut expected, &members);
        Expect::Stored(expected)
    };
    check("readOnly and no default for `on`", create(&json!({"state": "x"})), &stored(json!({})));
    check("writeOnly is stored", create(&json!({"pin": "1"})), &stored(json!({"pin": "1"})));
    check("lists of texts", create(&json!({"tags": ["a", "A", "b"]})), &stored(json!({"tags": ["a", "b"]})));
    check("A-88 one text for a list", create(&json!({"tags": "a"})), &stored(json!({"tags": ["a"]})));
    check("A-60", create(&json!({crate::support::WARRANTY: {}})), &fails("invalidValue"));
    check("A-67", create(&json!({"owner": {"value": "x"}})), &fails("invalidValue"));
    check("A-67", create(&json!({"owner": {"since": "x"}})), &stored(json!({"owner": {"since": "x"}})));
    check("A-67", create(&json!({"serial": ""})), &fails("invalidValue"));
}

#[test]
fn accessors_read_what_was_stored() {
    let user = create_user(&json!({"displayName": "A", "externalId": "", ENT: {"division": "D"}}));
    assert_eq!((user.user_name(), user.display_name(), user.external_id()), (Some("alice"), Some("A"), None));
    assert!(user.active());
    assert_eq!(user.extension(&ENT.to_uppercase()).and_then(|ext| ext.get("division")), Some(&json!("D")));
    assert_eq!(user.schemas(&user_type()), [USER, ENT]);
    let other = create_user(&json!({"active": false, "externalId": "e"}));
    assert_eq!((other.active(), other.external_id(), other.display_name()), (false, Some("e"), None));
    assert_eq!((other.extension(ENT), other.schemas(&user_type())), (None, vec![USER.to_owned()]));
    let again = rollcall_scim::Resource::from_document(&user.to_document()).expect("its own document");
    assert_eq!(again, user);
    assert_eq!(rollcall_scim::Resource::from_document("[1]").expect_err("no object").status(), 500);
}
