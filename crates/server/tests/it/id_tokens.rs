//! Sign-ins with ID tokens over HTTP: good ones, forged ones, used ones (OpenID Connect Core §3.1.3.7).

use jsonwebtoken::Algorithm;
use rollcall_conformance::client::{Answer, Request};
use rollcall_directory::on_each_database;
use rollcall_directory::testing::{Contents, TestDirectory, account, sqlite};
use rollcall_policy::Protocol;
use rollcall_server::clock::SECOND;
use serde_json::{Value, json};

use crate::openid_provider::{OpenIdProvider, SigningKey, part, sign_symmetrically};
use crate::site::{Door, Site, sign_in, user_with};

on_each_database! {
    a_person_signs_in_and_is_known_by_issuer_and_sub
    a_token_counts_once_unless_a_nonce_was_checked
    of_many_that_bring_the_same_token_one_comes_in
    a_dry_run_consumes_no_token
    a_push_names_the_person_by_sub
}

/// A site whose connection trusts one provider, and that provider's key.
pub(crate) struct Scene {
    pub(crate) site: Site,
    pub(crate) door: Door,
    pub(crate) provider: OpenIdProvider,
    pub(crate) key: SigningKey,
}

impl Scene {
    pub(crate) async fn start(directory: &TestDirectory) -> Self {
        Self::with_key(directory, SigningKey::new("first", Algorithm::ES256, 0)).await
    }

    pub(crate) async fn with_key(directory: &TestDirectory, key: SigningKey) -> Self {
        let site = Site::start(directory).await;
        let door = site.acme().await;
        let provider = OpenIdProvider::start(&[&key]).await;
        let scene = Self { site, door, provider, key };
        let algorithm = serde_json::to_value(scene.key.algorithm).unwrap();
        scene.settings(json!({"algorithms": [algorithm]})).await;
        scene
    }

    /// Settings of the connection beside issuer and client.
    pub(crate) async fn settings(&self, further: Value) {
        let mut settings = json!({"issuer": self.provider.issuer(), "client_id": "rollcall"});
        settings.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        let settings = &settings;
        let change = |record: &mut rollcall_directory::ConnectionRecord| {
            record.protocol = Protocol::Oidc;
            record.details.insert("oidc".to_owned(), settings.clone());
        };
        self.site.change(&self.door, change).await;
    }

    /// Claims of a good token, with these changes; `null` takes a claim away.
    pub(crate) fn claims(&self, changes: &Value) -> Value {
        let now = self.site.clock.now() / SECOND;
        let mut claims = json!({
            "iss": self.provider.issuer(), "aud": "rollcall", "sub": "1", "iat": now, "exp": now + 300,
            "email": self.door.email("ada"), "email_verified": true, "name": "Ada Lovelace",
        });
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }

    pub(crate) fn token(&self, changes: &Value) -> String {
        self.key.sign(&self.claims(changes))
    }

    pub(crate) async fn present(&self, token: &str) -> Answer {
        self.site.send(&request(&self.door, token, &json!({}))).await
    }

    /// Expects a decision; its `decision` and `reason`.
    async fn decided(&self, token: &str) -> (Value, Value) {
        let answer = self.present(token).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        (answer.body()["decision"].clone(), answer.body()["reason"].clone())
    }
}

/// A sign-in with further members of the evidence.
pub(crate) fn request(door: &Door, token: &str, further: &Value) -> Request {
    let mut evidence = json!({"type": "oidc", "id_token": token});
    evidence.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    sign_in(door, &json!({"evidence": evidence}))
}

/// What is stored, but for the days on which tokens of ours were last used.
pub(crate) async fn contents(directory: &TestDirectory) -> Contents {
    let mut contents = directory.contents().await;
    contents.retain(|table, _rows| table != "token");
    contents
}

#[track_caller]
pub(crate) fn check(name: &str, answer: &Answer, (status, kind): (u16, &str)) {
    let got = answer.json.as_ref().map(|body| body["type"].clone()).unwrap_or_default();
    assert_eq!((answer.status, &got), (status, &json!(kind)), "{name}: {}", answer.text);
}

/// P4-39.
async fn a_person_signs_in_and_is_known_by_issuer_and_sub(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    let answer = scene.present(&scene.token(&json!({}))).await;
    let decided = answer.body();
    assert_eq!((&decided["decision"], &decided["reason"]), (&json!("allow"), &json!("allowed")), "{}", answer.text);
    assert_eq!(decided["account"]["full_name"], "Ada Lovelace");
    assert!(decided["session"]["id"].is_string());
    let account = decided["account"]["id"].as_str().unwrap().parse().unwrap();
    let identities = scene.site.directory().read().identities(scene.door.company, account).await.unwrap();
    let subjects: Vec<&str> = identities.iter().map(|identity| identity.subject.as_str()).collect();
    assert_eq!(subjects, [format!("{}#1", scene.provider.issuer())]);
    // SI-8: the subject counts, not the address.
    let moved = scene.present(&scene.token(&json!({"email": scene.door.email("countess")}))).await;
    assert_eq!(moved.body()["account"]["id"], decided["account"]["id"], "{}", moved.text);
}

/// Every algorithm that may be chosen, and every way to the keys.
#[tokio::test]
async fn keys_of_each_kind_and_from_each_place_are_understood() {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS512, RS256, RS384};
    for algorithm in [RS256, RS384, PS256, PS512, ES256, ES384, EdDSA] {
        let directory = sqlite().await;
        let scene = Scene::with_key(&directory, SigningKey::new("first", algorithm, 0)).await;
        let allowed = (json!("allow"), json!("allowed"));
        assert_eq!(scene.decided(&scene.token(&json!({}))).await, allowed, "{algorithm:?}");
        let named = json!([serde_json::to_value(algorithm).unwrap()]);
        let unnamed = scene.key.sign_under(&json!({"kid": null}), &scene.claims(&json!({"jti": "a"})));
        assert_eq!(scene.decided(&unnamed).await, allowed, "{algorithm:?} without kid");
        scene.settings(json!({"algorithms": named, "jwks_uri": format!("{}/jwks", scene.provider.issuer())})).await;
        assert_eq!(scene.decided(&scene.token(&json!({"jti": "b"}))).await, allowed, "{algorithm:?} by jwks_uri");
        let asked = scene.provider.asked();
        scene.settings(json!({"algorithms": named, "jwks": {"keys": [scene.key.public]}})).await;
        assert_eq!(scene.decided(&scene.token(&json!({"jti": "c"}))).await, allowed, "{algorithm:?} with pasted keys");
        assert_eq!((asked, scene.provider.asked()), (2, 2), "pasted keys are not asked for");
    }
}

/// Whatever is wrong with a token, it opens nothing and leaves no trace.
#[tokio::test]
async fn forged_tokens_are_refused() {
    let directory = sqlite().await;
    let scene = Scene::with_key(&directory, SigningKey::new("first", Algorithm::RS256, 0)).await;
    let (key, good) = (&scene.key, scene.claims(&json!({})));
    let now = scene.site.clock.now() / SECOND;
    let stranger = SigningKey::new("first", Algorithm::RS256, 1);
    let elliptic = SigningKey::new("first", Algorithm::ES256, 0);
    let hash_384 = SigningKey::new("first", Algorithm::RS384, 0);
    let [header, payload, signature] =
        <[String; 3]>::try_from(key.sign(&good).split('.').map(str::to_owned).collect::<Vec<_>>()).unwrap();
    let admin = part(&scene.claims(&json!({"email": scene.door.email("admin")})));
    let (invalid, expired, malformed) = ((401, "evidence_invalid"), (401, "evidence_expired"), (400, "malformed"));
    let before = contents(&directory).await;
    for (name, token, expected) in [
        ("no algorithm", format!("{}.{payload}.", part(&json!({"alg": "none"}))), invalid),
        ("no algorithm, signed", format!("{}.{payload}.{signature}", part(&json!({"alg": "nOnE"}))), invalid),
        ("the public key as a secret", sign_symmetrically(&key.public_pem, "first", &good), invalid),
        ("the modulus as a secret", sign_symmetrically(key.public["n"].as_str().unwrap(), "first", &good), invalid),
        ("another's key of the same name", stranger.sign(&good), invalid),
        ("another's key in the header", stranger.sign_under(&json!({"jwk": stranger.public}), &good), invalid),
        ("another's key by address", stranger.sign_under(&json!({"jku": "https://evil.example"}), &good), invalid),
        ("an unknown key", SigningKey::new("other", Algorithm::RS256, 1).sign(&good), invalid),
        ("an algorithm that is not accepted", elliptic.sign(&good), invalid),
        ("another hash", hash_384.sign(&good), invalid),
        ("other claims under the signature", format!("{header}.{admin}.{signature}"), invalid),
        ("a cut signature", format!("{header}.{payload}.{}", &signature[..40]), invalid),
        ("no signature", format!("{header}.{payload}."), invalid),
        ("an access token", key.sign_under(&json!({"typ": "at+jwt"}), &good), invalid),
        ("critical parameters", key.sign_under(&json!({"crit": ["b64"], "b64": false}), &good), invalid),
        ("another issuer", key.sign(&scene.claims(&json!({"iss": "https://idp.example"}))), invalid),
        ("no issuer", key.sign(&scene.claims(&json!({"iss": null}))), invalid),
        ("another audience", key.sign(&scene.claims(&json!({"aud": "other"}))), invalid),
        ("several audiences", key.sign(&scene.claims(&json!({"aud": ["rollcall", "other"]}))), invalid),
        ("another party", key.sign(&scene.claims(&json!({"azp": "other"}))), invalid),
        ("no subject", key.sign(&scene.claims(&json!({"sub": null}))), invalid),
        ("no end", key.sign(&scene.claims(&json!({"exp": null}))), invalid),
        ("no beginning", key.sign(&scene.claims(&json!({"iat": null}))), invalid),
        ("expired", key.sign(&scene.claims(&json!({"exp": now - 60, "iat": now - 600}))), expired),
        ("not yet valid", key.sign(&scene.claims(&json!({"nbf": now + 61}))), expired),
        ("from the future", key.sign(&scene.claims(&json!({"iat": now + 61}))), expired),
        ("from the day before yesterday", key.sign(&scene.claims(&json!({"iat": now - 2 * 86_400}))), expired),
        ("claims that are no object", key.sign(&json!(["sub"])), malformed),
        ("garbage", "garbage".to_owned(), malformed),
        ("nothing", String::new(), malformed),
        ("four parts", format!("{header}.{payload}.{signature}.{signature}"), malformed),
        ("encrypted", format!("{header}.{payload}.{signature}.{payload}.{signature}"), malformed),
        ("padded", format!("{header}.{payload}.{signature}=="), malformed),
        ("oversized", key.sign(&scene.claims(&json!({"more": "a".repeat(70_000)}))), malformed),
    ] {
        check(name, &scene.present(&token).await, expected);
    }
    assert_eq!(contents(&directory).await, before);
    assert_eq!(scene.decided(&key.sign(&good)).await.0, "allow");
}

/// Only the connection's own evidence, whole and with members that exist.
#[tokio::test]
async fn other_evidence_is_refused_before_anything_is_fetched() {
    let directory = sqlite().await;
    let scene = Scene::start(&directory).await;
    let token = scene.token(&json!({}));
    let site = &scene.site;
    let send = |evidence: Value| {
        let request = sign_in(&scene.door, &json!({"evidence": evidence}));
        async move { site.send(&request).await.status }
    };
    for (evidence, status) in [
        (json!({"type": "attributes", "subject": "1", "attributes": {}}), 403),
        (json!({"type": "saml", "response": "", "request_id": "1"}), 403),
        (json!({"type": "oidc"}), 400),
        (json!({"type": "oidc", "id_token": 5}), 400),
        (json!({"type": "oidc", "id_token": token, "access_token": "a"}), 400),
        (json!({"type": "oidc", "id_token": token, "nonce": ""}), 400),
        (json!({"type": "oidc", "id_token": token, "nonce": "a".repeat(1_025)}), 400),
        (json!({"type": "oidc", "id_token": "a.b.c"}), 400),
    ] {
        assert_eq!(send(evidence.clone()).await, status, "{evidence}");
    }
    assert_eq!(scene.provider.asked(), 0);
    let other = scene.site.second_door(&scene.door, |record| record.protocol = Protocol::Attributes).await;
    check("another connection", &scene.site.send(&request(&other, &token, &json!({}))).await, (403, "wrong_evidence"));
}

#[tokio::test]
async fn a_token_for_another_connection_of_the_same_provider_is_refused() {
    let directory = sqlite().await;
    let scene = Scene::start(&directory).await;
    let settings = json!({"issuer": scene.provider.issuer(), "client_id": "second", "algorithms": ["ES256"]});
    let settings = &settings;
    let other = scene.site.second_door(&scene.door, |record| {
        record.details.insert("oidc".to_owned(), settings.clone());
    });
    let other = other.await;
    let answer = scene.site.send(&request(&other, &scene.token(&json!({})), &json!({}))).await;
    check("meant for the first", &answer, (401, "evidence_invalid"));
    let answer = scene.site.send(&request(&other, &scene.token(&json!({"aud": "second"})), &json!({}))).await;
    assert_eq!(answer.body()["decision"], "allow", "{}", answer.text);
}

/// design.md 6: "an ID token once until exp unless a nonce was checked".
async fn a_token_counts_once_unless_a_nonce_was_checked(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    let token = scene.token(&json!({"nonce": "n-0S6"}));
    let with_nonce = |nonce: &str| request(&scene.door, &token, &json!({"nonce": nonce}));
    for _ in 0..2 {
        assert_eq!(scene.site.send(&with_nonce("n-0S6")).await.status, 200);
    }
    check("another nonce", &scene.site.send(&with_nonce("n-0S7")).await, (401, "evidence_invalid"));
    assert_eq!(scene.decided(&token).await.0, "allow");
    check("again", &scene.present(&token).await, (401, "evidence_replayed"));
    check("with another signature", &scene.present(&with_other_signature(&token)).await, (401, "evidence_replayed"));
    scene.site.clock.advance(359 * SECOND);
    check("as long as it is good", &scene.present(&token).await, (401, "evidence_replayed"));
    scene.site.clock.advance(SECOND);
    check("after its end", &scene.present(&token).await, (401, "evidence_expired"));
}

/// For an ECDSA signature (r, s), (r, n - s) is one, too, and anybody can compute it.
fn with_other_signature(token: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    const N: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for index in (0..32).rev() {
        let n = i16::from_str_radix(&N[2 * index..2 * index + 2], 16).unwrap();
        let difference = n - i16::from(signature[32 + index]) - borrow;
        borrow = i16::from(difference < 0);
        signature[32 + index] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The record of use stands in the session's transaction.
async fn of_many_that_bring_the_same_token_one_comes_in(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    let token = scene.token(&json!({}));
    let running: Vec<_> = (0..16)
        .map(|_| {
            let (client, request) = (scene.site.client.clone(), request(&scene.door, &token, &json!({})));
            tokio::spawn(async move { client.send(&request).await.unwrap().status })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in running {
        statuses.push(task.await.unwrap());
    }
    statuses.sort_unstable();
    let mut expected = vec![401; 16];
    expected[0] = 200;
    assert_eq!(statuses, expected);
}

async fn a_dry_run_consumes_no_token(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    let token = scene.token(&json!({}));
    let mut body = json!({"evidence": {"type": "oidc", "id_token": token}});
    body["dry_run"] = json!(true);
    let before = contents(directory).await;
    for _ in 0..2 {
        let answer = scene.site.send(&sign_in(&scene.door, &body)).await;
        assert_eq!(answer.body()["decision"], "allow", "{}", answer.text);
    }
    assert_eq!(contents(directory).await, before);
    assert_eq!(scene.decided(&token).await.0, "allow");
    let answer = scene.site.send(&sign_in(&scene.door, &body)).await;
    check("a dry run with a used token", &answer, (401, "evidence_replayed"));
}

/// RC-13: a push whose `externalId` is the new subject's `sub` says that it is the same person.
async fn a_push_names_the_person_by_sub(directory: &TestDirectory) {
    let scene = Scene::start(directory).await;
    assert_eq!(scene.decided(&scene.token(&json!({}))).await.0, "allow");
    let conflict = scene.decided(&scene.token(&json!({"sub": "2"}))).await;
    assert_eq!(conflict, (json!("deny"), json!("identity_conflict")));
    let pushed = user_with(&scene.door.email("ada"), json!({"externalId": "2"}));
    scene.site.expect(&scene.door, "POST", "/Users", pushed, 201).await;
    let decided = scene.decided(&scene.token(&json!({"sub": "2", "jti": "later"}))).await;
    assert_eq!(decided, (json!("allow"), json!("allowed")));
}

const TENANT: &str = "4d5b1e7f-2f0c-4c51-9c7d-0a1b2c3d4e5f";

/// idp-behaviour 15.3: "linking by email in a multi-tenant app is account takeover".
#[tokio::test]
async fn an_address_that_entra_does_not_vouch_for_links_nobody() {
    let directory = sqlite().await;
    let scene = Scene::start(&directory).await;
    scene.settings(json!({"algorithms": ["ES256"], "tenant_id": TENANT})).await;
    let victim = account(0x7c, &scene.door.email("ada"));
    scene
        .site
        .write(|unit| {
            let victim = victim.clone();
            async move {
                unit.insert_account(&victim);
                Ok(())
            }
        })
        .await;
    let entra = |changes: Value| {
        let mut claims = scene.claims(&json!({"tid": TENANT, "oid": "1f", "email_verified": null}));
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        scene.key.sign(&claims)
    };
    let before = contents(&directory).await;
    let other_tenant = entra(json!({"tid": "11111111-2f0c-4c51-9c7d-0a1b2c3d4e5f", "xms_edov": true}));
    check("another tenant", &scene.present(&other_tenant).await, (401, "evidence_invalid"));
    check("no tenant", &scene.present(&scene.token(&json!({"oid": "1f"}))).await, (401, "evidence_invalid"));
    assert_eq!(contents(&directory).await, before);
    let unverified = scene.decided(&entra(json!({"xms_edov": false, "email_verified": true}))).await;
    assert_eq!(unverified, (json!("deny"), json!("email_not_verified")));
    let none = scene.site.directory().read().identities(scene.door.company, victim.id).await.unwrap();
    assert_eq!(none, []);
    assert_eq!(scene.decided(&entra(json!({"xms_edov": 1}))).await.0, "allow");
    let linked = scene.site.directory().read().identities(scene.door.company, victim.id).await.unwrap();
    assert_eq!(linked.first().map(|identity| identity.subject.as_str()), Some(format!("{TENANT}#1f").as_str()));
}
