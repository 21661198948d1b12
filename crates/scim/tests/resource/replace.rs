//! PUT (A-68, A-69, A.10): what a body clears, keeps and may not change.

use rollcall_scim::{
    Resource, resource,
    schema::{Attribute, Mutability, Returned, Type},
};
use serde_json::{Value, json};

use crate::support::{
    ENT, Expect, USER, WARRANTY, check, create_user, device_body, device_type, fails, group_type, lenient, merge,
    rendered, strict, user_body, user_type,
};

fn stored_user() -> Resource {
    create_user(&json!({
        "externalId": "e1", "title": "Boss", "active": false, "emails": [{"value": "a@x", "primary": true}],
        ENT: {"division": "D", "manager": {"value": "m1"}},
    }))
}

fn device(members: &Value) -> Resource {
    resource::create(&device_type(), device_body(members), &lenient()).expect("a device")
}

#[test]
fn what_is_left_out_is_cleared() {
    let rows = [
        ("A-68, C-21, K-19 nothing but the name", json!({}), json!({"userName": "alice", "active": false})),
        (
            "A-68 null, [] and {} clear",
            json!({"title": null, "emails": [], ENT: {}}),
            json!({"userName": "alice", "active": false}),
        ),
        ("A-68 active is kept if it is null", json!({"active": null}), json!({"userName": "alice", "active": false})),
        ("A-68 active as given", json!({"active": "True"}), json!({"userName": "alice", "active": true})),
        ("C-2 another case of the name", json!({"userName": "ALICE"}), json!({"userName": "ALICE", "active": false})),
        (
            "A-29, A-63, C-6 what the server owns is ignored",
            json!({"id": "u1", "meta": {"version": "W/\"9\""}, "groups": [{"value": "g"}]}),
            json!({"userName": "alice", "active": false}),
        ),
        ("C-15 password", json!({"password": "x"}), json!({"userName": "alice", "active": false})),
    ];
    for (context, members, expected) in rows {
        let outcome = resource::replace(&user_type(), &stored_user(), "u1", user_body(&members), &lenient());
        check(context, outcome, &Expect::Stored(expected));
    }
}

#[test]
fn the_id_of_the_url_stands() {
    // another id is ignored, or refused in strict mode.
    for (id, is_own) in [(json!("u1"), true), (json!(null), true), (json!("u2"), false), (json!(1), false)] {
        let body = user_body(&json!({"ID": id}));
        let context = format!("A-69: {id}");
        let expect = || Expect::Stored(json!({"userName": "alice", "active": false}));
        check(&context, resource::replace(&user_type(), &stored_user(), "u1", body.clone(), &lenient()), &expect());
        let strictly = if is_own { expect() } else { fails("mutability") };
        check(&context, resource::replace(&user_type(), &stored_user(), "u1", body, &strict()), &strictly);
    }
}

#[test]
fn what_a_post_refuses_a_put_refuses() {
    let rows = [
        ("A-67", json!({"userName": null}), "invalidValue"),
        ("A-80", json!({"roles": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]}), "invalidValue"),
        ("A-57", json!({"schemas": [ENT]}), "invalidSyntax"),
    ];
    for (context, members, keyword) in rows {
        let outcome = resource::replace(&user_type(), &stored_user(), "u1", user_body(&members), &lenient());
        check(context, outcome, &fails(keyword));
    }
    let none = json!({"schemas": [USER], "displayName": "x"});
    check("A-67", resource::replace(&user_type(), &stored_user(), "u1", none, &lenient()), &fails("invalidValue"));
}

#[test]
fn immutable_attributes_are_set_once() {
    // The row "immutable" of A.10, at the top and inside a complex attribute.
    let put = |stored: &Value, members: &Value| {
        let mut body = device_body(&json!({}));
        merge(&mut body, members);
        resource::replace(&device_type(), &device(stored), "d1", body, &lenient())
    };
    let kept = |members: Value| {
        let mut expected = json!({"serial": "S1", WARRANTY: {"until": "2030"}});
        merge(&mut expected, &members);
        Expect::Stored(expected)
    };
    let maker = json!({"maker": {"name": "M", "country": "US"}});
    check("equal", put(&json!({}), &json!({"serial": "S1"})), &kept(json!({})));
    check("left out", put(&json!({}), &json!({"serial": null})), &kept(json!({})));
    check("another", put(&json!({}), &json!({"serial": "s1"})), &fails("mutability"));
    check(
        "inner, equal but for case",
        put(&maker, &json!({"maker": {"country": "us"}})),
        &kept(json!({"maker": {"country": "US"}})),
    );
    check(
        "inner, left out",
        put(&maker, &json!({"maker": {"name": "N"}})),
        &kept(json!({"maker": {"name": "N", "country": "US"}})),
    );
    check("inner, another", put(&maker, &json!({"maker": {"country": "DE"}})), &fails("mutability"));
    check("inner, not set yet", put(&json!({"maker": {"name": "M"}}), &maker), &kept(maker.clone()));
    check("A-60", put(&json!({}), &json!({WARRANTY: null})), &fails("invalidValue"));
}

#[test]
fn extensions_and_parts_keep_what_is_set_once() {
    // A.10 again, inside an extension and inside a complex attribute, beside what changes.
    let text = |name: &'static str| Attribute::new(name, Type::String, "A text.");
    let secret = |name| text(name).mutability(Mutability::WriteOnly).returned(Returned::Never);
    let mut kind = device_type();
    kind.extensions[0].schema.attributes.extend([text("number").mutability(Mutability::Immutable), secret("code")]);
    let maker = Attribute::complex("seller", "Who sold it.", vec![text("name"), secret("key")]);
    kind.schema.attributes.push(maker);
    let stored = json!({"seller": {"name": "A", "key": "k"}, WARRANTY: {"until": "1", "number": "n", "code": "c"}});
    let stored = resource::create(&kind, device_body(&stored), &lenient()).expect("a device");
    let rows = [
        (json!({WARRANTY: {"until": "2"}}), json!({"until": "2", "number": "n", "code": "c"}), Value::Null),
        (json!({WARRANTY: {"code": "d"}}), json!({"code": "d", "number": "n"}), Value::Null),
        (json!({WARRANTY: {"until": "2", "code": null}}), json!({"until": "2", "number": "n"}), Value::Null),
        (
            json!({"seller": {"name": "B"}}),
            json!({"until": "2030", "number": "n", "code": "c"}),
            json!({"name": "B", "key": "k"}),
        ),
        (
            json!({"seller": {"name": "B", "key": "l"}}),
            json!({"until": "2030", "number": "n", "code": "c"}),
            json!({"name": "B", "key": "l"}),
        ),
    ];
    for (members, warranty, seller) in rows {
        let device = resource::replace(&kind, &stored, "d1", device_body(&members), &lenient()).expect("a device");
        assert_eq!(device.get(WARRANTY), Some(&warranty), "C-15 {members}");
        assert_eq!(device.get("seller").unwrap_or(&Value::Null), &seller, "C-15 {members}");
    }
}

#[test]
fn secrets_stay_unless_they_are_named() {
    // The row "writeOnly" of A.10.
    let put = |members: &Value| {
        let outcome =
            resource::replace(&device_type(), &device(&json!({"pin": "1"})), "d1", device_body(members), &lenient());
        outcome.expect("a device").get("pin").cloned()
    };
    assert_eq!(put(&json!({})), Some(json!("1")));
    assert_eq!(put(&json!({"PIN": "2"})), Some(json!("2")));
    assert_eq!(put(&json!({"pin": null})), None);
}

#[test]
fn putting_back_what_was_read_changes_nothing() {
    // A-40, and rule 31a of idp-behaviour 0: a client that echoes the whole answer makes no change.
    for tolerances in [lenient(), strict()] {
        let user = stored_user();
        let echo = rendered(&user_type(), &user, "u1");
        let again = resource::replace(&user_type(), &user, "u1", echo, &tolerances).expect("its own answer");
        assert_eq!(again, user);
        assert_eq!(again.to_document(), user.to_document());
    }
    // nor does another order of the members.
    let (left, right) = (json!({"title": "t", "locale": "l"}), json!({"locale": "l", "title": "t"}));
    assert_eq!(create_user(&left), create_user(&right));
}

#[test]
fn members_of_a_put_are_taken_out_before_comparing() {
    let stored = resource::create(&group_type(), json!({"displayName": "G"}), &lenient()).expect("a group");
    let body = json!({"displayName": "G", "members": [{"value": "u1", "display": "x"}]});
    let mut group = resource::replace(&group_type(), &stored, "g1", body, &lenient()).expect("a group");
    assert_eq!(group.take_members(), Some(vec![json!({"value": "u1"})]), "D-3: names of members are ours to tell");
    assert_eq!(group, stored);
    let mut none =
        resource::replace(&group_type(), &stored, "g1", json!({"displayName": "G"}), &lenient()).expect("a group");
    assert_eq!(none.take_members(), None);
}
