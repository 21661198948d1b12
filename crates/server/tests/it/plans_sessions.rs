//! People who lose their access by a plan lose their sessions with it, and nobody else does (design.md 5.2).

use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Domain, DomainState, on_each_database};
use rollcall_policy::AccountId;
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::plans::Planner;
use crate::site::{Door, Site};

on_each_database! {
    a_domain_taken_away_ends_the_sessions_of_its_people
    whoever_came_after_the_plan_was_made_loses_the_session_too
}

async fn with_second_domain(site: &Site, door: &Door) {
    site.write(|unit| async move {
        unit.insert_domain(&Domain {
            company: door.company,
            name: "corp.example".to_owned(),
            state: DomainState::Verified,
            txt_value: "proven".to_owned(),
            verified_at: Some(1),
            auto_provisioning: false,
            organization: None,
            created_at: 1,
        });
        let names = ["acme.example".to_owned(), "corp.example".to_owned()];
        unit.set_connection_domains(door.company, door.connection, &names);
        Ok(())
    })
    .await;
    site.change(door, |_| {}).await;
}

async fn session(site: &Site, door: &Door, email: &str) -> String {
    let decided = site.sign_in_with(door, email, json!({"email": email})).await;
    decided["session"]["id"].as_str().unwrap_or_else(|| panic!("no session: {decided}")).to_owned()
}

async fn is_live(site: &Site, session: &str) -> bool {
    site.introspect(&site.product, session).await["active"] == true
}

/// SI-4: she is shown as one who loses, and her session ends with the change; it is told.
async fn a_domain_taken_away_ends_the_sessions_of_its_people(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    with_second_domain(site, door).await;
    let operator = site.admin(AdminRole::Operator).await;
    site.webhook(&operator, "acme", "http://127.0.0.1:9/").await;
    let other = site.second_door(door, |record| record.policy.jit = true).await;
    let (ada, cora) = (session(site, door, "ada@acme.example").await, session(site, door, "cora@corp.example").await);
    let elsewhere = session(site, &other, "oda@acme.example").await;
    let plan = planner.plan(json!({"domains": ["acme.example"]})).await;
    assert_eq!(plan["summary"]["loses"], 1, "{plan}");
    assert!(!plan.to_string().contains("account"), "only addresses are shown: {plan}");
    assert!(is_live(site, &cora).await, "a plan changes nobody");
    planner.apply(&plan, 200).await;
    let live = [is_live(site, &ada).await, is_live(site, &cora).await, is_live(site, &elsewhere).await];
    assert_eq!(live, [true, false, true]);
    let told = site.directory().read().pending_events(None, 1_000).await.unwrap();
    let ended: Vec<_> = told.iter().filter(|event| event.kind == "session.ended").collect();
    let cora = site.directory().read().account_by_email("cora@corp.example").await.unwrap().unwrap();
    assert_eq!(ended.iter().map(|event| event.subject.as_str()).collect::<Vec<_>>(), [cora.id.to_string()]);
    let reason: Value = serde_json::from_str(&ended[0].payload).unwrap();
    assert_eq!(reason["reason"], "access_ended");
}

/// The same line of the plan may be about somebody who had no session when it was made.
async fn whoever_came_after_the_plan_was_made_loses_the_session_too(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    with_second_domain(site, door).await;
    let known = account(71, "cora@corp.example");
    crate::sign_ins::insert_account(site, &known).await;
    crate::plans_people::member_as(site, door, AccountId::from_u128(71), rollcall_policy::Role::Member).await;
    let plan = planner.plan(json!({"domains": ["acme.example"]})).await;
    let cora = session(site, door, "cora@corp.example").await;
    assert!(is_live(site, &cora).await);
    // By now she is judged by what she came with; whoever applies looks at that first.
    let fresh = planner.apply(&plan, 409).await;
    planner.apply(&fresh["plan"], 200).await;
    assert!(!is_live(site, &cora).await);
}
