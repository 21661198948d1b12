//! Secrets of webhooks, and signatures by them (Standard Webhooks 1.0).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use rollcall_directory::Webhook;
use sha2::Sha256;

use crate::ids::Ids;

/// What every secret begins with.
const PREFIX: &str = "whsec_";

/// A fresh secret of 256 random bits.
pub(super) fn fresh(ids: &Ids) -> String {
    format!("{PREFIX}{}", STANDARD.encode(ids.secret()))
}

/// The header `webhook-signature`: by the secret, and for a while by the one before it, too.
pub(super) fn signatures(webhook: &Webhook, id: &str, seconds: i64, body: &str, now: i64) -> String {
    let old = webhook.old_secret.iter().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
    let signed = std::iter::once(&webhook.secret).chain(old).filter_map(|secret| sign(secret, id, seconds, body));
    signed.collect::<Vec<_>>().join(" ")
}

/// `v1,` and the HMAC-SHA256 of id, instant (seconds since 1970) and body; `None` for a text that is no secret.
pub fn sign(secret: &str, id: &str, seconds: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = "{\"test\": 2432232314}";
        let signed = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_eq!(sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a", 1, body), None);
        assert_eq!(sign("whsec_!", "a", 1, body), None);
    }

    #[test]
    fn a_fresh_secret_has_32_bytes() {
        let secret = fresh(&Ids::system());
        assert_eq!(STANDARD.decode(secret.strip_prefix(PREFIX).unwrap()).unwrap().len(), 32);
        assert_ne!(secret, fresh(&Ids::system()));
    }
}
