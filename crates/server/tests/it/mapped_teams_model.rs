//! After whatever pushes, in whatever order or at once, each mapped team equals the union of its groups (RC-14).

use std::collections::{BTreeMap, BTreeSet};

use rollcall_conformance::client::Request;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use serde_json::{Value, json};

use crate::mapped_teams::{add, mapping_acme, people, remove};
use crate::site::{Door, Site, group, id, patch, scim, user, user_with};

on_each_database! {
    random_pushes_leave_each_team_equal_to_its_groups
    members_added_to_two_groups_at_once_all_come_into_the_team
    whoever_leaves_one_group_and_enters_another_at_once_is_in_the_team
    of_activations_and_members_added_at_once_none_is_lost
}

const PEOPLE: [&str; 6] = ["ada", "bob", "cleo", "dan", "eve", "fay"];
const NAMES: [&str; 5] = ["acme:dev", "ACME : Dev", "acme:ops", "Crew", "nowhere:dev"];

/// Random choices that a seed repeats (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }
}

/// What was pushed through one connection, as a provider would remember it.
struct Model {
    door: Door,
    /// By person: SCIM id and `active`.
    users: BTreeMap<&'static str, (String, bool)>,
    /// By SCIM id: name and members.
    groups: BTreeMap<String, (&'static str, BTreeSet<&'static str>)>,
}

impl Model {
    fn new(door: Door) -> Self {
        Self { door, users: BTreeMap::new(), groups: BTreeMap::new() }
    }

    fn ids(&self, people: &BTreeSet<&'static str>) -> Vec<&str> {
        people.iter().map(|person| self.users[person].0.as_str()).collect()
    }

    fn some_people(&self, dice: &mut Dice) -> BTreeSet<&'static str> {
        self.users.keys().filter(|_| dice.below(2) == 0).copied().collect()
    }

    fn free_name(&self, dice: &mut Dice) -> Option<&'static str> {
        let name = NAMES[dice.below(NAMES.len())];
        self.groups.values().all(|(taken, _)| *taken != name).then_some(name)
    }

    async fn push_user(&mut self, site: &Site, person: &'static str, dice: &mut Dice) {
        let email = self.door.email(person);
        match self.users.get_mut(person) {
            None => {
                let id = id(&site.expect(&self.door, "POST", "/Users", user(&email), 201).await);
                self.users.insert(person, (id, true));
            }
            Some((id, active)) if dice.below(3) > 0 => {
                *active = !*active;
                let body = user_with(&email, json!({"active": *active}));
                site.expect(&self.door, "PUT", &format!("/Users/{id}"), body, 200).await;
            }
            Some((id, _)) => {
                site.expect(&self.door, "DELETE", &format!("/Users/{id}"), Value::Null, 204).await;
                self.users.remove(person);
                for (_, members) in self.groups.values_mut() {
                    members.remove(person);
                }
            }
        }
    }

    async fn push_group(&mut self, site: &Site, dice: &mut Dice) {
        let turn = dice.below(self.groups.len() + 1);
        let Some(path) = self.groups.keys().nth(turn).cloned() else {
            let (Some(name), members) = (self.free_name(dice), self.some_people(dice)) else { return };
            let body = group(name, &self.ids(&members));
            let id = id(&site.expect(&self.door, "POST", "/Groups", body, 201).await);
            self.groups.insert(id, (name, members));
            return;
        };
        let (mut name, mut members) = self.groups.remove(&path).unwrap();
        let url = format!("/Groups/{path}");
        match dice.below(5) {
            0 => {
                site.expect(&self.door, "DELETE", &url, Value::Null, 204).await;
                return;
            }
            1 => {
                name = self.free_name(dice).unwrap_or(name);
                members = self.some_people(dice);
                site.expect(&self.door, "PUT", &url, group(name, &self.ids(&members)), 200).await;
            }
            2 => {
                name = self.free_name(dice).unwrap_or(name);
                let rename = json!([{"op": "replace", "path": "displayName", "value": name}]);
                assert_eq!(site.patch(&self.door, &url, rename).await.status, 200);
            }
            _ => {
                let Some((person, (id, _))) = self.users.iter().nth(dice.below(PEOPLE.len())) else {
                    self.groups.insert(path, (name, members));
                    return;
                };
                let operation = if members.contains(person) { remove(id) } else { add(id) };
                assert_eq!(site.patch(&self.door, &url, json!([operation])).await.status, 200);
                if !members.remove(person) {
                    members.insert(*person);
                }
            }
        }
        self.groups.insert(path, (name, members));
    }

    /// Who is in a team by this connection's groups.
    fn given(&self, team: &str) -> BTreeSet<&'static str> {
        let maps = |name: &str| {
            let name = name.to_lowercase();
            name.split_once(':').is_some_and(|(at, to)| (at.trim(), to.trim()) == ("acme", team))
        };
        let members = self.groups.values().filter(|(name, _)| maps(name)).flat_map(|(_, members)| members);
        members.filter(|person| self.users[*person].1).copied().collect()
    }
}

/// P/G-7, RC-14.
async fn random_pushes_leave_each_team_equal_to_its_groups(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let second = site.second_door(&acme, |record| record.policy.group_mapping = true).await;
    for door in [&acme, &second] {
        // So many come and go that the brake would hold some, who would stay in their teams (RC-12).
        let brake = || json!({"count": 1_000_000});
        site.change(door, |record| drop(record.details.insert("brake".to_owned(), brake()))).await;
    }
    for seed in 1..=4 {
        let mut dice = Dice(seed);
        let mut models = [Model::new(acme.clone()), Model::new(second.clone())];
        for step in 0..60 {
            let model = &mut models[dice.below(2)];
            if dice.below(5) < 2 {
                model.push_user(&site, PEOPLE[dice.below(PEOPLE.len())], &mut dice).await;
            } else {
                model.push_group(&site, &mut dice).await;
            }
            for team in ["dev", "ops"] {
                let Some(found) = people(&site, &acme, acme.organization, team).await else { continue };
                let expected: BTreeSet<&str> = models.iter().flat_map(|model| model.given(team)).collect();
                assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "seed {seed}, step {step}, {team}");
            }
        }
        for model in &models {
            for path in model.groups.keys().map(|id| format!("/Groups/{id}")) {
                site.expect(&model.door, "DELETE", &path, Value::Null, 204).await;
            }
            for path in model.users.values().map(|(id, _)| format!("/Users/{id}")) {
                site.expect(&model.door, "DELETE", &path, Value::Null, 204).await;
            }
        }
    }
}

async fn all_well(site: &Site, requests: Vec<Request>) {
    let send = |request: Request| {
        let client = site.client.clone();
        tokio::spawn(async move { client.send(&request).await.unwrap() })
    };
    for running in requests.into_iter().map(send).collect::<Vec<_>>() {
        let answer = running.await.unwrap();
        assert!(matches!(answer.status, 200 | 204), "{}", answer.text);
    }
}

async fn push_people(site: &Site, door: &Door, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(site.push(door, &format!("p{number:02}")).await);
    }
    ids
}

fn change(door: &Door, group: &str, operation: &Value) -> Request {
    scim(door, "PATCH", &format!("/Groups/{group}"), &patch(json!([operation])))
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("p{number:02}")).collect()
}

/// RC-14: the union, whichever came first.
async fn members_added_to_two_groups_at_once_all_come_into_the_team(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let ids = push_people(&site, &acme, 24).await;
    let first = id(&site.expect(&acme, "POST", "/Groups", group("acme:dev", &[]), 201).await);
    let second = id(&site.expect(&acme, "POST", "/Groups", group("acme :dev", &[]), 201).await);
    let requests = ids.iter().enumerate().map(|(turn, user)| {
        let group = if turn % 2 == 0 { &first } else { &second };
        change(&acme, group, &add(user))
    });
    all_well(&site, requests.collect()).await;
    assert_eq!(people(&site, &acme, acme.organization, "dev").await, Some(names(24)));
}

/// RC-14: neither order of the two writes loses the person.
async fn whoever_leaves_one_group_and_enters_another_at_once_is_in_the_team(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let ids = push_people(&site, &acme, 12).await;
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let first = id(&site.expect(&acme, "POST", "/Groups", group("acme:dev", &all), 201).await);
    let second = id(&site.expect(&acme, "POST", "/Groups", group("acme :dev", &[]), 201).await);
    for (from, to) in [(&first, &second), (&second, &first)] {
        let moves = ids.iter().flat_map(|user| [change(&acme, from, &remove(user)), change(&acme, to, &add(user))]);
        all_well(&site, moves.collect()).await;
        assert_eq!(people(&site, &acme, acme.organization, "dev").await, Some(names(12)));
    }
    let both = ids.iter().map(|user| change(&acme, &second, &add(user)));
    all_well(&site, both.collect()).await;
    let out = ids.iter().flat_map(|user| [change(&acme, &first, &remove(user)), change(&acme, &second, &remove(user))]);
    all_well(&site, out.collect()).await;
    assert_eq!(people(&site, &acme, acme.organization, "dev").await, Some(Vec::new()), "both at once");
}

/// RC-14: somebody who becomes active, or linked, while a group gets them.
async fn of_activations_and_members_added_at_once_none_is_lost(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = mapping_acme(&site).await;
    let crew = id(&site.expect(&acme, "POST", "/Groups", group("acme:dev", &[]), 201).await);
    let mut requests = Vec::new();
    for number in 0..16 {
        // The even ones have an account already and are suspended, the odd ones have none.
        let email = acme.email(&format!("p{number:02}"));
        let body = user_with(&email, json!({"active": number % 2 == 0}));
        let user = id(&site.expect(&acme, "POST", "/Users", body, 201).await);
        let path = format!("/Users/{user}");
        site.expect(&acme, "PUT", &path, user_with(&email, json!({"active": false})), 200).await;
        let activate = patch(json!([{"op": "replace", "path": "active", "value": true}]));
        requests.push(scim(&acme, "PATCH", &path, &activate));
        requests.push(change(&acme, &crew, &add(&user)));
    }
    all_well(&site, requests).await;
    assert_eq!(people(&site, &acme, acme.organization, "dev").await, Some(names(16)));
}
