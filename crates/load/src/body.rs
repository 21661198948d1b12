//! What is sent: users, groups, PATCH requests and filters, as providers write them.

use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Names the people of a run, so that runs do not meet.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) tag: String,
    pub(crate) domain: String,
}

impl Names {
    /// `userName` and address of the person of this number.
    pub(crate) fn address(&self, number: u64) -> String {
        format!("load-{}-{number}@{}", self.tag, self.domain)
    }

    /// `externalId` of the person of this number.
    pub(crate) fn external_id(&self, number: u64) -> String {
        format!("x-{}-{number}", self.tag)
    }

    /// A user as a provider sends it.
    pub(crate) fn user(&self, number: u64) -> Value {
        let address = self.address(number);
        json!({"schemas": [USER], "userName": address, "externalId": self.external_id(number), "active": true,
            "displayName": format!("Load {number}"),
            "name": {"givenName": "Load", "familyName": format!("Number {number}")},
            "emails": [{"value": address, "type": "work", "primary": true}]})
    }
}

/// A group without members.
pub(crate) fn group(name: &str) -> Value {
    json!({"schemas": [GROUP], "displayName": name})
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

/// A PATCH that gives another display name.
pub(crate) fn rename(name: &str) -> Value {
    json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": name}]})
}

/// `/Users?filter=attribute eq "value"`, encoded.
pub(crate) fn equals(attribute: &str, value: &str) -> String {
    format!("/Users?filter={attribute}%20eq%20%22{}%22", value.replace('@', "%40"))
}
