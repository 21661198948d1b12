//! A hostile directory: addresses that are somebody else's, by every verb. Nobody is taken over, linked, renamed or let in.

use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{Account, on_each_database};
use serde_json::{Value, json};

use crate::site::{Door, Site, id, patch, user_with};

on_each_database! {
    a_foreign_address_by_create
    a_foreign_address_by_patch
    a_foreign_address_by_put
    a_colleagues_address_by_create
    a_colleagues_address_by_patch
    a_colleagues_address_by_put
}

/// A company whose directory is hostile, and the people it is after.
struct Stage {
    site: Site,
    acme: Door,
    globex: Door,
    /// Its own pushed user `mallory`, linked to an account.
    mallory: String,
}

impl Stage {
    async fn set(directory: &TestDirectory) -> Self {
        let site = Site::start(directory).await;
        let acme = site.acme().await;
        let globex = site.company("globex", 0x61).await;
        site.sign_in_with(&globex, "victim", json!({"name": "Vic Tim"})).await;
        site.sign_in_with(&acme, "colleague", json!({"name": "Cole Ague"})).await;
        let mallory = site.push(&acme, "mallory").await;
        Self { site, acme, globex, mallory }
    }

    async fn account(&self, email: &str) -> Account {
        self.site.directory().read().account_by_email(email).await.unwrap().expect("an account")
    }

    /// Sends what `attack` makes of the address; answers with the pushed user's id.
    async fn attack(&self, verb: &str, address: &str) -> String {
        let emails = json!([{"value": address, "type": "work", "primary": true}]);
        let path = format!("/Users/{}", self.mallory);
        match verb {
            "POST" => {
                let body =
                    user_with("mallory2", json!({"emails": emails, "displayName": "Mine Now", "externalId": "x"}));
                id(&self.site.expect(&self.acme, "POST", "/Users", body, 201).await)
            }
            "PUT" => {
                let body = user_with(&self.acme.email("mallory"), json!({"emails": emails, "displayName": "Mine Now"}));
                id(&self.site.expect(&self.acme, "PUT", &path, body, 200).await)
            }
            _ => {
                let operations = json!([
                    {"op": "replace", "path": "emails", "value": emails},
                    {"op": "replace", "path": "displayName", "value": "Mine Now"},
                ]);
                id(&self.site.expect(&self.acme, "PATCH", &path, patch(operations), 200).await)
            }
        }
    }

    async fn finding(&self, user: &str) -> Option<&'static str> {
        let stored =
            self.site.directory().read().user(self.acme.scope(), user.parse().unwrap()).await.unwrap().unwrap();
        stored.finding.map(rollcall_policy::Finding::code)
    }
}

/// RC-1, RC-5, SI-4: an address of another company's domain, or of nobody's.
async fn check_foreign(directory: &TestDirectory, verb: &str) {
    let stage = Stage::set(directory).await;
    let victim = stage.globex.email("victim");
    let (before, mallory) = (stage.account(&victim).await, stage.account(&stage.acme.email("mallory")).await);
    let members = stage.site.members(&stage.acme).await;
    let pushed = stage.attack(verb, &victim).await;
    assert_eq!(stage.finding(&pushed).await, Some("domain_not_verified"), "{verb}");
    assert_eq!(stage.account(&victim).await, before, "{verb}: the account is as it was");
    let own = stage.account(&stage.acme.email("mallory")).await;
    assert_eq!(
        (own.email, own.id),
        (mallory.email, mallory.id),
        "{verb}: the directory's own account keeps its address"
    );
    assert_eq!(stage.site.members(&stage.acme).await, members, "{verb}: nobody joined");
    // Saying that "they" are inactive sends nobody away elsewhere.
    let operations = patch(json!([{"op": "replace", "path": "active", "value": false}]));
    stage.site.expect(&stage.acme, "PATCH", &format!("/Users/{pushed}"), operations, 200).await;
    let decided = stage.site.sign_in(&stage.globex, "victim").await;
    assert_eq!(decided["decision"], "allow", "{verb}: {decided}");
    let through_us = stage.site.sign_in_with(&stage.acme, "mallory", json!({"email": victim})).await;
    assert_eq!(through_us["reason"], "domain_not_verified", "{verb}");
}

/// RC-5, RC-8: an address of the same company that another account has.
async fn check_colleague(directory: &TestDirectory, verb: &str) {
    let stage = Stage::set(directory).await;
    let colleague = stage.acme.email("colleague");
    let taken = stage.site.push(&stage.acme, "colleague").await;
    let before = stage.account(&colleague).await;
    let pushed = stage.attack(verb, &colleague).await;
    assert_ne!(pushed, taken);
    assert_eq!(stage.finding(&pushed).await, Some("email_taken"), "{verb}");
    assert_eq!(stage.account(&colleague).await, before, "{verb}: neither name nor holder changes");
    let operations = patch(json!([{"op": "replace", "path": "active", "value": false}]));
    stage.site.expect(&stage.acme, "PATCH", &format!("/Users/{pushed}"), operations, 200).await;
    let decided = stage.site.sign_in(&stage.acme, "colleague").await;
    assert_eq!(
        (&decided["decision"], &decided["account"]["id"]),
        (&json!("allow"), &json!(before.id)),
        "{verb}: {decided}"
    );
    // The colleague's own user still speaks for them.
    let read = stage.site.expect(&stage.acme, "GET", &format!("/Users/{taken}"), Value::Null, 200).await;
    assert_eq!(read["active"], true);
}

async fn a_foreign_address_by_create(directory: &TestDirectory) {
    check_foreign(directory, "POST").await;
}

async fn a_foreign_address_by_patch(directory: &TestDirectory) {
    check_foreign(directory, "PATCH").await;
}

async fn a_foreign_address_by_put(directory: &TestDirectory) {
    check_foreign(directory, "PUT").await;
}

async fn a_colleagues_address_by_create(directory: &TestDirectory) {
    check_colleague(directory, "POST").await;
}

async fn a_colleagues_address_by_patch(directory: &TestDirectory) {
    check_colleague(directory, "PATCH").await;
}

async fn a_colleagues_address_by_put(directory: &TestDirectory) {
    check_colleague(directory, "PUT").await;
}
