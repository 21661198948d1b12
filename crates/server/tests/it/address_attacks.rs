//! Ways into somebody else's account or company by an address that was theirs, or that only looks like theirs.

use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, on_each_database};
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::account_sign_ins::signs_in;
use crate::admin_members::stored_account;
use crate::sign_ins::insert_account;
use crate::site::{Site, id};

on_each_database! {
    an_invitation_by_username_is_not_caught_by_the_next_holder_of_the_address
}

/// The address of an account, as the operator would change it.
async fn moves_to(site: &Site, account: &str, to: &str) {
    let operator = site.admin(AdminRole::Operator).await;
    let change = json!({"email": to, "email_verified": true});
    site.manage(&operator, "PATCH", &format!("/accounts/{account}"), change, 200).await;
}

/// RC-10: who is invited by username is invited under whatever address; the address has a new holder some day.
async fn an_invitation_by_username_is_not_caught_by_the_next_holder_of_the_address(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    let jane = stored_account(&site, 1, "jane@acme.example").await;
    let mut invited = Vec::new();
    for door in [&acme, &globex] {
        let owner = site.admin(AdminRole::OrganizationOwner(door.company, door.organization)).await;
        let path = format!("/organizations/{}/invitations", door.name);
        let body = json!({"username": "jane", "role": "owner"});
        invited.push(id(&site.manage(&owner, "POST", &path, body, 201).await));
    }
    moves_to(&site, &jane, "jane.doe@acme.example").await;
    let next = Account { username: "jane2".to_owned(), ..account(2, "jane@acme.example") };
    insert_account(&site, &next).await;
    site.change(&acme, |record| record.policy.jit = false).await;
    // Neither on the product's word, nor through the provider, nor by hand.
    assert_eq!(signs_in(&site, "jane@acme.example", true).await["memberships"], json!([]));
    assert_eq!(site.sign_in(&acme, "jane").await["decision"], "deny", "N-3");
    let operator = site.admin(AdminRole::Operator).await;
    let added = json!({"account_id": next.id.to_string()});
    site.manage(&operator, "POST", "/organizations/globex/members", added, 201).await;
    let states = async || {
        let mut states = Vec::new();
        for (door, invitation) in [(&acme, &invited[0]), (&globex, &invited[1])] {
            let found = site.directory().read().invitation(door.company, invitation.parse().unwrap()).await;
            states.push(found.unwrap().unwrap().state.code());
        }
        states
    };
    assert_eq!(states().await, ["pending", "pending"]);
    // Whom it was meant for has it, wherever they read their mail now.
    let accepted = signs_in(&site, "jane.doe@acme.example", true).await;
    let roles: Vec<&Value> = accepted["memberships"].as_array().unwrap().iter().map(|found| &found["role"]).collect();
    assert_eq!(roles, [&json!("owner"), &json!("owner")], "{accepted}");
    assert_eq!(states().await, ["accepted", "accepted"]);
}
