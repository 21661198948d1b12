//! Where references stand, and what only looks like one (H-9, H-10).

use serde_json::{Value, json};

use super::{ENTERPRISE, Store, post_user, run, statuses};

/// Creates user `a` as `id1` beside a user with these attributes; `Err` is the failure of the latter.
#[track_caller]
fn check(id: &str, attributes: &Value, expected: Result<&Value, (&str, &str)>) {
    let mut data = json!({"userName": "other"});
    data.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    let other = json!({"method": "POST", "path": "/Users", "bulkId": "o", "data": data});
    let mut store = Store::default();
    let entries = run(&mut store, &json!({"Operations": [post_user("a", "ada"), other]}));
    let failure = entries[1]["response"]["scimType"].as_str();
    let got = store.named("other").map(|(_, data)| data).ok_or((statuses(&entries)[1], failure.unwrap_or("")));
    let expected = expected.map(|attributes| {
        let mut data = json!({"userName": "other"});
        data.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        data
    });
    assert_eq!(got, expected.as_ref().map_err(|failure| *failure), "{id}: {attributes}");
}

#[test]
fn references_are_replaced_wherever_they_stand() {
    for (given, got) in [
        (json!({"m": [{"value": "bulkId:a"}]}), json!({"m": [{"value": "id1"}]})),
        (json!({"m": ["bulkId:a", "x"]}), json!({"m": ["id1", "x"]})),
        (json!({"manager": "bulkId:a"}), json!({"manager": "id1"})),
        (json!({"urn:x:y": {"sponsor": "bulkId:a"}}), json!({"urn:x:y": {"sponsor": "id1"}})),
        (json!({"m": [{"$ref": "/Users/bulkId:a"}]}), json!({"m": [{"$ref": "/Users/id1"}]})),
        (
            json!({ENTERPRISE: {"manager": {"$ref": "https://example.com/scim/v2/Users/bulkId:a"}}}),
            json!({ENTERPRISE: {"manager": {"$ref": "https://example.com/scim/v2/Users/id1"}}}),
        ),
        (json!({"m": [{"$ref": "bulkId:a"}]}), json!({"m": [{"$ref": "id1"}]})),
        (
            json!({"path": "m[value eq \"bulkId:a\" or value eq \"bulkId:a\"]"}),
            json!({"path": "m[value eq \"id1\" or value eq \"id1\"]"}),
        ),
    ] {
        check("H-9", &given, Ok(&got));
    }
}

#[test]
fn references_to_nobody_are_refused() {
    for given in [
        json!({"m": [{"value": "bulkId:b"}]}),
        json!({"m": [{"value": "bulkId:A"}]}),
        json!({"manager": "bulkId:b"}),
        json!({"m": [{"$ref": "/Users/bulkId:b"}]}),
        json!({"path": "m[value eq \"bulkId:b\"]"}),
    ] {
        check("H-10", &given, Err(("400", "invalidValue")));
    }
}

#[test]
fn text_is_left_alone() {
    // No `bulkId:` may be left in what the store gets; so the prefix is spelled otherwise, or the name is.
    for given in [json!({"title": "bulkid:a"}), json!({"title": "bulkId"}), json!({"title": "see /bulkid:a"})] {
        check("H-9", &given, Ok(&given));
    }
}

#[test]
fn a_reference_names_a_post() {
    let mut store = Store::with(&[("1", json!({"userName": "ada"}))]);
    let put = json!({"method": "PUT", "path": "/Users/1", "bulkId": "p", "data": {"userName": "ada"}});
    let group = json!({"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"members": ["bulkId:p"]}});
    let entries = run(&mut store, &json!({"Operations": [put, group]}));
    assert_eq!(statuses(&entries), ["200", "400"], "H-10");
    assert_eq!(entries[0]["bulkId"], "p", "H-6");
}
