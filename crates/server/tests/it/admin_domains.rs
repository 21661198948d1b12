//! `/api/v1/companies/{company}/domains`, `/api/v1/domains/{domain}`, and the audit.

use std::time::Duration;

use rollcall_directory::on_each_database;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::{Clock, SECOND};
use rollcall_server::config::{Config, Resolver};
use serde_json::{Value, json};

use crate::dns::{NameServer, Reply, text};
use crate::site::{Door, Site};

on_each_database! {
    a_domain_goes_its_way_from_pending_to_removed
    a_record_that_is_not_there_and_a_server_that_is_down_read_differently
    a_verified_domain_counts_at_the_next_sign_in
    an_attached_domain_names_its_connections
    operators_say_which_company_they_mean
    the_audit_comes_as_pages_and_as_a_file
}

async fn start(directory: &TestDirectory) -> (Site, NameServer, Door, String) {
    let names = NameServer::start().await;
    let dns = Resolver { server: Some(names.address), timeout: Duration::from_secs(1) };
    let clock = Clock::fixed(1_800_000_000 * SECOND);
    let site = Site::start_as(directory, clock, Config { dns, ..Config::default() }).await;
    let door = site.acme().await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    (site, names, door, owner)
}

/// P/D-1, P/D-2, P/D-5, P/D-8, P/D-9, P/D-12, P/A-1, P/A-2.
async fn a_domain_goes_its_way_from_pending_to_removed(directory: &TestDirectory) {
    let (site, names, _, owner) = start(directory).await;
    let all = "/companies/acme/domains";
    let answer = site.api(&owner, "POST", all, json!({"name": "Corp.example"})).await;
    assert_eq!((answer.status, answer.header("location")), (201, Some("/api/v1/domains/corp.example")));
    let added = answer.body();
    assert_eq!((&added["name"], &added["state"]), (&json!("corp.example"), &json!("pending")));
    assert_eq!((&added["txt_name"], &added["auto_provisioning"]), (&json!("corp.example"), &json!(false)));
    assert_eq!((&added["last_check"], &added["next_check_at"]), (&Value::Null, &json!("2027-01-15T08:05:00.000000Z")));
    let taken = site.manage(&owner, "POST", all, json!({"name": "corp.example"}), 409).await;
    assert_eq!(taken["type"], "taken", "{taken}");
    for name in ["gmail.com", "https://corp.example", "corp", ""] {
        site.manage(&owner, "POST", all, json!({"name": name}), 400).await;
    }
    let one = "/domains/corp.example";
    let refused = site.manage(&owner, "PATCH", one, json!({"auto_provisioning": true}), 409).await;
    assert_eq!((&refused["type"], &refused["rule"]), (&json!("rule"), &json!("A-1")), "{refused}");

    names.set("corp.example", text(added["txt_value"].as_str().unwrap()));
    let verified = site.manage(&owner, "POST", "/domains/corp.example/verify", json!({}), 200).await;
    assert_eq!((&verified["state"], &verified["next_check_at"]), (&json!("verified"), &Value::Null), "{verified}");
    assert_eq!(verified["verified_at"], "2027-01-15T08:00:00.000000Z");
    let on = site.manage(&owner, "PATCH", one, json!({"auto_provisioning": true}), 200).await;
    assert_eq!((&on["auto_provisioning"], &on["organization"]), (&json!(true), &json!("acme")));
    assert_eq!(site.manage(&owner, "GET", one, Value::Null, 200).await, on);
    let listed = site.manage(&owner, "GET", &format!("{all}?limit=1"), Value::Null, 200).await;
    assert_eq!((&listed["items"][0]["name"], listed["next_cursor"].is_string()), (&json!("acme.example"), true));
    let next = format!("{all}?limit=1&cursor={}", listed["next_cursor"].as_str().unwrap());
    let listed = site.manage(&owner, "GET", &next, Value::Null, 200).await;
    assert_eq!(listed, json!({"items": [on], "next_cursor": null}));

    site.manage(&owner, "DELETE", one, Value::Null, 204).await;
    site.manage(&owner, "GET", one, Value::Null, 404).await;
    let again = site.manage(&owner, "POST", all, json!({"name": "corp.example"}), 201).await;
    assert_ne!(again["txt_value"], added["txt_value"]);
}

/// P/D-2, P/D-7.
async fn a_record_that_is_not_there_and_a_server_that_is_down_read_differently(directory: &TestDirectory) {
    let (site, names, _, owner) = start(directory).await;
    let other = site.company("globex", 0x60).await;
    let theirs = site.admin(AdminRole::CompanyOwner(other.company)).await;
    let verify = "/domains/corp.example/verify";
    let added = site.manage(&owner, "POST", "/companies/acme/domains", json!({"name": "corp.example"}), 201).await;
    site.manage(&theirs, "POST", "/companies/globex/domains", json!({"name": "corp.example"}), 201).await;
    let absent = site.manage(&owner, "POST", verify, json!({}), 409).await;
    assert_eq!(absent["type"], "domain_not_proven", "{absent}");
    names.set("corp.example", Reply::Code(hickory_proto::op::ResponseCode::ServFail));
    let down = site.api(&owner, "POST", verify, json!({})).await;
    assert_eq!((down.status, down.header("retry-after")), (503, Some("60")), "{}", down.text);
    names.set("corp.example", text(added["txt_value"].as_str().unwrap()));
    site.manage(&owner, "POST", verify, json!({}), 200).await;
    let own = site.manage(&theirs, "GET", "/domains/corp.example", Value::Null, 200).await;
    names.set("corp.example", text(own["txt_value"].as_str().unwrap()));
    let refused = site.manage(&theirs, "POST", verify, json!({}), 409).await;
    assert_eq!(refused["rule"], "D-7", "{refused}");
    assert!(!refused.to_string().contains("acme"), "{refused}");
}

/// RC-1: this instance forgets what it remembered of the connection.
async fn a_verified_domain_counts_at_the_next_sign_in(directory: &TestDirectory) {
    let (site, names, door, owner) = start(directory).await;
    let added = site.manage(&owner, "POST", "/companies/acme/domains", json!({"name": "corp.example"}), 201).await;
    site.write(|unit| async move {
        let domains = ["acme.example".to_owned(), "corp.example".to_owned()];
        unit.set_connection_domains(door.company, door.connection, &domains);
        Ok(())
    })
    .await;
    let door = Door { name: "acme".to_owned(), ..door };
    site.change(&door, |_| {}).await;
    let address = json!({"email": "ada@corp.example"});
    assert_eq!(site.sign_in_with(&door, "ada", address.clone()).await["reason"], "domain_not_verified");
    names.set("corp.example", text(added["txt_value"].as_str().unwrap()));
    let verified = site.manage(&owner, "POST", "/domains/corp.example/verify", json!({}), 200).await;
    assert_eq!(verified["connections"], json!(["acme-sso"]));
    assert_eq!(site.sign_in_with(&door, "ada", address).await["reason"], "allowed");
}

/// P4-28, P/D-10.
async fn an_attached_domain_names_its_connections(directory: &TestDirectory) {
    let (site, _, door, owner) = start(directory).await;
    site.second_door(&door, |_| {}).await;
    let refused = site.manage(&owner, "DELETE", "/domains/acme.example", Value::Null, 409).await;
    assert_eq!((&refused["rule"], &refused["connections"]), (&json!("D-10"), &json!(["acme-second", "acme-sso"])));
    site.manage(&owner, "GET", "/domains/acme.example", Value::Null, 200).await;
}

/// P/D-7: the name alone does not say whose claim is meant.
async fn operators_say_which_company_they_mean(directory: &TestDirectory) {
    let (site, _, _, owner) = start(directory).await;
    let other = site.company("globex", 0x60).await;
    let operator = site.admin(AdminRole::Operator).await;
    let mut values = Vec::new();
    for company in ["acme", "globex"] {
        let all = format!("/companies/{company}/domains");
        let added = site.manage(&operator, "POST", &all, json!({"name": "corp.example"}), 201).await;
        values.push(added["txt_value"].clone());
    }
    let refused = site.manage(&operator, "GET", "/domains/corp.example", Value::Null, 400).await;
    assert!(refused["detail"].as_str().unwrap().contains("?company="), "{refused}");
    for (company, value) in ["acme", "globex"].iter().zip(&values) {
        let path = format!("/domains/corp.example?company={company}");
        assert_eq!(&site.manage(&operator, "GET", &path, Value::Null, 200).await["txt_value"], value);
    }
    let own = site.manage(&owner, "GET", "/domains/corp.example", Value::Null, 200).await;
    assert_eq!(own["txt_value"], values[0]);
    site.manage(&owner, "GET", "/domains/corp.example?company=globex", Value::Null, 404).await;
    site.manage(&owner, "GET", &format!("/domains/{}.example", other.name), Value::Null, 404).await;
    assert_eq!(site.manage(&operator, "GET", "/domains/globex.example", Value::Null, 200).await["state"], "verified");
}

/// P/D-13.
async fn the_audit_comes_as_pages_and_as_a_file(directory: &TestDirectory) {
    let (site, _, door, owner) = start(directory).await;
    site.sign_in(&door, "member").await;
    site.write(|unit| async move {
        for (number, name) in [(101, "Lovelace, Ada"), (102, "=HYPERLINK()"), (103, "Grace Hopper")] {
            let mut account = account(number, &format!("user{number}@acme.example"));
            account.full_name = name.to_owned();
            unit.insert_account(&account);
        }
        Ok(())
    })
    .await;
    let (mut seen, mut path) = (Vec::new(), "/companies/acme/domains/audit?limit=2".to_owned());
    loop {
        let page = site.manage(&owner, "GET", &path, Value::Null, 200).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["username"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/companies/acme/domains/audit?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["user101", "user102", "user103"]);
    let file = site.api(&owner, "GET", "/companies/acme/domains/audit?format=csv", Value::Null).await;
    assert_eq!((file.status, file.header("content-type")), (200, Some("text/csv; charset=utf-8")));
    let lines: Vec<&str> = file.text.split("\r\n").collect();
    assert_eq!(
        lines,
        [
            "Name,Username,Email",
            "\"Lovelace, Ada\",user101,user101@acme.example",
            "'=HYPERLINK(),user102,user102@acme.example",
            "Grace Hopper,user103,user103@acme.example",
            "",
        ]
    );
    site.manage(&owner, "GET", "/companies/acme/domains/audit?format=xml", Value::Null, 400).await;
    site.manage(&owner, "GET", "/companies/acme/domains/audit?cursor=YQ", Value::Null, 400).await;
}
