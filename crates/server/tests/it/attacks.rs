//! Ways to get into somebody else's account or company, each by name, through the hook; and that they lead nowhere.

use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, Connection, ConnectionRecord, Organization, StoredDecision, on_each_database};
use rollcall_policy::{Assertion, Client, DecisionId, Folded, OrganizationId, Protocol};
use rollcall_scim::fold::fold;
use rollcall_server::app::Evidence;
use rollcall_server::app::sign_in::{SignIn, SignInError, sign_in};
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::account_sign_ins::{auto_provision, signs_in};
use crate::sessions::open;
use crate::sign_ins::{insert_account, invite};
use crate::site::{Door, Site, rules, user_with};

on_each_database! {
    an_unverified_domain_gets_nobody_in_by_jit
    a_pre_registered_account_is_claimed_and_its_squatter_stays_out
    a_squatters_session_ends_once_the_product_verifies_the_address
    a_recycled_address_with_a_new_subject_gets_nothing
    a_subject_of_another_connection_is_a_stranger
    an_invitation_is_not_caught_by_an_unverified_account
    a_leaver_does_not_come_through_the_second_connection
    evidence_of_a_provider_that_was_replaced_meanwhile_gets_nothing
    an_email_name_id_does_not_open_the_earlier_holders_account
    an_email_name_id_follows_the_accounts_address
    a_foreign_address_tells_a_company_nothing_of_its_account
    a_decision_is_not_opened_by_an_unknown_company_in_the_query
    a_leaver_joins_nothing_that_only_their_former_directory_serves
}

#[track_caller]
fn denied(answer: &Value, reason: &str) {
    assert_eq!((&answer["decision"], &answer["reason"]), (&json!("deny"), &json!(reason)), "{answer}");
    assert_eq!((&answer["session"], &answer["memberships"]), (&Value::Null, &json!([])));
}

/// SI-4, P/D-4, RC-1: a company's provider names whom it likes; only the company's own domains count.
async fn an_unverified_domain_gets_nobody_in_by_jit(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    insert_account(&site, &account(7, "ceo@globex.example")).await;
    let squatted = open(&site, &account(7, "ceo@globex.example"), None).await;
    let before = site.directory().read().accounts(None, 10).await.unwrap();
    for address in ["ceo@globex.example", "ceo@eu.acme.example", "ceo@acme.example.evil.example"] {
        denied(&site.sign_in_with(&acme, "ceo", json!({"email": address})).await, "domain_not_verified");
    }
    assert_eq!(site.directory().read().accounts(None, 10).await.unwrap(), before);
    assert_eq!(site.introspect(&site.product, &squatted).await["active"], true, "nobody else's session ends");
    assert!(site.members(&acme).await.is_empty() && site.members(&globex).await.is_empty());
}

/// RC-10: somebody registered with the address of a person who had none yet, and waits.
async fn a_pre_registered_account_is_claimed_and_its_squatter_stays_out(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let squatter = Account { email_verified: false, full_name: "Mallory".to_owned(), ..account(7, "ada@acme.example") };
    insert_account(&site, &squatter).await;
    let waiting = signs_in(&site, "ada@acme.example", false).await;
    assert_eq!((&waiting["decision"], &waiting["memberships"]), (&json!("allow"), &json!([])));
    let session = waiting["session"]["id"].as_str().unwrap();
    let owner = site.sign_in_with(&acme, "ada", json!({"name": "Ada Lovelace"})).await;
    assert_eq!(owner["account"]["full_name"], "Ada Lovelace");
    assert!(rules(&owner).contains(&"RC-10"), "{owner}");
    assert_eq!(site.introspect(&site.product, session).await, json!({"active": false}));
    // The password is still known to the squatter; the product says truly that it has verified nothing.
    denied(&signs_in(&site, "ada@acme.example", false).await, "email_not_verified");
}

/// RC-10: the same without SSO. The owner resets the password, and the product has verified the address by then.
async fn a_squatters_session_ends_once_the_product_verifies_the_address(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    auto_provision(&site, &acme).await;
    insert_account(&site, &Account { email_verified: false, ..account(7, "ada@acme.example") }).await;
    let session = |decided: &Value| decided["session"]["id"].as_str().unwrap().to_owned();
    let squatted = session(&signs_in(&site, "ada@acme.example", false).await);
    assert_eq!(site.introspect(&site.product, &squatted).await["active"], true);
    let owner = signs_in(&site, "ada@acme.example", true).await;
    assert_eq!(owner["memberships"].as_array().unwrap().len(), 1, "{owner}");
    assert!(rules(&owner).contains(&"RC-10"), "{owner}");
    assert_eq!(site.introspect(&site.product, &squatted).await, json!({"active": false}));
    // Her own lives, also when she signs in once more.
    let own = session(&owner);
    signs_in(&site, "ada@acme.example", true).await;
    assert_eq!(site.introspect(&site.product, &own).await["active"], true);
    denied(&signs_in(&site, "ada@acme.example", false).await, "email_not_verified");
}

/// RC-11, RC-13: the address has a new holder, the directory remembers the earlier one.
async fn a_recycled_address_with_a_new_subject_gets_nothing(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let first = json!({"externalId": "first"});
    let id = crate::site::id(&site.expect(&acme, "POST", "/Users", user_with(&acme.email("ada"), first), 201).await);
    let earlier = site.sign_in(&acme, "ada").await;
    let heir = json!({"evidence": {"type": "attributes", "subject": "subject-heir",
        "attributes": {"email": "ada@acme.example"}}});
    let comes = async || site.send(&crate::site::sign_in(&acme, &heir)).await.body().clone();
    denied(&comes().await, "identity_conflict");
    site.expect(&acme, "DELETE", &format!("/Users/{id}"), Value::Null, 204).await;
    denied(&comes().await, "deactivated");
    // Pushed as another person, it stays unlinked while the earlier account has the address (RC-8).
    let second = user_with(&acme.email("ada"), json!({"externalId": "subject-heir"}));
    let pushed = site.expect(&acme, "POST", "/Users", second, 201).await;
    assert_ne!(crate::site::id(&pushed), id);
    denied(&comes().await, "deactivated");
    let session = earlier["session"]["id"].as_str().unwrap();
    assert_eq!(site.introspect(&site.product, session).await, json!({"active": false}));
}

/// SI-3.
/// RC-13: subjects belong to one connection; the same text at another one is somebody unknown.
async fn a_subject_of_another_connection_is_a_stranger(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    let second = site.second_door(&acme, |_| {}).await;
    let ada = site.sign_in(&acme, "ada").await;
    // At another company: an account of its own.
    let elsewhere = site.sign_in(&globex, "ada").await;
    assert_ne!(elsewhere["account"]["id"], ada["account"]["id"]);
    // At another connection of the company, with somebody else's address: that address's account, or a new one.
    let other = site.sign_in_with(&second, "ada", json!({"email": "grace@acme.example"})).await;
    assert_eq!(other["account"]["email"], "grace@acme.example");
    assert_ne!(other["account"]["id"], ada["account"]["id"]);
    // With the same address it is the same person, who has one identity at each connection.
    let same = site.sign_in_with(&site.second_door(&globex, |_| {}).await, "ada", json!({})).await;
    assert_eq!(same["account"]["id"], elsewhere["account"]["id"]);
}

/// RC-10: an invitation is for whoever reads the mail at its address.
async fn an_invitation_is_not_caught_by_an_unverified_account(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    auto_provision(&site, &acme).await;
    insert_account(&site, &Account { email_verified: false, ..account(7, "ada@acme.example") }).await;
    let invitation = invite(&site, &acme, "ada", None, Some(rollcall_policy::Role::Owner)).await;
    let caught = signs_in(&site, "ada@acme.example", false).await;
    assert_eq!((&caught["memberships"], &caught["effects"]), (&json!([]), &json!([])), "{caught}");
    let stored = site.directory().read().invitation(acme.company, invitation).await.unwrap().unwrap();
    assert_eq!(stored.state.code(), "pending");
    assert!(site.members(&acme).await.is_empty());
    // Through a connection whose provider does not vouch for the address, neither.
    let globex = site.company("globex", 0x60).await;
    invite(&site, &globex, "grace", None, None).await;
    denied(&site.sign_in_with(&globex, "grace", json!({"email_verified": false})).await, "email_not_verified");
}

/// RC-4, RC-11: sent away by one directory, the person tries the company's other provider.
async fn a_leaver_does_not_come_through_the_second_connection(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let second = site.second_door(&acme, |record| record.policy.scim = false).await;
    let id = site.push(&acme, "ada").await;
    assert_eq!(site.sign_in(&second, "ada").await["decision"], "allow");
    let off = json!([{"op": "replace", "path": "active", "value": false}]);
    assert_eq!(site.patch(&acme, &format!("/Users/{id}"), off).await.status, 200);
    denied(&site.sign_in(&second, "ada").await, "deactivated");
    site.expect(&acme, "DELETE", &format!("/Users/{id}"), Value::Null, 204).await;
    invite(&site, &acme, "ada", None, None).await;
    for door in [&acme, &second] {
        denied(&site.sign_in(door, "ada").await, "deactivated");
    }
    assert_eq!(site.members(&acme).await, [("ada@acme.example".to_owned(), "suspended")]);
}

/// design.md 6: the provider, or its keys, were replaced because they leaked; evidence was being checked by the old ones.
async fn evidence_of_a_provider_that_was_replaced_meanwhile_gets_nothing(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let oidc = |issuer: &str| json!({"issuer": issuer, "client_id": "rollcall"});
    let speaks = async |issuer: &str| {
        let settings = &oidc(issuer);
        let change = |record: &mut ConnectionRecord| {
            record.protocol = Protocol::Oidc;
            record.details.insert("oidc".to_owned(), settings.clone());
        };
        site.change(&acme, change).await;
    };
    let stored = async || site.directory().read().connection(acme.company, acme.connection).await.unwrap().unwrap();
    let mut assertion = Assertion::from_attributes("1", &std::collections::BTreeMap::new(), fold);
    assertion.email = Some(Folded::new("ada@acme.example", fold));
    let evidence = &Evidence { assertion, once: None };
    let parts = site.parts();
    let comes = async |checked_by: &Connection| sign_in(parts, checked_by, evidence, Client::Web, false).await;
    speaks("https://old.example").await;
    let old = stored().await;
    // Other changes hold at once and stop nobody.
    site.change(&acme, |record| record.policy.jit = false).await;
    assert_eq!(comes(&old).await.unwrap().decision.reason.code(), "access_denied");
    site.change(&acme, |record| record.policy.jit = true).await;
    speaks("https://new.example").await;
    let before = directory.contents().await;
    assert!(matches!(comes(&old).await, Err(SignInError::Moved)));
    site.change(&acme, |record| record.protocol = Protocol::Attributes).await;
    let attributes = stored().await;
    speaks("https://new.example").await;
    assert!(matches!(comes(&attributes).await, Err(SignInError::Moved)));
    assert_eq!(directory.contents().await["account"], before["account"]);
    assert_eq!(comes(&stored().await).await.unwrap().decision.reason.code(), "allowed");
}

/// What a SAML response with an e-mail `NameID` and nothing else comes to.
async fn by_name_id(site: &Site, door: &Door, address: &str) -> SignIn {
    let mut assertion = Assertion::from_attributes(address, &std::collections::BTreeMap::new(), fold);
    assertion.subject_weak = true;
    assertion.email = Some(Folded::new(address, fold));
    let connection = site.directory().read().connection(door.company, door.connection).await.unwrap().unwrap();
    let evidence = Evidence { assertion, once: None };
    sign_in(site.parts(), &connection, &evidence, Client::Web, false).await.unwrap()
}

/// The address of an account, as the directory or the person would change it.
async fn moves_to(site: &Site, from: &str, to: &str) {
    let stored = &site.directory().read().account_by_email(from).await.unwrap().unwrap();
    let moved = &Account { email: to.to_owned(), email_folded: to.to_owned(), ..stored.clone() };
    site.write(|unit| async move {
        unit.update_account(stored, moved);
        Ok(())
    })
    .await;
}

/// design.md 7, RC-13: a mailbox is given to the next person; the account is not.
async fn an_email_name_id_does_not_open_the_earlier_holders_account(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let earlier = by_name_id(&site, &acme, "ada@acme.example").await.account.unwrap();
    assert_eq!(by_name_id(&site, &acme, "Ada@acme.example").await.account.unwrap().id, earlier.id);
    moves_to(&site, "ada@acme.example", "ada.king@acme.example").await;
    let heir = by_name_id(&site, &acme, "ada@acme.example").await;
    assert_eq!(heir.decision.reason.code(), "allowed");
    let heir = heir.account.unwrap();
    assert_ne!(heir.id, earlier.id);
    // From now on each has their own, and the subject is the heir's.
    assert_eq!(by_name_id(&site, &acme, "ada@acme.example").await.account.unwrap().id, heir.id);
    assert_eq!(by_name_id(&site, &acme, "ada.king@acme.example").await.account.unwrap().id, earlier.id);
    for account in [&heir, &earlier] {
        let identities = site.directory().read().identities(acme.company, account.id).await.unwrap();
        assert_eq!(identities.len(), 1, "{identities:?}");
    }
}

/// design.md 7: the directory changes somebody's address, and the `NameID` follows without an administrator.
async fn an_email_name_id_follows_the_accounts_address(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let before = by_name_id(&site, &acme, "ada@acme.example").await.account.unwrap();
    moves_to(&site, "ada@acme.example", "ada.king@acme.example").await;
    let after = by_name_id(&site, &acme, "ada.king@acme.example").await;
    assert_eq!((after.decision.reason.code(), after.account.unwrap().id), ("allowed", before.id));
    let identities = site.directory().read().identities(acme.company, before.id).await.unwrap();
    let subjects: Vec<&str> = identities.iter().map(|identity| identity.subject.as_str()).collect();
    assert_eq!(subjects, ["ada.king@acme.example"]);
    // An account with a stable subject is not handed over to an address (RC-13).
    let stable = site.sign_in(&acme, "grace").await;
    let address = by_name_id(&site, &acme, "grace@acme.example").await;
    assert_eq!(address.decision.reason.code(), "identity_conflict");
    assert_eq!(stable["decision"], "allow");
}

/// The facts of a decision as an administrator reads them, and the text of the whole.
async fn told(site: &Site, token: &str, id: &str) -> (Value, String) {
    let decision = site.manage(token, "GET", &format!("/decisions/{id}"), Value::Null, 200).await;
    (decision["facts"].clone(), decision.to_string())
}

/// RC-1, RC-5, SI-4: a company names addresses of another one through its own provider, and reads its own decisions.
async fn a_foreign_address_tells_a_company_nothing_of_its_account(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    let ceo = Account { full_name: "Confidential Name".to_owned(), ..account(7, "ceo@globex.example") };
    insert_account(&site, &ceo).await;
    let owner = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    let mut answers = Vec::new();
    for address in ["ceo@globex.example", "nobody@globex.example"] {
        let answer = site.sign_in_with(&acme, "spy", json!({"email": address})).await;
        denied(&answer, "domain_not_verified");
        let id = answer["decision_id"].as_str().unwrap();
        let (facts, text) = told(&site, &owner, id).await;
        assert_eq!(facts["accounts"], json!([]), "{address}");
        assert!(!text.contains(&ceo.id.to_string()) && !text.contains("Confidential"), "{text}");
        let read = site.directory().read();
        let stored = read.decision(acme.company, id.parse().unwrap()).await.unwrap().unwrap();
        assert!(!stored.facts.contains(&ceo.id.to_string()), "nor is it stored");
        answers.push(answer.to_string().replace(id, "ID").replace(address, "ADDRESS"));
    }
    assert_eq!(answers[0], answers[1], "RC-5");
    // What an earlier release stored is shown without strangers, too.
    let ada = site.sign_in(&acme, "ada").await;
    assert_eq!(site.sign_in(&globex, "ceo").await["decision"], "allow");
    let (ada, bob) = (ada["account"]["id"].clone(), account(8, "bob@home.example"));
    let accounts = json!([{"id": ada}, {"id": ceo.id, "full_name": ceo.full_name}, {"id": bob.id}]);
    let earlier = &StoredDecision {
        id: DecisionId::from_u128(9),
        account: Some(bob.id),
        facts: json!({"policy": {}, "facts": {"accounts": accounts}}).to_string(),
        ..site.directory().read().decisions(acme.company, None, 1).await.unwrap().remove(0)
    };
    site.write(|unit| async move {
        unit.insert_decision(earlier);
        Ok(())
    })
    .await;
    let id = earlier.id.to_string();
    assert_eq!(told(&site, &owner, &id).await.0["accounts"], json!([{"id": ada}, {"id": bob.id}]));
    let operator = site.admin(AdminRole::Operator).await;
    assert_eq!(told(&site, &operator, &id).await.0["accounts"], accounts);
}

/// RO-1: an owner of one organization asks for a decision about all of the company's, and misnames what to look in.
async fn a_decision_is_not_opened_by_an_unknown_company_in_the_query(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    two_organizations(&site, &acme).await;
    let owner = site.admin(AdminRole::OrganizationOwner(acme.company, acme.organization)).await;
    let decided = site.sign_in(&acme, "ada").await;
    let path = format!("/decisions/{}", decided["decision_id"].as_str().unwrap());
    assert_eq!(site.api(&owner, "GET", &path, Value::Null).await.status, 404);
    let queries = ["company=nope", "company=globex", "company=acme", "connection=00000000-0000-0000-0000-000000000001"];
    let foreign = format!("connection={}", globex.connection);
    for query in queries.into_iter().chain([foreign.as_str()]) {
        let answer = site.api(&owner, "GET", &format!("{path}?{query}"), Value::Null).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        assert!(!answer.text.contains("ada@"), "{query}: {}", answer.text);
    }
}

/// One more organization of the company, which the connection serves as well.
async fn two_organizations(site: &Site, door: &Door) -> Door {
    let labs = OrganizationId::from_u128(0x1ab5);
    site.write(|unit| async move {
        let (company, created_at) = (door.company, 1);
        let (name, display_name) = ("labs".to_owned(), "Labs".to_owned());
        unit.insert_organization(&Organization { company, id: labs, name, display_name, seats: None, created_at });
        unit.set_connection_organizations(company, door.connection, &[door.organization, labs]);
        Ok(())
    })
    .await;
    site.change(door, |_| {}).await;
    Door { organization: labs, ..door.clone() }
}

/// RC-4, RC-11: one directory removes the person; another one, which serves other organizations, still calls them active.
async fn a_leaver_joins_nothing_that_only_their_former_directory_serves(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let labs = two_organizations(&site, &acme).await;
    let second = site.second_door(&acme, |_| {}).await;
    let id = site.push(&acme, "bob").await;
    site.push(&second, "bob").await;
    site.expect(&acme, "DELETE", &format!("/Users/{id}"), Value::Null, 204).await;
    let invitation = invite(&site, &labs, "bob", None, None).await;
    let only_acme = |decided: &Value| {
        let names = decided["memberships"].as_array().unwrap().iter().map(|membership| &membership["organization"]);
        assert_eq!(names.collect::<Vec<_>>(), ["acme"], "{decided}");
        assert!(rules(decided).contains(&"RC-11"), "{decided}");
        assert_eq!(decided["warnings"][0]["code"], "removed_by_directory", "{decided}");
    };
    // By invitation without SSO, by invitation and attribute with it, and on the product's request.
    only_acme(&signs_in(&site, "bob@acme.example", true).await);
    only_acme(&site.sign_in(&acme, "bob").await);
    only_acme(&site.sign_in_with(&acme, "bob", json!({"organization": "labs"})).await);
    let bob = site.directory().read().account_by_email("bob@acme.example").await.unwrap().unwrap().id;
    let accept = format!("/invitations/{invitation}/accept");
    let refusal = site.api(&site.product, "POST", &accept, json!({"account_id": bob})).await;
    assert_eq!((refusal.status, &refusal.body()["rule"]), (409, &json!("RC-11")), "{}", refusal.text);
    assert!(site.members(&labs).await.is_empty());
    // Once a directory that serves it says active, the invitation counts.
    site.push(&acme, "bob").await;
    site.sign_in(&acme, "bob").await;
    assert_eq!(site.members(&labs).await, [("bob@acme.example".to_owned(), "active")]);
}
