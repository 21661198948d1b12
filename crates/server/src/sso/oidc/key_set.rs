//! A provider's public keys (RFC 7517), and whether one of them signed a token.

use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde_json::Value;

use super::token::Token;

/// Keys of one set; more would make checking a token without `kid` expensive.
const MOST_KEYS: usize = 100;

/// The keys of a set that can verify signatures; others are passed over (RFC 7517 §5).
#[derive(Debug)]
pub(super) struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    public: DecodingKey,
}

/// A key as it is published.
#[derive(Deserialize)]
struct Published {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a set; the error is the end of a sentence.
    pub(super) fn read(document: &Value) -> Result<Self, String> {
        let keys = document.get("keys").and_then(Value::as_array).ok_or("holds no JWK set: `keys` is missing")?;
        if keys.len() > MOST_KEYS {
            return Err(format!("holds more than {MOST_KEYS} keys"));
        }
        let keys: Vec<Key> = keys.iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            return Err("holds no key that can verify a signature".to_owned());
        }
        Ok(Self(keys))
    }

    /// Whether there is a key of this name.
    pub(super) fn names(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id.as_deref() == Some(id))
    }

    /// Whether one of the keys signed the token. A key without a name, or a token that names none, fits by kind alone.
    pub(super) fn signed(&self, token: &Token<'_>) -> bool {
        self.0.iter().filter(|key| key.fits(token)).any(|key| {
            crypto::verify(token.signature(), token.signed().as_bytes(), &key.public, token.algorithm())
                .unwrap_or(false)
        })
    }
}

impl Key {
    fn read(value: &Value) -> Option<Self> {
        let published = Published::deserialize(value).ok()?;
        let verifies = published.usage.as_deref().is_none_or(|usage| usage == "sig")
            && published.key_ops.as_ref().is_none_or(|all| all.iter().any(|operation| operation == "verify"));
        let (public, mut algorithms) = published.key().filter(|_key| verifies)?;
        if let Some(named) = &published.alg {
            // RFC 9864 calls EdDSA by its curve.
            let named = if named == "Ed25519" { "EdDSA" } else { named };
            algorithms.retain(|algorithm| named.parse() == Ok(*algorithm));
        }
        Some(Self { id: published.kid, algorithms, public })
    }

    fn fits(&self, token: &Token<'_>) -> bool {
        let same_name = match (self.id.as_deref(), token.key_id()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (None, _) | (_, None) => true,
        };
        same_name && self.algorithms.contains(&token.algorithm())
    }
}

impl Published {
    /// The key, and all algorithms that keys of its kind are for. Symmetric keys are none: a token signed with one proves
    /// nothing to anybody else.
    fn key(&self) -> Option<(DecodingKey, Vec<Algorithm>)> {
        use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => {
                let key = DecodingKey::from_rsa_components(self.n.as_deref()?, self.e.as_deref()?).ok()?;
                Some((key, vec![RS256, RS384, RS512, PS256, PS384, PS512]))
            }
            ("EC", Some(curve @ ("P-256" | "P-384"))) => {
                let key = DecodingKey::from_ec_components(self.x.as_deref()?, self.y.as_deref()?).ok()?;
                Some((key, vec![if curve == "P-256" { ES256 } else { ES384 }]))
            }
            ("OKP", Some("Ed25519")) => Some((DecodingKey::from_ed_components(self.x.as_deref()?).ok()?, vec![EdDSA])),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The algorithms of the one key in the set, if it is of any use.
    fn algorithms(key: &Value) -> Vec<Algorithm> {
        let read = KeySet::read(&json!({"keys": [key]}));
        read.map(|set| set.0.into_iter().flat_map(|key| key.algorithms).collect()).unwrap_or_default()
    }

    #[test]
    fn a_key_serves_only_the_algorithms_of_its_kind_and_name() {
        use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        let rsa = |further: Value| {
            let mut key = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
            key.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
            key
        };
        for (key, expected) in [
            (rsa(json!({})), [RS256, RS384, RS512, PS256, PS384, PS512].as_slice()),
            (rsa(json!({"use": "sig", "alg": "RS256"})), &[RS256]),
            (rsa(json!({"key_ops": ["verify"], "alg": "PS384"})), &[PS384]),
            (rsa(json!({"alg": "HS256"})), &[]),
            (rsa(json!({"alg": "RSA-OAEP"})), &[]),
            (rsa(json!({"use": "enc"})), &[]),
            (rsa(json!({"key_ops": ["sign"]})), &[]),
            (json!({"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}), &[ES256]),
            (json!({"kty": "EC", "crv": "P-384", "x": "AQ", "y": "AQ"}), &[ES384]),
            (json!({"kty": "EC", "crv": "P-521", "x": "AQ", "y": "AQ"}), &[]),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": "AQ", "alg": "Ed25519"}), &[EdDSA]),
            (json!({"kty": "OKP", "crv": "X25519", "x": "AQ"}), &[]),
            (json!({"kty": "oct", "k": "AQAB", "alg": "HS256"}), &[]),
            (json!({"kty": "RSA", "n": "not base64!", "e": "AQAB"}), &[]),
            (json!({"kty": "RSA"}), &[]),
            (json!("RSA"), &[]),
        ] {
            assert_eq!(algorithms(&key), expected, "{key}");
        }
    }

    #[test]
    fn a_set_without_usable_keys_is_none() {
        let many: Vec<Value> = (0..=MOST_KEYS).map(|_| json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"})).collect();
        for (document, part) in [
            (json!({}), "`keys` is missing"),
            (json!([]), "`keys` is missing"),
            (json!({"keys": {}}), "`keys` is missing"),
            (json!({"keys": []}), "no key that can verify"),
            (json!({"keys": [{"kty": "oct", "k": "AQAB"}]}), "no key that can verify"),
            (json!({"keys": many}), "more than 100 keys"),
        ] {
            assert!(KeySet::read(&document).unwrap_err().contains(part), "{document}");
        }
    }
}
