//! A SCIM user in the words of policy: address, name, anchors, attributes (RC-6, RC-15).

use rollcall_directory::{Anchors, DirectoryUser};
use rollcall_policy::person_name::pushed_name;
use rollcall_policy::push::address::{PushedEmail, address_of};
use rollcall_policy::{Attributes, Folded, PushedUser, StoredUser};
use rollcall_scim::fold::fold;
use rollcall_scim::schema::rollcall;
use rollcall_scim::{Resource, ScimError};
use serde_json::{Map, Value};

use super::address;

/// The user as the provider wants it to be.
pub fn pushed_user(resource: &Resource) -> PushedUser {
    PushedUser {
        user_name: Folded::new(resource.user_name().unwrap_or_default(), fold),
        external_id: resource.external_id().map(str::to_owned),
        address: address(resource).map(|address| Folded::new(address, fold)),
        full_name: full_name(resource),
        active: resource.active(),
        attributes: attributes(resource),
    }
}

/// The user as it is stored; what became of its removal is gathered with the other facts.
pub fn stored_user(user: &DirectoryUser) -> StoredUser {
    StoredUser {
        id: user.id,
        active: user.active,
        account: user.account,
        address: address(&user.resource).map(fold),
        attributes: attributes(&user.resource),
        hold: None,
    }
}

/// The longest value of what is looked up, in bytes of its folded form: an entry of PostgreSQL's indexes holds no more
/// than 2,704 bytes with its other columns, and both databases must answer alike.
const LONGEST_LOOKED_UP: usize = 2_048;

/// Refuses what could not be looked up again: names, external ids and addresses beyond all reason.
pub fn check_lengths(resource: &Resource) -> Result<(), ScimError> {
    let elements = resource.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let addresses = elements.iter().filter_map(|element| Some(("emails.value", element.get("value")?.as_str()?)));
    let names =
        [("userName", resource.user_name()), ("displayName", resource.display_name())].into_iter().filter_map(given);
    for (name, text) in names.chain(addresses) {
        check_length(name, &fold(text))?;
    }
    resource.external_id().map_or(Ok(()), |id| check_length("externalId", id))
}

fn given<'a>((name, text): (&'static str, Option<&'a str>)) -> Option<(&'static str, &'a str)> {
    text.map(|text| (name, text))
}

fn check_length(name: &str, text: &str) -> Result<(), ScimError> {
    if text.len() <= LONGEST_LOOKED_UP {
        return Ok(());
    }
    Err(ScimError::invalid_value(format!("`{name}` is longer than {LONGEST_LOOKED_UP} bytes; send a shorter one")))
}

/// By what the same person would be known again (RC-8); the address only counts together with `userName`.
pub fn anchors(user: &PushedUser) -> Anchors<'_> {
    Anchors { user_name: Some(&user.user_name.key), external_id: user.external_id.as_deref(), address: None }
}

/// The address of RC-6; one that could be mistaken for another domain's is none.
pub fn address(resource: &Resource) -> Option<&str> {
    let elements = resource.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let emails = elements.iter().filter_map(email).filter(|email| address::is_address(email.value));
    let emails: Vec<PushedEmail<'_>> = emails.collect();
    let user_name = resource.user_name().filter(|name| address::is_address(name));
    address_of(&emails, user_name.unwrap_or_default())
}

/// The full name, if the resource carries one (RC-14).
pub fn full_name(resource: &Resource) -> Option<String> {
    let name = resource.get("name").and_then(Value::as_object);
    let part = |key: &str| name.and_then(|name| name.get(key)).and_then(Value::as_str);
    pushed_name(part("givenName"), part("familyName"), part("formatted"), resource.display_name())
}

fn email(element: &Value) -> Option<PushedEmail<'_>> {
    Some(PushedEmail {
        value: element.get("value")?.as_str()?,
        kind: element.get("type").and_then(Value::as_str),
        primary: element.get("primary").and_then(Value::as_bool).unwrap_or(false),
    })
}

/// Organization, team and role of our extension, each one that is missing of its documented alias.
fn attributes(resource: &Resource) -> Attributes {
    let own = named(resource.extension(rollcall::URN), ["organization", "team", "role"]);
    own.or(named(resource.extension(rollcall::DOCKER_URN), ["dockerOrg", "dockerTeam", "dockerRole"]))
}

fn named(container: Option<&Map<String, Value>>, [organization, team, role]: [&str; 3]) -> Attributes {
    let text = |name: &str| {
        let text = container.and_then(|members| members.get(name)).and_then(Value::as_str)?.trim();
        (!text.is_empty()).then_some(text)
    };
    Attributes {
        organization: text(organization).map(|name| Folded::new(name, fold)),
        team: text(team).map(|name| Folded::new(name, fold)),
        role: text(role).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: &Value, expected: Result<(), &str>) {
        let resource = Resource::from_document(&body.to_string()).unwrap();
        let got = check_lengths(&resource);
        assert_eq!(
            got.as_ref().map_err(|error| error.detail().split('`').nth(1).unwrap()),
            expected.as_ref().map_err(|it| *it)
        );
    }

    /// what is indexed is bounded, so that PostgreSQL refuses nothing that SQLite takes.
    #[test]
    fn what_is_looked_up_is_bounded() {
        let (longest, longer) = ("a".repeat(LONGEST_LOOKED_UP), "a".repeat(LONGEST_LOOKED_UP + 1));
        let bodies = |text: &str| {
            [
                ("userName", json!({"userName": text})),
                ("displayName", json!({"userName": "a", "displayName": text})),
                ("externalId", json!({"userName": "a", "externalId": text})),
                ("emails.value", json!({"userName": "a", "emails": [{"value": "b"}, {"value": text}]})),
            ]
        };
        for (_, body) in bodies(&longest) {
            check(&body, Ok(()));
        }
        for (name, body) in bodies(&longer) {
            check(&body, Err(name));
        }
        // Folding may make a text longer: it is the folded one that is stored in the index.
        check(&json!({"userName": "\u{130}".repeat(1_024)}), Err("userName"));
    }
}
