//! `/api/v1/connections/{id}/tokens` and `/tokens` (S-2 to S-4, P4-31).

use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::DAY;
use serde_json::{Value, json};

use crate::site::{Site, id};

on_each_database! {
    several_tokens_live_until_each_ends
    nobody_makes_a_token_above_their_own
    no_token_outlives_the_one_that_made_it
    wrong_tokens_are_refused
}

/// S-2, S-3, S-4, P4-31: shown once, several at a time, each revocable at once, logged, 401 after.
async fn several_tokens_live_until_each_ends(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let owner = site.admin(AdminRole::CompanyOwner(door.company)).await;
    let path = format!("/connections/{}/tokens", door.connection);
    let forever = site.manage(&owner, "POST", &path, json!({"kind": "scim"}), 201).await;
    let expires = json!({"kind": "scim", "expires_at": "2027-01-16T10:00:00+02:00"});
    let answer = site.api(&owner, "POST", &path, expires).await;
    assert_eq!((answer.status, answer.header("cache-control")), (201, Some("no-store")), "{}", answer.text);
    let day = answer.body();
    assert_eq!((&day["kind"], &day["expires_at"]), (&json!("scim"), &json!("2027-01-16T08:00:00.000000Z")));
    let sign_in = site.manage(&owner, "POST", &path, json!({"kind": "sign_in", "expires_at": null}), 201).await;
    assert_eq!(sign_in["expires_at"], Value::Null);

    let text = |token: &Value| token["token"].as_str().unwrap().to_owned();
    let opens = async |token: &Value| {
        let door = crate::site::Door { scim: text(token), ..door.clone() };
        site.scim(&door, "GET", "/Users", Value::Null).await.status
    };
    assert_eq!((opens(&forever).await, opens(day).await, opens(&sign_in).await), (200, 200, 403));
    let list = site.api(&owner, "GET", &path, Value::Null).await;
    assert_eq!(list.body()["items"].as_array().unwrap().len(), 5, "with the two that the company began with");
    for token in [&forever, day, &sign_in] {
        let secret = text(token).rsplit('_').next().unwrap().to_owned();
        assert!(!list.text.contains(&secret), "a secret is listed");
        assert!(list.text.contains(&id(token)));
    }

    site.manage(&owner, "DELETE", &format!("/tokens/{}", id(&forever)), Value::Null, 204).await;
    assert_eq!((opens(&forever).await, opens(day).await), (401, 200));
    site.manage(&owner, "DELETE", &format!("/tokens/{}", id(&forever)), Value::Null, 204).await;
    site.clock.advance(DAY + 1);
    assert_eq!(opens(day).await, 401, "expired");
    let entries = site.directory().read().activities(door.company, None, 50).await.unwrap();
    let noted: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(noted.iter().filter(|action| **action == "token_revoked").count(), 1, "{noted:?}");
    let paged = site.manage(&owner, "GET", &format!("{path}?limit=4"), Value::Null, 200).await;
    let rest = format!("{path}?cursor={}", paged["next_cursor"].as_str().unwrap());
    assert_eq!(site.manage(&owner, "GET", &rest, Value::Null, 200).await["items"].as_array().unwrap().len(), 1);
}

/// RO-1: a role and a scope at most one's own; another company's read like none.
async fn nobody_makes_a_token_above_their_own(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, _) = (site.acme().await, site.company("globex", 0x60).await);
    let operator = site.admin(AdminRole::Operator).await;
    let company = site.admin(AdminRole::CompanyOwner(acme.company)).await;
    site.manage(&company, "POST", "/companies/acme/organizations", json!({"name": "acme-eu"}), 201).await;
    let own = site.admin(AdminRole::OrganizationOwner(acme.company, acme.organization)).await;
    for (body, by_operator, by_company, by_organization) in [
        (json!({"kind": "product"}), 201, 403, 403),
        (json!({"kind": "admin", "role": "operator"}), 201, 403, 403),
        (json!({"kind": "admin", "role": "auditor"}), 201, 403, 403),
        (json!({"kind": "admin", "role": "auditor", "company": "acme"}), 201, 201, 403),
        (json!({"kind": "admin", "role": "auditor", "company": "globex"}), 201, 404, 404),
        (json!({"kind": "admin", "role": "company_owner", "company": "acme"}), 201, 201, 403),
        (json!({"kind": "admin", "role": "company_owner", "company": "globex"}), 201, 404, 404),
        (json!({"kind": "admin", "role": "company_owner", "company": "nobody"}), 404, 404, 404),
        (json!({"kind": "admin", "role": "organization_owner", "organization": "acme"}), 201, 201, 201),
        (
            json!({"kind": "admin", "role": "organization_owner", "company": "acme", "organization": "acme"}),
            201,
            201,
            201,
        ),
        (
            json!({"kind": "admin", "role": "organization_owner", "company": "globex", "organization": "acme"}),
            404,
            404,
            404,
        ),
        (json!({"kind": "admin", "role": "organization_owner", "organization": "acme-eu"}), 201, 201, 404),
        (json!({"kind": "admin", "role": "organization_owner", "organization": "globex"}), 201, 404, 404),
    ] {
        for (token, status) in [(&operator, by_operator), (&company, by_company), (&own, by_organization)] {
            let made = site.manage(token, "POST", "/tokens", body.clone(), status).await;
            if status == 201 && body["kind"] == "admin" {
                let text = made["token"].as_str().unwrap();
                site.manage(text, "GET", "/companies", Value::Null, 200).await;
            }
        }
    }
    // Ending: one's own, and those below; what is above is not there.
    let made = site.manage(&operator, "POST", "/tokens", json!({"kind": "product"}), 201).await;
    let above = format!("/tokens/{}", id(&made));
    let below = json!({"kind": "admin", "role": "organization_owner", "organization": "acme"});
    let below = format!("/tokens/{}", id(&site.manage(&company, "POST", "/tokens", below, 201).await));
    site.manage(&company, "DELETE", &above, Value::Null, 404).await;
    site.manage(&own, "DELETE", &above, Value::Null, 404).await;
    site.manage(&own, "DELETE", &below, Value::Null, 204).await;
    site.manage(&operator, "DELETE", &above, Value::Null, 204).await;
}

/// RO-1: whoever got a token for a day cannot make it one for ever, by no kind of token.
async fn no_token_outlives_the_one_that_made_it(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let (own, later) = ("2027-01-20T00:00:00.000000Z", "2027-01-20T00:00:00.000001Z");
    let short = json!({"kind": "admin", "role": "operator", "expires_at": own});
    let short = site.manage(&operator, "POST", "/tokens", short, 201).await;
    let short = short["token"].as_str().unwrap();
    let of_connection = format!("/connections/{}/tokens", door.connection);
    for (path, body) in [
        ("/tokens", json!({"kind": "admin", "role": "operator"})),
        ("/tokens", json!({"kind": "admin", "role": "company_owner", "company": "acme"})),
        ("/tokens", json!({"kind": "product"})),
        (&of_connection, json!({"kind": "scim"})),
        (&of_connection, json!({"kind": "sign_in"})),
    ] {
        let asks = |expires_at: Value| {
            let mut body = body.clone();
            body["expires_at"] = expires_at;
            body
        };
        let early = "2027-01-19T00:00:00.000000Z";
        for (asked, given) in
            [(body.clone(), own), (asks(Value::Null), own), (asks(json!(own)), own), (asks(json!(early)), early)]
        {
            let made = site.manage(short, "POST", path, asked.clone(), 201).await;
            assert_eq!(made["expires_at"], given, "{asked}");
        }
        let refused = site.api(short, "POST", path, asks(json!(later))).await;
        assert_eq!((refused.status, &refused.body()["rule"]), (422, &json!("RO-1")), "{}", refused.text);
        assert!(refused.text.contains(own), "{}", refused.text);
        // Who has one without an end may.
        assert_eq!(site.manage(&operator, "POST", path, asks(json!(later)), 201).await["expires_at"], later);
    }
}

async fn wrong_tokens_are_refused(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let of_connection = format!("/connections/{}/tokens", door.connection);
    for (path, body) in [
        (of_connection.as_str(), json!({"kind": "admin"})),
        (&of_connection, json!({"kind": "scim", "expires_at": "2027-01-15T07:59:59Z"})),
        (&of_connection, json!({"kind": "scim", "expires_at": "tomorrow"})),
        (&of_connection, json!({"kind": "scim", "expires_at": 1_900_000_000})),
        (&of_connection, json!({"kind": "scim", "company": "acme"})),
        (&of_connection, json!({})),
        ("/tokens", json!({"kind": "scim"})),
        ("/tokens", json!({"kind": "admin"})),
        ("/tokens", json!({"kind": "admin", "role": "emperor"})),
        ("/tokens", json!({"kind": "admin", "role": "operator", "company": "acme"})),
        ("/tokens", json!({"kind": "admin", "role": "company_owner"})),
        ("/tokens", json!({"kind": "admin", "role": "company_owner", "company": "acme", "organization": "acme"})),
        ("/tokens", json!({"kind": "admin", "role": "organization_owner", "company": "acme"})),
        ("/tokens", json!({"kind": "product", "role": "operator"})),
    ] {
        site.manage(&operator, "POST", path, body, 400).await;
    }
    site.manage(&operator, "DELETE", "/tokens/abc", Value::Null, 404).await;
}
