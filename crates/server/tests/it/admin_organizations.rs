//! `/api/v1/companies/{company}/organizations`, `/organizations/{name}`, `/companies/{company}/owners`.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::sign_ins::insert_account;
use crate::site::{Site, id};

on_each_database! {
    an_organization_is_made_found_and_changed
    seats_hold_at_once
    wrong_organizations_are_refused
    a_company_has_one_to_ten_owners
}

async fn an_organization_is_made_found_and_changed(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    let path = "/companies/acme/organizations";
    let made = site.manage(&owner, "POST", path, json!({"name": "acme-eu", "seats": 7}), 201).await;
    let expected = json!({
        "id": made["id"], "name": "acme-eu", "display_name": "acme-eu", "seats": 7, "seats_used": 0, "company": "acme",
    });
    assert_eq!(made, expected);
    let further = json!({"name": "acme-us", "display_name": "Acme Inc.", "seats": null});
    let other = site.manage(&owner, "POST", path, further, 201).await;
    assert_eq!((&other["display_name"], &other["seats"]), (&json!("Acme Inc."), &Value::Null));
    assert_eq!(site.manage(&owner, "GET", "/organizations/acme-eu", Value::Null, 200).await, made);
    let list = site.manage(&owner, "GET", path, Value::Null, 200).await;
    let names: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["acme", "acme-eu", "acme-us"]);

    // What is not mentioned stays.
    let changed = site.manage(&owner, "PATCH", "/organizations/acme-eu", json!({"display_name": "EU"}), 200).await;
    assert_eq!((&changed["display_name"], &changed["seats"]), (&json!("EU"), &json!(7)));
    let changed = site.manage(&owner, "PATCH", "/organizations/acme-eu", json!({"seats": null}), 200).await;
    assert_eq!((&changed["display_name"], &changed["seats"]), (&json!("EU"), &Value::Null));

    // RO-1: seats are the company's matter.
    let own = site.admin(AdminRole::OrganizationOwner(door.company, door.organization)).await;
    site.manage(&own, "PATCH", "/organizations/acme", json!({"display_name": "ACME!"}), 200).await;
    site.manage(&own, "PATCH", "/organizations/acme", json!({"seats": 1}), 403).await;
    site.manage(&own, "GET", "/organizations/acme-eu", Value::Null, 404).await;
}

/// M-3, J-12: a changed number is a changed number for the next sign-in.
async fn seats_hold_at_once(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    assert_eq!(site.sign_in(&door, "ada").await["decision"], "allow");
    let full = site.manage(&owner, "PATCH", "/organizations/acme", json!({"seats": 1}), 200).await;
    assert_eq!((&full["seats"], &full["seats_used"]), (&json!(1), &json!(1)));
    assert_eq!(site.sign_in(&door, "bob").await["reason"], "no_seats");
    // Fewer than are used put nobody out.
    site.manage(&owner, "PATCH", "/organizations/acme", json!({"seats": 0}), 200).await;
    assert_eq!(site.sign_in(&door, "ada").await["decision"], "allow");
    site.manage(&owner, "PATCH", "/organizations/acme", json!({"seats": 2}), 200).await;
    assert_eq!(site.sign_in(&door, "bob").await["decision"], "allow");
}

async fn wrong_organizations_are_refused(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (door, _) = (site.acme().await, site.company("globex", 0x60).await);
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    let path = "/companies/acme/organizations";
    // Names are unique among all companies: here existence may show.
    for (body, status) in [
        (json!({"name": "acme"}), 409),
        (json!({"name": "globex"}), 409),
        (json!({"name": "a:b"}), 400),
        (json!({"name": "good", "seats": -1}), 400),
        (json!({"name": "good", "seats": 1_000_000_001}), 400),
        (json!({"name": "good", "display_name": "a\u{7}"}), 400),
        (json!({"name": "good", "company": "globex"}), 400),
    ] {
        site.manage(&owner, "POST", path, body, status).await;
    }
    site.manage(&owner, "PATCH", "/organizations/acme", json!({"name": "other"}), 400).await;
    assert_eq!(site.manage(&owner, "GET", path, Value::Null, 200).await["items"].as_array().unwrap().len(), 1);
}

/// Provisioning rules 1.1; M-9 for the last one.
async fn a_company_has_one_to_ten_owners(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    let path = |who: &str| format!("/companies/acme/owners/{who}");
    let ada = id(&site.sign_in(&door, "ada").await["account"]);
    let first = site.manage(&owner, "PUT", &path(&ada), Value::Null, 200).await;
    assert_eq!(first["account"]["email"], "ada@acme.example");
    assert_eq!(site.manage(&owner, "PUT", &path(&ada), Value::Null, 200).await, first);
    let last = site.manage(&owner, "DELETE", &path(&ada), Value::Null, 409).await;
    assert_eq!(last["rule"], "M-9", "{last}");

    // Whom the company does not know, only the operator may name.
    let mut strangers = Vec::new();
    for number in 1..=10 {
        let stranger = account(number, &format!("s{number}@else.example"));
        insert_account(&site, &stranger).await;
        strangers.push(stranger.id.to_string());
    }
    site.manage(&owner, "PUT", &path(&strangers[0]), Value::Null, 404).await;
    for stranger in &strangers[..9] {
        site.manage(&operator, "PUT", &path(stranger), Value::Null, 200).await;
    }
    site.manage(&operator, "PUT", &path(&strangers[9]), Value::Null, 409).await;
    let nine = site.manage(&owner, "GET", "/companies/acme/owners?limit=9", Value::Null, 200).await;
    let rest = format!("/companies/acme/owners?cursor={}", nine["next_cursor"].as_str().unwrap());
    assert_eq!(site.manage(&owner, "GET", &rest, Value::Null, 200).await["items"].as_array().unwrap().len(), 1);
    site.manage(&owner, "DELETE", &path(&ada), Value::Null, 204).await;
    site.manage(&owner, "DELETE", &path(&ada), Value::Null, 404).await;
    site.manage(&owner, "GET", &path(&ada), Value::Null, 404).await;
}
