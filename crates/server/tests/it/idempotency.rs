//! `Idempotency-Key`: what is made once stays made once, and is answered as before (docs/decisions/0018-idempotency-keys.md).

use std::time::Duration;

use rollcall_conformance::client::Answer;
use rollcall_directory::on_each_database;
use rollcall_directory::testing::TestDirectory;
use rollcall_server::app::repeats::{Keyed, Verdict, claim};
use rollcall_server::auth::{AdminRole, Presented};
use rollcall_server::clock::{DAY, SECOND};
use rollcall_server::jobs::housekeeping::tidy;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::site::{Site, api};

on_each_database! {
    whatever_is_made_is_made_once
    a_key_belongs_to_one_request_and_one_token
    of_many_at_once_one_makes_it
    who_hung_up_hears_the_answer_when_asking_again
    a_refused_request_leaves_its_key_free
    a_claim_of_a_server_that_died_is_given_up
    a_key_is_free_again_after_a_day
    a_stored_answer_shows_no_secret
    what_is_no_key_is_refused
}

async fn post(site: &Site, token: &str, key: &str, path: &str, body: &Value) -> Answer {
    site.send(&api(token, "POST", path, body).header("idempotency-key", key)).await
}

/// Everything that a client keeps of an answer.
fn kept(answer: &Answer) -> (u16, &str, [Option<&str>; 4]) {
    let headers = ["location", "etag", "content-type", "cache-control"];
    (answer.status, &answer.text, headers.map(|name| answer.header(name)))
}

async fn whatever_is_made_is_made_once(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let door = site.acme().await;
    let operator = site.admin(AdminRole::Operator).await;
    let account = json!({"email": "new@elsewhere.example", "email_verified": true});
    let account = site.manage(&operator, "POST", "/accounts", account, 201).await["id"].clone();
    let connection =
        json!({"name": "second", "protocol": "attributes", "domains": ["acme.example"], "organizations": ["acme"]});
    for (number, (path, body)) in [
        ("/companies", json!({"name": "globex"})),
        ("/companies/acme/organizations", json!({"name": "works"})),
        ("/companies/acme/domains", json!({"name": "corp.example"})),
        ("/companies/acme/connections", connection),
        ("/accounts", json!({"email": "ada@elsewhere.example"})),
        ("/organizations/acme/teams", json!({"name": "blue"})),
        ("/organizations/acme/members", json!({"account_id": account})),
        ("/organizations/acme/invitations", json!({"email": "grace@elsewhere.example"})),
        ("/tokens", json!({"kind": "product"})),
        (&format!("/connections/{}/tokens", door.connection), json!({"kind": "scim"})),
    ]
    .into_iter()
    .enumerate()
    {
        let key = format!("\"key-{number}\"");
        let first = post(&site, &operator, &key, path, &body).await;
        assert_eq!(first.status, 201, "{path}: {}", first.text);
        let stored = directory.contents().await;
        site.clock.advance(SECOND);
        let again = post(&site, &operator, &key, path, &body).await;
        assert_eq!(kept(&again), kept(&first), "{path}");
        assert_eq!(directory.contents().await, stored, "{path}: nothing is stored twice");
    }
}

async fn a_key_belongs_to_one_request_and_one_token(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let (first, second) = (site.admin(AdminRole::Operator).await, site.admin(AdminRole::Operator).await);
    let made = post(&site, &first, "k", "/companies", &json!({"name": "acme"})).await;
    assert_eq!(made.status, 201);
    for (path, body) in [("/companies", json!({"name": "globex"})), ("/accounts", json!({"name": "acme"}))] {
        let other = post(&site, &first, "k", path, &body).await;
        assert_eq!((other.status, &other.body()["type"]), (422, &json!("key_reused")), "{path}: {}", other.text);
    }
    // Quoted as the draft has it, or bare: the same key.
    assert_eq!(kept(&post(&site, &first, "\"k\"", "/companies", &json!({"name": "acme"})).await), kept(&made));
    let theirs = post(&site, &second, "k", "/companies", &json!({"name": "globex"})).await;
    assert_eq!(theirs.status, 201, "another token's key is another key");
}

async fn of_many_at_once_one_makes_it(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let body = json!({"kind": "product"});
    let before = directory.contents().await["token"].len();
    let ask = || post(&site, &operator, "k", "/tokens", &body);
    let (first, second, third, fourth) = tokio::join!(ask(), ask(), ask(), ask());
    let answers = [first, second, third, fourth];
    let (made, waiting): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.status == 201);
    assert!(!made.is_empty());
    assert!(made.iter().all(|answer| answer.text == made[0].text), "all hear of the same token");
    for answer in waiting {
        assert_eq!((answer.status, &answer.body()["type"]), (409, &json!("key_in_use")), "{}", answer.text);
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    assert_eq!(directory.contents().await["token"].len(), before + 1);
}

/// Whether the request got far or not, and whenever its client went away.
async fn who_hung_up_hears_the_answer_when_asking_again(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let body = json!({"kind": "product"});
    let before = directory.contents().await["token"].len();
    for round in 1..=5 {
        let key = format!("k{round}");
        tokio::select! {
            biased;
            _ = post(&site, &operator, &key, "/tokens", &body) => {}
            () = yields(round * 3) => {}
        }
        let mut answer = post(&site, &operator, &key, "/tokens", &body).await;
        // A claim that nobody works on would stay for ever, since the clock stands.
        for _ in 0..1_000 {
            if answer.status != 409 {
                break;
            }
            answer = post(&site, &operator, &key, "/tokens", &body).await;
        }
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(directory.contents().await["token"].len(), before + round);
    }
}

async fn yields(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

async fn a_refused_request_leaves_its_key_free(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let refused = post(&site, &operator, "k", "/companies", &json!({"nmae": "acme"})).await;
    assert_eq!(refused.status, 400);
    assert_eq!(directory.contents().await["idempotency_key"], Vec::<String>::new());
    assert_eq!(post(&site, &operator, "k", "/companies", &json!({"name": "acme"})).await.status, 201);
}

/// The request stays in doubt for as long as it could still be running, and no longer.
async fn a_claim_of_a_server_that_died_is_given_up(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let body = json!({"name": "acme"});
    let keyed = Keyed {
        token: Presented::parse(&operator).unwrap().id,
        bearer: &operator,
        key: "k",
        request_hash: asked(&body),
    };
    let lease = Duration::from_mins(1);
    let claimed = claim(site.directory(), keyed, site.clock.now(), lease).await.unwrap();
    assert!(matches!(claimed, Verdict::Do(_)));
    let waiting = post(&site, &operator, "k", "/companies", &body).await;
    assert_eq!((waiting.status, &waiting.body()["type"]), (409, &json!("key_in_use")));
    site.clock.advance(60 * SECOND);
    assert_eq!(post(&site, &operator, "k", "/companies", &body).await.status, 201);
}

/// As the server reads a request.
fn asked(body: &Value) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in ["POST", "/api/v1/companies", &body.to_string()] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

async fn a_key_is_free_again_after_a_day(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let body = json!({"name": "acme"});
    let made = post(&site, &operator, "k", "/companies", &body).await;
    site.clock.advance(DAY - 1);
    tidy(directory, site.clock.now()).await.unwrap();
    assert_eq!(kept(&post(&site, &operator, "k", "/companies", &body).await), kept(&made));
    site.clock.advance(2);
    let again = post(&site, &operator, "k", "/companies", &body).await;
    assert_eq!((again.status, &again.body()["type"]), (409, &json!("taken")));
    post(&site, &operator, "other", "/companies", &json!({"name": "globex"})).await;
    site.clock.advance(DAY + 1);
    tidy(directory, site.clock.now()).await.unwrap();
    assert_eq!(directory.contents().await["idempotency_key"], Vec::<String>::new());
}

/// A-48 for what is kept for repeats: the database alone opens nothing.
async fn a_stored_answer_shows_no_secret(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let made = post(&site, &operator, "k", "/tokens", &json!({"kind": "product"})).await;
    let token = made.body()["token"].as_str().unwrap().to_owned();
    let secret = token.rsplit('_').next().unwrap();
    let spelled = secret.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    for row in directory.contents().await.values().flatten() {
        let row = row.to_lowercase();
        assert!(!row.contains(secret) && !row.contains(&spelled), "{row}");
    }
}

async fn what_is_no_key_is_refused(directory: &TestDirectory) {
    let site = Site::start(directory).await;
    let operator = site.admin(AdminRole::Operator).await;
    let body = json!({"name": "acme"});
    for key in ["", "\"\"", "two words", &"k".repeat(256)] {
        let answer = post(&site, &operator, key, "/companies", &body).await;
        assert_eq!(answer.status, 400, "{key}: {}", answer.text);
    }
    assert_eq!(post(&site, "", "k", "/companies", &body).await.status, 401, "the token comes first");
    assert_eq!(post(&site, &site.product, "k", "/companies", &body).await.status, 403);
}
