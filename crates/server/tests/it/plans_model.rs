//! The promise of plans, over random people and random changes: the people that a plan lists are exactly those whose
//! decision differs once the change is made and everybody signs in again (design.md 5.2).

use std::collections::{BTreeMap, BTreeSet};

use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, Domain, DomainState, on_each_database};
use rollcall_policy::MembershipState;
use serde_json::{Value, json};

use crate::account_sign_ins::{account_evidence, signs_in};
use crate::plans::Planner;
use crate::sign_ins::{insert_account, invite};
use crate::site::{evidence, group, id, sign_in, user_with};
use rollcall_directory::testing::{Dice, rounds};

on_each_database! {
    a_plan_lists_exactly_those_for_whom_something_changes
}

const PEOPLE: [&str; 8] = ["ada", "bob", "cleo", "dan", "eve", "finn", "gus", "hana"];

async fn a_plan_lists_exactly_those_for_whom_something_changes(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    second_domain(&planner).await;
    let mut seen = BTreeSet::new();
    for seed in 0..rounds(24, 240) {
        let mut world = World {
            planner: &planner,
            dice: Dice::new(seed),
            came_with: BTreeMap::new(),
            unknown: BTreeSet::new(),
            without_sso: BTreeMap::new(),
            elsewhere: BTreeSet::new(),
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
        let names: Vec<&str> = change.as_object().unwrap().keys().map(String::as_str).collect();
        seen.insert((names.join(" "), listed.is_empty()));
    }
    // Otherwise the rounds above have shown little.
    assert!(seen.iter().filter(|(_, nobody)| !nobody).count() >= 5, "{seen:?}");
}

/// A verified domain that is on no connection at first.
async fn second_domain(planner: &Planner) {
    let company = planner.door.company;
    planner
        .site
        .write(|unit| async move {
            unit.insert_domain(&Domain {
                company,
                name: "corp.example".to_owned(),
                state: DomainState::Verified,
                txt_value: "rollcall-verification=2".to_owned(),
                verified_at: Some(1),
                auto_provisioning: false,
                organization: None,
                created_at: 1,
            });
            Ok(())
        })
        .await;
}

struct World<'a> {
    planner: &'a Planner,
    dice: Dice,
    /// The attributes that somebody last signed in with.
    came_with: BTreeMap<String, Value>,
    /// Whom nobody has heard of cannot be in a plan.
    unknown: BTreeSet<String>,
    /// Who comes, or could only come, without SSO, and whether the product has verified the address.
    without_sso: BTreeMap<String, bool>,
    /// Who has an address in the second domain.
    elsewhere: BTreeSet<String>,
    seed: u64,
}

impl World<'_> {
    /// People of this seed: other names than those of the seeds before.
    fn person(&self, name: &str) -> String {
        format!("{name}{}", self.seed)
    }

    fn email(&self, person: &str) -> String {
        if self.elsewhere.contains(person) { format!("{person}@corp.example") } else { self.planner.door.email(person) }
    }

    /// An account of the product's own, that no connection has met.
    async fn own_account(&mut self, person: &str, number: usize) {
        let verified = self.dice.chance(70);
        let stored = account(0x1_0000 + u128::from(self.seed) * 100 + number as u128, &self.email(person));
        insert_account(&self.planner.site, &Account { email_verified: verified, ..stored }).await;
        self.without_sso.insert(person.to_owned(), verified);
    }

    async fn populate(&mut self) {
        let (site, door) = (&self.planner.site, &self.planner.door);
        let (jit, scim, mapping) = (self.dice.chance(70), true, self.dice.chance(50));
        let enforce = self.dice.chance(30);
        site.change(door, |record| {
            record.policy.jit = true;
            record.policy.scim = true;
            record.policy.enforce_sso = false;
        })
        .await;
        let mut pushed = Vec::new();
        for (number, name) in PEOPLE.into_iter().enumerate() {
            let person = self.person(name);
            match self.dice.below(10) {
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
                6 => self.own_account(&person, number).await,
                7 => {
                    self.elsewhere.insert(person.clone());
                    self.own_account(&person, number).await;
                }
                8 => {
                    // Whoever has proven the address there comes with it, or not at all.
                    self.own_account(&person, number).await;
                    let decided = signs_in(site, &self.email(&person), true).await;
                    assert_eq!(decided["decision"], "allow", "{decided}");
                    self.without_sso.insert(person.clone(), true);
                    if self.dice.chance(50) {
                        self.come(&person).await;
                    }
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
            record.policy.enforce_sso = enforce;
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
        match self.dice.below(13) {
            0 => json!({"jit": false}),
            1 => json!({"jit": true}),
            2 => json!({"scim": false}),
            3 => json!({"group_mapping": true}),
            4 => json!({"group_mapping": false}),
            5 => json!({"enforce_sso": true}),
            6 => json!({"enforce_sso": false}),
            7 => json!({"domains": ["acme.example", "corp.example"]}),
            8 => json!({"domains": ["acme.example"]}),
            9 => json!({"strict": true}),
            10 => json!({"jit": false, "enforce_sso": true}),
            11 => json!({"jit": true, "domains": ["corp.example", "acme.example"], "enforce_sso": false}),
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
            let mut attributes = self.came_with.get(&person).cloned().unwrap_or_else(|| json!({}));
            attributes["email"] = json!(self.email(&person));
            let mut body = evidence(door, &person, &attributes);
            body["dry_run"] = json!(true);
            let through = outcome(&site.send(&sign_in(door, &body)).await.body().clone());
            let without = match self.without_sso.get(&person) {
                Some(verified) => self.without_sso(&person, *verified).await,
                None => Value::Null,
            };
            decisions.insert(self.email(&person), json!([through, without]));
        }
        decisions
    }

    /// What a sign-in without SSO would come to.
    async fn without_sso(&self, person: &str, verified: bool) -> Value {
        let site = &self.planner.site;
        let mut request = account_evidence(site, &self.email(person), verified);
        let mut body: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
        body["dry_run"] = json!(true);
        request.body = Some(body.to_string().into_bytes());
        outcome(&site.send(&request).await.body().clone())
    }

    fn listed(&self, plan: &Value) -> BTreeSet<String> {
        let own = |email: &str| PEOPLE.iter().any(|name| self.email(&self.person(name)) == email);
        let all = plan["affected"].as_array().unwrap().iter().map(|affected| affected["email"].as_str().unwrap());
        // Those of the rounds before are judged, too; what they would come with is not known here any more.
        all.filter(|email| own(email)).map(str::to_owned).collect()
    }
}

/// What a plan compares of a decision.
fn outcome(decided: &Value) -> Value {
    let mut memberships = decided["memberships"].clone();
    for membership in memberships.as_array_mut().unwrap() {
        membership["teams"].as_array_mut().unwrap().sort_by_key(Value::to_string);
    }
    json!([decided["decision"], memberships])
}
