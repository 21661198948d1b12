//! Directory users and identities by hand: whom the provider means, where only a person can tell.

use rollcall_conformance::client::Answer;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, on_each_database};
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::admin_members::{account_id, owner, refused, stored_account};
use crate::pushes::member;
use crate::sign_ins::insert_account;
use crate::site::{Door, Site, user_with};

on_each_database! {
    a_recycled_address_is_linked_by_hand
    a_link_claims_an_account_that_nobody_had_proven
    what_may_not_be_linked
    a_freed_identity_goes_to_the_new_subject
}

async fn start(directory: &TestDirectory) -> (Site, Door, String) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let token = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    (site, acme, token)
}

async fn pushed(site: &Site, door: &Door, user_name: &str, further: Value) -> String {
    crate::site::id(&site.expect(door, "POST", "/Users", user_with(user_name, further), 201).await)
}

async fn link(site: &Site, token: &str, door: &Door, user: &str, account: &str) -> Answer {
    let path = format!("/connections/{}/directory-users/{user}/link", door.connection);
    site.api(token, "POST", &path, json!({"account_id": account})).await
}

/// RC-8, RC-13: a new id with the address of somebody who left is nobody until an administrator says who it is.
async fn a_recycled_address_is_linked_by_hand(directory: &TestDirectory) {
    let (site, acme, token) = start(directory).await;
    let first = pushed(&site, &acme, "ada@acme.example", json!({"externalId": "1"})).await;
    site.sign_in(&acme, "ada").await;
    site.expect(&acme, "DELETE", &format!("/Users/{first}"), Value::Null, 204).await;
    let second = pushed(&site, &acme, "ada@acme.example", json!({"externalId": "2"})).await;
    assert_ne!(first, second);
    let list = format!("/connections/{}/directory-users", acme.connection);
    let found = site.manage(&token, "GET", &format!("{list}?finding=email_taken"), Value::Null, 200).await;
    let user = &found["items"][0];
    assert_eq!((&user["id"], &user["account"]), (&json!(second), &Value::Null));
    assert_eq!((&user["userName"], &user["externalId"]), (&json!("ada@acme.example"), &json!("2")));
    assert_eq!(user["findings"][0]["code"], "email_taken");
    assert_eq!(site.sign_in(&acme, "ada").await["reason"], "deactivated");
    let ada = account_id(&site, "ada@acme.example").await;
    for _ in 0..2 {
        let linked = link(&site, &token, &acme, &second, &ada).await;
        assert_eq!((linked.status, &linked.body()["account"]), (200, &json!(ada)), "{}", linked.text);
        assert_eq!(linked.body()["findings"], json!([]));
    }
    assert_eq!(member(&site, &acme, "ada").await, json!(["member", "active", ["everyone"]]));
    assert_eq!(site.sign_in(&acme, "ada").await["decision"], "allow");
    let none = site.manage(&token, "GET", &format!("{list}?finding=email_taken"), Value::Null, 200).await;
    assert_eq!(none["items"], json!([]));
    assert_eq!(site.api(&token, "GET", &format!("{list}?finding=odd"), Value::Null).await.status, 400);
    // RC-7: the person is called by the new id from now on, and leaves with it.
    let kept = site.directory().read().scim_id(acme.scope(), ada.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(kept.to_string(), second);
    site.expect(&acme, "DELETE", &format!("/Users/{second}"), Value::Null, 204).await;
    assert_eq!(member(&site, &acme, "ada").await[1], "suspended");
}

/// RC-10: whoever may have registered the address before loses their sessions.
async fn a_link_claims_an_account_that_nobody_had_proven(directory: &TestDirectory) {
    let (site, acme, token) = start(directory).await;
    let first = pushed(&site, &acme, "ada@acme.example", json!({"externalId": "1"})).await;
    site.expect(&acme, "DELETE", &format!("/Users/{first}"), Value::Null, 204).await;
    let second = pushed(&site, &acme, "ada@acme.example", json!({"externalId": "2"})).await;
    let squatter = Account { email_verified: false, ..account(5, "ada2@acme.example") };
    insert_account(&site, &squatter).await;
    let linked = link(&site, &token, &acme, &second, &squatter.id.to_string()).await;
    assert_eq!(linked.status, 200, "{}", linked.text);
    let claimed = site.directory().read().account(squatter.id).await.unwrap().unwrap();
    assert!(claimed.email_verified);
    let events = site.directory().read().pending_events(None, 100).await.unwrap();
    assert!(events.iter().any(|event| event.kind == "account.claimed" && event.subject == squatter.id.to_string()));
    assert_eq!(member(&site, &acme, "ada2").await[1], "active");
}

/// RC-1, RC-5, RC-8, RC-10, RC-16, M-9: nothing is changed by what is refused.
async fn what_may_not_be_linked(directory: &TestDirectory) {
    let (site, acme, token) = start(directory).await;
    let eve = stored_account(&site, 1, "eve@elsewhere.example").await;
    let outside = pushed(&site, &acme, "zoe@elsewhere.example", json!({})).await;
    let linked = site.push(&acme, "ada").await;
    let ada = account_id(&site, "ada@acme.example").await;
    let bob = stored_account(&site, 2, "bob@acme.example").await;
    let gone = pushed(&site, &acme, "carl@acme.example", json!({"externalId": "1"})).await;
    site.expect(&acme, "DELETE", &format!("/Users/{gone}"), Value::Null, 204).await;
    let free = pushed(&site, &acme, "carl@acme.example", json!({"externalId": "2"})).await;
    let inactive = json!({"externalId": "9", "active": false});
    let leaver = pushed(&site, &acme, "owner@acme.example", inactive).await;
    let guest = stored_account(&site, 4, "guest@elsewhere.example").await;
    let operator = site.admin(AdminRole::Operator).await;
    site.manage(&operator, "POST", crate::admin_members::MEMBERS, json!({"account_id": guest}), 201).await;
    let last_owner = owner(&site, &acme, 3, "lastowner").await.id.to_string();
    let before = directory.contents().await;
    for (user, account, status, rule) in [
        (&free, &guest, 422, "RC-1"),
        (&outside, &bob, 422, "RC-5"),
        (&free, &ada, 409, "RC-8"),
        (&linked, &bob, 409, "RC-8"),
        (&leaver, &last_owner, 409, "M-9"),
    ] {
        refused(&link(&site, &token, &acme, user, account).await, status, rule);
    }
    let nothing = "01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f";
    assert_eq!(link(&site, &token, &acme, nothing, &bob).await.status, 404);
    // RC-10: whoever has nothing to do with the company reads like nobody.
    let (unknown, foreign) =
        (link(&site, &token, &acme, &free, nothing).await, link(&site, &token, &acme, &free, &eve).await);
    assert_eq!((unknown.status, unknown.body()["detail"].as_str()), (404, foreign.body()["detail"].as_str()));
    assert_eq!(foreign.status, 404);
    site.seats(&acme, Some(1)).await;
    refused(&link(&site, &token, &acme, &free, &bob).await, 409, "RC-16");
    site.seats(&acme, None).await;
    assert_eq!(directory.contents().await["directory_user"], before["directory_user"]);
    assert_eq!(directory.contents().await["membership"], before["membership"]);
    // Another company's administrator, and an owner of the organization alone, do not.
    let globex = site.company("globex", 0x90).await;
    let foreign = site.admin(AdminRole::CompanyOwner(globex.company)).await;
    assert_eq!(link(&site, &foreign, &acme, &free, &bob).await.status, 404);
    let below = site.admin(AdminRole::OrganizationOwner(acme.company, acme.organization)).await;
    assert_eq!(link(&site, &below, &acme, &free, &bob).await.status, 403);
}

/// RC-13: refused, freed, linked; the old subject's session is over.
async fn a_freed_identity_goes_to_the_new_subject(directory: &TestDirectory) {
    let (site, acme, token) = start(directory).await;
    let old = site.sign_in(&acme, "ada").await["session"]["id"].as_str().unwrap().to_owned();
    let new = async || {
        let body = json!({"evidence": {"type": "attributes", "subject": "new-subject",
            "attributes": {"email": "ada@acme.example"}}});
        site.send(&crate::site::sign_in(&acme, &body)).await.body().clone()
    };
    assert_eq!(new().await["reason"], "identity_conflict");
    let ada = account_id(&site, "ada@acme.example").await;
    let path = format!("/connections/{}/identities/{ada}", acme.connection);
    site.manage(&token, "DELETE", &path, Value::Null, 204).await;
    assert_eq!(site.introspect(&site.product, &old).await, json!({"active": false}));
    site.manage(&token, "DELETE", &path, Value::Null, 404).await;
    let came = new().await;
    assert_eq!((&came["decision"], &came["account"]["id"]), (&json!("allow"), &json!(ada)), "{came}");
    // Now the old subject is the stranger.
    assert_eq!(site.sign_in(&acme, "ada").await["reason"], "identity_conflict");
    let log =
        site.manage(&token, "GET", &format!("/activity?action=identity.freed&account={ada}"), Value::Null, 200).await;
    assert_eq!(log["items"].as_array().unwrap().len(), 1, "{log}");
}
