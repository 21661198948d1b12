//! Sessions and the bodies and keys of `/sso` (RFC 7662, RFC 7009; design.md 6).

use rollcall_conformance::client::Request;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, Session, on_each_database};
use rollcall_policy::Protocol;
use rollcall_server::app::sessions::hash;
use rollcall_server::clock::DAY;
use serde_json::{Value, json};

use crate::sign_ins::insert_account;
use crate::site::{Door, Site, evidence, form, rules, sign_in};

on_each_database! {
    a_claimed_account_ends_its_sessions
    a_key_sees_its_own_sessions_and_the_product_key_all
    revoking_signs_out
    a_session_ends_in_time_and_with_its_account
    keys_open_their_own_doors
    bodies_that_are_no_sign_in_are_refused
}

/// A session that the product opened itself; answers its id.
pub(crate) async fn open(site: &Site, account: &Account, door: Option<&Door>) -> String {
    let id = format!("session-of-{}-{}", account.username, door.map_or("nobody", |door| door.name.as_str()));
    let now = site.clock.now();
    let session = &Session {
        id_hash: hash(&id),
        account: account.id,
        company: door.map(|door| door.company),
        connection: door.map(|door| door.connection),
        created_at: now,
        expires_at: now + DAY,
        idle_seconds: None,
        last_seen_at: now,
        ended_at: None,
    };
    site.write(|unit| async move {
        unit.insert_session(session);
        Ok(())
    })
    .await;
    id
}

fn session(decided: &Value) -> &str {
    decided["session"]["id"].as_str().unwrap_or_else(|| panic!("no session: {decided}"))
}

/// I-5, RC-3.
async fn a_key_sees_its_own_sessions_and_the_product_key_all(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    let second = site.second_door(&acme, |_| {}).await;
    let decided = site.sign_in(&acme, "ada").await;
    let id = session(&decided);
    for (key, sees) in
        [(&acme.sign_in, true), (&site.product, true), (&second.sign_in, false), (&globex.sign_in, false)]
    {
        let seen = site.introspect(key, id).await;
        if sees {
            assert_eq!((&seen["active"], &seen["company"]), (&json!(true), &json!("acme")));
            assert_eq!((&seen["sub"], &seen["memberships"]), (&decided["account"]["id"], &decided["memberships"]));
        } else {
            assert_eq!(seen, json!({"active": false}), "I-5: a foreign session reads like none");
        }
    }
    assert_eq!(site.introspect(&acme.sign_in, "nonsense").await, json!({"active": false}));
    // A session is stored hashed: nowhere in the database is its id.
    let text = format!("{:?}", directory.contents().await);
    assert!(!text.contains(id) && !text.contains(acme.scim.rsplit('_').next().unwrap()));
}

/// RFC 7009 section 2.2; I-5.
async fn revoking_signs_out(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (acme, globex) = (site.acme().await, site.company("globex", 0x60).await);
    let decided = site.sign_in(&acme, "ada").await;
    let id = session(&decided);
    for (key, live) in [(&globex.sign_in, true), (&acme.sign_in, false), (&acme.sign_in, false)] {
        assert_eq!(site.send(&form("origin:/sso/revoke", key, id)).await.status, 200);
        assert_eq!(site.introspect(&site.product, id).await["active"], live);
    }
}

/// RC-2, SS-1.
async fn a_session_ends_in_time_and_with_its_account(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let decided = site.sign_in(&acme, "ada").await;
    site.clock.advance(DAY - 1);
    assert_eq!(site.introspect(&acme.sign_in, session(&decided)).await["active"], true);
    site.clock.advance(1);
    assert_eq!(site.introspect(&acme.sign_in, session(&decided)).await, json!({"active": false}), "SS-1");
    // The operator alone disables accounts; it holds at once and at the next sign-in.
    let decided = site.sign_in(&acme, "ada").await;
    let stored = site.directory().read().account_by_email("ada@acme.example").await.unwrap().unwrap();
    let disabled = Account { disabled: true, ..stored.clone() };
    let (stored, disabled) = (&stored, &disabled);
    site.write(|unit| async move {
        unit.update_account(stored, disabled);
        Ok(())
    })
    .await;
    assert_eq!(site.introspect(&acme.sign_in, session(&decided)).await, json!({"active": false}), "RC-2");
    assert_eq!(site.sign_in(&acme, "ada").await["reason"], "account_disabled", "RC-2");
}

/// wrong keys are 401 or 403 and change nothing.
async fn keys_open_their_own_doors(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let oidc = site.second_door(&acme, |record| record.protocol = Protocol::Oidc).await;
    let body = evidence(&acme, "ada", &json!({}));
    let before = directory.contents().await;
    let with = |key: &str| sign_in(&Door { sign_in: key.to_owned(), ..acme.clone() }, &body);
    let unknown = acme.sign_in.replace(|digit: char| digit.is_ascii_digit(), "0");
    for (what, request, status) in [
        ("no key", Request { headers: with("x").headers.split_off(1), ..with("x") }, 401),
        ("nonsense", with("nonsense"), 401),
        ("a key nobody has", with(&unknown), 401),
        ("the SCIM token", with(&acme.scim), 403),
        ("the product key", with(&site.product), 403),
        ("evidence of the wrong type", with(&oidc.sign_in), 403),
        ("a sign-in key at SCIM", Request::new("GET", "/Users", &acme.sign_in), 403),
        ("the product key at SCIM", Request::new("GET", "/Users", &site.product), 403),
        ("a SCIM token at introspection", form("origin:/sso/introspect", &acme.scim, "x"), 403),
        ("a SCIM token at revocation", form("origin:/sso/revoke", &acme.scim, "x"), 403),
    ] {
        let answer = site.send(&request).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        assert!(!answer.text.contains("ada"), "{what}: {}", answer.text);
    }
    let mut after = directory.contents().await;
    // The day of a key's last use is all that may have been noted.
    after.insert("token".to_owned(), before["token"].clone());
    assert_eq!(after, before);
}

/// Malformed evidence is 400, missing facts are a decision.
async fn bodies_that_are_no_sign_in_are_refused(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let attributes =
        |attributes: Value| json!({"evidence": {"type": "attributes", "subject": "s", "attributes": attributes}});
    for body in [
        json!([]),
        json!({}),
        json!({"evidence": {"type": "attributes"}}),
        json!({"evidence": {"type": "password", "subject": "s", "attributes": {}}}),
        json!({"evidence": {"type": "attributes", "subject": " ", "attributes": {"email": "a@acme.example"}}}),
        json!({"evidence": {"type": "attributes", "subject": "s", "attributes": {"email": "a@acme.example"}}, "client": "fridge"}),
        json!({"evidence": {"type": "attributes", "subject": "s", "attributes": {"email": "a@acme.example"}}, "dryrun": true}),
        attributes(json!({"email": {"value": "a@acme.example"}})),
    ] {
        let answer = site.send(&sign_in(&acme, &body)).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, Some("application/problem+json")), "{body}");
    }
    for (step, body, reason) in [
        ("SI-10", attributes(json!({"name": "Ada"})), "email_missing"),
        ("SI-4", attributes(json!({"email": "ada@globex.example"})), "domain_not_verified"),
        (
            "SI-4: nothing is inherited from the parent domain",
            attributes(json!({"email": "ada@eu.acme.example"})),
            "domain_not_verified",
        ),
        ("RC-10", attributes(json!({"email": "ada@acme.example", "email_verified": false})), "email_not_verified"),
    ] {
        let answer = site.send(&sign_in(&acme, &body)).await;
        assert_eq!((answer.status, &answer.body()["reason"]), (200, &json!(reason)), "{step}: {}", answer.text);
    }
    assert_eq!(site.directory().read().accounts(None, 10).await.unwrap(), []);
    // RC-13: a second subject with the address of somebody known.
    site.sign_in(&acme, "ada").await;
    let answer = site.send(&sign_in(&acme, &attributes(json!({"email": "ada@acme.example"})))).await;
    assert_eq!(answer.body()["reason"], "identity_conflict", "RC-13");
}

/// RC-10: whoever opened an account with somebody else's address loses it to its owner.
async fn a_claimed_account_ends_its_sessions(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let squatter = Account { email_verified: false, ..account(7, "ada@acme.example") };
    insert_account(&site, &squatter).await;
    let session = open(&site, &squatter, None).await;
    assert_eq!(site.introspect(&site.product, &session).await["active"], true);
    let decided = site.sign_in(&acme, "ada").await;
    assert_eq!(decided["account"]["id"], json!(squatter.id), "SI-8");
    assert!(rules(&decided).contains(&"RC-10"), "{decided}");
    assert_eq!(site.introspect(&site.product, &session).await, json!({"active": false}), "RC-10");
    assert!(site.directory().read().account(squatter.id).await.unwrap().unwrap().email_verified, "RC-10");
}
