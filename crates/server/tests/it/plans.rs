//! Plans: a change of policy shown before it is made (design.md 5.2; N-5, N-6).

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::HOUR;
use serde_json::{Value, json};

use crate::sign_ins::invite;
use crate::site::{Door, Site, group, user_with};

on_each_database! {
    jit_off_shows_recorded_strangers_and_denies_them
    the_whole_way_from_jit_to_scim
    mapping_turned_on_applies_the_groups_that_are_there
    scim_turned_off_after_jit_leaves_both_off
    what_a_rule_forbids_has_no_plan
    a_plan_that_would_hit_others_by_now_is_stale
    a_plan_changes_nobody_and_is_applied_once
}

/// A company and whoever may plan for it.
pub(crate) struct Planner {
    pub(crate) site: Site,
    pub(crate) door: Door,
    pub(crate) owner: String,
}

impl Planner {
    pub(crate) async fn start(directory: &TestDirectory) -> Self {
        let site = Site::start(directory).await;
        let door = site.acme().await;
        let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
        Self { site, door, owner }
    }

    pub(crate) async fn plan(&self, change: Value) -> Value {
        let path = format!("/connections/{}/plans", self.door.connection);
        self.site.manage(&self.owner, "POST", &path, change, 201).await
    }

    pub(crate) async fn apply(&self, plan: &Value, status: u16) -> Value {
        let path = format!("/plans/{}/apply", plan["id"].as_str().unwrap());
        self.site.manage(&self.owner, "POST", &path, Value::Null, status).await
    }

    /// A removal by hand, as an owner makes it: it does not outlive the next JIT sign-in (RC-11).
    pub(crate) async fn remove(&self, person: &str) {
        let (door, email) = (&self.door, self.door.email(person));
        let account = self.site.directory().read().account_by_email(&email).await.unwrap().unwrap();
        let account = &account;
        self.site
            .write(|unit| async move {
                let before = unit.membership(door.company, door.organization, account.id).await?.unwrap().membership;
                let mut after = before.clone();
                after.state = rollcall_policy::MembershipState::Removed;
                unit.update_membership(&before, &after);
                Ok(())
            })
            .await;
    }
}

/// N-3, N-6: whoever was removed by hand and came back by JIT would not come back any more.
async fn jit_off_shows_recorded_strangers_and_denies_them(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    for person in ["member", "stranger"] {
        site.sign_in(door, person).await;
    }
    planner.remove("stranger").await;
    invite(site, door, "invited", None, None).await;
    let plan = planner.plan(json!({"jit": false})).await;
    assert_eq!(plan["change"], json!({"jit": false}));
    assert_eq!(
        plan["affected"],
        json!([{"email": "stranger@acme.example", "now": "allow", "then": "deny", "rules": ["N-1", "N-3"], "basis": "recorded"}])
    );
    let summary = json!({"keeps": 2, "loses": 1, "gains": 0, "changes_teams": 0, "changes_role": 0});
    assert_eq!(plan["summary"], summary, "{plan}");
    let applied = planner.apply(&plan, 200).await;
    assert!(applied["applied_at"].is_string(), "{applied}");
    for (person, decision, message) in
        [("stranger", "deny", "Access denied"), ("member", "allow", "Signed in"), ("invited", "allow", "Signed in")]
    {
        let decided = site.sign_in(door, person).await;
        assert_eq!((&decided["decision"], &decided["message"]), (&json!(decision), &json!(message)), "{decided}");
    }
}

/// S-6, N-5, N-7, P4-41: SCIM on, pushes, JIT off; members come in, strangers read `Access denied`.
async fn the_whole_way_from_jit_to_scim(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.change(door, |record| record.policy.scim = false).await;
    site.sign_in(door, "ada").await;
    site.sign_in(door, "bob").await;
    let scim_on = planner.plan(json!({"scim": true})).await;
    assert_eq!((&scim_on["affected"], &scim_on["summary"]["keeps"]), (&json!([]), &json!(2)), "S-6");
    planner.apply(&scim_on, 200).await;
    site.push(door, "ada").await;
    site.push(door, "cleo").await;
    let jit_off = planner.plan(json!({"jit": false})).await;
    assert_eq!(jit_off["affected"], json!([]), "members stay members (N-7): {jit_off}");
    planner.apply(&jit_off, 200).await;
    for (person, decision) in [("ada", "allow"), ("bob", "allow"), ("cleo", "allow"), ("stranger", "deny")] {
        assert_eq!(site.sign_in(door, person).await["decision"], decision, "{person}");
    }
    let shown =
        site.manage(&planner.owner, "GET", &format!("/connections/{}", door.connection), Value::Null, 200).await;
    assert_eq!(shown["mode"], "scim_authoritative");
}

/// RC-18: who is in a group gets its team, who is in the team by hand leaves it (P4-35).
async fn mapping_turned_on_applies_the_groups_that_are_there(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.change(door, |record| record.policy.group_mapping = false).await;
    let ada = site.push(door, "ada").await;
    site.sign_in_with(door, "bob", json!({"team": "Crew"})).await;
    site.expect(door, "POST", "/Groups", group("acme:Crew", &[&ada]), 201).await;
    let plan = planner.plan(json!({"group_mapping": true})).await;
    assert_eq!(
        plan["affected"],
        json!([
            {"email": "ada@acme.example", "now": "allow", "then": "allow", "rules": [], "basis": "assumed",
             "teams": {"now": ["acme:everyone"], "then": ["acme:Crew", "acme:everyone"]}},
            {"email": "bob@acme.example", "now": "allow", "then": "allow", "rules": ["RC-14"], "basis": "recorded",
             "teams": {"now": ["acme:Crew"], "then": ["acme:"]}},
        ])
    );
    assert_eq!(plan["summary"]["changes_teams"], 2);
    planner.apply(&plan, 200).await;
    let decided = site.sign_in(door, "ada").await;
    let mut teams = decided["memberships"][0]["teams"].clone();
    teams.as_array_mut().unwrap().sort_by_key(Value::to_string);
    assert_eq!(teams, json!(["Crew", "everyone"]));
    assert_eq!(site.sign_in(door, "bob").await["memberships"][0]["teams"], json!([]));
}

/// S-7, S-8, P4-25, RC-16: nobody leaves, nobody is pushed, and no group puts anybody into a team.
async fn scim_turned_off_after_jit_leaves_both_off(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.push(door, "ada").await;
    site.sign_in(door, "bob").await;
    for change in [json!({"jit": false}), json!({"scim": false})] {
        let plan = planner.plan(change).await;
        assert_eq!(plan["affected"], json!([]), "S-7");
        planner.apply(&plan, 200).await;
    }
    let path = format!("/connections/{}", door.connection);
    let shown = site.manage(&planner.owner, "GET", &path, Value::Null, 200).await;
    assert_eq!(
        (&shown["mode"], &shown["jit"], &shown["scim"]),
        (&json!("invitation_only"), &json!(false), &json!(false))
    );
    site.expect(door, "GET", "/Users", Value::Null, 403).await;
    let decided = site.sign_in_with(door, "bob", json!({"groups": ["acme:dev"]})).await;
    assert_eq!((&decided["decision"], &decided["memberships"][0]["teams"]), (&json!("allow"), &json!(["everyone"])));
    assert_eq!(site.sign_in(door, "stranger").await["message"], "Access denied");
}

/// N-5, P/C-1, P/D-11.
async fn what_a_rule_forbids_has_no_plan(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.change(door, |record| record.policy.scim = false).await;
    let path = format!("/connections/{}/plans", door.connection);
    let before = directory.contents().await;
    for (change, status, rule) in [
        (json!({"jit": false}), 422, json!("N-5")),
        (json!({"jit": false, "scim": false}), 422, json!("N-5")),
        (json!({"domains": []}), 422, json!("D-11")),
        (json!({"organizations": ["nowhere"]}), 422, json!("C-1")),
        (json!({"jit": "no"}), 400, Value::Null),
        (json!({"jitt": false}), 400, Value::Null),
    ] {
        let answer = site.api(&planner.owner, "POST", &path, change.clone()).await;
        assert_eq!((answer.status, &answer.body()["rule"]), (status, &rule), "{change}: {}", answer.text);
    }
    assert_eq!(directory.contents().await, before);
}

/// "A plan is stale when its affected list would differ, not when any row moved".
async fn a_plan_that_would_hit_others_by_now_is_stale(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.sign_in(door, "ada").await;
    let plan = planner.plan(json!({"jit": false})).await;
    // Somebody signs in, and nobody else would be hit: the plan holds.
    site.sign_in(door, "bob").await;
    let stale = planner.plan(json!({"jit": false})).await;
    planner.remove("bob").await;
    site.push(door, "cleo").await;
    let refused = planner.apply(&stale, 409).await;
    assert_eq!(
        (&refused["type"], &refused["plan"]["summary"]["loses"]),
        (&json!("stale_plan"), &json!(1)),
        "{refused}"
    );
    assert_eq!(refused["plan"]["affected"][0]["email"], "bob@acme.example");
    // What was shown now is what is applied.
    planner.apply(&refused["plan"], 200).await;
    assert_eq!(site.sign_in(door, "bob").await["decision"], "deny");
    // The first plan has become true: by now it would hit nobody, as it said.
    planner.apply(&plan, 200).await;
}

/// Making a plan stores the plan and nothing else; it is good for an hour and applying it again is the same answer.
async fn a_plan_changes_nobody_and_is_applied_once(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.sign_in(door, "ada").await;
    site.expect(door, "POST", "/Users", user_with("bob@acme.example", json!({"active": false})), 201).await;
    let mut before = directory.contents().await;
    let (first, late) = (planner.plan(json!({"jit": false})).await, planner.plan(json!({"scim": false})).await);
    let mut after = directory.contents().await;
    for contents in [&mut before, &mut after] {
        contents.retain(|table, _| !["plan", "plan_person"].contains(&table.as_str()));
    }
    assert_eq!(after, before);
    let path = format!("/plans/{}", first["id"].as_str().unwrap());
    assert_eq!(site.manage(&planner.owner, "GET", &path, Value::Null, 200).await, first);
    let done = planner.apply(&first, 200).await;
    let log = directory.contents().await["activity"].len();
    assert_eq!(planner.apply(&first, 200).await, done);
    assert_eq!(directory.contents().await["activity"].len(), log, "nothing more is done");
    site.clock.advance(HOUR + 1);
    let refused = planner.apply(&late, 409).await;
    assert_eq!(refused["type"], "plan_expired", "{refused}");
}
