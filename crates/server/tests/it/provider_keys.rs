//! How a provider's keys are fetched and remembered: rotation, outages, and how little a made-up token can cause.

use jsonwebtoken::Algorithm;
use rollcall_directory::testing::sqlite;
use rollcall_server::clock::{DAY, SECOND};
use serde_json::json;

use crate::id_tokens::{Scene, check, contents, request};
use crate::openid_provider::{Mood, SigningKey};

impl Scene {
    /// Status of a sign-in with a new token of this key.
    async fn status(&self, key: &SigningKey, number: usize) -> u16 {
        self.present(&key.sign(&self.claims(&json!({"jti": number})))).await.status
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_at_once_ask_for_the_keys_once() {
    let directory = sqlite().await;
    let scene = Scene::start(&directory).await;
    let running: Vec<_> = (0..32)
        .map(|number| {
            let token = scene.token(&json!({"jti": number}));
            let (client, request) = (scene.site.client.clone(), request(&scene.door, &token, &json!({})));
            tokio::spawn(async move { client.send(&request).await.unwrap().status })
        })
        .collect();
    for task in running {
        assert_eq!(task.await.unwrap(), 200);
    }
    assert_eq!(scene.provider.asked(), 1);
    // Ten minutes later they are asked for again.
    scene.site.clock.advance(599 * SECOND);
    assert_eq!((scene.status(&scene.key, 100).await, scene.provider.asked()), (200, 1));
    scene.site.clock.advance(SECOND);
    assert_eq!((scene.status(&scene.key, 101).await, scene.provider.asked()), (200, 2));
}

#[tokio::test]
async fn a_new_key_is_found_within_a_minute_and_a_withdrawn_one_ends_within_ten() {
    let directory = sqlite().await;
    let scene = Scene::start(&directory).await;
    let second = SigningKey::new("second", Algorithm::ES256, 0);
    assert_eq!(scene.status(&scene.key, 0).await, 200);
    scene.provider.publish(&[&second]);
    // Fetched this very minute.
    assert_eq!((scene.status(&second, 1).await, scene.provider.asked()), (401, 1));
    scene.site.clock.advance(60 * SECOND);
    assert_eq!((scene.status(&second, 2).await, scene.provider.asked()), (200, 2));
    assert_eq!(scene.status(&scene.key, 3).await, 401);
    // A withdrawn key that nobody asked about.
    let third = SigningKey::new("third", Algorithm::ES256, 0);
    scene.provider.publish(&[&third]);
    scene.site.clock.advance(599 * SECOND);
    assert_eq!(scene.status(&second, 4).await, 200);
    scene.site.clock.advance(SECOND);
    assert_eq!(scene.status(&second, 5).await, 401);
}

#[tokio::test]
async fn made_up_key_names_cause_one_fetch_a_minute() {
    let directory = sqlite().await;
    let scene = Scene::start(&directory).await;
    assert_eq!(scene.status(&scene.key, 0).await, 200);
    for minute in 1..=3 {
        scene.site.clock.advance(60 * SECOND);
        for number in 0..20 {
            let made_up = SigningKey::new(&format!("{minute}-{number}"), Algorithm::ES256, 0);
            assert_eq!(scene.status(&made_up, number).await, 401);
            let unnamed = made_up.sign_under(&json!({"kid": null}), &scene.claims(&json!({})));
            assert_eq!(scene.present(&unnamed).await.status, 401);
        }
        assert_eq!(scene.provider.asked(), 1 + minute);
    }
}

#[tokio::test]
async fn earlier_keys_serve_while_the_provider_is_out_of_reach() {
    let directory = sqlite().await;
    let scene = Scene::start(&directory).await;
    assert_eq!(scene.status(&scene.key, 0).await, 200);
    for (number, mood) in [(1, Mood::Fails), (2, Mood::Redirects), (3, Mood::Babbles), (4, Mood::Lies)] {
        scene.provider.is(mood);
        scene.site.clock.advance(3_600 * SECOND);
        assert_eq!(scene.status(&scene.key, number).await, 200, "{number}");
        assert_eq!(scene.status(&scene.key, 10 + number).await, 200, "{number}");
    }
    // The configuration lied, so nobody asked for its keys.
    assert_eq!(scene.provider.asked(), 4);
    scene.site.clock.advance(DAY - 4 * 3_600 * SECOND);
    check("after a day", &scene.present(&scene.token(&json!({}))).await, (503, "unavailable"));
    scene.provider.is(Mood::Well);
    scene.site.clock.advance(60 * SECOND);
    assert_eq!(scene.status(&scene.key, 5).await, 200);
}

#[tokio::test]
async fn without_any_keys_nobody_is_told_more_than_to_come_again() {
    let directory = sqlite().await;
    let scene = Scene::start(&directory).await;
    let before = contents(&directory).await;
    for mood in [Mood::Fails, Mood::Redirects, Mood::Lies, Mood::Babbles, Mood::Stalls] {
        scene.provider.is(mood);
        let asked = scene.provider.asked();
        for _ in 0..3 {
            let answer = scene.present(&scene.token(&json!({}))).await;
            check("no keys", &answer, (503, "unavailable"));
            assert_eq!(answer.header("retry-after"), Some("5"));
        }
        assert!(scene.provider.asked() <= asked + 1);
        scene.site.clock.advance(5 * SECOND);
    }
    assert_eq!(contents(&directory).await, before);
    scene.provider.is(Mood::Well);
    assert_eq!(scene.status(&scene.key, 0).await, 200);
}

#[tokio::test]
async fn changed_settings_never_meet_earlier_keys() {
    let directory = sqlite().await;
    let scene = Scene::start(&directory).await;
    assert_eq!(scene.status(&scene.key, 0).await, 200);
    let second = SigningKey::new("second", Algorithm::ES256, 0);
    let other = crate::openid_provider::OpenIdProvider::start(&[&second]).await;
    scene.settings(json!({"algorithms": ["ES256"], "jwks_uri": format!("{}/jwks", other.issuer())})).await;
    assert_eq!(scene.status(&scene.key, 1).await, 401);
    assert_eq!(scene.status(&second, 2).await, 200);
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_named() {
    let directory = sqlite().await;
    let scene = Scene::start(&directory).await;
    for (settings, part) in [
        (json!({"algorithms": ["HS256"]}), "`oidc.algorithms` must be a list"),
        (json!({"algorithms": ["ES256"], "jwks": {"keys": [{"kty": "EC"}]}}), "no key that can verify"),
        (json!({"issuer": 5}), "set them with PATCH"),
    ] {
        scene.settings(settings).await;
        let answer = scene.present(&scene.token(&json!({}))).await;
        check(part, &answer, (409, "not_configured"));
        assert!(answer.text.contains(part), "{part}: {}", answer.text);
    }
    // I-16: an address that the operator did not allow.
    scene.settings(json!({"algorithms": ["ES256"], "jwks_uri": "http://10.1.2.3/jwks"})).await;
    check("10.1.2.3", &scene.present(&scene.token(&json!({}))).await, (503, "unavailable"));
}
