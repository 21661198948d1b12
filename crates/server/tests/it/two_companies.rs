//! The promise between companies (design.md 9): whatever one of them pushes or lets in changes no decision, membership or
//! session of another one for the same person. Random acts of one company, watched from the other.

use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, Identity, Membership, Session, on_each_database};
use rollcall_policy::{MembershipState, Origin, Role};
use rollcall_server::clock::DAY;
use serde_json::{Value, json};

use crate::site::{Door, Site, evidence, group, id, patch, sign_in};
use rollcall_directory::testing::{Dice, rounds};

on_each_database! {
    nothing_that_one_company_does_changes_the_other
}

/// Local parts of everybody; each exists in both domains.
const PEOPLE: [&str; 3] = ["ada", "bob", "cleo"];
const ACTS: u64 = 60;

/// RC-1, RC-2, RC-3, RC-4, RC-11, I-5.
async fn nothing_that_one_company_does_changes_the_other(directory: &TestDirectory) {
    for seed in 0..rounds(1, 12) {
        let site = Site::start(directory).await;
        let ours = site.company(&format!("acme{seed}"), u128::from(2 * seed + 1) << 32).await;
        let theirs = site.company(&format!("globex{seed}"), u128::from(2 * seed + 2) << 32).await;
        let sessions = settle(&site, &ours, &theirs, seed).await;
        let before = watch(&site, &ours, &theirs, &sessions).await;
        let at_home = members(&site, &ours).await;
        let mut act = Act { site: &site, ours: &ours, theirs: &theirs, dice: Dice::new(seed), pushed: Vec::new() };
        for round in 0..ACTS {
            let done = act.any().await;
            let now = watch(&site, &ours, &theirs, &sessions).await;
            assert_eq!(now, before, "seed {seed}, act {round}: {done}");
        }
        assert_ne!(members(&site, &ours).await, at_home, "seed {seed}: acts that do nothing show nothing");
    }
}

/// Everybody has an account, a membership in both companies, and a session that `theirs` opened; their ids.
async fn settle(site: &Site, ours: &Door, theirs: &Door, seed: u64) -> Vec<String> {
    let mut sessions = Vec::new();
    let mut number = u128::from(seed) << 16;
    for (person, home) in PEOPLE.iter().flat_map(|person| [(person, ours), (person, theirs)]) {
        number += 1;
        let stored = Account { username: format!("person{number}"), ..account(number, &home.email(person)) };
        let secret = format!("{number:064x}");
        let hash = rollcall_server::app::sessions::hash(&secret);
        let now = site.clock.now();
        let (stored, hash) = (&stored, &hash);
        site.write(|unit| async move {
            unit.insert_account(stored);
            for door in [ours, theirs] {
                unit.insert_membership(&membership(door, stored, now));
            }
            unit.insert_identity(&Identity {
                company: theirs.company,
                connection: theirs.connection,
                subject: format!("subject-{}", stored.email),
                account: stored.id,
                created_at: now,
            });
            unit.insert_session(&Session {
                id_hash: *hash,
                account: stored.id,
                company: Some(theirs.company),
                connection: Some(theirs.connection),
                created_at: now,
                expires_at: now + DAY,
                idle_seconds: None,
                last_seen_at: now,
                ended_at: None,
            });
            Ok(())
        })
        .await;
        sessions.push(secret);
    }
    sessions
}

fn membership(door: &Door, account: &Account, now: i64) -> Membership {
    Membership {
        company: door.company,
        organization: door.organization,
        account: account.id,
        role: Role::Member,
        origin: Origin::Manual,
        state: MembershipState::Active,
        suspended_by: None,
        created_at: now,
        updated_at: now,
    }
}

/// What the other company sees: its members, its sessions, and what everybody's sign-in there would come to.
async fn watch(site: &Site, ours: &Door, theirs: &Door, sessions: &[String]) -> Value {
    let mut seen = vec![json!(members(site, theirs).await)];
    for session in sessions {
        let mut live = site.introspect(&theirs.sign_in, session).await;
        // What the account itself shows is its own company's to write.
        if let Some(live) = live.as_object_mut() {
            live.retain(|name, _| !["email", "username", "full_name"].contains(&name.as_str()));
        }
        seen.push(live);
    }
    for (person, home) in PEOPLE.iter().flat_map(|person| [(person, ours), (person, theirs)]) {
        for subject in [format!("subject-{}", home.email(person)), format!("other-{person}")] {
            let mut body = evidence(theirs, person, &json!({"email": home.email(person)}));
            body["evidence"]["subject"] = json!(subject);
            body["dry_run"] = json!(true);
            let decided = site.send(&sign_in(theirs, &body)).await.body().clone();
            let parts = ["decision", "reason", "memberships", "trail", "warnings"];
            seen.push(parts.iter().map(|part| decided[*part].clone()).collect());
        }
    }
    Value::Array(seen)
}

/// Ids, roles and states: addresses and names of accounts follow their own company.
async fn members(site: &Site, door: &Door) -> Vec<Value> {
    let reader = site.directory().read();
    let all = reader.members_of_organization(door.company, door.organization, None, 1_000).await.unwrap();
    all.iter()
        .map(|member| {
            let membership = &member.view.membership;
            json!([membership.account, membership.role, membership.state, membership.origin, member.view.teams])
        })
        .collect()
}

/// Acts of one company.
struct Act<'a> {
    site: &'a Site,
    ours: &'a Door,
    theirs: &'a Door,
    dice: Dice,
    /// SCIM ids that were pushed and not deleted.
    pushed: Vec<String>,
}

impl Act<'_> {
    /// One random act; what it was.
    async fn any(&mut self) -> String {
        match self.dice.below(10) {
            0..=2 => self.create().await,
            3 | 4 => self.change().await,
            5 => self.delete().await,
            6 => self.push_group().await,
            _ => self.sign_in().await,
        }
    }

    fn address(&mut self) -> String {
        let (person, home) = (self.dice.pick(&PEOPLE), self.dice.pick(&[self.ours, self.theirs]));
        home.email(person)
    }

    fn user(&mut self) -> Value {
        let (name, number) = (self.address(), self.dice.below(4));
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("{number}-{name}"),
            "externalId": format!("subject-{}", self.address()),
            "displayName": format!("Name {number}"),
            "active": self.dice.chance(60),
            "emails": [{"value": self.address(), "primary": true}],
        })
    }

    async fn create(&mut self) -> String {
        let body = self.user();
        let answer = self.site.scim(self.ours, "POST", "/Users", body.clone()).await;
        if answer.status == 201 {
            self.pushed.push(id(answer.body()));
        }
        format!("POST {body}: {}", answer.status)
    }

    async fn change(&mut self) -> String {
        let Some(user) = self.any_pushed() else { return self.create().await };
        let body = if self.dice.chance(50) {
            let value = self.address();
            json!([{"op": "replace", "path": "emails", "value": [{"value": value, "primary": true}]}])
        } else {
            json!([{"op": "replace", "path": "active", "value": self.dice.chance(50)}])
        };
        let answer = self.site.scim(self.ours, "PATCH", &format!("/Users/{user}"), patch(body.clone())).await;
        format!("PATCH {body}: {}", answer.status)
    }

    async fn delete(&mut self) -> String {
        let Some(user) = self.any_pushed() else { return self.create().await };
        let answer = self.site.scim(self.ours, "DELETE", &format!("/Users/{user}"), Value::Null).await;
        self.pushed.retain(|known| *known != user);
        format!("DELETE: {}", answer.status)
    }

    async fn push_group(&mut self) -> String {
        let organization = self.dice.pick(&[self.ours, self.theirs]).name.clone();
        let name = format!("{organization}:team{}", self.dice.below(100));
        let members: Vec<&str> = self.pushed.iter().map(String::as_str).collect();
        let answer = self.site.scim(self.ours, "POST", "/Groups", group(&name, &members)).await;
        format!("POST group {name}: {}", answer.status)
    }

    async fn sign_in(&mut self) -> String {
        let further = json!({
            "email": self.address(),
            "name": "Somebody Else",
            "groups": [format!("{}:staff", self.theirs.name), format!("{}:staff", self.ours.name)],
        });
        let mut body = evidence(self.ours, "nobody", &further);
        body["evidence"]["subject"] = json!(format!("subject-{}", self.address()));
        let answer = self.site.send(&sign_in(self.ours, &body)).await;
        format!("sign-in {body}: {}", answer.text)
    }

    fn any_pushed(&mut self) -> Option<String> {
        let count = self.pushed.len();
        (count > 0).then(|| self.pushed[self.dice.below(count)].clone())
    }
}
