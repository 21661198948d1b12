//! Invitations: sent by owners, answered through the product, found by sign-ins.

use std::collections::BTreeSet;

use rollcall_conformance::client::Request;
use rollcall_directory::testing::{TestDirectory, account};
use rollcall_directory::{Account, on_each_database};
use rollcall_server::auth::AdminRole;
use rollcall_server::clock::DAY;
use serde_json::{Value, json};

use crate::admin_members::{MEMBERS, account_id, refused, stored_account};
use crate::pushes::member;
use crate::races::at_once;
use crate::sign_ins::insert_account;
use crate::site::{Door, Site, api, evidence, id, sign_in, user_with};

on_each_database! {
    somebody_is_invited_once
    an_inviter_learns_nothing_about_accounts
    an_invitation_holds_a_seat_until_it_is_over
    an_invitation_outlives_its_link
    an_invitee_joins_with_role_and_team
    who_may_not_accept
    a_username_is_invited_as_it_is_now
    acceptances_that_race_take_one_seat
}

const INVITATIONS: &str = "/organizations/acme/invitations";

async fn start(directory: &TestDirectory) -> (Site, Door, String) {
    let site = Site::start(directory).await;
    let acme = site.acme().await;
    let token = site.admin(AdminRole::OrganizationOwner(acme.company, acme.organization)).await;
    (site, acme, token)
}

async fn invite(site: &Site, token: &str, body: Value) -> Value {
    site.manage(token, "POST", INVITATIONS, body, 201).await
}

fn answer(site: &Site, invitation: &str, answer: &str, body: &Value) -> Request {
    api(&site.product, "POST", &format!("/invitations/{invitation}/{answer}"), body)
}

/// M-1, M-2: an address once, whoever asks how often; members not at all.
async fn somebody_is_invited_once(directory: &TestDirectory) {
    let (site, acme, token) = start(directory).await;
    let invited =
        invite(&site, &token, json!({"email": " Late@Acme.example ", "role": "editor", "team": "EVERYONE"})).await;
    assert_eq!((&invited["email"], &invited["state"]), (&json!("Late@Acme.example"), &json!("pending")));
    let before = directory.contents().await;
    let again = json!({"email": "late@acme.example", "role": "editor", "team": "everyone"});
    assert_eq!(site.manage(&token, "POST", INVITATIONS, again, 200).await, invited);
    let other = site.api(&token, "POST", INVITATIONS, json!({"email": "late@acme.example"})).await;
    assert_eq!((other.status, &other.body()["type"]), (409, &json!("taken")));
    for bad in [
        json!({"email": "nobody"}),
        json!({"email": ""}),
        json!({"username": " "}),
        json!({}),
        json!({"email": "a@b.example", "username": "a"}),
        json!({"email": "a@b.example", "role": "emperor"}),
    ] {
        assert_eq!(site.api(&token, "POST", INVITATIONS, bad.clone()).await.status, 400, "{bad}");
    }
    let team = site.api(&token, "POST", INVITATIONS, json!({"email": "a@acme.example", "team": "none"})).await;
    assert_eq!(team.status, 404, "{}", team.text);
    let contents = directory.contents().await;
    assert_eq!(contents["invitation"], before["invitation"], "what is refused leaves no trace");
    site.sign_in(&acme, "ada").await;
    let member = site.api(&token, "POST", INVITATIONS, json!({"email": "ada@acme.example"})).await;
    assert_eq!(member.status, 409, "M-2: {}", member.text);
    let listed = site.manage(&token, "GET", &format!("{INVITATIONS}?state=pending"), Value::Null, 200).await;
    assert_eq!(listed["items"], json!([invited]));
    assert_eq!(site.api(&token, "GET", &format!("{INVITATIONS}?state=lost"), Value::Null).await.status, 400);
    let twice = (0..6).map(|_| api(&token, "POST", INVITATIONS, &json!({"email": "twice@acme.example"})));
    let mut statuses: Vec<u16> = at_once(&site, twice).await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
}

/// RC-10, M-7: a username or address that nobody has reads like any other, and nothing of an account shows.
async fn an_inviter_learns_nothing_about_accounts(directory: &TestDirectory) {
    let (site, _, token) = start(directory).await;
    stored_account(&site, 1, "someone@elsewhere.example").await;
    let shape = |mut invited: Value, name: &str| {
        for changing in ["id", "link"] {
            assert!(invited[changing].is_string());
            invited[changing] = Value::Null;
        }
        invited.to_string().replace(name, "NAME")
    };
    for member in ["username", "email"] {
        let (known, unknown) = if member == "username" {
            ("someone", "nobody1")
        } else {
            ("someone@elsewhere.example", "nobody1@elsewhere.example")
        };
        let one = invite(&site, &token, json!({member: known})).await;
        let other = invite(&site, &token, json!({member: unknown})).await;
        assert_eq!(shape(one, known), shape(other, unknown));
    }
    let listed = site.manage(&token, "GET", INVITATIONS, Value::Null, 200).await;
    // Four invitations, although two are for one person: that they are is nothing that the list says.
    assert_eq!(listed["items"].as_array().unwrap().len(), 4);
    assert_eq!(listed.to_string().matches("someone@elsewhere.example").count(), 1);
    site.manage(&token, "GET", MEMBERS, Value::Null, 200).await;
}

/// M-3, M-6: pending takes a seat; cancelled and declined give it back; sending again takes one.
async fn an_invitation_holds_a_seat_until_it_is_over(directory: &TestDirectory) {
    let (site, acme, token) = start(directory).await;
    site.seats(&acme, Some(1)).await;
    let late = stored_account(&site, 1, "late@acme.example").await;
    let first = id(&invite(&site, &token, json!({"email": "late@acme.example"})).await);
    refused(&site.api(&token, "POST", INVITATIONS, json!({"email": "b@acme.example"})).await, 409, "RC-16");
    assert_eq!(site.sign_in(&acme, "eve").await["reason"], "no_seats");
    let answers = at_once(&site, [answer(&site, &first, "decline", &json!({"account_id": late}))]).await;
    assert_eq!((answers[0].status, &answers[0].body()["state"]), (200, &json!("declined")));
    let second = id(&invite(&site, &token, json!({"email": "b@acme.example"})).await);
    let resend = format!("{INVITATIONS}/{first}/resend");
    refused(&site.api(&token, "POST", &resend, Value::Null).await, 409, "RC-16");
    for _ in 0..2 {
        site.manage(&token, "DELETE", &format!("{INVITATIONS}/{second}"), Value::Null, 204).await;
    }
    assert_eq!(site.manage(&token, "POST", &resend, Value::Null, 200).await["state"], "pending");
    let cancelled = site.api(&token, "POST", &format!("{INVITATIONS}/{second}/resend"), Value::Null).await;
    refused(&cancelled, 409, "M-6");
    // The seat that the invitation held becomes the member's.
    let accepted = at_once(&site, [answer(&site, &first, "accept", &json!({"account_id": late}))]).await;
    assert_eq!(accepted[0].status, 200, "{}", accepted[0].text);
    let seats = site.directory().read().seats(acme.company, acme.organization).await.unwrap().unwrap();
    assert_eq!((seats.members, seats.invited), (1, 0));
    refused(&site.api(&token, "DELETE", &format!("{INVITATIONS}/{first}"), Value::Null).await, 409, "M-6");
    let states = site.manage(&token, "GET", INVITATIONS, Value::Null, 200).await;
    let items = states["items"].as_array().unwrap().iter();
    let states: BTreeSet<&str> = items.map(|item| item["state"].as_str().unwrap()).collect();
    assert_eq!(states, BTreeSet::from(["accepted", "cancelled"]));
}

/// P4-43: the link lives for fourteen days, the invitation on; sending it again gives a fresh link.
async fn an_invitation_outlives_its_link(directory: &TestDirectory) {
    let (site, _, token) = start(directory).await;
    let account = stored_account(&site, 1, "late@acme.example").await;
    let sent = invite(&site, &token, json!({"email": "late@acme.example"})).await;
    let (id, secret) =
        (id(&sent), |sent: &Value| sent["link"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned());
    let base = site.base_url();
    assert!(sent["link"].as_str().unwrap().starts_with(&format!("{base}/invitations/{id}?token=")), "{sent}");
    let accept = async |token: Option<&str>| {
        let mut body = json!({"account_id": account});
        if let Some(token) = token {
            body["token"] = json!(token);
        }
        site.send(&answer(&site, &id, "accept", &body)).await
    };
    let made_up = accept(Some("AAAA")).await;
    assert_eq!((made_up.status, &made_up.body()["type"]), (410, &json!("link_expired")));
    site.clock.advance(13 * DAY);
    let again = site.manage(&token, "POST", &format!("{INVITATIONS}/{id}/resend"), Value::Null, 200).await;
    assert_eq!(accept(Some(&secret(&sent))).await.status, 410, "M-6: the earlier link ends");
    site.clock.advance(14 * DAY);
    assert_eq!(accept(Some(&secret(&again))).await.status, 410);
    let accepted = accept(None).await;
    assert_eq!(accepted.status, 200, "P4-43: {}", accepted.text);
}

/// J-3, J-4, M-4, M-5, P4-17: accepting twice is accepting once.
async fn an_invitee_joins_with_role_and_team(directory: &TestDirectory) {
    let (site, acme, token) = start(directory).await;
    let invitation =
        id(&invite(&site, &token, json!({"email": "ada@acme.example", "role": "editor", "team": "everyone"})).await);
    let body = json!({"account_id": stored_account(&site, 1, "ada@acme.example").await});
    for _ in 0..2 {
        let accepted = site.send(&answer(&site, &invitation, "accept", &body)).await;
        let expected = json!({"organization": "acme", "role": "editor", "teams": ["everyone"], "origin": "invitation"});
        assert_eq!((accepted.status, &accepted.body()["membership"]), (200, &expected), "{}", accepted.text);
    }
    refused(&site.send(&answer(&site, &invitation, "decline", &body)).await, 409, "M-6");
    // A sign-in accepts, too, and joins nothing else (N-2).
    site.change(&acme, |record| record.policy.jit = false).await;
    invite(&site, &token, json!({"email": "bob@acme.example", "role": "owner"})).await;
    assert_eq!(site.sign_in(&acme, "bob").await["decision"], "allow");
    assert_eq!(member(&site, &acme, "bob").await, json!(["owner", "active", []]));
    // Who was added by hand meanwhile needs no answer any more.
    let carl = stored_account(&site, 3, "carl@acme.example").await;
    let pending = id(&invite(&site, &token, json!({"email": "carl@acme.example"})).await);
    site.manage(&token, "POST", MEMBERS, json!({"account_id": carl}), 201).await;
    let found = site.directory().read().invitation(acme.company, pending.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(found.state.code(), "accepted");
}

/// RC-2, RC-4, RC-10, RC-11: whom an invitation does not let in.
async fn who_may_not_accept(directory: &TestDirectory) {
    let (site, acme, token) = start(directory).await;
    let unverified = Account { email_verified: false, ..account(1, "new@acme.example") };
    insert_account(&site, &unverified).await;
    let eve = stored_account(&site, 2, "eve@elsewhere.example").await;
    let new = id(&invite(&site, &token, json!({"email": "new@acme.example"})).await);
    let accept = async |invitation: &str, account: &str| {
        site.send(&answer(&site, invitation, "accept", &json!({"account_id": account}))).await
    };
    refused(&accept(&new, &unverified.id.to_string()).await, 422, "RC-10");
    refused(&accept(&new, &eve).await, 422, "RC-10");
    let nothing = "01939f2e-7c1a-7d35-9c11-3a5b0c2d4e6f";
    assert_eq!(accept(nothing, &eve).await.status, 404);
    assert_eq!(accept(&new, nothing).await.status, 404);
    // Disabled by the operator.
    let off = Account { disabled: true, ..account(5, "off@acme.example") };
    insert_account(&site, &off).await;
    let invitation = id(&invite(&site, &token, json!({"email": "off@acme.example"})).await);
    refused(&accept(&invitation, &off.id.to_string()).await, 409, "RC-2");
    // Suspended by hand, after the invitation went out.
    let sus = id(&invite(&site, &token, json!({"email": "sus@acme.example"})).await);
    site.change(&acme, |record| record.policy.jit = false).await;
    let suspended = stored_account(&site, 3, "sus@acme.example").await;
    assert_eq!(accept(&sus, &suspended).await.status, 200);
    let path = format!("{MEMBERS}/{suspended}");
    site.manage(&token, "DELETE", &path, Value::Null, 204).await;
    let sus = id(&invite(&site, &token, json!({"email": "sus@acme.example"})).await);
    site.push(&acme, "sus").await;
    site.manage(&token, "PATCH", &path, json!({"state": "suspended"}), 200).await;
    let refusal = accept(&sus, &suspended).await;
    assert_eq!(refusal.status, 409, "RC-4: {}", refusal.text);
    assert_eq!(member(&site, &acme, "sus").await[1], "suspended");
    // Deactivated by a directory.
    let gone = id(&invite(&site, &token, json!({"email": "gone@acme.example"})).await);
    site.expect(&acme, "POST", "/Users", user_with("gone@acme.example", json!({"active": false})), 201).await;
    let account = stored_account(&site, 4, "gone@acme.example").await;
    refused(&accept(&gone, &account).await, 409, "RC-11");
    // An administrator's token is no product's.
    let own = api(&token, "POST", &format!("/invitations/{new}/accept"), &json!({"account_id": eve}));
    assert_eq!(site.send(&own).await.status, 403);
}

/// RC-10: a username means whoever has it when the invitation is sent, never who takes it later.
async fn a_username_is_invited_as_it_is_now(directory: &TestDirectory) {
    let (site, acme, token) = start(directory).await;
    let early = id(&invite(&site, &token, json!({"username": "ada"})).await);
    let ada = stored_account(&site, 1, "ada@acme.example").await;
    let late = id(&invite(&site, &token, json!({"username": "bob"})).await);
    let accept = async |invitation: &str, account: &str| {
        site.send(&answer(&site, invitation, "accept", &json!({"account_id": account}))).await
    };
    refused(&accept(&early, &ada).await, 422, "RC-10");
    let bob = stored_account(&site, 2, "bob@acme.example").await;
    refused(&accept(&late, &bob).await, 422, "RC-10");
    let known = site.manage(&token, "POST", INVITATIONS, json!({"username": "BOB"}), 200).await;
    assert_eq!(id(&known), late, "it is pending already");
    site.manage(&token, "DELETE", &format!("{INVITATIONS}/{late}"), Value::Null, 204).await;
    let known = invite(&site, &token, json!({"username": "BOB"})).await;
    assert_eq!((&known["username"], &known["email"]), (&json!("bob"), &Value::Null));
    site.change(&acme, |record| record.policy.jit = false).await;
    assert_eq!(site.sign_in(&acme, "bob").await["memberships"][0]["origin"], "invitation", "N-2");
    assert_eq!(site.sign_in(&acme, "ada").await["message"], "Access denied", "N-3");
    assert_eq!(account_id(&site, "bob@acme.example").await, bob);
}

/// Design.md 9: acceptances, sign-ins and an owner who cancels; one membership, one seat, nothing half done.
async fn acceptances_that_race_take_one_seat(directory: &TestDirectory) {
    let (site, acme, token) = start(directory).await;
    for round in 1..=6_u64 {
        site.seats(&acme, Some(round)).await;
        let email = format!("p{round}@acme.example");
        let account = stored_account(&site, u128::from(round), &email).await;
        let invitation = id(&invite(&site, &token, json!({"email": email})).await);
        let mut requests: Vec<Request> =
            (0..4).map(|_| answer(&site, &invitation, "accept", &json!({"account_id": account}))).collect();
        // Others want the seat that the invitation holds.
        requests.push(sign_in(&acme, &evidence(&acme, &format!("eve{round}"), &json!({}))));
        requests.push(sign_in(&acme, &evidence(&acme, &format!("p{round}"), &json!({}))));
        if round % 2 == 0 {
            requests.push(api(&token, "DELETE", &format!("{INVITATIONS}/{invitation}"), &Value::Null));
        }
        let answers = at_once(&site, requests).await;
        for answer in &answers {
            assert!(matches!(answer.status, 200 | 204 | 409), "round {round}: {}", answer.text);
        }
        let seats = site.directory().read().seats(acme.company, acme.organization).await.unwrap().unwrap();
        assert_eq!((seats.members, seats.invited), (round, 0), "round {round}");
        if round % 2 == 1 {
            assert_eq!(member(&site, &acme, &format!("p{round}")).await[1], "active", "round {round}");
            assert!(answers[..4].iter().all(|answer| answer.status == 200), "round {round}");
        }
    }
}
