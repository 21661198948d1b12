//! What one request of a scenario is, and what its answer must be.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::connection::{Answer, Connection};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What to measure.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Scenario {
    /// Create users
    Create,
    /// Look users up: by userName (hit and miss), by externalId, by id
    Lookup,
    /// A provider's first synchronisation: look up and create each user, then ten groups
    Groups,
    /// Add and remove one member: a group of ten against a group of all
    Members,
}

/// One request that can be repeated.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Create the user of this number.
    Create,
    /// `userName eq`, for somebody who is there.
    ByUserName,
    /// `userName eq`, for nobody.
    Missing,
    /// `externalId eq`.
    ByExternalId,
    /// GET by id, of one of these.
    ById(std::sync::Arc<Vec<String>>),
    /// Add or remove one member, in turn.
    Member { group: String, members: std::sync::Arc<Vec<String>> },
    /// GET of the yardstick.
    Constant,
}

/// A user as a provider sends it.
pub(crate) fn user(tag: &str, number: u64) -> Value {
    let address = format!("load-{tag}-{number}@load.example");
    json!({"schemas": [USER], "userName": address, "externalId": format!("x-{tag}-{number}"), "active": true,
        "displayName": format!("Load {number}"), "name": {"givenName": "Load", "familyName": format!("Number {number}")},
        "emails": [{"value": address, "type": "work", "primary": true}]})
}

/// A group with these members.
pub(crate) fn group(name: &str, members: &[String]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}

/// A PATCH that adds or removes members.
pub(crate) fn membership(operation: &str, ids: &[String]) -> Value {
    let value: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
    match (operation, ids) {
        ("remove", [id]) => {
            json!({"schemas": [PATCH], "Operations": [{"op": "remove", "path": format!("members[value eq \"{id}\"]")}]})
        }
        _ => json!({"schemas": [PATCH], "Operations": [{"op": operation, "path": "members", "value": value}]}),
    }
}

/// `filter=attribute eq "value"`, encoded.
pub(crate) fn equals(attribute: &str, value: &str) -> String {
    format!("/Users?filter={attribute}%20eq%20%22{}%22", value.replace('@', "%40"))
}

impl Act {
    /// Sends the request of this number and checks the answer.
    pub(crate) async fn run(
        &self,
        connection: &mut Connection,
        tag: &str,
        number: u64,
        users: u64,
    ) -> Result<(), String> {
        let chosen = scattered(number, users.max(1));
        match self {
            Self::Create => {
                let body = user(tag, number);
                let answer = connection.send("POST", "/Users", Some(&body)).await?;
                let stored = answer.json();
                let same =
                    stored.get("userName") == body.get("userName") && stored.get("id").is_some_and(Value::is_string);
                right(&answer, 201, same)
            }
            Self::ByUserName => {
                let name = format!("load-{tag}-{chosen}@load.example");
                let answer = connection.send("GET", &equals("userName", &name), None).await?;
                right(&answer, 200, only(&answer, "userName", &name))
            }
            Self::Missing => {
                let answer =
                    connection.send("GET", &equals("userName", &format!("nobody-{tag}-{number}")), None).await?;
                right(&answer, 200, answer.json().get("totalResults") == Some(&json!(0)))
            }
            Self::ByExternalId => {
                let name = format!("x-{tag}-{chosen}");
                let answer = connection.send("GET", &equals("externalId", &name), None).await?;
                right(&answer, 200, only(&answer, "externalId", &name))
            }
            Self::ById(ids) => {
                let index = usize::try_from(chosen).unwrap_or_default() % ids.len().max(1);
                let id = ids.get(index).map(String::as_str).unwrap_or_default();
                let answer = connection.send("GET", &format!("/Users/{id}"), None).await?;
                right(&answer, 200, answer.json().get("id").and_then(Value::as_str) == Some(id))
            }
            Self::Member { group, members } => {
                let index = usize::try_from(number / 2).unwrap_or_default() % members.len().max(1);
                let operation = if number.is_multiple_of(2) { "add" } else { "remove" };
                let body = membership(operation, members.get(index..=index).unwrap_or_default());
                let path = format!("/Groups/{group}?excludedAttributes=members");
                let answer = connection.send("PATCH", &path, Some(&body)).await?;
                if matches!(answer.status, 200 | 204) { Ok(()) } else { Err(answer.shown()) }
            }
            Self::Constant => {
                let answer = connection.send("GET", "/", None).await?;
                right(&answer, 200, !answer.body.is_empty())
            }
        }
    }
}

/// A number below `limit` that jumps about, so that neighbours in time are not neighbours in the database.
fn scattered(number: u64, limit: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17) % limit
}

fn only(answer: &Answer, attribute: &str, value: &str) -> bool {
    let list = answer.json();
    let first = list.pointer("/Resources/0").and_then(|resource| resource.get(attribute)).and_then(Value::as_str);
    list.get("totalResults") == Some(&json!(1)) && first == Some(value)
}

fn right(answer: &Answer, status: u16, holds: bool) -> Result<(), String> {
    if answer.status == status && holds { Ok(()) } else { Err(answer.shown()) }
}
