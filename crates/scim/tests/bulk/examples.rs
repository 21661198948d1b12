//! Whole jobs: the rows of table HE, and what they leave open.

use serde_json::{Value, json};

use super::{ENTERPRISE, Store, post_group, post_user, run, statuses};

#[track_caller]
fn check(id: &str, store: &mut Store, members: &Value, expected: &[&str]) -> Vec<Value> {
    let entries = run(store, members);
    assert_eq!(statuses(&entries), expected, "{id}: {entries:?}");
    for entry in &entries {
        let status = entry["status"].as_str().unwrap();
        let failed = !status.starts_with('2');
        assert_eq!(entry.get("response").is_some(), failed, "H-6: {id}");
        assert!(!failed || entry["response"]["status"] == entry["status"], "H-6, K-7: {id}");
        assert_eq!(entry.get("version").is_some(), !failed && status != "204", "H-6: {id}");
    }
    entries
}

#[test]
fn a_group_gets_the_user_of_the_same_job() {
    for (id, order) in [("HE-1", [0, 1]), ("HE-2", [1, 0])] {
        let mut store = Store::default();
        let both = [post_user("a", "ada"), post_group("g", "team", &["bulkId:a"])];
        let operations = order.map(|index| both[index].clone());
        let entries = check(id, &mut store, &json!({"Operations": operations}), &["201", "201"]);
        let user = store.named("ada").unwrap().0;
        assert_eq!(store.named("team").unwrap().1["members"], json!([{"value": user}]), "{id}");
        assert_eq!(entries[order[0]]["location"], format!("https://example.com/scim/v2/Users/{user}"), "H-6");
        let ids: Vec<&str> = entries.iter().map(|entry| entry["bulkId"].as_str().unwrap()).collect();
        assert_eq!(ids, order.map(|index| ["a", "g"][index]), "H-5: request order");
    }
}

#[test]
fn circular_references_are_created_then_linked() {
    let mut store = Store::default();
    let operations = [post_group("A", "a", &["bulkId:B"]), post_group("B", "b", &["bulkId:A"])];
    let entries = check("HE-3", &mut store, &json!({"Operations": operations}), &["201", "201"]);
    let (a, b) = (store.named("a").unwrap(), store.named("b").unwrap());
    assert_eq!((&a.1["members"], &b.1["members"]), (&json!([{"value": b.0}]), &json!([{"value": a.0}])), "HE-3");
    assert_eq!(store.log, [(0, "create"), (1, "create"), (0, "link")], "H-12");
    assert_eq!((&entries[0]["version"], &entries[1]["version"]), (&json!("W/\"2\""), &json!("W/\"1\"")), "H-6");
}

#[test]
fn a_circle_that_cannot_be_closed_leaves_nothing() {
    let mut store = Store::default();
    let operations = [
        post_group("A", "a", &["bulkId:B"]),
        post_group("B", "b", &["bulkId:C"]),
        post_group("C", "refused", &["bulkId:A"]),
        post_group("D", "d", &["bulkId:B"]),
        post_group("E", "e", &[]),
    ];
    check("H-12", &mut store, &json!({"Operations": operations}), &["409", "409", "409", "409", "201"]);
    assert_eq!(store.resources.len(), 1, "H-15");

    let mut store = Store::default();
    let own = [post_group("A", "a", &["bulkId:A"])];
    let entries = check("D-7", &mut store, &json!({"Operations": own}), &["400"]);
    assert_eq!(entries[0].get("location"), None, "H-6: failed POST");
    assert_eq!(store.log, [(0, "create"), (0, "link"), (0, "undo")], "H-12");
    assert!(store.resources.is_empty(), "H-15");
}

#[test]
fn errors_end_the_job_when_asked_to() {
    let operations =
        [post_user("a", "ada"), json!({"method": "DELETE", "path": "/Users/unknown"}), post_user("b", "bob")];
    let stored = [("1", json!({"userName": "ada"}))];
    for (id, limit, expected, resources) in [
        ("HE-4", Value::Null, &["409", "404", "201"][..], 2),
        ("HE-5", json!(1), &["409"][..], 1),
        ("HE-6", json!(2), &["409", "404"][..], 1),
        ("H-8", json!(3), &["409", "404", "201"][..], 2),
    ] {
        let mut store = Store::with(&stored);
        let entries = check(id, &mut store, &json!({"failOnErrors": limit, "Operations": operations}), expected);
        assert_eq!(store.resources.len(), resources, "{id}");
        assert_eq!(entries[0]["response"]["scimType"], "uniqueness", "{id}");
    }
}

#[test]
fn errors_count_in_request_order() {
    // The group fails because of a user far behind: its error is the first, and nothing after it happens.
    let operations = [post_group("g", "team", &["bulkId:x"]), post_user("a", "ada"), post_user("x", "refused")];
    let mut store = Store::default();
    check("H-8", &mut store, &json!({"failOnErrors": 1, "Operations": operations}), &["409"]);
    assert!(store.resources.is_empty(), "H-8");

    // What was needed in front of the end took effect, so it is answered.
    let operations = [
        post_group("g", "team", &["bulkId:z"]),
        post_user("a", "refused"),
        post_user("y", "yes"),
        post_user("z", "zoe"),
    ];
    let mut store = Store::default();
    let entries =
        check("H-8", &mut store, &json!({"failOnErrors": 1, "Operations": operations}), &["201", "409", "201"]);
    assert_eq!(entries[2]["bulkId"], "z", "H-5: one entry per processed operation");
    assert_eq!(store.resources.len(), 2, "H-8");
}

#[test]
fn references_to_failed_operations_fail() {
    let group = json!({"displayName": "team", "members": []});
    let mut store = Store::with(&[("g", group.clone())]);
    let add = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
        {"op": "add", "path": "members", "value": [{"value": "bulkId:a"}]}]});
    let operations = [
        post_user("a", "refused"),
        json!({"method": "PATCH", "path": "/Groups/g", "data": add}),
        json!({"method": "DELETE", "path": "/Users/bulkId:a"}),
    ];
    let entries = check("HE-11", &mut store, &json!({"Operations": operations}), &["409", "409", "409"]);
    assert_eq!(store.data("g"), &group, "HE-11");
    assert_eq!(entries[1]["location"], "https://example.com/scim/v2/Groups/g", "H-6");
    assert_eq!(entries[2].get("location"), None, "H-6: nothing was created");
    assert!(entries[1]["response"]["detail"].as_str().unwrap().contains("bulkId:a"), "H-10");
}

#[test]
fn paths_name_what_the_job_creates() {
    let title = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
        {"op": "replace", "path": "title", "value": "Countess"}]});
    let patch = json!({"method": "patch", "path": "/Users/bulkId:a", "data": title});
    let mut store = Store::default();
    let operations = [post_user("a", "ada"), patch.clone()];
    let entries = check("HE-13", &mut store, &json!({"Operations": operations}), &["201", "200"]);
    let (id, user) = store.named("ada").unwrap();
    assert_eq!(user["title"], "Countess", "HE-13");
    assert_eq!(entries[1]["location"], format!("https://example.com/scim/v2/Users/{id}"), "H-4");
    assert_eq!(entries[1]["method"], "PATCH", "H-3");
    assert_eq!((&entries[0]["version"], &entries[1]["version"]), (&json!("W/\"1\""), &json!("W/\"2\"")), "H-6");

    let mut store = Store::default();
    let operations = [patch, post_user("a", "ada"), json!({"method": "DELETE", "path": "Users/bulkId:a"})];
    check("H-4", &mut store, &json!({"Operations": operations}), &["200", "201", "204"]);
    assert!(store.resources.is_empty(), "H-13: in request order but for what is referred to");
}

#[test]
fn versions_are_preconditions() {
    let mut store = Store::with(&[("1", json!({"userName": "ada"}))]);
    let put =
        |version: &str| json!({"method": "PUT", "path": "/Users/1", "version": version, "data": {"userName": "ada"}});
    let operations = [put("W/\"7\""), put("W/\"1\""), put("W/\"1\""), put("*"), put("1")];
    let expected = ["412", "200", "412", "200", "400"];
    let entries = check("HE-7", &mut store, &json!({"Operations": operations}), &expected);
    assert_eq!(entries[0]["response"]["status"], "412", "HE-7");
    let delete = json!({"method": "DELETE", "path": "/Users/1", "version": "W/\"3\""});
    let entries = check("HE-14", &mut store, &json!({"Operations": [delete]}), &["204"]);
    assert_eq!(entries[0]["location"], "https://example.com/scim/v2/Users/1", "HE-14");
}

#[test]
fn managers_are_references() {
    let user = |bulk_id: &str, manager: Value| {
        let data = json!({"userName": bulk_id, ENTERPRISE: {"manager": manager, "department": "x"}});
        json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data})
    };
    let mut store = Store::default();
    let operations = [user("b", json!({"value": "bulkId:a"})), user("c", json!("bulkId:a")), post_user("a", "ada")];
    check("HE-12", &mut store, &json!({"Operations": operations}), &["201", "201", "201"]);
    let ada = store.named("ada").unwrap().0;
    assert_eq!(store.named("b").unwrap().1[ENTERPRISE]["manager"], json!({"value": ada}), "HE-12");
    assert_eq!(store.named("c").unwrap().1[ENTERPRISE]["manager"], ada, "HE-12, C-19");

    let mut store = Store::default();
    let each_other = [user("a", json!({"value": "bulkId:b"})), user("b", json!({"value": "bulkId:a"}))];
    check("H-12", &mut store, &json!({"Operations": each_other}), &["201", "201"]);
    let (a, b) = (store.named("a").unwrap(), store.named("b").unwrap());
    assert_eq!(a.1[ENTERPRISE], json!({"manager": {"value": b.0}, "department": "x"}), "H-12");
    assert_eq!(b.1[ENTERPRISE], json!({"manager": {"value": a.0}, "department": "x"}), "H-12");
}
