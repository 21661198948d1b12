//! Administrators and teams.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::admin_members::{MEMBERS, account_id, refused, stored_account};
use crate::pushes::member;
use crate::site::{Site, group, id};

on_each_database! {
    teams_come_and_go_without_their_people
    only_members_are_put_into_teams
    what_groups_say_about_a_team_only_they_say
}

const TEAMS: &str = "/organizations/acme/teams";

/// T-1, RC-17.
async fn teams_come_and_go_without_their_people(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let token = site.admin(AdminRole::OrganizationOwner(acme.company, acme.organization)).await;
    let made = site.manage(&token, "POST", TEAMS, json!({"name": "  Night Crew "}), 201).await;
    assert_eq!(made["name"], "Night Crew");
    let listed = site.manage(&token, "GET", TEAMS, Value::Null, 200).await;
    let names: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|team| &team["name"]).collect();
    assert_eq!(names, ["everyone", "Night Crew"]);
    assert_eq!(site.api(&token, "POST", TEAMS, json!({"name": "NIGHT crew"})).await.status, 409);
    for bad in ["", " ", "a\u{7}b", &"x".repeat(101)] {
        assert_eq!(site.api(&token, "POST", TEAMS, json!({"name": bad})).await.status, 400, "RC-17 {bad:?}");
    }
    site.sign_in_with(&acme, "ada", json!({"team": "Night Crew"})).await;
    assert_eq!(member(&site, &acme, "ada").await[2], json!(["Night Crew"]));
    // The default team of a connection stays, and the refusal names that connection.
    let refusal = site.api(&token, "DELETE", &format!("{TEAMS}/Everyone"), Value::Null).await;
    assert!(refusal.body()["detail"].as_str().unwrap().contains("`acme-sso`"), "{}", refusal.text);
    assert_eq!(refusal.status, 409);
    site.manage(&token, "DELETE", &format!("{TEAMS}/night%20crew"), Value::Null, 204).await;
    assert_eq!(member(&site, &acme, "ada").await, json!(["member", "active", []]), "T-1");
    site.manage(&token, "DELETE", &format!("{TEAMS}/night%20crew"), Value::Null, 404).await;
}

/// T-2, M-7.
async fn only_members_are_put_into_teams(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let token = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    site.manage(&token, "POST", TEAMS, json!({"name": "Blue"}), 201).await;
    site.sign_in(&acme, "ada").await;
    let ada = account_id(&site, "ada@acme.example").await;
    let path = format!("{TEAMS}/blue/members/{ada}");
    for _ in 0..2 {
        site.manage(&token, "PUT", &path, Value::Null, 204).await;
    }
    assert_eq!(member(&site, &acme, "ada").await[2], json!(["Blue", "everyone"]));
    for _ in 0..2 {
        site.manage(&token, "DELETE", &path, Value::Null, 204).await;
    }
    assert_eq!(member(&site, &acme, "ada").await[2], json!(["everyone"]));
    site.manage(&token, "PUT", &format!("{TEAMS}/red/members/{ada}"), Value::Null, 404).await;
    // An invitee accepts first.
    let bob = stored_account(&site, 7, "bob@acme.example").await;
    let invited = json!({"email": "bob@acme.example", "team": "Blue"});
    site.manage(&token, "POST", "/organizations/acme/invitations", invited, 201).await;
    let path = format!("{TEAMS}/blue/members/{bob}");
    refused(&site.api(&token, "PUT", &path, Value::Null).await, 409, "M-7");
    site.manage(&token, "PATCH", &format!("{MEMBERS}/{ada}"), json!({"state": "suspended"}), 200).await;
    let suspended = site.api(&token, "PUT", &format!("{TEAMS}/blue/members/{ada}"), Value::Null).await;
    refused(&suspended, 409, "M-7");
}

/// RC-18, P4-35: neither into a mapped team nor out of it; once no group maps to it, hands may again.
async fn what_groups_say_about_a_team_only_they_say(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    site.change(&acme, |record| record.policy.group_mapping = true).await;
    let token = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    let pushed = site.push(&acme, "ada").await;
    let crew = site.expect(&acme, "POST", "/Groups", group("acme:Blue", &[&pushed]), 201).await;
    assert_eq!(member(&site, &acme, "ada").await[2], json!(["Blue", "everyone"]));
    let path = format!("{TEAMS}/blue/members/{}", account_id(&site, "ada@acme.example").await);
    for method in ["PUT", "DELETE"] {
        refused(&site.api(&token, method, &path, Value::Null).await, 409, "RC-18");
    }
    site.expect(&acme, "DELETE", &format!("/Groups/{}", id(&crew)), Value::Null, 204).await;
    site.manage(&token, "PUT", &path, Value::Null, 204).await;
}
