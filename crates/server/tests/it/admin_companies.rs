//! `/api/v1/companies`.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::site::Site;

on_each_database! {
    a_company_is_made_found_and_listed
    lists_come_in_pages
    wrong_names_and_pages_are_refused
}

async fn a_company_is_made_found_and_listed(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let answer = site.api(&operator, "POST", "/companies", json!({"name": "initech"})).await;
    assert_eq!((answer.status, answer.header("location")), (201, Some("/api/v1/companies/initech")), "{}", answer.text);
    let made = answer.body();
    assert_eq!((&made["name"], &made["created_at"]), (&json!("initech"), &json!("2027-01-15T08:00:00.000000Z")));
    for name in ["initech", made["id"].as_str().unwrap()] {
        assert_eq!(&site.manage(&operator, "GET", &format!("/companies/{name}"), Value::Null, 200).await, made);
    }
    let taken = site.manage(&operator, "POST", "/companies", json!({"name": "initech"}), 409).await;
    assert_eq!(taken["type"], "taken", "{taken}");

    let company = made["id"].as_str().unwrap().parse().unwrap();
    let owner = site.admin(AdminRole::CompanyOwner(company)).await;
    site.acme().await;
    let own = site.manage(&owner, "GET", "/companies", Value::Null, 200).await;
    assert_eq!(own, json!({"items": [made], "next_cursor": null}));
    let entries = site.directory().read().activities(company, None, 10).await.unwrap();
    let noted: Vec<(&str, bool)> =
        entries.iter().map(|entry| (entry.action.as_str(), entry.actor.starts_with("token:0"))).collect();
    assert!(noted.contains(&("company_created", true)), "{noted:?}");
}

async fn lists_come_in_pages(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    for name in ["e", "b", "d", "a", "c"] {
        site.manage(&operator, "POST", "/companies", json!({"name": name}), 201).await;
    }
    let (mut seen, mut path) = (Vec::new(), "/companies?limit=2".to_owned());
    loop {
        let page = site.manage(&operator, "GET", &path, Value::Null, 200).await;
        seen.push(page["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect::<Vec<_>>());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/companies?limit=2&cursor={cursor}");
    }
    assert_eq!(json!(seen), json!([["a", "b"], ["c", "d"], ["e"]]));
}

async fn wrong_names_and_pages_are_refused(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    for name in ["", "Acme", "acme:eu", "a b", "01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f"] {
        let refused = site.manage(&operator, "POST", "/companies", json!({"name": name}), 400).await;
        assert!(refused["detail"].as_str().unwrap().contains("lower-case"), "{refused}");
    }
    for query in ["limit=0", "limit=201", "limit=x", "limit=1&limit=2", "cursor=!", "nmae=acme", "limit=%zz"] {
        site.manage(&operator, "GET", &format!("/companies?{query}"), Value::Null, 400).await;
    }
    site.manage(&operator, "GET", "/companies/nobody", Value::Null, 404).await;
    site.manage(&operator, "GET", "/companies/%FF", Value::Null, 404).await;
    site.manage(&operator, "DELETE", "/companies/nobody", Value::Null, 405).await;
}
