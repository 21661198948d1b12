//! Ways into somebody else's account or company by an address that was theirs, or that only looks like theirs.

use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, Domain, DomainState, on_each_database};
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::account_sign_ins::{account_evidence, signs_in};
use crate::admin_members::stored_account;
use crate::races::at_once;
use crate::sign_ins::insert_account;
use crate::site::{Door, Site, api, id, user_with};

on_each_database! {
    an_invitation_by_username_is_not_caught_by_the_next_holder_of_the_address
    a_domain_that_folds_to_another_opens_no_account_of_that
    a_domain_in_letters_is_the_one_that_is_stored
    a_domain_is_removed_or_attached_and_never_both
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

/// A domain that the company has proven.
fn proven(door: &Door, name: &str) -> Domain {
    Domain {
        company: door.company,
        name: name.to_owned(),
        state: DomainState::Verified,
        txt_value: "proven".to_owned(),
        verified_at: Some(1),
        auto_provisioning: false,
        organization: None,
        created_at: 1,
    }
}

/// Gives the company, and its connection, another domain.
async fn attach(site: &Site, door: &Door, name: &str) {
    site.write(|unit| async move {
        unit.insert_domain(&proven(door, name));
        let names = [format!("{}.example", door.name), name.to_owned()];
        unit.set_connection_domains(door.company, door.connection, &names);
        Ok(())
    })
    .await;
    site.change(door, |_| {}).await;
}

/// RC-1, RC-6: `stra\u{df}e.example` is no other spelling of `strasse.example`; each domain has an owner of its own.
async fn a_domain_that_folds_to_another_opens_no_account_of_that(directory: &TestDirectory) {
    const SHARP: &str = "boss@stra\u{df}e.example";
    let site = Site::start(directory).await;
    let (acme, strasse) = (site.acme().await, site.company("strasse", 0x57).await);
    attach(&site, &acme, "xn--strae-oqa.example").await;
    let boss = stored_account(&site, 1, "boss@strasse.example").await;
    let operator = site.admin(AdminRole::Operator).await;
    let before = site.directory().read().accounts(None, 10).await.unwrap();
    // On the product's word, which somebody with a mailbox at the other domain gets truly.
    let claimed = site.send(&account_evidence(&site, SHARP, true)).await;
    assert_eq!((claimed.status, &claimed.body()["type"]), (400, &json!("malformed")), "{}", claimed.text);
    // By hand: the account would be looked up, corrected and invited as the other's.
    for (method, path) in [("POST", "/accounts".to_owned()), ("PATCH", format!("/accounts/{boss}"))] {
        assert_eq!(site.api(&operator, method, &path, json!({"email": SHARP})).await.status, 400, "{path}");
    }
    let invited = site.api(&operator, "POST", "/organizations/strasse/invitations", json!({"email": SHARP})).await;
    assert_eq!(invited.status, 400, "{}", invited.text);
    // Through either domain's provider, and by a push.
    for door in [&acme, &strasse] {
        let decided = site.sign_in_with(door, "boss", json!({"email": SHARP})).await;
        assert_eq!((&decided["decision"], &decided["reason"]), (&json!("deny"), &json!("email_missing")), "{decided}");
        let user = user_with(SHARP, json!({"emails": [{"value": SHARP, "primary": true}]}));
        let user = id(&site.expect(door, "POST", "/Users", user, 201).await);
        let path = format!("/connections/{}/directory-users?finding=no_address", door.connection);
        let found = site.manage(&operator, "GET", &path, Value::Null, 200).await;
        assert_eq!((&found["items"][0]["id"], &found["items"][0]["account"]), (&json!(user), &Value::Null), "{found}");
    }
    assert_eq!(site.directory().read().accounts(None, 10).await.unwrap(), before);
    // In its ASCII form the domain has its people like any other.
    let own = site.sign_in_with(&acme, "boss", json!({"email": "boss@xn--strae-oqa.example"})).await;
    assert_eq!((&own["decision"], own["account"]["id"] == json!(boss)), (&json!("allow"), false), "{own}");
}

/// P/E-1, P/A-3, RC-10: a domain is stored in ASCII, its people write it in letters.
async fn a_domain_in_letters_is_the_one_that_is_stored(directory: &TestDirectory) {
    const SPELLINGS: [&str; 2] = ["ada@b\u{fc}cher.example", "grace@xn--bcher-kva.example"];
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    attach(&site, &acme, "xn--bcher-kva.example").await;
    let owner = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    for (number, address) in (1..).zip(SPELLINGS) {
        let account = stored_account(&site, number, address).await;
        let path = format!("/organizations/{}/members", acme.name);
        site.manage(&owner, "POST", &path, json!({"account_id": account}), 201).await;
        assert_eq!(signs_in(&site, address, true).await["decision"], "allow", "SI-9");
    }
    site.change(&acme, |record| record.policy.enforce_sso = true).await;
    for address in SPELLINGS {
        assert_eq!(signs_in(&site, address, true).await["reason"], "sso_required", "P/E-1: {address}");
    }
    site.change(&acme, |record| record.policy.enforce_sso = false).await;
    let door = &acme;
    site.write(|unit| async move {
        unit.set_connection_domains(door.company, door.connection, &["acme.example".to_owned()]);
        unit.update_domain(&Domain { auto_provisioning: true, ..proven(door, "xn--bcher-kva.example") });
        Ok(())
    })
    .await;
    site.change(&acme, |_| {}).await;
    stored_account(&site, 3, "eve@b\u{fc}cher.example").await;
    let joined = signs_in(&site, "eve@b\u{fc}cher.example", true).await;
    assert_eq!(joined["memberships"][0]["origin"], "domain", "P/A-3: {joined}");
}

/// P/D-10, D-11: a connection never has a domain that was given up meanwhile.
async fn a_domain_is_removed_or_attached_and_never_both(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let owner = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    for round in 0..8 {
        let name = format!("round{round}.example");
        let (door, domain) = (&acme, &proven(&acme, &name));
        site.write(|unit| async move {
            unit.insert_domain(domain);
            Ok(())
        })
        .await;
        let connection = json!({"name": format!("c{round}"), "protocol": "attributes", "domains": [name],
            "organizations": ["acme"], "default_organization": "acme"});
        let attached = api(&owner, "POST", "/companies/acme/connections", &connection);
        let removed = api(&owner, "DELETE", &format!("/domains/{name}"), &Value::Null);
        let answers = at_once(&site, [attached, removed]).await;
        let statuses = (answers[0].status, answers[1].status);
        let read = site.directory().read();
        let there = read.domain(door.company, &name).await.unwrap().is_some();
        let held = !read.connections_of_domain(door.company, &name).await.unwrap().is_empty();
        assert_eq!((there, held), (statuses.0 == 201, statuses.0 == 201), "{statuses:?}");
        assert_eq!(statuses.1 == 204, !there, "{statuses:?}");
    }
}
