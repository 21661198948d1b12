//! What happened and why, for those whom it concerns: the audit log, decisions, replays.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::HOUR;
use serde_json::{Value, json};

use crate::admin_members::{MEMBERS, account_id, owner};
use crate::site::{Site, rules};

on_each_database! {
    changes_by_hand_are_in_the_log
    decisions_are_told_with_all_that_made_them
    sign_ins_without_sso_are_told_to_who_may_see_everything
    everybody_sees_what_is_theirs
}

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().unwrap()
}

/// L-2, L-3, L-4, T-1, M-8: who, what, when; by account, action, connection and time.
async fn changes_by_hand_are_in_the_log(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let token = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    owner(&site, &acme, 90, "owner").await;
    site.sign_in(&acme, "ada").await;
    let ada = account_id(&site, "ada@acme.example").await;
    site.clock.advance(HOUR);
    let member = format!("{MEMBERS}/{ada}");
    let team = format!("/organizations/acme/teams/blue/members/{ada}");
    let invitation = json!({"email": "late@acme.example"});
    for (method, path, body) in [
        ("POST", "/organizations/acme/teams", json!({"name": "Blue"})),
        ("PUT", &team, Value::Null),
        ("DELETE", &team, Value::Null),
        ("PATCH", &member, json!({"role": "editor"})),
        ("PATCH", &member, json!({"state": "suspended"})),
        ("PATCH", &member, json!({"state": "active"})),
        ("POST", "/organizations/acme/invitations", invitation),
        ("DELETE", &member, Value::Null),
        ("DELETE", "/organizations/acme/teams/blue", Value::Null),
    ] {
        let answer = site.api(&token, method, path, body).await;
        assert!(matches!(answer.status, 200..=204), "{method} {path}: {}", answer.text);
        site.clock.advance(1_000);
    }
    let actions = async |query: &str| {
        let log = site.manage(&token, "GET", &format!("/activity{query}"), Value::Null, 200).await;
        items(&log).iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let by_hand = [
        "team.deleted",
        "member.removed",
        "invitation.created",
        "member.restored",
        "member.suspended",
        "member.role_changed",
        "team.member_removed",
        "team.member_added",
        "team.created",
    ];
    assert_eq!(actions("").await[..9], by_hand, "L-3");
    assert_eq!(actions(&format!("?account={ada}")).await.len(), 7, "six by hand and the sign-in");
    assert_eq!(actions("?action=team.created").await, ["team.created"]);
    assert_eq!(actions(&format!("?connection={}", acme.connection)).await, ["sign_in"]);
    // The sign-in was an hour earlier.
    let then = "2027-01-15T08:30:00Z";
    assert_eq!(actions(&format!("?from={then}")).await, by_hand);
    assert!(!actions(&format!("?to={then}")).await.contains(&"team.created".to_owned()));
    let log = site.manage(&token, "GET", "/activity?action=member.removed", Value::Null, 200).await;
    let entry = &items(&log)[0];
    assert!(entry["actor"].as_str().unwrap().starts_with("token:"), "{entry}");
    assert_eq!((&entry["subject"], &entry["data"]["organization"]), (&json!(ada), &json!("acme")));
    assert!(!entry.to_string().contains('@'), "no personal data");
    for bad in ["?from=yesterday", "?account=ada", "?acton=x", "?limit=0"] {
        assert_eq!(site.api(&token, "GET", &format!("/activity{bad}"), Value::Null).await.status, 400, "{bad}");
    }
}

/// RC-3: what is of no company is the operator's; a company's own list and its pages stay as they are.
async fn sign_ins_without_sso_are_told_to_who_may_see_everything(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let owner = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    let first = site.sign_in(&acme, "ada").await["decision_id"].clone();
    site.clock.advance(1_000_000);
    let evidence = json!({"evidence": {"type": "account", "email": "ada@acme.example", "email_verified": true}});
    let mut request = crate::site::sign_in(&acme, &evidence);
    request.headers[0].1 = format!("Bearer {}", site.product);
    let answered = site.send(&request).await;
    let second = answered.body()["decision_id"].clone();
    let listed = site.manage(&operator, "GET", "/decisions", Value::Null, 200).await;
    let ids: Vec<&Value> = items(&listed).iter().map(|line| &line["id"]).collect();
    assert_eq!(ids, [&second, &first], "{}", answered.text);
    assert_eq!((&items(&listed)[0]["company"], &items(&listed)[0]["connection"]), (&Value::Null, &Value::Null));
    let page = site.manage(&operator, "GET", "/decisions?limit=1", Value::Null, 200).await;
    let rest = format!("/decisions?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let rest = site.manage(&operator, "GET", &rest, Value::Null, 200).await;
    assert_eq!((&items(&rest)[0]["id"], &rest["next_cursor"]), (&first, &Value::Null));
    let path = format!("/decisions/{}", second.as_str().unwrap());
    let told = site.manage(&operator, "GET", &path, Value::Null, 200).await;
    assert_eq!((&told["message"], rules(&told)), (&answered.body()["message"], rules(answered.body())));
    site.manage(&owner, "GET", &path, Value::Null, 404).await;
    for (token, query) in [(&owner, ""), (&operator, "?company=acme")] {
        let own = site.manage(token, "GET", &format!("/decisions{query}"), Value::Null, 200).await;
        assert_eq!(items(&own).iter().map(|line| &line["id"]).collect::<Vec<_>>(), [&first]);
    }
}

/// L-1: facts, policy, version and trail, with a sentence for each step.
async fn decisions_are_told_with_all_that_made_them(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let token = site.admin(AdminRole::Auditor(Some(acme.company))).await;
    let ada = site.sign_in(&acme, "ada").await;
    site.change(&acme, |record| record.policy.jit = false).await;
    let eve = site.sign_in(&acme, "eve").await;
    let listed = site.manage(&token, "GET", "/decisions", Value::Null, 200).await;
    let told: Vec<Value> =
        items(&listed).iter().map(|line| json!([line["id"], line["decision"], line["reason"]])).collect();
    let expected = [&eve, &ada].map(|answer| json!([answer["decision_id"], answer["decision"], answer["reason"]]));
    let mut sorted = (told.clone(), expected.to_vec());
    sorted.0.sort_by_key(Value::to_string);
    sorted.1.sort_by_key(Value::to_string);
    assert_eq!(sorted.0, sorted.1);
    let denied = site.manage(&token, "GET", "/decisions?decision=deny&reason=access_denied", Value::Null, 200).await;
    assert_eq!(items(&denied).len(), 1);
    let account = ada["account"]["id"].as_str().unwrap();
    let of_ada = site.manage(&token, "GET", &format!("/decisions?account={account}"), Value::Null, 200).await;
    assert_eq!(items(&of_ada)[0]["id"], ada["decision_id"]);
    for answer in [&ada, &eve] {
        let path = format!("/decisions/{}", answer["decision_id"].as_str().unwrap());
        let decision = site.manage(&token, "GET", &path, Value::Null, 200).await;
        for part in ["decision", "reason", "message", "effects", "warnings", "trail"] {
            assert_eq!(decision[part], answer[part], "{part}: {decision}");
        }
        assert_eq!(rules(&decision), rules(answer));
        assert!(decision["trail"].as_array().unwrap().iter().all(|step| step["text"].as_str().unwrap().len() > 10));
        assert_eq!(
            (&decision["version"], &decision["policy"]["scim"]),
            (&json!(rollcall_policy::DECISION_VERSION), &json!(true))
        );
        assert_eq!(decision["facts"]["connection"]["id"], json!(acme.connection));
    }
    assert_eq!(site.api(&token, "GET", "/decisions?decision=maybe", Value::Null).await.status, 400);
    let replayed = rollcall_server::app::replay::replay_all(&site.directory().read(), None, |_| {}).await.unwrap();
    assert_eq!((replayed.decisions, replayed.same, replayed.differences), (2, 2, Vec::new()));
}

/// RO-1, design.md 9: a company sees its own, an organization what is about it alone, the operator all.
async fn everybody_sees_what_is_theirs(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x90).await);
    let operator = site.admin(AdminRole::Operator).await;
    let ours = site.sign_in(&acme, "ada").await["decision_id"].clone();
    let theirs = site.sign_in(&globex, "bob").await["decision_id"].clone();
    for door in [&acme, &globex] {
        let teams = format!("/organizations/{}/teams", door.name);
        site.manage(&operator, "POST", &teams, json!({"name": "Blue"}), 201).await;
    }
    let ids = async |token: &str, path: &str| {
        let list = site.manage(token, "GET", path, Value::Null, 200).await;
        let mut ids: Vec<String> = items(&list).iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let text = |id: &Value| id.as_str().unwrap().to_owned();
    let company = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    let organization = site.admin(AdminRole::OrganizationOwner(acme.company, acme.organization)).await;
    let mut both = vec![text(&ours), text(&theirs)];
    both.sort();
    assert_eq!(ids(&operator, "/decisions").await, both);
    assert_eq!(ids(&operator, "/decisions?company=globex").await, [text(&theirs)]);
    for token in [&company, &organization] {
        assert_eq!(ids(token, "/decisions").await, [text(&ours)]);
        assert!(ids(token, "/decisions?company=globex").await.is_empty());
        assert!(ids(token, &format!("/decisions?connection={}", globex.connection)).await.is_empty());
        assert_eq!(ids(token, &format!("/decisions?connection={}", acme.connection)).await, [text(&ours)]);
        site.manage(token, "GET", &format!("/decisions/{}", text(&ours)), Value::Null, 200).await;
        let foreign = site.api(token, "GET", &format!("/decisions/{}", text(&theirs)), Value::Null).await;
        assert_eq!(foreign.status, 404);
        let log = site.manage(token, "GET", "/activity", Value::Null, 200).await;
        assert!(!log.to_string().contains("globex"), "{log}");
        let actions: Vec<&Value> = items(&log).iter().map(|entry| &entry["action"]).collect();
        assert!(actions.contains(&&json!("team.created")) && actions.contains(&&json!("sign_in")), "{actions:?}");
        let foreign = format!("/activity?connection={}", globex.connection);
        assert!(ids(token, &foreign).await.is_empty());
    }
    // What a connection of several organizations decides is the company's, not one organization's.
    let second = rollcall_policy::OrganizationId::from_u128(77);
    site.write(|unit| async move {
        let stored = unit.organization(acme.company, acme.organization).await?.expect("an organization");
        let name = "acme-two".to_owned();
        unit.insert_organization(&rollcall_directory::Organization { id: second, name, ..stored });
        unit.set_connection_organizations(acme.company, acme.connection, &[acme.organization, second]);
        Ok(())
    })
    .await;
    assert!(ids(&organization, "/decisions").await.is_empty());
    assert_eq!(site.api(&organization, "GET", &format!("/decisions/{}", text(&ours)), Value::Null).await.status, 404);
    let log = site.manage(&organization, "GET", "/activity", Value::Null, 200).await;
    assert_eq!(items(&log).iter().map(|entry| &entry["action"]).collect::<Vec<_>>(), ["team.created"]);
    assert_eq!(ids(&company, "/decisions").await, [text(&ours)]);
}
