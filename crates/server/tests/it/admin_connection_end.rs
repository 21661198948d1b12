//! The end of a connection (P/C-4, P4-26, RC-4).

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::site::{Site, group, id};

on_each_database! {
    people_stay_and_the_providers_word_goes
    a_successor_begins_afresh
}

/// P/C-4, P4-26, S-7: sessions end, tokens die, members stay; nothing of another connection is touched.
async fn people_stay_and_the_providers_word_goes(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let other = site.second_door(&door, |_| {}).await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    let ada = site.push(&door, "ada").await;
    site.push(&other, "oda").await;
    let gone = site.push(&door, "gus").await;
    site.expect(&door, "DELETE", &format!("/Users/{gone}"), Value::Null, 204).await;
    site.expect(&door, "POST", "/Groups", group("Crew", &[&ada]), 201).await;
    let suspended = site.push(&door, "sue").await;
    site.patch(&door, &format!("/Users/{suspended}"), json!([{"op": "replace", "value": {"active": false}}])).await;
    let (ended, lives) = (site.sign_in(&door, "ada").await, site.sign_in(&other, "oda").await);
    let active = async |decided: &Value| {
        site.introspect(&site.product, decided["session"]["id"].as_str().unwrap()).await["active"].clone()
    };
    assert_eq!((active(&ended).await, active(&lives).await), (json!(true), json!(true)));
    let before = site.members(&door).await;

    site.manage(&owner, "DELETE", &format!("/connections/{}", door.connection), Value::Null, 204).await;
    site.manage(&owner, "DELETE", &format!("/connections/{}", door.connection), Value::Null, 404).await;
    assert_eq!((active(&ended).await, active(&lives).await), (json!(false), json!(true)));
    assert_eq!(site.scim(&door, "GET", "/Users", Value::Null).await.status, 401);
    assert_eq!(
        site.send(&crate::site::sign_in(&door, &crate::site::evidence(&door, "ada", &json!({})))).await.status,
        401
    );
    assert_eq!(site.members(&door).await, before, "members stay as they were");
    assert!(before.contains(&(door.email("sue"), "suspended")), "{before:?}");
    let pushed = site.expect(&other, "GET", "/Users", Value::Null, 200).await;
    assert_eq!(pushed["totalResults"], 1);

    let connection = door.connection.uuid().simple().to_string();
    let kept = ["activity", "decision", "outbox", "session", "token"];
    for (table, rows) in directory.contents().await.into_iter().filter(|(table, _)| !kept.contains(&table.as_str())) {
        let left: Vec<&String> =
            rows.iter().filter(|row| row.replace('-', "").to_lowercase().contains(&connection)).collect();
        assert!(left.is_empty(), "{table} still names the connection: {left:?}");
    }
}

/// RC-4, RC-8: a new connection of the same name knows nobody's ids, suspends nobody anew and lifts nothing by JIT.
async fn a_successor_begins_afresh(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    let ada = site.push(&door, "ada").await;
    let sue = site.push(&door, "sue").await;
    site.patch(&door, &format!("/Users/{sue}"), json!([{"op": "replace", "value": {"active": false}}])).await;
    site.manage(&owner, "DELETE", &format!("/connections/{}", door.connection), Value::Null, 204).await;

    let body =
        json!({"name": "acme-sso", "protocol": "attributes", "domains": ["acme.example"], "organizations": ["acme"]});
    let made = site.manage(&owner, "POST", "/companies/acme/connections", body, 201).await;
    let path = format!("/connections/{}/tokens", id(&made));
    let token = async |kind: &str| {
        let made = site.manage(&owner, "POST", &path, json!({"kind": kind}), 201).await;
        made["token"].as_str().unwrap().to_owned()
    };
    let connection = id(&made).parse().unwrap();
    let next =
        crate::site::Door { connection, scim: token("scim").await, sign_in: token("sign_in").await, ..door.clone() };
    assert_eq!(site.scim(&next, "GET", "/Users", Value::Null).await.status, 403, "S-5");
    assert_eq!(site.sign_in(&next, "ada").await["decision"], "allow");
    assert_eq!(site.sign_in(&next, "sue").await["decision"], "deny", "RC-4: JIT lifts no suspension");
    site.change(&next, |record| record.policy.scim = true).await;
    assert_ne!(site.push(&next, "ada").await, ada, "the old id was the old connection's");
    site.push(&next, "sue").await;
    assert_eq!(site.sign_in(&next, "sue").await["decision"], "allow", "RC-4: a directory lifts it");
}
