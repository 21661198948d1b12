//! `/api/v1/companies/{company}/connections` and `/connections/{id}`: making and changing.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::site::{Door, Site, api, id};

on_each_database! {
    a_new_connection_has_jit_on_and_scim_off
    what_a_connection_has_is_its_companys
    each_protocol_has_its_settings
    settings_change_one_by_one
    what_moves_people_needs_a_plan
    two_administrators_do_not_overwrite_each_other
    sso_is_enforced_once_somebody_came_in
}

const PATH: &str = "/companies/acme/connections";

async fn start(directory: &TestDirectory) -> (Site, Door, String) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    (site, door, owner)
}

/// A body that is good, with further members or others.
fn connection(further: &Value) -> Value {
    let mut body = json!({
        "name": "second", "protocol": "attributes", "domains": ["acme.example"], "organizations": ["acme"],
        "default_organization": "acme",
    });
    body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    body
}

/// P/J-0, S-5, S-1, P/C-1, P/C-2, P/C-3, P/C-5, P4-27: a second connection of the same domain.
async fn a_new_connection_has_jit_on_and_scim_off(directory: &TestDirectory) {
    let (site, door, owner) = start(directory).await;
    let body = connection(&json!({"default_team": "Everyone", "jit": true, "scim": false, "strict": true}));
    let answer = site.api(&owner, "POST", PATH, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let made = answer.body();
    let path = format!("/connections/{}", id(made));
    assert_eq!(answer.header("location"), Some(format!("/api/v1{path}").as_str()));
    assert_eq!(answer.header("etag"), Some("W/\"1800000000000000\""));
    for (name, value) in [
        ("mode", json!("jit")),
        ("jit", json!(true)),
        ("scim", json!(false)),
        ("group_mapping", json!(false)),
        ("domains", json!(["acme.example"])),
        ("organizations", json!(["acme"])),
        ("default_organization", json!("acme")),
        ("default_team", json!("everyone")),
        ("enforce_sso", json!(false)),
        ("freeze_name", json!(true)),
        ("on_new_subject", json!("refuse")),
        ("create_denied_accounts", json!(true)),
        ("unverified_domains", json!("store")),
        ("strict", json!(true)),
        ("tolerances", json!({})),
        ("protected_accounts", json!([])),
        ("brake", json!({"count": 20, "percent": 10, "window_seconds": 3600, "release_after_seconds": 86400})),
    ] {
        assert_eq!(made[name], value, "{name}");
    }
    assert!(made["scim_base_url"].as_str().unwrap().ends_with("/scim/v2"), "S-2: {made}");
    assert_eq!(&site.manage(&owner, "GET", &path, Value::Null, 200).await, made);
    let list = site.manage(&owner, "GET", PATH, Value::Null, 200).await;
    let names: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["acme-sso", "second"]);

    for (further, rule) in [
        (json!({"name": "third", "jit": false}), "J-0"),
        (json!({"name": "third", "scim": true}), "S-5"),
        (json!({"name": "third", "enforce_sso": true}), "E-9"),
    ] {
        let refused = site.manage(&owner, "POST", PATH, connection(&further), 422).await;
        assert_eq!(refused["rule"], rule, "{refused}");
    }
    site.manage(&owner, "POST", PATH, connection(&json!({})), 409).await;
    drop(door);
}

/// P/C-1, P/D-11: domains, organizations and teams of its own company; another's read like none.
async fn what_a_connection_has_is_its_companys(directory: &TestDirectory) {
    let (site, _, owner) = start(directory).await;
    let globex = site.company("globex", 0x60).await;
    site.manage(&owner, "POST", "/companies/acme/organizations", json!({"name": "acme-eu"}), 201).await;
    let both = json!(["acme", "acme-eu"]);
    for (further, rule, sentence) in [
        (json!({"domains": []}), "D-11", "at least one verified domain"),
        (json!({"domains": ["globex.example"]}), "D-11", "`globex.example` is no verified domain of this company"),
        (json!({"domains": ["nobody.example"]}), "D-11", "`nobody.example` is no verified domain of this company"),
        (json!({"organizations": []}), "C-1", "at least one organization"),
        (json!({"organizations": ["globex"]}), "C-1", "`globex` is no organization of this company"),
        (json!({"organizations": ["nobody"]}), "C-1", "`nobody` is no organization of this company"),
        (json!({"organizations": ["acme-eu"]}), "C-1", "`default_organization`"),
        (json!({"organizations": both, "default_organization": null}), "C-1", "`default_organization`"),
        (json!({"default_team": "nobody"}), "C-1", "`default_team`"),
        (
            json!({"organizations": both, "default_organization": "acme-eu", "default_team": "everyone"}),
            "C-1",
            "`default_team`",
        ),
    ] {
        let refused = site.manage(&owner, "POST", PATH, connection(&further), 422).await;
        assert_eq!(refused["rule"], rule, "{further}");
        assert!(refused["detail"].as_str().unwrap().contains(sentence), "{refused}");
    }
    // One organization needs no default, names are folded, and repetition is no second.
    let body = json!({"name": "third", "protocol": "attributes", "domains": ["ACME.example", "acme.example"], "organizations": ["acme-eu"]});
    let made = site.manage(&owner, "POST", PATH, body, 201).await;
    assert_eq!((&made["domains"], &made["default_organization"]), (&json!(["acme.example"]), &json!("acme-eu")));
    let theirs = site.admin(AdminRole::CompanyOwner(globex.company)).await;
    site.manage(&theirs, "POST", PATH, connection(&json!({})), 404).await;
}

async fn each_protocol_has_its_settings(directory: &TestDirectory) {
    let (site, _, owner) = start(directory).await;
    let oidc = json!({"issuer": "https://idp.example", "client_id": "rollcall", "jwks_uri": "https://idp.example/keys", "algorithms": ["RS256"]});
    let made = site.manage(&owner, "POST", PATH, connection(&json!({"protocol": "oidc", "oidc": oidc})), 201).await;
    assert_eq!(made["oidc"], oidc);
    let path = format!("/connections/{}", id(&made));
    let tenant = json!({"oidc": {"issuer": "https://idp.example", "client_id": "other", "tenant_id": "11111111-2222-3333-4444-555555555555"}});
    let changed = site.manage(&owner, "PATCH", &path, tenant, 200).await;
    assert_eq!((&changed["oidc"]["client_id"], &changed["oidc"]["algorithms"]), (&json!("other"), &json!(["RS256"])));
    let symmetric = json!({"oidc": {"issuer": "https://idp.example", "client_id": "other", "algorithms": ["HS256"]}});
    site.manage(&owner, "PATCH", &path, symmetric, 400).await;
    for (further, sentence) in [
        (json!({"protocol": "oidc"}), "needs its settings in `oidc`"),
        (json!({"protocol": "saml", "oidc": oidc}), "`oidc` goes with the protocol `oidc`"),
        (json!({"oidc": oidc}), "`oidc` goes with the protocol `oidc`"),
        (json!({"protocol": "oidc", "oidc": {"issuer": "https://idp.example"}}), "missing field `client_id`"),
        (
            json!({"protocol": "oidc", "oidc": {"issuer": "a", "client_id": "b", "secret": "c"}}),
            "unknown field `secret`",
        ),
        (
            json!({"protocol": "oidc", "oidc": {"issuer": "a", "client_id": "b"}}),
            "`oidc.issuer` must be an absolute URL",
        ),
        (
            json!({"protocol": "oidc", "oidc": {"issuer": "https://idp.example", "client_id": "b", "algorithms": ["HS256"]}}),
            "`oidc.algorithms` must be a list of one or more of RS256",
        ),
        (json!({"protocol": "ldap"}), "ldap"),
        (json!({"protocol": null}), "missing field `protocol`"),
        (json!({"name": null}), "missing field `name`"),
    ] {
        let mut body = connection(&json!({"name": "third"}));
        body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        let refused = site.manage(&owner, "POST", PATH, body, 400).await;
        assert!(refused["detail"].as_str().unwrap().contains(sentence), "{further}: {refused}");
    }
}

/// K-47, RC-5, RC-12, RC-13, RC-14.
async fn settings_change_one_by_one(directory: &TestDirectory) {
    let (site, door, owner) = start(directory).await;
    let path = format!("/connections/{}", door.connection);
    let before = site.manage(&owner, "GET", &path, Value::Null, 200).await;
    let mut expected = before.clone();
    for (name, value) in [
        ("name", json!("Acme SSO")),
        ("freeze_name", json!(false)),
        ("on_new_subject", json!("link")),
        ("create_denied_accounts", json!(false)),
        ("unverified_domains", json!("refuse")),
        ("strict", json!(true)),
        ("tolerances", json!({"boolean_as_string": true})),
        ("protected_accounts", json!(["01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f"])),
        ("brake", json!({"count": 3, "percent": 50, "window_seconds": 60, "release_after_seconds": 120})),
    ] {
        let mut change = json!({});
        change[name] = value.clone();
        let changed = site.manage(&owner, "PATCH", &path, change, 200).await;
        assert_ne!(changed["updated_at"], expected["updated_at"], "{name}");
        expected[name] = value;
        expected["updated_at"] = changed["updated_at"].clone();
        assert_eq!(changed, expected, "{name}");
    }
    let same = site.manage(&owner, "PATCH", &path, json!({"strict": true}), 200).await;
    assert_eq!(same, expected, "what changes nothing is no change");
    for change in [
        json!({"name": " "}),
        json!({"tolerances": {"unheard_of": true}}),
        json!({"tolerances": {"boolean_as_string": "yes"}}),
        json!({"protected_accounts": ["ada@acme.example"]}),
        json!({"brake": {"percent": 101}}),
        json!({"brake": {"window_seconds": 1}}),
        json!({"brake": {"speed": 1}}),
        json!({"on_new_subject": "guess"}),
        json!({"mode": "jit"}),
    ] {
        site.manage(&owner, "PATCH", &path, change, 400).await;
    }
    assert_eq!(site.manage(&owner, "GET", &path, Value::Null, 200).await, expected);
    // The strict connection is strict from the next request on.
    let body = json!({"userName": "ada@acme.example"});
    assert_eq!(site.scim(&door, "POST", "/Users", body).await.status, 400);
    let entries = site.directory().read().activities(door.company, None, 50).await.unwrap();
    let changes: Vec<&str> =
        entries.iter().filter(|entry| entry.action == "connection_changed").map(|entry| entry.data.as_str()).collect();
    assert_eq!(changes.len(), 9, "one for each change, and names alone: {changes:?}");
    assert!(changes.contains(&"{\"changed\":[\"brake\"]}"), "{changes:?}");
}

/// Design.md 5.2 and 6: the way is named.
async fn what_moves_people_needs_a_plan(directory: &TestDirectory) {
    let (site, door, owner) = start(directory).await;
    let path = format!("/connections/{}", door.connection);
    for change in [
        json!({"jit": false}),
        json!({"scim": false}),
        json!({"group_mapping": true}),
        json!({"domains": ["acme.example"]}),
        json!({"organizations": ["acme"]}),
        json!({"default_organization": "acme"}),
        json!({"default_team": null}),
    ] {
        let refused = site.manage(&owner, "PATCH", &path, change.clone(), 422).await;
        assert_eq!(refused["type"], "needs_plan", "{change}");
        assert!(refused["detail"].as_str().unwrap().contains("/plans"), "{refused}");
    }
    assert_eq!(site.manage(&owner, "PATCH", &path, json!({"protocol": "oidc"}), 422).await["type"], "permanent");
}

async fn two_administrators_do_not_overwrite_each_other(directory: &TestDirectory) {
    let (site, door, owner) = start(directory).await;
    let path = format!("/connections/{}", door.connection);
    let seen = site.api(&owner, "GET", &path, Value::Null).await.header("etag").unwrap().to_owned();
    let change =
        |tag: &str, strict: bool| api(&owner, "PATCH", &path, &json!({"strict": strict})).header("if-match", tag);
    let first = site.send(&change(&seen, true)).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let second = site.send(&change(&seen, false)).await;
    assert_eq!((second.status, &second.body()["type"]), (412, &json!("moved")), "{}", second.text);
    let delete = api(&owner, "DELETE", &path, &Value::Null).header("if-match", &seen);
    assert_eq!(site.send(&delete).await.status, 412);
    assert_eq!(site.send(&change("nonsense", false)).await.status, 400);
    assert_eq!(site.send(&change("*", false)).await.status, 200);
    let third = site.send(&change(first.header("etag").unwrap(), true)).await;
    assert_eq!(third.status, 412, "each change has its own version, though the clock stands still");
}

/// P/E-9: not before, and P/E-1, P/E-7 afterwards.
async fn sso_is_enforced_once_somebody_came_in(directory: &TestDirectory) {
    let (site, door, owner) = start(directory).await;
    let path = format!("/connections/{}", door.connection);
    let refused = site.manage(&owner, "PATCH", &path, json!({"enforce_sso": true}), 409).await;
    assert_eq!(refused["rule"], "E-9", "{refused}");
    site.sign_in_with(&door, "eve", json!({"email": "eve@elsewhere.example"})).await;
    site.manage(&owner, "PATCH", &path, json!({"enforce_sso": true}), 409).await;
    assert_eq!(site.sign_in(&door, "ada").await["decision"], "allow");
    let on = site.manage(&owner, "PATCH", &path, json!({"enforce_sso": true}), 200).await;
    assert_eq!(on["enforce_sso"], true);
    let refused = site.manage(&owner, "DELETE", &path, Value::Null, 409).await;
    assert_eq!(refused["rule"], "E-7", "{refused}");
    site.manage(&owner, "PATCH", &path, json!({"enforce_sso": false}), 200).await;
    site.manage(&owner, "DELETE", &path, Value::Null, 204).await;
}
