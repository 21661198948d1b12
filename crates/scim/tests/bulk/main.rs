//! Bulk jobs (RFC 7644 §3.7), run against a store of a few lines.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper that cannot go on fails its test")]

mod examples;
mod properties;
mod references;
mod requests;
mod store;

use rollcall_scim::bulk::{Job, Limits};
use rollcall_scim::{Catalog, ScimError, Tolerances};
use serde_json::{Value, json};
use store::Store;

const BASE: &str = "https://example.com/scim/v2";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn limits() -> Limits {
    Limits { max_operations: 20, max_payload_size: 1000 }
}

fn request(members: &Value) -> Value {
    let mut body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]});
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

fn parse(body: Value, tolerances: &Tolerances) -> Result<Job, ScimError> {
    Job::parse(body, BASE, Catalog::rollcall().resource_types(), &limits(), tolerances)
}

/// Runs a job to its end; the entries of the answer.
fn run(store: &mut Store, members: &Value) -> Vec<Value> {
    let mut job = parse(request(members), &Tolerances::lenient()).unwrap();
    while let Some(step) = job.next_step() {
        job.record(store.execute(step));
    }
    let answer = job.into_response();
    assert_eq!(answer["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]), "H-5");
    answer["Operations"].as_array().unwrap().clone()
}

/// The statuses of the entries, as text.
fn statuses(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["status"].as_str().unwrap()).collect()
}

fn post_user(bulk_id: &str, name: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"userName": name}})
}

fn post_group(bulk_id: &str, name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|member| json!({"value": member})).collect();
    let data = json!({"displayName": name, "members": members});
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data})
}
