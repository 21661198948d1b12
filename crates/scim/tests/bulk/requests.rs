//! What is refused as a whole, and what one by one (H-2, H-3, H-4, H-11, H-14).

use rollcall_scim::bulk::{Done, Job, Limits};
use rollcall_scim::{Catalog, ScimType, Tolerances};
use serde_json::{Value, json};

use super::{Store, limits, parse, post_user, request, run, statuses};

#[track_caller]
fn check_refused(id: &str, body: &Value, status: u16, scim_type: Option<ScimType>) {
    let error = parse(body.clone(), &Tolerances::lenient()).unwrap_err();
    assert_eq!((error.status(), error.scim_type()), (status, scim_type), "{id}: {body}: {error}");
}

#[test]
fn whole_requests_are_refused() {
    let syntax = Some(ScimType::InvalidSyntax);
    let one = post_user("a", "ada");
    check_refused("H-2", &json!([]), 400, syntax);
    check_refused("H-2", &json!({"Operations": [one]}), 400, syntax);
    let wrong = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
    check_refused("H-2", &json!({"schemas": wrong, "Operations": [one]}), 400, syntax);
    check_refused("H-2", &request(&json!({})), 400, syntax);
    check_refused("H-2", &request(&json!({"Operations": []})), 400, syntax);
    check_refused("H-2", &request(&json!({"Operations": one})), 400, syntax);
    for limit in [json!(-1), json!("1"), json!(1.5), json!(true), json!([])] {
        check_refused("H-2", &request(&json!({"failOnErrors": limit, "Operations": [one]})), 400, syntax);
    }
    let zero = request(&json!({"failOnErrors": 0, "Operations": [one]}));
    check_refused("H-2", &zero, 400, Some(ScimType::InvalidValue));
    let twice = request(&json!({"Operations": [post_user("a", "ada"), post_user("a", "bob")]}));
    check_refused("HE-9", &twice, 400, Some(ScimType::InvalidValue));
    let delete = json!({"method": "DELETE", "path": "/Users/1", "bulkId": "a"});
    let twice = request(&json!({"Operations": [one, delete]}));
    check_refused("H-11", &twice, 400, Some(ScimType::InvalidValue));
    let cases = request(&json!({"Operations": [post_user("a", "ada"), post_user("A", "bob")]}));
    assert!(parse(cases, &Tolerances::strict()).is_ok(), "H-11: case-exact");
}

#[test]
fn jobs_are_bounded() {
    let job = |length: usize| request(&json!({"Operations": vec![json!({}); length]}));
    assert!(parse(job(20), &Tolerances::lenient()).is_ok(), "H-14");
    check_refused("HE-10", &job(21), 413, None);
    let error = parse(job(21), &Tolerances::lenient()).unwrap_err();
    assert!(error.detail().contains("maxOperations is 20"), "H-14: {error}");
    assert_eq!(limits().check_payload(1000), Ok(()), "H-14");
    let error = limits().check_payload(1001).unwrap_err();
    assert_eq!(error.status(), 413, "H-14");
    assert!(error.detail().contains("maxPayloadSize (1000 bytes)"), "H-14: {error}");
}

/// Nothing recurses: the longest chain of references that fits a job needs no more stack than the shortest.
#[test]
fn a_long_chain_is_resolved() {
    let length = 20_000;
    let operation = |index: usize| super::post_group(&index.to_string(), "x", &[&format!("bulkId:{}", index + 1)]);
    let mut operations: Vec<Value> = (0..length).map(operation).collect();
    operations.push(post_user(&length.to_string(), "ada"));
    let limits = Limits { max_operations: length + 1, max_payload_size: 0 };
    let body = request(&json!({"Operations": operations}));
    let catalog = Catalog::rollcall();
    let mut job = Job::parse(body, "/", catalog.resource_types(), &limits, &Tolerances::strict()).unwrap();
    let mut order = Vec::new();
    while let Some(step) = job.next_step() {
        order.push(step.index);
        job.record(Ok(Done { status: 201, id: step.index.to_string(), version: Some(1) }));
    }
    assert!(order.into_iter().eq((0..=length).rev()), "H-9");
}

#[test]
fn malformed_operations_fail_alone() {
    let data = json!({"userName": "x"});
    for (id, operation, expected) in [
        ("H-3", json!(1), "400"),
        ("H-3", json!({}), "400"),
        ("H-3", json!({"path": "/Users", "bulkId": "x", "data": data}), "400"),
        ("H-3", json!({"method": "GET", "path": "/Users/1"}), "400"),
        ("H-3", json!({"method": 1, "path": "/Users/1"}), "400"),
        ("HE-8", json!({"method": "POST", "path": "/Users", "data": data}), "400"),
        ("H-3", json!({"method": "POST", "path": "/Users", "bulkId": "", "data": data}), "400"),
        ("H-3", json!({"method": "POST", "path": "/Users", "bulkId": 7, "data": data}), "400"),
        ("H-3", json!({"method": "POST", "path": "/Users", "bulkId": "x"}), "400"),
        ("H-3", json!({"method": "POST", "path": "/Users", "bulkId": "x", "data": []}), "400"),
        ("H-3", json!({"method": "PUT", "path": "/Users/1"}), "400"),
        ("H-3", json!({"method": "PATCH", "path": "/Users/1", "data": "x"}), "400"),
        ("H-3", json!({"method": "DELETE"}), "400"),
        ("H-3", json!({"method": "DELETE", "path": "/Users/1", "version": 7}), "400"),
        ("H-4", json!({"method": "POST", "path": "/Users/1", "bulkId": "x", "data": data}), "405"),
        ("H-4", json!({"method": "DELETE", "path": "/Users"}), "405"),
        ("H-4", json!({"method": "DELETE", "path": "https://example.com/scim/v2/Users/1"}), "400"),
        ("H-4", json!({"method": "DELETE", "path": "//evil/Users/1"}), "400"),
        ("H-4", json!({"method": "DELETE", "path": "/Users/../Groups/1"}), "400"),
        ("H-4", json!({"method": "DELETE", "path": "/Users/1?x=y"}), "400"),
        ("H-4", json!({"method": "DELETE", "path": "/Users/1/2"}), "404"),
        ("H-4", json!({"method": "DELETE", "path": "/"}), "404"),
        ("H-4", json!({"method": "DELETE", "path": "/Printers/1"}), "404"),
        ("H-4", json!({"method": "POST", "path": "/Bulk", "bulkId": "x", "data": data}), "405"),
        ("H-4", json!({"method": "POST", "path": "/Users/.search", "bulkId": "x", "data": data}), "405"),
        ("H-4", json!({"method": "POST", "path": "/.search", "bulkId": "x", "data": data}), "405"),
        ("H-4", json!({"method": "DELETE", "path": "/Schemas/x"}), "405"),
        ("H-10", json!({"method": "DELETE", "path": "/Users/bulkId:nobody"}), "400"),
    ] {
        let mut store = Store::default();
        let entries = run(&mut store, &json!({"Operations": [operation, post_user("a", "ada")]}));
        assert_eq!(statuses(&entries), [expected, "201"], "{id}: {operation}");
        let scim_type = entries[0]["response"]["scimType"].as_str();
        assert_eq!(scim_type.is_some(), expected == "400", "{id}: {operation}");
        assert_eq!(entries[0].get("location"), None, "H-6: {operation}");
    }
}

#[test]
fn paths_may_be_written_in_several_ways() {
    for path in ["/Users/1", "Users/1", "/Users/1/", "/v2/Users/1", "/scim/v2/Users/1", "scim/v2/Users/1", "/users/1"] {
        let mut store = Store::with(&[("1", json!({"userName": "ada"}))]);
        let entries = run(&mut store, &json!({"Operations": [{"method": "DELETE", "path": path}]}));
        assert_eq!(statuses(&entries), ["204"], "H-4: {path}");
        assert_eq!(entries[0]["location"], "https://example.com/scim/v2/Users/1", "H-6: {path}");
    }
}

#[test]
fn tolerances_can_be_switched_off() {
    let strict = Tolerances::strict();
    let patch = json!([{"op": "replace", "path": "title", "value": "x"}]);
    for (id, operation) in [
        ("H-16", json!({"method": "PATCH", "path": "/Users/1", "data": patch})),
        ("A-31", json!({"method": "DELETE", "path": "/users/1"})),
        ("A-90", json!({"method": "DELETE", "path": "/Users/1", "colour": "red"})),
        ("K-47", json!({"Method": "DELETE", "path": "/Users/1"})),
    ] {
        let mut store = Store::with(&[("1", json!({"userName": "ada"}))]);
        let entries = run(&mut store, &json!({"Operations": [operation]}));
        assert!(statuses(&entries)[0].starts_with('2'), "{id}: {entries:?}");
        let mut job = parse(request(&json!({"Operations": [operation]})), &strict).unwrap();
        assert_eq!(job.next_step(), None, "{id}");
        let answer = job.into_response();
        assert!(answer["Operations"][0]["status"].as_str().unwrap().starts_with('4'), "{id}: {answer}");
    }
    let misspelled = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "operations": [{}]});
    assert!(parse(misspelled.clone(), &Tolerances::lenient()).is_ok(), "K-47");
    assert!(parse(misspelled, &strict).is_err(), "K-47");
}
