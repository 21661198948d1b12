//! Administrators and members: adding, changing, suspending and removing by hand.

use rollcall_conformance::client::{Answer, Request};
use rollcall_directory::testing::{Contents, TestDirectory, account};
use rollcall_directory::{Account, Membership, on_each_database};
use rollcall_policy::{MembershipState, Origin, Role};
use rollcall_server::auth::AdminRole;
use serde_json::{Value, json};

use crate::account_sign_ins::signs_in;
use crate::pushes::member;
use crate::races::at_once;
use crate::sign_ins::insert_account;
use crate::site::{Door, Site, api, user_with};

on_each_database! {
    members_are_listed_with_what_providers_call_them
    somebody_is_added_by_hand
    a_squatter_is_added_by_nobody
    a_suspension_by_hand_is_lifted_by_hand
    whoever_is_removed_loses_access_at_once
    the_last_owner_stays
    seats_are_taken_through_one_gate
    whom_a_directory_sent_away_is_not_added
    nobody_reaches_into_another_company
    of_two_owners_demoted_at_once_one_stays
    the_last_seat_is_given_once_by_hand
    members_are_exported_as_a_table
}

pub(crate) const MEMBERS: &str = "/organizations/acme/members";

/// Stores an account that came by no door yet; its id.
pub(crate) async fn stored_account(site: &Site, number: u128, email: &str) -> String {
    let account = account(number, email);
    insert_account(site, &account).await;
    account.id.to_string()
}

/// The id of somebody's account.
pub(crate) async fn account_id(site: &Site, email: &str) -> String {
    site.directory().read().account_by_email(email).await.unwrap().expect("an account").id.to_string()
}

/// Everything that is stored, but tokens: the day of their last use is noted there.
pub(crate) async fn stored(directory: &TestDirectory) -> Contents {
    let mut contents = directory.contents().await;
    contents.remove("token");
    contents
}

/// A refusal with its status and rule.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16, rule: &str) {
    assert_eq!((answer.status, answer.body()["rule"].as_str()), (status, Some(rule)), "{}", answer.text);
    assert!(!answer.body()["detail"].as_str().unwrap().is_empty());
}

/// Makes somebody an owner who came by no provider.
pub(crate) async fn owner(site: &Site, door: &Door, number: u128, person: &str) -> Account {
    let owner = account(number, &door.email(person));
    insert_account(site, &owner).await;
    let membership = &Membership {
        company: door.company,
        organization: door.organization,
        account: owner.id,
        role: Role::Owner,
        origin: Origin::Manual,
        state: MembershipState::Active,
        suspended_by: None,
        created_at: 1,
        updated_at: 1,
    };
    site.write(|unit| async move {
        unit.insert_membership(membership);
        Ok(())
    })
    .await;
    owner
}

/// P4-1, P4-33, RC-7: origin and what is managed by a directory stand beside each other.
async fn members_are_listed_with_what_providers_call_them(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let scim_id = site.push(&acme, "ada").await;
    site.sign_in_with(&acme, "bob", json!({"name": "Bob B", "team": "Blue"})).await;
    let listed = site.manage(&operator, "GET", MEMBERS, Value::Null, 200).await;
    let items = listed["items"].as_array().unwrap();
    assert_eq!((items.len(), &listed["next_cursor"]), (2, &Value::Null));
    let of = |person: &str| items.iter().find(|item| item["account"]["email"] == acme.email(person)).unwrap();
    let ada = of("ada");
    assert_eq!(ada["scim_ids"], json!([{"connection": acme.connection, "id": scim_id}]));
    let told =
        |item: &Value| json!([item["role"], item["teams"], item["origin"], item["managed_by_scim"], item["state"]]);
    assert_eq!(told(ada), json!(["member", ["everyone"], "scim", true, "active"]));
    assert_eq!(told(of("bob")), json!(["member", ["Blue"], "jit", false, "active"]));
    let bob = &of("bob")["account"];
    assert_eq!((&bob["full_name"], bob["username"].is_string(), bob["id"].is_string()), (&json!("Bob B"), true, true));
    // Pages follow each other.
    let first = site.manage(&operator, "GET", &format!("{MEMBERS}?limit=1"), Value::Null, 200).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = site.manage(&operator, "GET", &format!("{MEMBERS}?limit=1&cursor={cursor}"), Value::Null, 200).await;
    assert_eq!((&second["items"][0], &second["next_cursor"]), (&items[1], &Value::Null));
    let one = format!("{MEMBERS}/{}", ada["account"]["id"].as_str().unwrap());
    assert_eq!(&site.manage(&operator, "GET", &one, Value::Null, 200).await, ada);
}

/// M-14, P4-33: origin manual; adding again changes nothing; nobody adds strangers to a company (RC-10).
async fn somebody_is_added_by_hand(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let company_owner = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    let ada = stored_account(&site, 1, "ada@acme.example").await;
    let eve = stored_account(&site, 2, "eve@elsewhere.example").await;
    let body = json!({"account_id": ada, "role": "editor"});
    let added = site.manage(&company_owner, "POST", MEMBERS, body.clone(), 201).await;
    assert_eq!((&added["role"], &added["origin"], &added["teams"]), (&json!("editor"), &json!("manual"), &json!([])));
    let before = stored(directory).await;
    site.manage(&company_owner, "POST", MEMBERS, body, 200).await;
    let other = site.api(&operator, "POST", MEMBERS, json!({"account_id": ada, "role": "owner"})).await;
    assert_eq!((other.status, &other.body()["type"]), (409, &json!("taken")), "{}", other.text);
    // An account in no domain of the company reads like none at all.
    let foreign = site.api(&company_owner, "POST", MEMBERS, json!({"account_id": eve})).await;
    let unknown = json!({"account_id": "01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f"});
    let nobody = site.api(&company_owner, "POST", MEMBERS, unknown).await;
    assert_eq!((foreign.status, foreign.text), (404, nobody.text));
    for bad in [json!({}), json!({"account_id": "ada"}), json!({"account_id": ada, "role": "emperor"}), json!([])] {
        assert_eq!(site.api(&operator, "POST", MEMBERS, bad.clone()).await.status, 400, "{bad}");
    }
    assert_eq!(stored(directory).await, before, "what is refused leaves no trace");
    // The operator may; then they are somebody whom the company knows.
    site.manage(&operator, "POST", MEMBERS, json!({"account_id": eve}), 201).await;
    let path = format!("{MEMBERS}/{eve}");
    site.manage(&company_owner, "DELETE", &path, Value::Null, 204).await;
    // The removed membership gives way.
    site.manage(&operator, "POST", MEMBERS, json!({"account_id": eve, "role": "owner"}), 201).await;
    assert_eq!(site.manage(&operator, "GET", &path, Value::Null, 200).await["role"], "owner");
}

/// RC-10: somebody registered with another's address and waits to be added in their place.
async fn a_squatter_is_added_by_nobody(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let squatter = Account { email_verified: false, ..account(7, "ada@acme.example") };
    insert_account(&site, &squatter).await;
    let waiting = signs_in(&site, "ada@acme.example", false).await["session"]["id"].clone();
    let body = json!({"account_id": squatter.id});
    let operator = site.admin(AdminRole::Operator).await;
    for role in [
        AdminRole::Operator,
        AdminRole::CompanyOwner(acme.company),
        AdminRole::OrganizationOwner(acme.company, acme.organization),
    ] {
        let token = site.admin(role).await;
        refused(&site.api(&token, "POST", MEMBERS, body.clone()).await, 409, "RC-10");
    }
    assert!(site.members(&acme).await.is_empty());
    // Once the owner of the address has shown up, the account is hers, and the squatter is out.
    signs_in(&site, "ada@acme.example", true).await;
    site.manage(&operator, "POST", MEMBERS, body, 201).await;
    assert_eq!(site.introspect(&site.product, waiting.as_str().unwrap()).await, json!({"active": false}));
}

/// RC-2, RC-3, RC-4: neither JIT nor the directory lifts it, and sessions of the company end.
async fn a_suspension_by_hand_is_lifted_by_hand(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let pushed = site.push(&acme, "ada").await;
    let session = site.sign_in(&acme, "ada").await["session"]["id"].as_str().unwrap().to_owned();
    let path = format!("{MEMBERS}/{}", account_id(&site, "ada@acme.example").await);
    let suspended = site.manage(&operator, "PATCH", &path, json!({"state": "suspended"}), 200).await;
    assert_eq!((&suspended["state"], &suspended["suspended_by"]), (&json!("suspended"), &json!("administrator")));
    assert_eq!(suspended["warnings"][0]["code"], "managed_by_scim", "P4-33");
    assert_eq!(site.introspect(&site.product, &session).await, json!({"active": false}));
    assert_eq!(site.sign_in(&acme, "ada").await["reason"], "deactivated");
    for active in [false, true] {
        let operations = json!([{"op": "replace", "path": "active", "value": active}]);
        assert_eq!(site.patch(&acme, &format!("/Users/{pushed}"), operations).await.status, 200);
        assert_eq!(member(&site, &acme, "ada").await[1], "suspended", "RC-4");
    }
    let again = site.api(&operator, "POST", MEMBERS, json!({"account_id": path.rsplit('/').next()})).await;
    refused(&again, 409, "RC-4");
    let lifted = site.manage(&operator, "PATCH", &path, json!({"state": "active", "role": "editor"}), 200).await;
    assert_eq!((&lifted["state"], &lifted["role"]), (&json!("active"), &json!("editor")));
    assert_eq!(site.sign_in(&acme, "ada").await["decision"], "allow");
    // The old session stays dead.
    assert_eq!(site.introspect(&site.product, &session).await, json!({"active": false}));
    // What changes nothing writes nothing.
    let before = stored(directory).await;
    site.manage(&operator, "PATCH", &path, json!({"state": "active"}), 200).await;
    site.manage(&operator, "PATCH", &path, json!({}), 200).await;
    assert_eq!(stored(directory).await, before);
    // RC-4: an administrator may lift what a directory suspended.
    let operations = json!([{"op": "replace", "path": "active", "value": false}]);
    site.patch(&acme, &format!("/Users/{pushed}"), operations).await;
    assert_eq!(member(&site, &acme, "ada").await[1], "suspended");
    let lifted = site.manage(&operator, "PATCH", &path, json!({"state": "active"}), 200).await;
    assert_eq!(lifted["state"], "active");
    // RC-11: the directory's word about signing in stands for all that.
    assert_eq!(site.sign_in(&acme, "ada").await["reason"], "deactivated");
}

/// M-8, M-10, RC-11: teams and sessions go at once; a later JIT sign-in brings them back as a plain member.
async fn whoever_is_removed_loses_access_at_once(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    owner(&site, &acme, 90, "owner").await;
    let session = site.sign_in_with(&acme, "ada", json!({"role": "owner"})).await["session"]["id"].clone();
    let path = format!("{MEMBERS}/{}", account_id(&site, "ada@acme.example").await);
    let removed = site.api(&operator, "DELETE", &path, Value::Null).await;
    assert_eq!((removed.status, removed.header("warning")), (204, None));
    assert_eq!(member(&site, &acme, "ada").await, json!(["owner", "removed", []]));
    site.manage(&operator, "GET", &path, Value::Null, 404).await;
    site.manage(&operator, "DELETE", &path, Value::Null, 404).await;
    let session = session.as_str().unwrap();
    assert_eq!(site.introspect(&site.product, session).await, json!({"active": false}));
    let back = site.sign_in(&acme, "ada").await;
    assert_eq!(back["memberships"][0]["role"], "member", "{back}");
    assert_eq!(site.introspect(&site.product, session).await, json!({"active": false}), "the old session stays dead");
    // Without JIT nobody comes back by themselves (N-3).
    site.manage(&operator, "DELETE", &path, Value::Null, 204).await;
    site.change(&acme, |record| record.policy.jit = false).await;
    assert_eq!(site.sign_in(&acme, "ada").await["message"], "Access denied");
    // M-10: who is managed should be removed there.
    site.push(&acme, "bob").await;
    let path = format!("{MEMBERS}/{}", account_id(&site, "bob@acme.example").await);
    let removed = site.api(&operator, "DELETE", &path, Value::Null).await;
    assert!(removed.header("warning").unwrap().contains("directory"), "M-10");
}

/// M-9, P4-32.
async fn the_last_owner_stays(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let ada = owner(&site, &acme, 1, "ada").await;
    let path = format!("{MEMBERS}/{}", ada.id);
    let before = stored(directory).await;
    for body in [json!({"role": "member"}), json!({"state": "suspended"}), json!({"role": "editor", "state": "active"})]
    {
        refused(&site.api(&operator, "PATCH", &path, body).await, 409, "M-9");
    }
    refused(&site.api(&operator, "DELETE", &path, Value::Null).await, 409, "M-9");
    assert_eq!(stored(directory).await, before);
    // A suspended owner is none that could act.
    let bob = owner(&site, &acme, 2, "bob").await;
    let second = format!("{MEMBERS}/{}", bob.id);
    site.manage(&operator, "PATCH", &second, json!({"state": "suspended"}), 200).await;
    refused(&site.api(&operator, "DELETE", &path, Value::Null).await, 409, "M-9");
    site.manage(&operator, "PATCH", &second, json!({"state": "active"}), 200).await;
    site.manage(&operator, "DELETE", &path, Value::Null, 204).await;
}

/// M-3, M-11, RC-16: adding and lifting ask for a seat, suspending and removing give one back.
async fn seats_are_taken_through_one_gate(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    site.seats(&acme, Some(1)).await;
    let ada = stored_account(&site, 1, "ada@acme.example").await;
    let bob = stored_account(&site, 2, "bob@acme.example").await;
    site.manage(&operator, "POST", MEMBERS, json!({"account_id": ada}), 201).await;
    let full = site.api(&operator, "POST", MEMBERS, json!({"account_id": bob})).await;
    refused(&full, 409, "RC-16");
    assert!(full.body()["detail"].as_str().unwrap().contains("`acme`"));
    site.manage(&operator, "PATCH", &format!("{MEMBERS}/{ada}"), json!({"state": "suspended"}), 200).await;
    site.manage(&operator, "POST", MEMBERS, json!({"account_id": bob}), 201).await;
    let lift = json!({"state": "active"});
    refused(&site.api(&operator, "PATCH", &format!("{MEMBERS}/{ada}"), lift.clone()).await, 409, "RC-16");
    site.manage(&operator, "DELETE", &format!("{MEMBERS}/{bob}"), Value::Null, 204).await;
    site.manage(&operator, "PATCH", &format!("{MEMBERS}/{ada}"), lift, 200).await;
}

/// RC-11, RC-13, design.md 9: whom a directory deactivated or removed is not let in by hand either.
async fn whom_a_directory_sent_away_is_not_added(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let inactive = user_with("ada@acme.example", json!({"active": false}));
    stored_account(&site, 1, "ada@acme.example").await;
    site.expect(&acme, "POST", "/Users", inactive, 201).await;
    // Somebody whom nobody was linked to has only the address.
    site.expect(&acme, "POST", "/Users", user_with("bob@acme.example", json!({"active": false})), 201).await;
    let bob = stored_account(&site, 2, "bob@acme.example").await;
    let gone = site.push(&acme, "carl").await;
    let carl = account_id(&site, "carl@acme.example").await;
    site.expect(&acme, "DELETE", &format!("/Users/{gone}"), Value::Null, 204).await;
    site.manage(&operator, "DELETE", &format!("{MEMBERS}/{carl}"), Value::Null, 204).await;
    for account in [account_id(&site, "ada@acme.example").await, bob, carl] {
        refused(&site.api(&operator, "POST", MEMBERS, json!({"account_id": account})).await, 409, "RC-11");
    }
    assert!(site.members(&acme).await.is_empty());
}

/// design.md 9: not by name, not by id, and it reads like nothing is there.
async fn nobody_reaches_into_another_company(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x90).await);
    site.push(&acme, "ada").await;
    let ada = account_id(&site, "ada@acme.example").await;
    let member = format!("{MEMBERS}/{ada}");
    let team = format!("/organizations/acme/teams/everyone/members/{ada}");
    let requests = [
        ("GET", MEMBERS, Value::Null),
        ("GET", "/organizations/acme/members.csv", Value::Null),
        ("POST", MEMBERS, json!({"account_id": ada})),
        ("GET", &member, Value::Null),
        ("PATCH", &member, json!({"role": "owner"})),
        ("DELETE", &member, Value::Null),
        ("GET", "/organizations/acme/teams", Value::Null),
        ("POST", "/organizations/acme/teams", json!({"name": "x"})),
        ("DELETE", "/organizations/acme/teams/everyone", Value::Null),
        ("PUT", &team, Value::Null),
        ("DELETE", &team, Value::Null),
        ("GET", "/organizations/acme/invitations", Value::Null),
        ("POST", "/organizations/acme/invitations", json!({"email": "x@acme.example"})),
    ];
    let tokens = [
        site.admin(AdminRole::CompanyOwner(globex.company)).await,
        site.admin(AdminRole::OrganizationOwner(globex.company, globex.organization)).await,
        site.admin(AdminRole::Auditor(Some(globex.company))).await,
    ];
    let auditor = site.admin(AdminRole::Auditor(Some(acme.company))).await;
    let before = stored(directory).await;
    for token in &tokens {
        for (method, path, body) in &requests {
            let answer = site.api(token, method, path, body.clone()).await;
            let missing = site.api(token, method, &path.replace("acme", "nowhere"), body.clone()).await;
            assert_eq!((answer.status, answer.text), (404, missing.text), "{method} {path}");
        }
    }
    // An auditor of the company itself looks and touches nothing (RO-1).
    for (method, path, body) in &requests {
        let expected = if *method == "GET" { 200 } else { 403 };
        assert_eq!(site.api(&auditor, method, path, body.clone()).await.status, expected, "{method} {path}");
    }
    assert_eq!(stored(directory).await, before);
}

/// M-9 under a race: owners are counted by one at a time.
async fn of_two_owners_demoted_at_once_one_stays(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = &site.admin(AdminRole::Operator).await;
    let people = [owner(&site, &acme, 1, "ada").await, owner(&site, &acme, 2, "bob").await];
    for round in 0..8 {
        let requests = people.iter().map(|person| {
            let path = format!("{MEMBERS}/{}", person.id);
            if round % 2 == 0 {
                api(operator, "PATCH", &path, &json!({"role": "member"}))
            } else {
                api(operator, "PATCH", &path, &json!({"state": "suspended"}))
            }
        });
        let mut statuses: Vec<u16> = at_once(&site, requests).await.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}");
        for person in &people {
            let path = format!("{MEMBERS}/{}", person.id);
            site.manage(operator, "PATCH", &path, json!({"role": "owner", "state": "active"}), 200).await;
        }
    }
}

/// RC-16: among hands, sign-ins and pushes.
async fn the_last_seat_is_given_once_by_hand(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = &site.admin(AdminRole::Operator).await;
    for round in 1..=6_u64 {
        site.seats(&acme, Some(round)).await;
        let mut requests: Vec<Request> = Vec::new();
        for turn in 0..3_u64 {
            let email = format!("p{round}-{turn}@acme.example");
            let account = stored_account(&site, u128::from(round * 10 + turn), &email).await;
            requests.push(api(operator, "POST", MEMBERS, &json!({"account_id": account})));
            let invited = json!({"email": format!("i{round}-{turn}@acme.example")});
            requests.push(api(operator, "POST", "/organizations/acme/invitations", &invited));
            let person = format!("s{round}-{turn}");
            requests.push(crate::site::sign_in(&acme, &crate::site::evidence(&acme, &person, &json!({}))));
        }
        let answers = at_once(&site, requests).await;
        let took = |answer: &&Answer| answer.status == 201 || answer.body()["decision"] == "allow";
        assert_eq!(answers.iter().filter(took).count(), 1, "round {round}");
        let seats = site.directory().read().seats(acme.company, acme.organization).await.unwrap().unwrap();
        assert_eq!(seats.used(), round);
    }
}

/// P4-42: at once, with origin and what a directory manages, and no formula in it.
async fn members_are_exported_as_a_table(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    site.sign_in_with(&acme, "ada", json!({"name": "=HYPERLINK(\"http://evil.example\")"})).await;
    site.push(&acme, "bob").await;
    let invited = json!({"email": "late@acme.example", "role": "editor"});
    site.manage(&operator, "POST", "/organizations/acme/invitations", invited, 201).await;
    let answer = site.api(&operator, "GET", "/organizations/acme/members.csv", Value::Null).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/csv; charset=utf-8")));
    assert!(answer.header("content-disposition").unwrap().contains("acme-members.csv"));
    let mut lines = answer.text.split("\r\n");
    let header = "Name,Username,Email,Type,Role,Teams,Date Joined,Origin,State,Managed by SCIM";
    assert_eq!(lines.next(), Some(header));
    let lines: Vec<&str> = lines.collect();
    let ada = lines.iter().find(|line| line.contains("ada@acme.example")).unwrap();
    assert!(ada.starts_with("\"'=HYPERLINK(\"\"http://evil.example\"\")\","), "{ada}");
    assert!(ada.ends_with(",jit,active,no"), "{ada}");
    assert!(lines.iter().any(|line| line.contains("bob@acme.example") && line.ends_with(",scim,active,yes")));
    assert!(lines.contains(&",,late@acme.example,Invitee,editor,,,invitation,pending,no"), "{lines:?}");
}
