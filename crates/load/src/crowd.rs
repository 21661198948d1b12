//! The people and groups of a run, and how they come to be there.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::arguments::Run;
use crate::body::{Names, equals, group, membership};
use crate::clock;
use crate::connection::{Connection, Target};

/// Operations of one bulk request, if the server takes that many.
const BATCH: u64 = 500;
/// Members of one PATCH.
const MEMBERS: usize = 1_000;
/// People whose ids are looked up when an earlier run created them.
const KNOWN: u64 = 10_000;

/// Who is there.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    pub(crate) target: Target,
    pub(crate) names: Names,
    /// Names that nobody has yet.
    pub(crate) fresh: Names,
    /// How many people of `names` are there.
    pub(crate) users: u64,
    /// Their ids, in order; of a big crowd that was there before, the first ones.
    pub(crate) ids: Arc<[String]>,
}

impl Crowd {
    /// Nobody yet.
    pub(crate) fn of(arguments: &Run) -> Result<Self, String> {
        let tag = arguments.tag.clone().unwrap_or_else(clock::tag);
        let names = Names { tag, domain: arguments.domain.clone() };
        let target = Target::scim(&arguments.target, &arguments.token)?;
        Ok(Self { target, fresh: names.clone(), names, users: arguments.users, ids: Arc::new([]) }.renewed())
    }

    /// The same people, and names that nobody has yet.
    pub(crate) fn renewed(mut self) -> Self {
        self.fresh.tag = format!("{}c{}", self.names.tag, clock::tag());
        self
    }

    /// The same with everybody there: whoever is missing is created.
    pub(crate) async fn gathered(mut self) -> Result<Self, String> {
        let mut connection = Connection::new(self.target.clone());
        let last = equals("userName", &self.names.address(self.users.saturating_sub(1)));
        let there = connection.send("GET", &last, None).await?;
        let ids = if there.json().get("totalResults") == Some(&json!(1)) {
            self.known(&mut connection).await?
        } else {
            self.create(&mut connection).await?
        };
        self.ids = ids.into();
        Ok(self)
    }

    /// Those who stay, and so many guests.
    pub(crate) fn split(&self, guests: usize) -> Result<(&[String], &[String]), String> {
        let standing = self.ids.len().checked_sub(guests).filter(|standing| *standing > 0);
        let standing = standing.ok_or_else(|| {
            format!("{} people are too few for {guests} guests of groups; name more --users", self.ids.len())
        })?;
        Ok(self.ids.split_at(standing))
    }

    /// A new group with these members, and its id.
    pub(crate) async fn group(&self, members: &[String]) -> Result<String, String> {
        let name = format!("Load {} {}", self.names.tag, clock::unix().as_nanos());
        let mut connection = Connection::new(self.target.clone());
        let answer = connection.send("POST", "/Groups?excludedAttributes=members", Some(&group(&name))).await?;
        let id = answer.created()?;
        for some in members.chunks(MEMBERS) {
            let path = format!("/Groups/{id}?excludedAttributes=members");
            let answer = connection.send("PATCH", &path, Some(&membership("add", some))).await?;
            if !matches!(answer.status, 200 | 204) {
                return Err(format!("adding members: {}", answer.shown()));
            }
        }
        Ok(id)
    }

    async fn create(&self, connection: &mut Connection) -> Result<Vec<String>, String> {
        let batch = batch(connection).await?;
        let bar = crate::report::bar(self.users, "creating people");
        let mut ids = Vec::new();
        let mut number = 0;
        while number < self.users {
            let until = (number + batch).min(self.users);
            if batch > 1 {
                ids.extend(self.bulk(connection, number, until).await?);
            } else {
                let answer = connection.send("POST", "/Users", Some(&self.names.user(number))).await?;
                ids.push(answer.created()?);
            }
            number = until;
            bar.set_position(number);
        }
        bar.finish_and_clear();
        Ok(ids)
    }

    async fn bulk(&self, connection: &mut Connection, from: u64, until: u64) -> Result<Vec<String>, String> {
        let operation = |number: u64| json!({"method": "POST", "path": "/Users", "bulkId": format!("b{number}"), "data": self.names.user(number)});
        let job = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": (from..until).map(operation).collect::<Vec<_>>()});
        let answer = connection.send("POST", "/Bulk", Some(&job)).await?;
        let json = answer.json();
        let entries = json.get("Operations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let id = |entry: &Value| entry.get("location")?.as_str()?.rsplit('/').next().map(str::to_owned);
        let is_made = |entry: &&Value| entry.get("status") == Some(&json!("201"));
        let made: Vec<String> = entries.iter().filter(is_made).filter_map(id).collect();
        if made.len() as u64 == until - from { Ok(made) } else { Err(format!("a bulk of creates: {}", answer.shown())) }
    }

    /// Ids of people whom an earlier run created.
    async fn known(&self, connection: &mut Connection) -> Result<Vec<String>, String> {
        let mut ids = Vec::new();
        for number in 0..self.users.min(KNOWN) {
            let name = self.names.address(number);
            let answer = connection.send("GET", &equals("userName", &name), None).await?;
            let json = answer.json();
            let id = json.pointer("/Resources/0/id").and_then(Value::as_str);
            ids.push(id.ok_or_else(|| format!("`{name}` is not there: {}", answer.shown()))?.to_owned());
        }
        Ok(ids)
    }
}

async fn batch(connection: &mut Connection) -> Result<u64, String> {
    let config = connection.send("GET", "/ServiceProviderConfig", None).await?.json();
    let supported = config.pointer("/bulk/supported").and_then(Value::as_bool).unwrap_or_default();
    let most = config.pointer("/bulk/maxOperations").and_then(Value::as_u64).unwrap_or(1);
    Ok(if supported { BATCH.min(most).max(1) } else { 1 })
}
