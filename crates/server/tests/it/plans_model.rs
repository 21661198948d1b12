//! The promise of plans, over random people and random changes: the people that a plan lists are exactly those whose
//! decision differs once the change is made and everybody signs in again (design.md 5.2).

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_policy::MembershipState;
use serde_json::{Value, json};

use crate::dice::{Dice, rounds};
use crate::plans::Planner;
use crate::sign_ins::invite;
use crate::site::{evidence, group, id, sign_in, user_with};

on_each_database! {
    a_plan_lists_exactly_those_for_whom_something_changes
}

const PEOPLE: [&str; 8] = ["ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana"];

async fn a_plan_lists_exactly_those_for_whom_something_changes(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let mut seen = BTreeSet::new();
    for seed in 0..rounds(24, 240) {
        let mut world = World {
            planner: &planner,
            dice: Dice::new(seed),
            came_with: BTreeMap::new(),
            unknown: BTreeSet::new(),
            seed,
        };
        world.populate().await;
        let change = world.change();
        let answer = world.ask(&change).await;
        let Some(plan) = answer else { continue };
        let before = world.everybody().await;
        planner.apply(&plan, 200).await;
        let after = world.everybody().await;
        let differs: BTreeSet<String> =
            before.iter().filter(|(email, now)| after[*email] != **now).map(|(email, _)| email.clone()).collect();
        let listed: BTreeSet<String> = world.listed(&plan);
        assert_eq!(listed, differs, "seed {seed}: {change} over {before:#?} then {after:#?}, plan {plan}");
        let name = change.as_object().unwrap().keys().next().unwrap().clone();
        seen.insert((name, listed.is_empty()));
    }
    // Otherwise the rounds above have shown little.
    assert!(seen.iter().filter(|(_, nobody)| !nobody).count() >= 3, "{seen:?}");
}

struct World<'a> {
    planner: &'a Planner,
    dice: Dice,
    /// The attributes that somebody last signed in with.
    came_with: BTreeMap<String, Value>,
    /// Whom nobody has heard of cannot be in a plan.
    unknown: BTreeSet<String>,
    seed: u64,
}

impl World<'_> {
    /// People of this seed: other names than those of the seeds before.
    fn person(&self, name: &str) -> String {
        format!("{name}{}", self.seed)
    }

    async fn populate(&mut self) {
        let (site, door) = (&self.planner.site, &self.planner.door);
        let (jit, scim, mapping) = (self.dice.chance(70), true, self.dice.chance(50));
        site.change(door, |record| {
            record.policy.jit = true;
            record.policy.scim = true;
        })
        .await;
        let mut pushed = Vec::new();
        for name in PEOPLE {
            let person = self.person(name);
            match self.dice.below(7) {
                0 => {
                    self.unknown.insert(person);
                }
                1 | 2 => self.come(&person).await,
                3 => {
                    let body = user_with(&door.email(&person), json!({"active": self.dice.chance(60)}));
                    pushed.push(id(&site.expect(door, "POST", "/Users", body, 201).await));
                }
                4 => {
                    invite(site, door, &person, None, None).await;
                }
                5 => {
                    self.come(&person).await;
                    self.remove(&person).await;
                }
                _ => {
                    self.come(&person).await;
                    let body = user_with(&door.email(&person), json!({"active": self.dice.chance(50)}));
                    pushed.push(id(&site.expect(door, "POST", "/Users", body, 201).await));
                }
            }
        }
        let members: Vec<&str> = pushed.iter().filter(|_| self.dice.chance(50)).map(String::as_str).collect();
        site.expect(door, "POST", "/Groups", group(&format!("acme:crew{}", self.seed), &members), 201).await;
        site.change(door, |record| {
            record.policy.jit = jit;
            record.policy.scim = scim;
            record.policy.group_mapping = mapping;
        })
        .await;
    }

    async fn come(&mut self, person: &str) {
        let attributes = match self.dice.below(3) {
            0 => json!({}),
            1 => json!({"team": "writers"}),
            _ => json!({"groups": [format!("acme:crew{}", self.seed), "acme:readers"]}),
        };
        self.planner.site.sign_in_with(&self.planner.door, person, attributes.clone()).await;
        self.came_with.insert(person.to_owned(), attributes);
    }

    async fn remove(&self, person: &str) {
        let (site, door) = (&self.planner.site, &self.planner.door);
        let account = site.directory().read().account_by_email(&door.email(person)).await.unwrap().unwrap().id;
        site.write(|unit| async move {
            let before = unit.membership(door.company, door.organization, account).await?.unwrap().membership;
            let mut after = before.clone();
            after.state = MembershipState::Removed;
            unit.remove_from_teams(door.company, door.organization, account);
            unit.update_membership(&before, &after);
            Ok(())
        })
        .await;
    }

    fn change(&mut self) -> Value {
        match self.dice.below(6) {
            0 => json!({"jit": false}),
            1 => json!({"jit": true}),
            2 => json!({"scim": false}),
            3 => json!({"group_mapping": true}),
            4 => json!({"group_mapping": false}),
            _ => json!({"default_team": null}),
        }
    }

    /// The plan, unless a rule forbids the change.
    async fn ask(&self, change: &Value) -> Option<Value> {
        let path = format!("/connections/{}/plans", self.planner.door.connection);
        let answer = self.planner.site.api(&self.planner.owner, "POST", &path, change.clone()).await;
        assert!(matches!(answer.status, 201 | 422), "{change}: {}", answer.text);
        (answer.status == 201).then(|| answer.body().clone())
    }

    /// What everybody's sign-in would come to now, by address: with what they last came with, else with their address.
    async fn everybody(&self) -> BTreeMap<String, Value> {
        let (site, door) = (&self.planner.site, &self.planner.door);
        let mut decisions = BTreeMap::new();
        for name in PEOPLE {
            let person = self.person(name);
            if self.unknown.contains(&person) {
                continue;
            }
            let attributes = self.came_with.get(&person).cloned().unwrap_or_else(|| json!({}));
            let mut body = evidence(door, &person, &attributes);
            body["dry_run"] = json!(true);
            let decided = site.send(&sign_in(door, &body)).await.body().clone();
            let mut memberships = decided["memberships"].clone();
            for membership in memberships.as_array_mut().unwrap() {
                membership["teams"].as_array_mut().unwrap().sort_by_key(Value::to_string);
            }
            decisions.insert(door.email(&person), json!([decided["decision"], memberships]));
        }
        decisions
    }

    fn listed(&self, plan: &Value) -> BTreeSet<String> {
        let own = |email: &str| PEOPLE.iter().any(|name| self.planner.door.email(&self.person(name)) == email);
        let all = plan["affected"].as_array().unwrap().iter().map(|affected| affected["email"].as_str().unwrap());
        // Those of the rounds before are judged, too; what they would come with is not known here any more.
        all.filter(|email| own(email)).map(str::to_owned).collect()
    }
}
