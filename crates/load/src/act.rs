//! What one request is, and what its answer must be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::body::{equals, membership, rename};
use crate::connection::Connection;
use crate::crowd::Crowd;

/// One request that can be repeated.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// GET of the yardstick.
    Constant,
    /// Create the user of this number.
    Create,
    /// `userName eq`, for somebody who is there.
    ByUserName,
    /// `userName eq`, for nobody.
    Missing,
    /// `externalId eq`.
    ByExternalId,
    /// GET by id.
    ById,
    /// A page of users from somewhere.
    Page,
    /// PATCH of the display name.
    Rename,
    /// Add or remove one member, in turn.
    Member(Group),
    /// Add or remove all of these at once, in turn.
    Members(String, Arc<[String]>),
    /// Sign in somebody who is there.
    SignIn,
    /// One of these, by weight.
    Mixed(Vec<(u64, Act)>),
}

/// A group that guests enter and leave, each connection having a guest of its own.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    id: String,
    /// Members who stay.
    standing: usize,
    guests: Arc<[Guest]>,
}

#[derive(Debug)]
struct Guest {
    id: String,
    inside: AtomicBool,
}

/// Which request of a measurement it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// Counts over all connections.
    pub(crate) number: u64,
    /// Which connection sends it.
    pub(crate) connection: usize,
}

impl Group {
    /// A group with so many members who stay; all guests are outside.
    pub(crate) fn new(id: String, standing: usize, guests: &[String]) -> Self {
        let guests = guests.iter().map(|id| Guest { id: id.clone(), inside: AtomicBool::new(false) }).collect();
        Self { id, standing, guests }
    }

    /// The guest of this connection enters or leaves.
    async fn turn(&self, connection: &mut Connection, of: usize) -> Result<(), String> {
        let guest = self.guests.get(of).ok_or("there are more connections than guests; name more --users")?;
        let enters = !guest.inside.load(Ordering::Relaxed);
        change_members(connection, &self.id, std::slice::from_ref(&guest.id), enters).await?;
        guest.inside.store(enters, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the members are those who stay and the guests inside.
    async fn check(&self, connection: &mut Connection) -> Result<(), String> {
        let answer = connection.send("GET", &format!("/Groups/{}", self.id), None).await?;
        let members = answer.json().get("members").and_then(Value::as_array).map_or(0, Vec::len);
        let inside = self.guests.iter().filter(|guest| guest.inside.load(Ordering::Relaxed)).count();
        let expected = self.standing + inside;
        if members == expected {
            Ok(())
        } else {
            Err(format!("{members} members are there, and {expected} were left in"))
        }
    }
}

impl Act {
    /// Sends one request and checks the answer.
    pub(crate) async fn run(&self, connection: &mut Connection, crowd: &Crowd, turn: Turn) -> Result<(), String> {
        let chosen = scattered(turn.number, crowd.users.max(1));
        match self {
            Self::Constant => {
                let answer = connection.send("GET", "/", None).await?;
                answer.expect(200, !answer.body.is_empty())
            }
            Self::Create => {
                let body = crowd.fresh.user(turn.number);
                let answer = connection.send("POST", "/Users", Some(&body)).await?;
                let stored = answer.json();
                let same =
                    stored.get("userName") == body.get("userName") && stored.get("id").is_some_and(Value::is_string);
                answer.expect(201, same)
            }
            Self::ByUserName => look_up(connection, "userName", &crowd.names.address(chosen)).await,
            Self::ByExternalId => look_up(connection, "externalId", &crowd.names.external_id(chosen)).await,
            Self::Missing => {
                let path = equals("userName", &format!("nobody-{}-{}", crowd.names.tag, turn.number));
                let answer = connection.send("GET", &path, None).await?;
                answer.expect(200, answer.json().get("totalResults") == Some(&json!(0)))
            }
            Self::ById => {
                let id = crowd.id(chosen);
                let answer = connection.send("GET", &format!("/Users/{id}"), None).await?;
                answer.expect(200, answer.json().get("id").and_then(Value::as_str) == Some(id))
            }
            Self::Page => page(connection, chosen).await,
            Self::Rename => {
                let (id, name) = (crowd.id(chosen), format!("Renamed {}", turn.number));
                let answer = connection.send("PATCH", &format!("/Users/{id}"), Some(&rename(&name))).await?;
                let renamed = answer.json().get("displayName").and_then(Value::as_str) == Some(&name);
                if answer.status == 204 { Ok(()) } else { answer.expect(200, renamed) }
            }
            Self::Member(group) => group.turn(connection, turn.connection).await,
            Self::Members(group, ids) => change_members(connection, group, ids, turn.number.is_multiple_of(2)).await,
            Self::SignIn => sign_in(connection, crowd, chosen).await,
            Self::Mixed(acts) => Box::pin(picked(acts, turn.number)?.run(connection, crowd, turn)).await,
        }
    }

    /// What must be so after all requests.
    pub(crate) async fn check(&self, connection: &mut Connection) -> Result<(), String> {
        match self {
            Self::Member(group) => group.check(connection).await,
            Self::Mixed(acts) => {
                for (_, act) in acts {
                    Box::pin(act.check(connection)).await?;
                }
                Ok(())
            }
            Self::Constant
            | Self::Create
            | Self::ByUserName
            | Self::Missing
            | Self::ByExternalId
            | Self::ById
            | Self::Page
            | Self::Rename
            | Self::Members(..)
            | Self::SignIn => Ok(()),
        }
    }
}

async fn look_up(connection: &mut Connection, attribute: &str, value: &str) -> Result<(), String> {
    let answer = connection.send("GET", &equals(attribute, value), None).await?;
    let list = answer.json();
    let first = list.pointer("/Resources/0").and_then(|resource| resource.get(attribute)).and_then(Value::as_str);
    answer.expect(200, list.get("totalResults") == Some(&json!(1)) && first == Some(value))
}

async fn page(connection: &mut Connection, from: u64) -> Result<(), String> {
    let answer = connection.send("GET", &format!("/Users?startIndex={}&count=20", from + 1), None).await?;
    let list = answer.json();
    let shown = list.get("Resources").and_then(Value::as_array).map_or(0, Vec::len);
    answer.expect(200, (1..=20).contains(&shown))
}

async fn change_members(connection: &mut Connection, group: &str, ids: &[String], adds: bool) -> Result<(), String> {
    let body = membership(if adds { "add" } else { "remove" }, ids);
    let path = format!("/Groups/{group}?excludedAttributes=members");
    let answer = connection.send("PATCH", &path, Some(&body)).await?;
    if answer.status == 204 { Ok(()) } else { answer.expect(200, true) }
}

/// Signs in the person of this number, who must come in.
pub(crate) async fn sign_in(connection: &mut Connection, crowd: &Crowd, chosen: u64) -> Result<(), String> {
    let evidence = json!({"type": "attributes", "subject": crowd.names.external_id(chosen),
        "attributes": {"email": crowd.names.address(chosen)}});
    let answer = connection.send("POST", "", Some(&json!({"evidence": evidence}))).await?;
    let allowed = answer.json().get("decision") == Some(&json!("allow"));
    answer.expect(200, allowed)
}

/// One of these, each as often as it weighs.
fn picked(acts: &[(u64, Act)], number: u64) -> Result<&Act, String> {
    let all: u64 = acts.iter().map(|(weight, _)| weight).sum();
    let mut rest = scattered(number, all.max(1));
    for (weight, act) in acts {
        if rest < *weight {
            return Ok(act);
        }
        rest -= weight;
    }
    Err("a mix of nothing".to_owned())
}

/// A number below `limit` that jumps about, so that neighbours in time are not neighbours in the database.
fn scattered(number: u64, limit: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17) % limit
}

impl Crowd {
    fn id(&self, chosen: u64) -> &str {
        let index = usize::try_from(chosen).unwrap_or_default() % self.ids.len().max(1);
        self.ids.get(index).map(String::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_has_each_act_about_as_often_as_it_weighs() {
        let acts = vec![(70, Act::ByUserName), (20, Act::Rename), (10, Act::Create)];
        let mut counts = [0_u32; 3];
        for number in 0..10_000 {
            let act = picked(&acts, number).unwrap();
            counts[acts.iter().position(|(_, one)| std::ptr::eq(one, act)).unwrap()] += 1;
        }
        let near = |count: u32, expected: u32| count.abs_diff(expected) < expected / 5;
        assert!(near(counts[0], 7_000) && near(counts[1], 2_000) && near(counts[2], 1_000), "{counts:?}");
        assert!(picked(&[], 0).is_err());
    }
}
