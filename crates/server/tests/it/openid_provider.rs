//! An OpenID provider in process: it serves its configuration and its keys, or fails to, and signs tokens.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey, Header};
use rcgen::{KeyPair, RsaKeySize};
use serde_json::{Value, json};

/// Making RSA keys takes long; they are the same for all tests of a process.
static RSA: LazyLock<[KeyPair; 2]> = LazyLock::new(|| [rsa(), rsa()]);

fn rsa() -> KeyPair {
    KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap()
}

/// A private key with its name.
pub(crate) struct SigningKey {
    pub(crate) id: String,
    pub(crate) algorithm: Algorithm,
    private: EncodingKey,
    /// The public half, as a member of a JWK set.
    pub(crate) public: Value,
    /// The public half, as PEM.
    pub(crate) public_pem: String,
}

impl SigningKey {
    /// A key for this algorithm; RSA keys of the same number are the same.
    pub(crate) fn new(id: &str, algorithm: Algorithm, number: usize) -> Self {
        let generate = |kind| KeyPair::generate_for(kind).unwrap();
        let made = match algorithm.family() {
            AlgorithmFamily::Ec if algorithm == Algorithm::ES256 => Some(generate(&rcgen::PKCS_ECDSA_P256_SHA256)),
            AlgorithmFamily::Ec => Some(generate(&rcgen::PKCS_ECDSA_P384_SHA384)),
            AlgorithmFamily::Ed => Some(generate(&rcgen::PKCS_ED25519)),
            AlgorithmFamily::Rsa | AlgorithmFamily::Hmac => None,
        };
        let pair = made.as_ref().unwrap_or_else(|| &RSA[number]);
        let private = match algorithm.family() {
            AlgorithmFamily::Ec => EncodingKey::from_ec_der(pair.serialized_der()),
            AlgorithmFamily::Ed => EncodingKey::from_ed_der(pair.serialized_der()),
            AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap(),
            AlgorithmFamily::Hmac => panic!("a secret is no key of a provider"),
        };
        let mut public = if algorithm == Algorithm::EdDSA {
            json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(pair.public_key_raw())})
        } else {
            serde_json::to_value(Jwk::from_encoding_key(&private, algorithm).unwrap()).unwrap()
        };
        public["kid"] = json!(id);
        public["use"] = json!("sig");
        Self { id: id.to_owned(), algorithm, private, public, public_pem: pair.public_key_pem() }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_under(&json!({"typ": "JWT"}), claims)
    }

    /// With further members of the header, or others.
    pub(crate) fn sign_under(&self, further: &Value, claims: &Value) -> String {
        let alg = serde_json::to_value(self.algorithm).unwrap();
        let mut header = json!({"alg": alg, "kid": self.id});
        header.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.private, self.algorithm).unwrap();
        format!("{signed}.{signature}")
    }
}

/// A part of a token.
pub(crate) fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token of a symmetric key, whatever that is.
pub(crate) fn sign_symmetrically(secret: &str, id: &str, claims: &Value) -> String {
    let header = Header { kid: Some(id.to_owned()), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

/// How the provider answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    Fails,
    Redirects,
    Lies,
    Stalls,
    Babbles,
}

struct Inner {
    address: SocketAddr,
    mood: Mutex<Mood>,
    keys: Mutex<Vec<Value>>,
    asked: AtomicUsize,
}

/// A provider that listens.
#[derive(Clone)]
pub(crate) struct OpenIdProvider(Arc<Inner>);

impl OpenIdProvider {
    pub(crate) async fn start(keys: &[&SigningKey]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, keys) = (Mutex::new(Mood::Well), Mutex::new(keys.iter().map(|key| key.public.clone()).collect()));
        let provider = Self(Arc::new(Inner { address, mood, keys, asked: AtomicUsize::new(0) }));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/jwks", get(jwks))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        provider
    }

    pub(crate) fn issuer(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// How often its keys were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.0.mood.lock().unwrap() = mood;
    }

    /// Publishes these keys instead.
    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        *self.0.keys.lock().unwrap() = keys.iter().map(|key| key.public.clone()).collect();
    }

    fn mood(&self) -> Mood {
        *self.0.mood.lock().unwrap()
    }
}

async fn configuration(State(provider): State<OpenIdProvider>) -> Response {
    let issuer = if provider.mood() == Mood::Lies { "http://evil.example".to_owned() } else { provider.issuer() };
    Json(json!({"issuer": issuer, "jwks_uri": format!("{}/jwks", provider.issuer())})).into_response()
}

async fn jwks(State(provider): State<OpenIdProvider>) -> Response {
    provider.0.asked.fetch_add(1, Ordering::SeqCst);
    match provider.mood() {
        Mood::Well | Mood::Lies => Json(json!({"keys": *provider.0.keys.lock().unwrap()})).into_response(),
        Mood::Fails => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Redirects => (StatusCode::FOUND, [(header::LOCATION, "/jwks")]).into_response(),
        Mood::Stalls => std::future::pending().await,
        Mood::Babbles => "<html>".into_response(),
    }
}
