//! People and groups that must be there before a measurement.

use serde_json::{Value, json};

use crate::connection::{Answer, Connection};
use crate::load::Load;
use crate::scenario::{equals, group, user};

/// Operations of one bulk request, if the server takes that many.
const BATCH: u64 = 500;

/// Creates the people who are not there yet and hands back the ids of all of them, in order.
pub(crate) async fn people(load: &Load, users: u64) -> Result<Vec<String>, String> {
    let mut connection = Connection::new(load.target.clone());
    let batch = batch(&mut connection).await?;
    let last = format!("load-{}-{}@load.example", load.tag, users.saturating_sub(1));
    let there = connection.send("GET", &equals("userName", &last), None).await?;
    if there.json().get("totalResults") == Some(&json!(1)) {
        return known(&mut connection, load, users).await;
    }
    crate::say(&format!("creating {users} people"));
    let mut ids = Vec::new();
    let mut number = 0;
    while number < users {
        let until = (number + batch).min(users);
        if batch > 1 {
            ids.extend(bulk(&mut connection, load, number, until).await?);
        } else {
            let answer = connection.send("POST", "/Users", Some(&user(&load.tag, number))).await?;
            ids.push(id_of(&answer)?);
        }
        number = until;
    }
    Ok(ids)
}

async fn batch(connection: &mut Connection) -> Result<u64, String> {
    let config = connection.send("GET", "/ServiceProviderConfig", None).await?.json();
    let supported = config.pointer("/bulk/supported").and_then(Value::as_bool).unwrap_or_default();
    let most = config.pointer("/bulk/maxOperations").and_then(Value::as_u64).unwrap_or(1);
    Ok(if supported { BATCH.min(most).max(1) } else { 1 })
}

async fn bulk(connection: &mut Connection, load: &Load, from: u64, until: u64) -> Result<Vec<String>, String> {
    let operation = |number: u64| json!({"method": "POST", "path": "/Users", "bulkId": format!("b{number}"), "data": user(&load.tag, number)});
    let job = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": (from..until).map(operation).collect::<Vec<_>>()});
    let answer = connection.send("POST", "/Bulk", Some(&job)).await?;
    let json = answer.json();
    let entries = json.get("Operations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let id = |entry: &Value| entry.get("location")?.as_str()?.rsplit('/').next().map(str::to_owned);
    let made: Vec<String> =
        entries.iter().filter(|entry| entry.get("status") == Some(&json!("201"))).filter_map(id).collect();
    if made.len() as u64 == until - from { Ok(made) } else { Err(format!("a bulk of creates: {}", answer.shown())) }
}

/// Ids of people whom an earlier run created.
async fn known(connection: &mut Connection, load: &Load, users: u64) -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    for number in 0..users.min(10_000) {
        let name = format!("load-{}-{number}@load.example", load.tag);
        let answer = connection.send("GET", &equals("userName", &name), None).await?;
        let json = answer.json();
        let id = json.pointer("/Resources/0/id").and_then(Value::as_str);
        ids.push(id.ok_or_else(|| format!("`{name}` is not there: {}", answer.shown()))?.to_owned());
    }
    Ok(ids)
}

/// Creates a group with these members, added 1,000 at a time.
pub(crate) async fn group_of(load: &Load, name: &str, members: &[String]) -> Result<String, String> {
    let mut connection = Connection::new(load.target.clone());
    let answer = connection.send("POST", "/Groups?excludedAttributes=members", Some(&group(name, &[]))).await?;
    let id = id_of(&answer)?;
    for some in members.chunks(1000) {
        let body = crate::scenario::membership("add", some);
        let path = format!("/Groups/{id}?excludedAttributes=members");
        let answer = connection.send("PATCH", &path, Some(&body)).await?;
        if !matches!(answer.status, 200 | 204) {
            return Err(format!("adding members: {}", answer.shown()));
        }
    }
    Ok(id)
}

/// The id in a resource that was just created.
pub(crate) fn id_of(answer: &Answer) -> Result<String, String> {
    let json = answer.json();
    let id = json.get("id").and_then(Value::as_str).filter(|_| answer.status == 201);
    id.map(str::to_owned).ok_or_else(|| format!("a create: {}", answer.shown()))
}
