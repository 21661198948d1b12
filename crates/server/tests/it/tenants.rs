//! One company can see, change or end nothing of another (I-5, I-6; design.md 9): two companies on one server, with
//! resources of the same names.

use rollcall_directory::on_each_database;
use rollcall_directory::testing::{Contents, TestDirectory};
use serde_json::{Value, json};

use crate::site::{Door, Site, group, id, patch, user, user_with};

on_each_database! {
    nothing_of_another_company_is_visible
    nothing_of_another_company_is_changed
    a_person_of_two_companies_belongs_to_each_alone
}

/// A company with a person, a manager and a group, named as in every other one.
struct Tenant {
    door: Door,
    person: String,
    group: String,
}

async fn tenant(site: &Site, name: &str, number: u128) -> Tenant {
    let door = site.company(name, number).await;
    let further =
        json!({"externalId": "same", "title": format!("secret of {name}"), "emails": [{"value": door.email("ada")}]});
    let person = id(&site.expect(&door, "POST", "/Users", user_with("ada", further), 201).await);
    let mut crew = group("Crew", &[&person]);
    crew["externalId"] = json!("same");
    let group = id(&site.expect(&door, "POST", "/Groups", crew, 201).await);
    Tenant { door, person, group }
}

async fn two(directory: &TestDirectory) -> (Site, Tenant, Tenant) {
    let site = Site::start(directory).await;
    let (ours, theirs) = (tenant(&site, "acme", 0xac).await, tenant(&site, "globex", 0x60).await);
    (site, ours, theirs)
}

/// I-5, I-6: by id, filter, sort, search, cursor, projection and root query; an unknown id reads the same.
async fn nothing_of_another_company_is_visible(directory: &TestDirectory) {
    let (site, ours, theirs) = two(directory).await;
    let nobody = "01900000-0000-7000-8000-000000000000";
    for (kind, theirs, own) in [("Users", &theirs.person, &ours.person), ("Groups", &theirs.group, &ours.group)] {
        for method in ["GET", "DELETE", "PUT", "PATCH"] {
            let body = match method {
                "PUT" if kind == "Users" => user("ada"),
                "PUT" => group("Crew", &[]),
                "PATCH" => patch(json!([{"op": "replace", "value": {"externalId": "x"}}])),
                _ => Value::Null,
            };
            let foreign = site.scim(&ours.door, method, &format!("/{kind}/{theirs}"), body.clone()).await;
            let unknown = site.scim(&ours.door, method, &format!("/{kind}/{nobody}"), body).await;
            assert_eq!(foreign.status, 404, "I-6 {method} {kind}: {}", foreign.text);
            assert_eq!(foreign.text.replace(theirs.as_str(), nobody), unknown.text, "I-6: the same 404");
        }
        for query in [
            "",
            "filter=id pr",
            "filter=externalId eq \"same\"",
            "filter=meta.resourceType pr",
            "sortBy=id&sortOrder=descending",
            "sortBy=displayName",
            "startIndex=1&count=1000",
            "cursor&count=1000",
        ] {
            let separator = if query.is_empty() { "" } else { "?" };
            let answer = site.scim(&ours.door, "GET", &format!("/{kind}{separator}{query}"), Value::Null).await;
            check_page(&answer.text, answer.body(), own, theirs, query);
        }
        for filter in [
            format!("id eq \"{theirs}\""),
            format!("members.value eq \"{theirs}\""),
            format!("groups.value eq \"{theirs}\""),
        ] {
            let path = format!("/{kind}?filter={filter}");
            let answer = site.scim(&ours.door, "GET", &path, Value::Null).await;
            let none = answer.status == 400 || answer.body()["totalResults"] == 0;
            assert!(none, "I-5 {filter}: {}", answer.text);
        }
    }
    let everything = site.expect(&ours.door, "GET", "/?count=1000", Value::Null, 200).await;
    assert_eq!(everything["totalResults"], 2, "I-5: root query");
    let text = site.expect(&ours.door, "GET", "/Users?filter=title co \"globex\"", Value::Null, 200).await;
    assert_eq!(text["totalResults"], 0, "I-5: filter");
    // F-24: a cursor gives no rights to another caller.
    site.push(&theirs.door, "second").await;
    let page = site.expect(&theirs.door, "GET", "/Users?cursor&count=1", Value::Null, 200).await;
    let cursor = page["nextCursor"].as_str().unwrap();
    let answer = site.scim(&ours.door, "GET", &format!("/Users?count=1&cursor={cursor}"), Value::Null).await;
    assert_eq!((answer.status, answer.text.contains("globex")), (400, false), "F-24: {}", answer.text);
}

#[track_caller]
fn check_page(text: &str, page: &Value, own: &str, theirs: &str, query: &str) {
    assert_eq!((&page["totalResults"], &page["Resources"][0]["id"]), (&json!(1), &json!(own)), "I-5 `{query}`: {text}");
    assert!(!text.contains(theirs) && !text.contains("globex"), "I-5 `{query}`: {text}");
}

/// Rows that hold one of these ids or names.
fn rows_of(contents: &Contents, needle: &str) -> Vec<String> {
    let unlogged = |table: &&String| *table != "token" && *table != "activity";
    let tables = contents.iter().filter(|(table, _)| unlogged(table));
    tables.flat_map(|(_, rows)| rows).filter(|row| row.contains(needle)).cloned().collect()
}

/// I-5: by bulk, member reference, manager, conflict and sign-in.
async fn nothing_of_another_company_is_changed(directory: &TestDirectory) {
    let (site, ours, theirs) = two(directory).await;
    let theirs_company = theirs.door.company.to_string();
    let needle = if directory.backend() == rollcall_directory::Backend::Sqlite {
        theirs_company.replace('-', "").to_uppercase()
    } else {
        theirs_company
    };
    let before = rows_of(&directory.contents().await, &needle);
    assert!(before.len() > 5, "the needle finds their rows");

    let own_group = format!("/Groups/{}", ours.group);
    let join = json!([{"op": "add", "path": "members", "value": [{"value": theirs.person}]}]);
    let refused = site.patch(&ours.door, &own_group, join).await;
    assert_eq!((refused.status, &refused.body()["scimType"]), (400, &json!("invalidValue")), "D-4: {}", refused.text);
    let leave = json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", theirs.person)}]);
    assert!(matches!(site.patch(&ours.door, &own_group, leave).await.status, 200 | 204));
    site.expect(&ours.door, "POST", "/Groups", group("Theirs", &[&theirs.person]), 400).await;
    site.expect(&ours.door, "POST", "/Groups", group("Nested", &[&theirs.group]), 400).await;

    let operations = json!([
        {"method": "DELETE", "path": format!("/Users/{}", theirs.person)},
        {"method": "DELETE", "path": format!("/Groups/{}", theirs.group)},
        {"method": "PATCH", "path": format!("/Users/{}", theirs.person),
         "data": patch(json!([{"op": "replace", "path": "active", "value": false}]))},
        {"method": "PUT", "path": format!("/Users/{}", theirs.person), "data": user("ada")},
    ]);
    let job = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let done = site.expect(&ours.door, "POST", "/Bulk", job, 200).await;
    let statuses: Vec<&Value> = done["Operations"].as_array().unwrap().iter().map(|entry| &entry["status"]).collect();
    assert_eq!(statuses, ["404", "404", "404", "404"], "I-6: bulk");

    // A manager of another company has no name here.
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let managed = user_with("managed", json!({enterprise: {"manager": {"value": theirs.person}}}));
    let managed = site.expect(&ours.door, "POST", "/Users", managed, 201).await;
    assert_eq!(managed[enterprise]["manager"].get("displayName"), None, "I-5: {managed}");

    // The address of their person: stored without effect, and nobody learns that it exists (RC-5).
    let known = user_with("copy", json!({"emails": [{"value": "ada@globex.example"}]}));
    let unknown = user_with("copy2", json!({"emails": [{"value": "nobody@globex.example"}]}));
    let (known, unknown) = (
        site.expect(&ours.door, "POST", "/Users", known, 201).await,
        site.expect(&ours.door, "POST", "/Users", unknown, 201).await,
    );
    let plain = |resource: &Value, name: &str, address: &str| {
        resource.to_string().replace(&id(resource), "ID").replace(name, "NAME").replace(address, "ADDRESS")
    };
    let (known, unknown) = (plain(&known, "copy\"", "ada@"), plain(&unknown, "copy2\"", "nobody@"));
    assert_eq!(known, unknown, "RC-5: no answer depends on whether an address exists elsewhere");
    let decided = site.sign_in_with(&ours.door, "ada", json!({"email": "ada@globex.example"})).await;
    assert_eq!(decided["reason"], "domain_not_verified", "SI-4");

    assert_eq!(rows_of(&directory.contents().await, &needle), before, "I-5: their rows are as they were");
}

/// RC-1, RC-2, RC-3: the same person in two companies; what one does ends nothing of the other.
async fn a_person_of_two_companies_belongs_to_each_alone(directory: &TestDirectory) {
    let (site, ours, theirs) = two(directory).await;
    // Their person signs in there and is, unlinked, pushed, deactivated and deleted here.
    let decided = site.sign_in(&theirs.door, "ada").await;
    let session = decided["session"]["id"].as_str().unwrap();
    let pushed = user_with("guest", json!({"emails": [{"value": "ada@globex.example"}], "displayName": "Mallory"}));
    let guest = id(&site.expect(&ours.door, "POST", "/Users", pushed, 201).await);
    for operations in [
        json!([{"op": "replace", "path": "active", "value": false}]),
        json!([{"op": "replace", "path": "active", "value": true}, {"op": "replace", "path": "displayName", "value": "Eve"}]),
    ] {
        assert_eq!(site.patch(&ours.door, &format!("/Users/{guest}"), operations).await.status, 200);
    }
    site.expect(&ours.door, "DELETE", &format!("/Users/{guest}"), Value::Null, 204).await;
    let seen = site.introspect(&theirs.door.sign_in, session).await;
    assert_eq!((&seen["active"], &seen["memberships"]), (&json!(true), &decided["memberships"]), "RC-2, RC-3");
    assert_eq!(site.introspect(&ours.door.sign_in, session).await, json!({"active": false}), "I-5");
    let account = site.directory().read().account_by_email("ada@globex.example").await.unwrap().unwrap();
    assert_eq!((account.full_name.as_str(), account.disabled), ("", false), "RC-1");
    // Events of one company name nobody of another.
    let events = site.directory().read().pending_events(None, 1_000).await.unwrap();
    let foreign = |event: &&rollcall_directory::Event| {
        event.company == Some(ours.door.company) && event.subject == account.id.to_string()
    };
    assert_eq!(events.iter().filter(foreign).count(), 0, "I-5: outbox");
    let log = site.directory().read().activities(ours.door.company, None, 1_000).await.unwrap();
    assert!(log.iter().all(|entry| !entry.data.contains(&account.id.to_string())), "I-5: activity");
}
