//! Whom plans judge, and at which door (design.md 5.2): each group of people by name, enforcement, strictness, new domains, and
//! what a company never reads of others.

use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Domain, DomainState, Membership, on_each_database};
use rollcall_policy::{AccountId, MembershipState, Origin, Role};
use serde_json::{Value, json};

use crate::account_sign_ins::signs_in;
use crate::plans::Planner;
use crate::sign_ins::{insert_account, invite};
use crate::site::{Door, Site, user_with};

on_each_database! {
    each_group_of_people_is_in_a_plan
    enforcement_hits_those_who_come_without_sso
    nobody_is_locked_out_by_a_connection_that_nobody_used
    strictness_hits_nobody
    a_new_domain_brings_its_people
    a_company_reads_nothing_of_others_in_its_plans
    a_plan_is_a_table_too
    hundreds_of_people_are_judged_in_few_statements
    a_plan_of_thousands_is_whole
}

/// A member by hand.
async fn member(site: &Site, door: &Door, account: AccountId) {
    member_as(site, door, account, Role::Member).await;
}

pub(crate) async fn member_as(site: &Site, door: &Door, account: AccountId, role: Role) {
    site.write(|unit| async move {
        unit.insert_membership(&Membership {
            company: door.company,
            organization: door.organization,
            account,
            role,
            origin: Origin::Manual,
            state: MembershipState::Active,
            suspended_by: None,
            created_at: 1,
            updated_at: 1,
        });
        Ok(())
    })
    .await;
}

/// Address, now, then, rules and basis of everybody in a plan.
fn lines(plan: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |affected: &Value| {
        let rules: Vec<String> = affected["rules"].as_array().unwrap().iter().map(text).collect();
        let door = affected.get("door").map(|door| format!(" at {}", text(door))).unwrap_or_default();
        let (now, then) = (text(&affected["now"]), text(&affected["then"]));
        format!("{} {now} {then} {} {}{door}", text(&affected["email"]), rules.join(","), text(&affected["basis"]))
    };
    plan["affected"].as_array().unwrap().iter().map(line).collect()
}

async fn each_group_of_people_is_in_a_plan(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    // Members and those who were removed.
    for (number, person) in [(71, "byhand"), (72, "never"), (73, "unproven")] {
        let stored = account(number, &door.email(person));
        insert_account(site, &rollcall_directory::Account { email_verified: number != 73, ..stored }).await;
    }
    member(site, door, AccountId::from_u128(71)).await;
    site.sign_in(door, "gone").await;
    planner.remove("gone").await;
    // Invitees.
    invite(site, door, "invited", None, None).await;
    // Directory users: linked, inactive, deleted.
    site.push(door, "pushed").await;
    let inactive = user_with(&door.email("inactive"), json!({"active": false}));
    site.expect(door, "POST", "/Users", inactive, 201).await;
    let deleted = site.push(door, "deleted").await;
    site.expect(door, "DELETE", &format!("/Users/{deleted}"), Value::Null, 204).await;
    // A subject that was decided: denied, while JIT was off.
    site.change(door, |record| record.policy.jit = false).await;
    site.sign_in(door, "denied").await;
    site.change(door, |record| record.policy.jit = true).await;
    // Nobody of this company.
    insert_account(site, &account(74, "stranger@elsewhere.example")).await;

    let plan = planner.plan(json!({"jit": false})).await;
    let expected = [
        "denied@acme.example allow deny N-1,N-3 recorded",
        "gone@acme.example allow deny N-1,N-3 recorded",
        "never@acme.example allow deny N-1,N-3 assumed",
        "unproven@acme.example allow deny N-1,N-3 assumed",
    ];
    assert_eq!(lines(&plan), expected, "{plan}");
    // By hand, invited and pushed; whom the directory sent away does not come in, now or then.
    assert_eq!(plan["summary"], json!({"keeps": 3, "loses": 4, "gains": 0, "changes_teams": 0, "changes_role": 0}));
    planner.apply(&plan, 200).await;
    for person in ["denied", "gone", "never", "unproven"] {
        assert_eq!(site.sign_in(door, person).await["message"], "Access denied", "{person}");
    }
    for person in ["byhand", "invited", "pushed"] {
        assert_eq!(site.sign_in(door, person).await["decision"], "allow", "{person}");
    }
}

/// P/E-1, P/E-2: whoever signs in with the product's own word is denied `sso_required`; whoever uses SSO, and guests, are not.
async fn enforcement_hits_those_who_come_without_sso(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.sign_in(door, "sso").await;
    site.push(door, "pushed").await;
    for (number, person) in [(71, "password"), (72, "never")] {
        insert_account(site, &account(number, &door.email(person))).await;
        member(site, door, AccountId::from_u128(number)).await;
    }
    insert_account(site, &account(73, "guest@home.example")).await;
    member(site, door, AccountId::from_u128(73)).await;
    assert_eq!(signs_in(site, &door.email("password"), true).await["decision"], "allow");
    // Both doors are theirs.
    assert_eq!(signs_in(site, &door.email("sso"), true).await["decision"], "allow");

    let plan = planner.plan(json!({"enforce_sso": true})).await;
    let expected = [
        "never@acme.example allow deny E-1 assumed at account",
        "password@acme.example allow deny E-1 recorded at account",
        "sso@acme.example allow deny E-1 recorded at account",
    ];
    assert_eq!(lines(&plan), expected, "{plan}");
    assert_eq!(plan["summary"]["loses"], 3);
    planner.apply(&plan, 200).await;
    for (person, reason) in [("password", "sso_required"), ("never", "sso_required"), ("sso", "sso_required")] {
        assert_eq!(signs_in(site, &door.email(person), true).await["reason"], reason, "{person}");
        assert_eq!(site.sign_in(door, person).await["decision"], "allow", "{person}");
    }
    assert_eq!(signs_in(site, "guest@home.example", true).await["decision"], "allow", "P/E-2");

    let plan = planner.plan(json!({"enforce_sso": false})).await;
    let gains: Vec<&Value> = plan["affected"].as_array().unwrap().iter().map(|affected| &affected["then"]).collect();
    assert_eq!((gains, &plan["summary"]["gains"]), (vec![&json!("allow"); 3], &json!(3)), "{plan}");
    planner.apply(&plan, 200).await;
    assert_eq!(signs_in(site, &door.email("password"), true).await["decision"], "allow");
}

/// P/E-9.
async fn nobody_is_locked_out_by_a_connection_that_nobody_used(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let path = format!("/connections/{}/plans", planner.door.connection);
    let refused = planner.site.manage(&planner.owner, "POST", &path, json!({"enforce_sso": true}), 422).await;
    assert_eq!(refused["rule"], "E-9", "{refused}");
    planner.site.sign_in(&planner.door, "ada").await;
    planner.plan(json!({"enforce_sso": true})).await;
}

async fn strictness_hits_nobody(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.sign_in(door, "ada").await;
    let plan = planner.plan(json!({"strict": true})).await;
    assert_eq!((&plan["affected"], &plan["summary"]["keeps"]), (&json!([]), &json!(1)));
    planner.apply(&plan, 200).await;
    let path = format!("/connections/{}", door.connection);
    assert_eq!(site.manage(&planner.owner, "GET", &path, Value::Null, 200).await["strict"], true);
    let unknown = user_with(&door.email("bob"), json!({"shoeSize": 44}));
    site.expect(door, "POST", "/Users", unknown, 400).await;
}

/// SI-4, P/A-8: accounts of a verified domain come in once it is attached; those of one that is not verified are nobody's.
async fn a_new_domain_brings_its_people(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    site.write(|unit| async move {
        for (name, state) in [("corp.example", DomainState::Verified), ("later.example", DomainState::Pending)] {
            unit.insert_domain(&Domain {
                company: door.company,
                name: name.to_owned(),
                state,
                txt_value: "rollcall-verification=2".to_owned(),
                verified_at: (state == DomainState::Verified).then_some(1),
                auto_provisioning: false,
                organization: None,
                created_at: 1,
            });
        }
        Ok(())
    })
    .await;
    insert_account(site, &account(71, "cora@corp.example")).await;
    insert_account(site, &account(72, "lena@later.example")).await;
    let plan = planner.plan(json!({"domains": ["acme.example", "corp.example"]})).await;
    assert_eq!(lines(&plan).len(), 1, "{plan}");
    assert!(lines(&plan)[0].starts_with("cora@corp.example deny allow"), "{plan}");
    planner.apply(&plan, 200).await;
    let back = planner.plan(json!({"domains": ["acme.example"]})).await;
    assert!(lines(&back)[0].starts_with("cora@corp.example allow deny SI-4"), "{back}");
}

/// RC-3: the account's memberships of other companies are in its own session, and in nobody's plan.
async fn a_company_reads_nothing_of_others_in_its_plans(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    let umbrella = site.company("umbrella", 0xbb).await;
    site.sign_in(door, "ada").await;
    insert_account(site, &account(71, &door.email("both"))).await;
    member(site, door, AccountId::from_u128(71)).await;
    member(site, &umbrella, AccountId::from_u128(71)).await;
    assert_eq!(signs_in(site, &door.email("both"), true).await["memberships"].as_array().unwrap().len(), 2);
    for change in [json!({"enforce_sso": true}), json!({"group_mapping": true}), json!({"scim": false})] {
        let plan = planner.plan(change).await;
        assert!(!plan.to_string().contains("umbrella"), "{plan}");
    }
}

/// The same plan as JSON and as a table, and no cell is a formula.
async fn a_plan_is_a_table_too(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    insert_account(site, &account(71, "=cmd@acme.example")).await;
    insert_account(site, &account(72, "ada@acme.example")).await;
    let plan = planner.plan(json!({"jit": false})).await;
    let path = format!("/plans/{}", plan["id"].as_str().unwrap());
    let asked = site.api(&planner.owner, "GET", &format!("{path}?format=csv"), Value::Null).await;
    let expected = "Email,Now,Then,Rules,Basis,Door,Teams now,Teams then,Roles now,Roles then\r\n\
                    '=cmd@acme.example,allow,deny,N-1 N-3,assumed,sso,,,,\r\n\
                    ada@acme.example,allow,deny,N-1 N-3,assumed,sso,,,,\r\n";
    assert_eq!((asked.status, asked.text.as_str()), (200, expected));
    assert_eq!(asked.header("content-type"), Some("text/csv; charset=utf-8"));
    let mut request = crate::site::api(&planner.owner, "GET", &path, &Value::Null);
    request.headers.push(("accept".to_owned(), "text/csv".to_owned()));
    assert_eq!(site.send(&request).await.text, expected);
    for query in ["?format=xml", "?form=csv"] {
        assert_eq!(site.api(&planner.owner, "GET", &format!("{path}{query}"), Value::Null).await.status, 400);
    }
    assert_eq!(site.manage(&planner.owner, "GET", &path, Value::Null, 200).await, plan);
    let _ = door;
}

/// What many people cost is not so many times what one costs.
async fn hundreds_of_people_are_judged_in_few_statements(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    for number in 0..200_u32 {
        site.sign_in(door, &format!("p{number:03}")).await;
    }
    let before = directory.statements();
    let plan = planner.plan(json!({"jit": false})).await;
    let cost = directory.statements() - before;
    assert_eq!(plan["summary"]["keeps"], 200);
    assert!(cost < 100, "{cost} statements for 200 people");
}

/// More people than one page of anything: all of them, once, in their order.
async fn a_plan_of_thousands_is_whole(directory: &TestDirectory) {
    let planner = Planner::start(directory).await;
    let (site, door) = (&planner.site, &planner.door);
    let people = rollcall_directory::testing::rounds(2_600, 10_000);
    for hundreds in 0..people / 100 {
        site.write(|unit| async move {
            for number in 0..100 {
                let number = u128::from(hundreds * 100 + number);
                unit.insert_account(&account(0x1_0000 + number, &door.email(&format!("p{number:06}"))));
            }
            Ok(())
        })
        .await;
    }
    let plan = planner.plan(json!({"jit": false})).await;
    assert_eq!((&plan["summary"]["loses"], &plan["summary"]["keeps"]), (&json!(people), &json!(0)));
    let emails: Vec<&str> =
        plan["affected"].as_array().unwrap().iter().map(|affected| affected["email"].as_str().unwrap()).collect();
    let expected: Vec<String> = (0..people).map(|number| door.email(&format!("p{number:06}"))).collect();
    assert_eq!(emails, expected);
    let path = format!("/plans/{}?format=csv", plan["id"].as_str().unwrap());
    let table = site.api(&planner.owner, "GET", &path, Value::Null).await;
    assert_eq!(table.text.lines().count(), emails.len() + 1);
    planner.apply(&plan, 200).await;
}
