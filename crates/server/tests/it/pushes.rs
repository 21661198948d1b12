//! Pushes over HTTP and what they mean for people: each row of a story names the rule that it shows.

use rollcall_directory::Membership;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_policy::{Finding, MembershipState, Origin, Role};
use rollcall_server::clock::DAY;
use serde_json::{Value, json};

use crate::site::{Door, Site, group, id, rules, user, user_with};

on_each_database! {
    a_pushed_person_is_in_before_any_sign_in
    inactive_suspends_here_and_ends_the_sessions_of_this_company
    an_unverified_domain_is_stored_and_has_no_effect
    the_address_is_found_as_written
    an_adopted_person_keeps_the_id
    the_same_person_comes_back_under_the_same_id
    a_directory_that_went_silent_still_refuses
}

/// Role, state and teams of somebody in the door's organization; `null` for nobody.
pub(crate) async fn member(site: &Site, door: &Door, person: &str) -> Value {
    let reader = site.directory().read();
    let Some(account) = reader.account_by_email(&door.email(person)).await.unwrap() else { return Value::Null };
    let views = reader.memberships_on_connection(door.company, door.connection, account.id).await.unwrap();
    let Some(view) = views.first() else { return Value::Null };
    let teams: Vec<&String> = view.teams.iter().map(|(_, name)| name).collect();
    json!([view.membership.role, view.membership.state, teams])
}

async fn finding(site: &Site, door: &Door, id: &str) -> (bool, Option<Finding>) {
    let user = site.directory().read().user(door.scope(), id.parse().unwrap()).await.unwrap().unwrap();
    (user.account.is_some(), user.finding)
}

pub(crate) async fn set_active(site: &Site, door: &Door, id: &str, active: bool) {
    let path = format!("/Users/{id}");
    let answer = site.patch(door, &path, json!([{"op": "replace", "path": "active", "value": active}])).await;
    assert_eq!((answer.status, &answer.body()["active"]), (200, &json!(active)), "{}", answer.text);
}

async fn session(site: &Site, door: &Door, person: &str) -> String {
    let decided = site.sign_in(door, person).await;
    decided["session"]["id"].as_str().unwrap_or_else(|| panic!("no session: {decided}")).to_owned()
}

async fn is_live(site: &Site, key: &str, session: &str) -> bool {
    site.introspect(key, session).await["active"] == true
}

/// U-17.
/// U-4, RC-15: the account is created or linked and joins organization and team within the request; the trail is stored.
async fn a_pushed_person_is_in_before_any_sign_in(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let name = json!({"name": {"givenName": "Ada", "familyName": "Lovelace"}});
    let pushed = site.expect(&acme, "POST", "/Users", user_with("ada@acme.example", name), 201).await;
    assert_eq!(member(&site, &acme, "ada").await, json!(["member", "active", ["everyone"]]));
    let account = site.directory().read().account_by_email("ada@acme.example").await.unwrap().unwrap();
    assert_eq!((account.full_name.as_str(), account.email_verified), ("Ada Lovelace", true));
    let log = site.directory().read().activities(acme.company, None, 10).await.unwrap();
    let entry = log.iter().find(|entry| entry.subject == id(&pushed)).unwrap();
    let data: Value = serde_json::from_str(&entry.data).unwrap();
    assert_eq!((entry.action.as_str(), &data["rules"]), ("user.created", &json!(["U-4", "RC-15", "R-2"])));
    // J-6, N-7: the sign-in finds a member. RC-14: the directory's name stays.
    let decided = site.sign_in_with(&acme, "ada", json!({"name": "Other Name"})).await;
    assert_eq!((&decided["account"]["full_name"], &decided["decision"]), (&json!("Ada Lovelace"), &json!("allow")));
    assert!(rules(&decided).contains(&"RC-14") && rules(&decided).contains(&"J-6"), "{decided}");
}

/// RC-2, RC-3, RC-4, U-9, U-10.
async fn inactive_suspends_here_and_ends_the_sessions_of_this_company(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let globex = site.company("globex", 0x60).await;
    let ada = site.push(&acme, "ada").await;
    let account = site.directory().read().account_by_email("ada@acme.example").await.unwrap().unwrap();
    // The same person is a member of another company, by hand.
    let (company, organization, person) = (globex.company, globex.organization, account.id);
    site.write(|unit| async move {
        unit.insert_membership(&Membership {
            company,
            organization,
            account: person,
            role: Role::Member,
            origin: Origin::Manual,
            state: MembershipState::Active,
            suspended_by: None,
            created_at: 1,
            updated_at: 1,
        });
        Ok(())
    })
    .await;
    let (here, alone) = (session(&site, &acme, "ada").await, crate::sessions::open(&site, &account, None).await);
    let there = crate::sessions::open(&site, &account, Some(&globex)).await;
    for (step, gone) in [("active: false", false), ("DELETE", true)] {
        if gone {
            site.expect(&acme, "DELETE", &format!("/Users/{ada}"), Value::Null, 204).await;
        } else {
            set_active(&site, &acme, &ada, false).await;
        }
        assert_eq!(member(&site, &acme, "ada").await, json!(["member", "suspended", ["everyone"]]), "{step}: RC-2");
        assert!(!is_live(&site, &site.product, &here).await, "{step}: RC-2: sessions of this company end at once");
        assert!(is_live(&site, &site.product, &there).await, "{step}: RC-3: another company's session lives on");
        let lone = site.introspect(&site.product, &alone).await;
        let organizations: Vec<&Value> =
            lone["memberships"].as_array().unwrap().iter().map(|membership| &membership["organization"]).collect();
        assert_eq!(organizations, ["globex"], "{step}: RC-3: the account's session goes on without them");
        let decided = site.sign_in(&acme, "ada").await;
        assert_eq!(decided["reason"], "deactivated", "{step}: RC-11");
        let stored = site.directory().read().account(account.id).await.unwrap().unwrap();
        assert!(!stored.disabled, "{step}: RC-2: a company never deactivates an account");
        if !gone {
            set_active(&site, &acme, &ada, true).await;
            assert_eq!(member(&site, &acme, "ada").await[1], "active", "U-10");
            assert!(!is_live(&site, &site.product, &here).await, "an ended session does not come back");
        }
    }
}

/// RC-5, RC-6.
async fn an_unverified_domain_is_stored_and_has_no_effect(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    site.write(|unit| async move {
        unit.insert_account(&account(7, "boss@globex.example"));
        Ok(())
    })
    .await;
    let before = site.directory().read().account_by_email("boss@globex.example").await.unwrap();
    let named = user_with("boss@globex.example", json!({"displayName": "Taken Over"}));
    let pushed = id(&site.expect(&acme, "POST", "/Users", named, 201).await);
    let unknown = id(&site.expect(&acme, "POST", "/Users", user("new@globex.example"), 201).await);
    let nameless = id(&site.expect(&acme, "POST", "/Users", user("jane"), 201).await);
    assert_eq!(finding(&site, &acme, &pushed).await, (false, Some(Finding::DomainNotVerified)), "RC-5");
    assert_eq!(finding(&site, &acme, &unknown).await, (false, Some(Finding::DomainNotVerified)), "RC-5");
    assert_eq!(finding(&site, &acme, &nameless).await, (false, Some(Finding::NoAddress)), "RC-6");
    for id in [&pushed, &unknown] {
        site.expect(&acme, "DELETE", &format!("/Users/{id}"), Value::Null, 204).await;
    }
    assert_eq!(site.directory().read().account_by_email("boss@globex.example").await.unwrap(), before, "RC-5");
    assert_eq!(site.directory().read().accounts(None, 10).await.unwrap().len(), 1, "RC-5: nobody was made");
    assert_eq!(site.members(&acme).await, []);
    site.change(&acme, |record| record.policy.unverified_domains = rollcall_policy::UnverifiedDomains::Refuse).await;
    let refused = site.expect(&acme, "POST", "/Users", user("new@globex.example"), 400).await;
    assert_eq!(refused["scimType"], "invalidValue", "RC-5");
    assert!(refused["detail"].as_str().unwrap().contains("globex.example"));
}

/// RC-6: primary, else work, else the first, else `userName`.
async fn the_address_is_found_as_written(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let emails = json!([
        {"value": "home@acme.example", "type": "home"},
        {"value": "work@acme.example", "type": "work"},
        {"value": "first@acme.example", "primary": true},
    ]);
    for (count, expected) in [(3, "first"), (2, "work"), (1, "home"), (0, "name0")] {
        let emails = &emails.as_array().unwrap()[..count];
        let name = acme.email(&format!("name{count}"));
        site.expect(&acme, "POST", "/Users", user_with(&name, json!({"emails": emails})), 201).await;
        assert_eq!(member(&site, &acme, expected).await[1], "active", "RC-6: {expected}");
    }
}

/// P4-45.
/// RC-7, SI-8: who came by JIT, by invitation or by hand is adopted under the id minted then; another connection of the
/// company has its own id for the same account.
async fn an_adopted_person_keeps_the_id(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let second = site.second_door(&acme, |_| {}).await;
    let decided = site.sign_in(&acme, "ada").await;
    let account = decided["account"]["id"].as_str().unwrap().parse().unwrap();
    let minted = site.directory().read().scim_id(acme.scope(), account).await.unwrap().unwrap().to_string();
    // Until it is pushed it is no user of this directory.
    site.expect(&acme, "GET", &format!("/Users/{minted}"), Value::Null, 404).await;
    assert_eq!(site.push(&acme, "ada").await, minted, "RC-7");
    let other = site.push(&second, "ada").await;
    assert_ne!(other, minted, "RC-7: its own id");
    assert_eq!(site.directory().read().accounts(None, 10).await.unwrap().len(), 1, "RC-7: the same account");
    site.expect(&second, "GET", &format!("/Users/{minted}"), Value::Null, 404).await;
    // RC-4: suspended only when no directory says active any more.
    for (door, id, state) in [(&acme, &minted, "active"), (&second, &other, "suspended")] {
        set_active(&site, door, id, false).await;
        assert_eq!(member(&site, &acme, "ada").await[1], state, "RC-4");
    }
    set_active(&site, &second, &other, true).await;
    assert_eq!(member(&site, &acme, "ada").await[1], "active", "RC-4");
}

/// RC-8.
async fn the_same_person_comes_back_under_the_same_id(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let ada = site.push(&acme, "ada").await;
    let crew = id(&site.expect(&acme, "POST", "/Groups", group("Crew", &[&ada]), 201).await);
    let path = format!("/Users/{ada}");
    site.expect(&acme, "DELETE", &path, Value::Null, 204).await;
    site.expect(&acme, "GET", &path, Value::Null, 404).await;
    let again = site.expect(&acme, "POST", "/Users", user("ada@acme.example"), 201).await;
    assert_eq!((id(&again), &again["groups"]), (ada.clone(), &Value::Null), "RC-8: the id, and no group");
    assert_ne!(again["meta"]["version"], "W/\"1\"", "no tag of the earlier life is valid again");
    let group = site.expect(&acme, "GET", &format!("/Groups/{crew}"), Value::Null, 200).await;
    assert_eq!(group.get("members"), None);
    set_active(&site, &acme, &ada, false).await;
    let inactive = user_with("ada@acme.example", json!({"active": false}));
    let refused = site.expect(&acme, "POST", "/Users", inactive, 409).await;
    assert_eq!(refused["scimType"], "uniqueness", "RC-8: still inactive is no restoring");
    assert_eq!(id(&site.expect(&acme, "POST", "/Users", user("ada@acme.example"), 201).await), ada, "RC-8");
    site.expect(&acme, "POST", "/Users", user("ada@acme.example"), 409).await;
    // Somebody else with a recycled address: a new id, unlinked.
    site.expect(&acme, "DELETE", &path, Value::Null, 204).await;
    let other = user_with("ada@acme.example", json!({"externalId": "somebody-else"}));
    let other = id(&site.expect(&acme, "POST", "/Users", other, 201).await);
    assert_ne!(other, ada, "RC-8");
    assert_eq!(finding(&site, &acme, &other).await, (false, Some(Finding::EmailTaken)), "RC-8");
    assert_eq!(site.sign_in(&acme, "ada").await["reason"], "deactivated", "RC-11, RC-13");
    // After the grace period the id is gone for good.
    let bob = site.push(&acme, "bob").await;
    site.expect(&acme, "DELETE", &format!("/Users/{bob}"), Value::Null, 204).await;
    site.clock.advance(31 * DAY);
    assert_ne!(site.push(&acme, "bob").await, bob, "RC-8: thirty days");
}

/// RC-11, RC-16: the refusal outlives the grace period and the switch.
async fn a_directory_that_went_silent_still_refuses(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let ada = site.push(&acme, "ada").await;
    site.expect(&acme, "DELETE", &format!("/Users/{ada}"), Value::Null, 204).await;
    site.clock.advance(400 * DAY);
    let decided = site.sign_in(&acme, "ada").await;
    assert_eq!((&decided["reason"], rules(&decided).contains(&"RC-11")), (&json!("deactivated"), true), "{decided}");
    site.change(&acme, |record| record.policy.scim = false).await;
    assert_eq!(site.sign_in(&acme, "ada").await["reason"], "deactivated", "RC-16");
}
