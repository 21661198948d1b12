//! What the tests of the brake share: a company whose directory removes people, and how things stand then.

use std::collections::BTreeMap;

use rollcall_conformance::client::Answer;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use rollcall_server::jobs::unanswered_removals;
use serde_json::{Value, json};

use crate::races::at_once;
use crate::site::{Door, Site, id, patch, scim, user};

/// A company with a brake.
pub(crate) struct Scene {
    pub(crate) site: Site,
    pub(crate) door: Door,
    /// The company owner's token.
    pub(crate) owner: String,
}

impl Scene {
    /// With the brake that every connection has.
    pub(crate) async fn start(directory: &TestDirectory) -> Self {
        let site = Site::start(directory).await;
        let door = site.acme().await;
        let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
        Self { site, door, owner }
    }

    /// With so many removals in an hour at most, whatever their share.
    pub(crate) async fn with(directory: &TestDirectory, count: u32) -> Self {
        let scene = Self::start(directory).await;
        scene.set(json!({"count": count, "percent": 0})).await;
        scene
    }

    /// Another brake from now on, as its administrator would set it.
    pub(crate) async fn set(&self, brake: Value) {
        let path = format!("/connections/{}", self.door.connection);
        self.site.manage(&self.owner, "PATCH", &path, json!({"brake": brake}), 200).await;
    }

    /// So many people, `p0` and on; their SCIM ids.
    pub(crate) async fn people(&self, many: usize) -> Vec<String> {
        let mut ids = Vec::new();
        let names: Vec<usize> = (0..many).collect();
        for some in names.chunks(50) {
            let requests = some.iter().map(|n| self.create(&format!("p{n}")));
            ids.extend(at_once(&self.site, requests).await.iter().map(|answer| id(answer.body())));
        }
        ids
    }

    pub(crate) fn create(&self, person: &str) -> rollcall_conformance::client::Request {
        scim(&self.door, "POST", "/Users", &user(&self.door.email(person)))
    }

    /// What a directory sends to remove somebody: in turns a PATCH, a DELETE and a PUT.
    pub(crate) fn removal(&self, turn: usize, user_id: &str) -> rollcall_conformance::client::Request {
        let path = format!("/Users/{user_id}");
        match turn % 3 {
            0 => scim(&self.door, "PATCH", &path, &inactive()),
            1 => scim(&self.door, "DELETE", &path, &Value::Null),
            _ => {
                let mut body = user(&self.door.email(&format!("p{turn}")));
                body["active"] = json!(false);
                scim(&self.door, "PUT", &path, &body)
            }
        }
    }

    /// Removes people one after the other; each answer is that of a removal that acts.
    pub(crate) async fn remove(&self, people: &[String]) {
        for (turn, user_id) in people.iter().enumerate() {
            let answer = self.site.send(&self.removal(turn * 3, user_id)).await;
            assert_eq!((answer.status, &answer.body()["active"]), (200, &json!(false)), "{}", answer.text);
        }
    }

    pub(crate) async fn set_active(&self, user_id: &str, active: bool) -> Answer {
        let operation = json!([{"op": "replace", "path": "active", "value": active}]);
        self.site.patch(&self.door, &format!("/Users/{user_id}"), operation).await
    }

    /// `GET /connections/{id}/brake`.
    pub(crate) async fn brake(&self) -> Value {
        let path = format!("/connections/{}/brake", self.door.connection);
        self.site.manage(&self.owner, "GET", &path, Value::Null, 200).await
    }

    /// The people who are held, by name, without their domain.
    pub(crate) async fn held(&self) -> Vec<String> {
        let brake = self.brake().await;
        let held = brake["held"].as_array().unwrap().iter().map(|person| person["email"].as_str().unwrap());
        let mut names: Vec<String> = held.map(|email| email.split('@').next().unwrap().to_owned()).collect();
        names.sort_unstable();
        names
    }

    /// The account of somebody.
    pub(crate) async fn account(&self, person: &str) -> String {
        let found = self.site.directory().read().account_by_email(&self.door.email(person)).await.unwrap();
        found.unwrap().id.to_string()
    }

    /// Releases or rejects.
    pub(crate) async fn answer(&self, how: &str, whom: Value, status: u16) -> Value {
        let path = format!("/connections/{}/brake/{how}", self.door.connection);
        self.site.manage(&self.owner, "POST", &path, whom, status).await
    }

    /// How many members there are of each state.
    pub(crate) async fn states(&self) -> BTreeMap<&'static str, usize> {
        let mut states = BTreeMap::new();
        for (_, state) in self.site.members(&self.door).await {
            *states.entry(state).or_default() += 1;
        }
        states
    }

    /// The state of one member.
    pub(crate) async fn state(&self, person: &str) -> &'static str {
        let email = self.door.email(person);
        let members = self.site.members(&self.door).await;
        members.into_iter().find(|(address, _)| *address == email).map_or("none", |(_, state)| state)
    }

    /// How a sign-in of somebody is decided: the reason, and whether RC-12 has a part in it.
    pub(crate) async fn signs_in(&self, person: &str) -> (String, bool) {
        let decided = self.site.sign_in(&self.door, person).await;
        let reason = decided["reason"].as_str().unwrap().to_owned();
        (reason, crate::site::rules(&decided).contains(&"RC-12"))
    }

    /// How many entries of that word the log has.
    pub(crate) async fn noted(&self, action: &str) -> usize {
        let log = self.site.directory().read().activities(self.door.company, None, 10_000).await.unwrap();
        log.iter().filter(|entry| entry.action == action).count()
    }

    /// How many events of that kind are on their way, or were.
    pub(crate) async fn told(&self, directory: &TestDirectory, kind: &str) -> usize {
        let contents = directory.contents().await;
        let rows = contents.into_iter().find(|(table, _)| table == "outbox").map(|(_, rows)| rows).unwrap_or_default();
        rows.iter().filter(|row| row.contains(kind)).count()
    }

    /// The turn of the job that releases whom nobody answered for.
    pub(crate) async fn time_is_over(&self) {
        unanswered_removals::release(self.site.parts()).await.unwrap();
    }
}

/// `active: false`.
pub(crate) fn inactive() -> Value {
    patch(json!([{"op": "replace", "path": "active", "value": false}]))
}

/// Counts as [`Scene::states`] gives them.
pub(crate) fn counts(states: &[(&'static str, usize)]) -> BTreeMap<&'static str, usize> {
    states.iter().copied().collect()
}
