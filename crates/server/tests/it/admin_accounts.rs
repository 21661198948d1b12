//! `/api/v1/accounts`: the operator's people (RC-2).

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::account_sign_ins::signs_in;
use crate::site::{Site, id};

on_each_database! {
    an_account_is_made_found_and_corrected
    disabling_ends_every_session
    another_or_a_proven_address_ends_every_session
    a_company_sees_its_members_alone
    wrong_accounts_are_refused
}

/// U-19.
async fn an_account_is_made_found_and_corrected(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let new = json!({"email": " Ada@Acme.example ", "email_verified": true, "full_name": "Ada Lovelace"});
    let made = site.manage(&operator, "POST", "/accounts", new, 201).await;
    assert_eq!((&made["email"], &made["disabled"]), (&json!("Ada@Acme.example"), &json!(false)));
    let username = made["username"].as_str().unwrap();
    assert!(username.starts_with("ada") && (4..=30).contains(&username.len()), "{username}");
    let path = format!("/accounts/{}", id(&made));
    assert_eq!(site.manage(&operator, "GET", &path, Value::Null, 200).await, made);
    let found = site.manage(&operator, "GET", "/accounts?email=ADA@acme.example", Value::Null, 200).await;
    assert_eq!(found["items"], json!([made]));
    let none = site.manage(&operator, "GET", "/accounts?email=eve@acme.example", Value::Null, 200).await;
    assert_eq!(none["items"], json!([]));

    let spelled = site.manage(&operator, "PATCH", &path, json!({"email": "ada@acme.example"}), 200).await;
    assert_eq!((&spelled["email"], &spelled["email_verified"]), (&json!("ada@acme.example"), &json!(true)));
    // A new address was verified by nobody.
    let moved = site.manage(&operator, "PATCH", &path, json!({"email": "a@other.example", "full_name": ""}), 200).await;
    assert_eq!((&moved["email_verified"], &moved["full_name"]), (&json!(false), &json!("")));
    let verified = site.manage(&operator, "PATCH", &path, json!({"email_verified": true}), 200).await;
    assert_eq!((&verified["email_verified"], &verified["username"]), (&json!(true), &made["username"]));
}

/// RC-2: the operator's own switch, and nobody else's.
async fn disabling_ends_every_session(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let ada = site.sign_in(&door, "ada").await;
    let (path, session) = (format!("/accounts/{}", id(&ada["account"])), ada["session"]["id"].as_str().unwrap());
    assert_eq!(site.introspect(&site.product, session).await["active"], true);
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    site.manage(&owner, "PATCH", &path, json!({"disabled": true}), 403).await;
    assert_eq!(site.introspect(&site.product, session).await["active"], true);
    let disabled = site.manage(&operator, "PATCH", &path, json!({"disabled": true}), 200).await;
    assert_eq!(disabled["disabled"], true);
    assert_eq!(site.introspect(&site.product, session).await["active"], false);
    assert_eq!(site.sign_in(&door, "ada").await["reason"], "account_disabled");
    site.manage(&operator, "PATCH", &path, json!({"disabled": false}), 200).await;
    assert_eq!(site.introspect(&site.product, session).await["active"], false, "what ended stays so");
    assert_eq!(site.sign_in(&door, "ada").await["decision"], "allow");
}

/// RC-10: whoever signed in before may be somebody else than the one who reads mail at the address.
async fn another_or_a_proven_address_ends_every_session(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let made = site.manage(&operator, "POST", "/accounts", json!({"email": "ada@acme.example"}), 201).await;
    let path = format!("/accounts/{}", id(&made));
    for (change, lives) in [
        (json!({"full_name": "Ada"}), true),
        (json!({"email": "Ada@acme.example"}), true),
        (json!({"email": "ada@other.example"}), false),
        (json!({"email_verified": true}), false),
        (json!({"email_verified": true, "full_name": "Ada Lovelace"}), true),
        (json!({"email": "ada@acme.example", "email_verified": true}), false),
    ] {
        let now = site.manage(&operator, "GET", &path, Value::Null, 200).await;
        let decided = signs_in(&site, now["email"].as_str().unwrap(), now["email_verified"] == true).await;
        let session = decided["session"]["id"].as_str().unwrap();
        site.manage(&operator, "PATCH", &path, change.clone(), 200).await;
        assert_eq!(site.introspect(&site.product, session).await["active"], lives, "{change}");
    }
}

/// Design.md 9.
async fn a_company_sees_its_members_alone(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    let operator = site.admin(AdminRole::Operator).await;
    let ours = id(&site.sign_in(&acme, "ada").await["account"]);
    let theirs = id(&site.sign_in(&globex, "gil").await["account"]);
    let own = site.admin(AdminRole::OrganizationOwner(acme.company, acme.organization)).await;
    let company = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    let seen = |list: Value| -> Vec<String> { list["items"].as_array().unwrap().iter().map(id).collect() };
    for token in [&own, &company] {
        assert_eq!(seen(site.manage(token, "GET", "/accounts", Value::Null, 200).await), std::slice::from_ref(&ours));
        let by_email = site.manage(token, "GET", "/accounts?email=gil@globex.example", Value::Null, 200).await;
        assert_eq!(by_email["items"], json!([]));
        site.manage(token, "GET", &format!("/accounts/{theirs}"), Value::Null, 404).await;
        site.manage(token, "GET", &format!("/accounts/{ours}"), Value::Null, 200).await;
    }
    assert_eq!(seen(site.manage(&operator, "GET", "/accounts", Value::Null, 200).await).len(), 2);
}

async fn wrong_accounts_are_refused(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let first = json!({"email": "ada@acme.example", "username": "lovelace"});
    let made = site.manage(&operator, "POST", "/accounts", first, 201).await;
    assert_eq!(made["email_verified"], false);
    for (body, status) in [
        (json!({"email": "ADA@acme.example"}), 409),
        (json!({"email": "b@acme.example", "username": "lovelace"}), 409),
        (json!({"email": "b@acme.example", "username": "Bob"}), 400),
        (json!({"email": "b@acme.example", "username": "bo"}), 400),
        (json!({"email": "Bob <b@acme.example>"}), 400),
        (json!({"email": "b@acme.example", "full_name": "a\u{0}"}), 400),
        (json!({"email": "b@acme.example", "disabled": true}), 400),
        (json!({}), 400),
    ] {
        site.manage(&operator, "POST", "/accounts", body, status).await;
    }
    let other = site.manage(&operator, "POST", "/accounts", json!({"email": "b@acme.example"}), 201).await;
    let path = format!("/accounts/{}", id(&other));
    for (body, status) in [
        (json!({"email": "ada@acme.example"}), 409),
        (json!({"email": "nobody"}), 400),
        (json!({"username": "other"}), 400),
        (json!({"email": null, "full_name": null}), 200),
    ] {
        site.manage(&operator, "PATCH", &path, body, status).await;
    }
    assert_eq!(site.manage(&operator, "GET", &path, Value::Null, 200).await, other);
}
