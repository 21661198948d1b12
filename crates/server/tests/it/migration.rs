//! From JIT to SCIM, step by step, as the manual says it (provisioning-rules 2.20; N-3, N-5, N-7, S-6).

use rollcall_directory::on_each_database;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_policy::{AccountId, Role};
use serde_json::{Value, json};

use crate::plans::Planner;
use crate::plans_people::member_as;
use crate::sign_ins::insert_account;
use crate::site::user_with;

on_each_database! {
    a_company_of_two_hundred_moves_from_jit_to_scim
    the_report_says_why_and_what_to_do
}

impl Planner {
    async fn report(&self) -> Value {
        let path = format!("/connections/{}/migration", self.door.connection);
        self.site.manage(&self.owner, "GET", &path, Value::Null, 200).await
    }

    async fn report_table(&self) -> String {
        let path = format!("/connections/{}/migration?format=csv", self.door.connection);
        let answer = self.site.api(&self.owner, "GET", &path, Value::Null).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("text/csv; charset=utf-8")),
            "{}",
            answer.text
        );
        answer.text
    }
}

fn person(number: usize) -> String {
    format!("p{number:03}")
}

fn states(report: &Value) -> Vec<&str> {
    report["steps"].as_array().unwrap().iter().map(|step| step["state"].as_str().unwrap()).collect()
}

/// N-3, N-5, N-6, N-7, S-6, RC-7: nobody is changed before the last step, and then those whom the plan named.
async fn a_company_of_two_hundred_moves_from_jit_to_scim(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    // A company that lives with JIT: two hundred people have signed in, two of them were removed by hand since.
    site.change(door, |record| record.policy.scim = false).await;
    for number in 0..202 {
        assert_eq!(site.sign_in(door, &person(number)).await["decision"], "allow");
    }
    for number in [200, 201] {
        planner.remove(&person(number)).await;
    }
    // JIT cannot be turned off before SCIM is on.
    let plans = format!("/connections/{}/plans", door.connection);
    let forbidden = site.manage(&planner.owner, "POST", &plans, json!({"jit": false}), 422).await;
    assert_eq!(forbidden["rule"], "N-5");
    let report = planner.report().await;
    assert_eq!((&report["mode"], &report["ready"], &report["next"]["step"]), (&json!("jit"), &json!(false), &json!(1)));

    // Step 1: SCIM on. Nobody is changed at that moment.
    let scim_on = planner.plan(json!({"scim": true})).await;
    assert_eq!(scim_on["affected"], json!([]), "S-6");
    planner.apply(&scim_on, 200).await;
    assert_eq!(planner.report().await["next"]["step"], 1, "nobody is pushed yet");

    // Steps 2 to 5: the provider pushes those who are assigned to its application.
    for number in 0..190 {
        let body = user_with(&door.email(&person(number)), json!({"externalId": format!("ext-{number}")}));
        site.expect(door, "POST", "/Users", body, 201).await;
    }

    // Step 6: the report names the ten who are missing there.
    let report = planner.report().await;
    let named = |list: &str| -> Vec<&str> {
        report[list].as_array().unwrap().iter().map(|one| one["email"].as_str().unwrap_or_default()).collect()
    };
    let ten: Vec<String> = (190..200).map(|number| door.email(&person(number))).collect();
    let mut not_pushed = named("not_pushed");
    not_pushed.sort_unstable();
    assert_eq!(not_pushed, ten);
    assert_eq!((named("linked").len(), named("not_linked").len()), (190, 0));
    let counts = &report["counts"];
    assert_eq!((&counts["linked"], &counts["not_linked"], &counts["not_pushed"]), (&json!(190), &json!(0), &json!(10)));
    assert_eq!((&report["ready"], &report["next"]["step"]), (&json!(false), &json!(4)), "{}", report["next"]);
    let table = planner.report_table().await;
    assert_eq!(table.lines().filter(|line| line.starts_with("not pushed,")).count(), 10);
    assert_eq!(table.lines().count(), 1 + 10 + 190);

    // Nine are assigned, the tenth has left and is removed.
    for number in 190..199 {
        site.push(door, &person(number)).await;
    }
    let report = planner.report().await;
    assert_eq!(report["not_pushed"][0]["email"], door.email(&person(199)));
    planner.remove(&person(199)).await;
    let report = planner.report().await;
    assert_eq!((&report["ready"], &report["next"]["step"]), (&json!(true), &json!(7)), "{report}");

    // Step 7: the plan for JIT off shows whom it hits: members keep their access, recorded strangers lose it.
    let jit_off = planner.plan(json!({"jit": false})).await;
    let strangers: Vec<String> = (199..202).map(|number| door.email(&person(number))).collect();
    let hit: Vec<&Value> = jit_off["affected"].as_array().unwrap().iter().collect();
    assert_eq!(hit.iter().map(|one| one["email"].as_str().unwrap()).collect::<Vec<_>>(), strangers);
    for one in hit {
        let shown = (&one["now"], &one["then"], &one["rules"], &one["basis"]);
        assert_eq!(shown, (&json!("allow"), &json!("deny"), &json!(["N-1", "N-3"]), &json!("recorded")));
    }
    assert_eq!((&jit_off["summary"]["keeps"], &jit_off["summary"]["loses"]), (&json!(199), &json!(3)));
    planner.apply(&jit_off, 200).await;

    // Members come in, strangers read `Access denied`, and so does whoever nobody has heard of.
    for number in 0..199 {
        assert_eq!(site.sign_in(door, &person(number)).await["decision"], "allow", "N-7: {number}");
    }
    for number in [199, 200, 201, 999] {
        let decided = site.sign_in(door, &person(number)).await;
        assert_eq!((&decided["decision"], &decided["message"]), (&json!("deny"), &json!("Access denied")), "{number}");
    }
    let report = planner.report().await;
    assert_eq!((&report["mode"], &report["ready"]), (&json!("scim_authoritative"), &json!(true)));
    assert_eq!(report["next"], Value::Null, "{report}");
    assert!(!states(&report).contains(&"to_do"), "{report}");
}

/// Each cause in words, with what to do; guests are no obstacle, and the only owner is not to be removed.
async fn the_report_says_why_and_what_to_do(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    for (number, email) in [(71, "boss@acme.example"), (72, "=guest@home.example")] {
        insert_account(site, &account(number, email)).await;
        let role = if number == 71 { Role::Owner } else { Role::Member };
        member_as(site, door, AccountId::from_u128(number), role).await;
    }
    site.push(door, "linked").await;
    site.expect(door, "POST", "/Users", user_with("away@elsewhere.example", json!({})), 201).await;
    site.expect(door, "POST", "/Users", user_with("nobody", json!({})), 201).await;
    let report = planner.report().await;
    let mut missing: Vec<(&str, &str)> = report["not_pushed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["email"].as_str().unwrap(), one["reason"]["code"].as_str().unwrap()))
        .collect();
    missing.sort_unstable();
    assert_eq!(missing, [("=guest@home.example", "guest"), ("boss@acme.example", "not_pushed")]);
    let boss = report["not_pushed"].as_array().unwrap().iter().find(|one| one["email"] == "boss@acme.example").unwrap();
    assert_eq!(boss["only_owner"], true);
    assert!(boss["reason"]["what_to_do"].as_str().unwrap().contains("only owner"), "{boss}");
    let mut why: Vec<(&str, &str)> = report["not_linked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["userName"].as_str().unwrap(), one["reason"]["code"].as_str().unwrap()))
        .collect();
    why.sort_unstable();
    assert_eq!(why, [("away@elsewhere.example", "domain_not_verified"), ("nobody", "no_address")]);
    let counts = &report["counts"];
    assert_eq!((&counts["not_pushed"], &counts["guests"], &counts["not_linked"]), (&json!(1), &json!(1), &json!(2)));
    let table = planner.report_table().await;
    assert!(table.contains("guest,'=guest@home.example,"), "{table}");
}
