//! Search documents: what of a resource is compared, and as which text (A-76, E-13, E-15, C-14).

use rollcall_scim::{
    resource,
    search_document::{element, search_document},
};
use serde_json::{Value, json};

use crate::support::{
    DEVICE, ENT, USER, WARRANTY, create_user, device_body, device_type, group_type, lenient, user_type,
};

#[test]
fn a_user_is_there_in_comparable_form() {
    let user = create_user(&json!({
        "externalId": "Ab", "title": "", "active": false, "name": {"familyName": "\u{c9}A"}, "profileUrl": "https://X/A",
        "emails": [{"value": "B@X", "type": "home"}, {"value": "A@X", "type": "WORK", "primary": true}],
        "roles": [{"display": "R"}],
        ENT: {"Department": "Sales", "manager": {"value": "M1"}},
    }));
    let found = Value::Object(search_document(&user_type(), &user, "u1"));
    let ent = ENT.to_lowercase();
    let expected = json!({
        "id": "u1", "schemas": [{"value": USER.to_lowercase()}, {"value": ent}],
        "username": "alice", "externalid": "Ab", "title": "", "active": "false",
        "name": {"familyname": "\u{e9}a"}, "profileurl": "https://X/A",
        "emails": [{"value": "a@x", "type": "work", "primary": "true"}, {"value": "b@x", "type": "home"}],
        "roles": [{"display": "r"}],
        format!("{ent}:department"): "sales", format!("{ent}:manager"): {"value": "M1"},
    });
    assert_eq!(found, expected, "A-76, E-15");
}

#[test]
fn members_and_secrets_are_not_there() {
    let body = json!({"displayName": "G", "members": [{"value": "u1"}]});
    let group = resource::create(&group_type(), body, &lenient()).expect("a group");
    let found = search_document(&group_type(), &group, "g1");
    assert_eq!(found.keys().collect::<Vec<_>>(), ["id", "schemas", "displayname"]);

    let members = json!({"pin": "1", "tags": ["B", "a"], "slots": 7, "bought": "2024-01-01T00:00:00+01:00"});
    let device = resource::create(&device_type(), device_body(&members), &lenient()).expect("a device");
    let found = Value::Object(search_document(&device_type(), &device, "d1"));
    let expected = json!({
        "id": "d1", "schemas": [{"value": DEVICE.to_lowercase()}, {"value": WARRANTY.to_lowercase()}], "serial": "S1",
        format!("{}:until", WARRANTY.to_lowercase()): "2030", "tags": [{"value": "b"}, {"value": "a"}],
        "slots": "150017", "bought": "09225076100454775808",
    });
    assert_eq!(found, expected, "C-14");
}

#[test]
fn an_element_stands_alone() {
    let kind = user_type();
    let emails = kind.schema.attribute("emails").expect("emails");
    let found = element(emails, &json!({"value": "A", "type": "WORK", "primary": false}));
    assert_eq!(Value::Object(found), json!({"value": "a", "type": "work", "primary": "false"}));
    let device = device_type();
    let tags = device.schema.attribute("tags").expect("tags");
    assert_eq!(Value::Object(element(tags, &json!("A"))), json!({"value": "a"}));
}
