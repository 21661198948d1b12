//! Requests that make something, and come with a key: the first one does it, later ones hear what it heard
//! (docs/decisions/0018-idempotency-keys.md).

use std::time::Duration;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use rollcall_directory::{Directory, DirectoryError, IdempotencyKey};
use rollcall_policy::TokenId;
use sha2::{Digest as _, Sha256};

use crate::clock::DAY;
use crate::ids::Ids;

const NONCE_LENGTH: usize = 24;

/// One request that came with a key.
#[derive(Clone, Copy, Debug)]
pub struct Keyed<'a> {
    /// Who asks.
    pub token: TokenId,
    /// The whole text of their token: only whoever has it opens what was answered.
    pub bearer: &'a str,
    /// The key as given.
    pub key: &'a str,
    /// SHA-256 of what is asked: method, path and body.
    pub request_hash: [u8; 32],
}

/// What is to be done with it.
#[derive(Debug)]
pub enum Verdict {
    /// Do it; then call [`answered`] or [`refused`].
    Do(IdempotencyKey),
    /// It was done: say the same again.
    Done(Vec<u8>),
    /// It is being done right now.
    Running,
    /// The key was used for something else.
    Other,
}

impl Keyed<'_> {
    fn key_hash(&self) -> [u8; 32] {
        Sha256::digest(self.key).into()
    }

    /// Made of what the database does not hold: the text of the token, and the key.
    fn cipher(&self) -> Option<XChaCha20Poly1305> {
        let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(self.bearer.as_bytes()).ok()?;
        mac.update(b"rollcall idempotency");
        mac.update(self.key.as_bytes());
        let key: [u8; 32] = mac.finalize().into_bytes().into();
        Some(XChaCha20Poly1305::new(&Key::from(key)))
    }

    fn seal(&self, nonce: [u8; NONCE_LENGTH], answer: &[u8]) -> Option<Vec<u8>> {
        let payload = Payload { msg: answer, aad: &self.request_hash };
        let sealed = self.cipher()?.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
        let payload = Payload { msg: sealed, aad: &self.request_hash };
        self.cipher()?.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

/// Claims the key, or finds what became of it. A claim is given up after `lease`, so that a server that died in between
/// locks nothing for ever. Instants in UTC microseconds.
pub async fn claim(
    directory: &Directory,
    keyed: Keyed<'_>,
    now: i64,
    lease: Duration,
) -> Result<Verdict, DirectoryError> {
    let lease = i64::try_from(lease.as_micros()).unwrap_or(DAY);
    let fresh = &IdempotencyKey {
        token: keyed.token,
        key_hash: keyed.key_hash(),
        request_hash: keyed.request_hash,
        claimed_at: now,
        expires_at: now.saturating_add(lease),
        answer: None,
    };
    let claimed = directory
        .write(|unit| async move {
            let found = unit.idempotency_key(fresh.token, &fresh.key_hash).await?;
            if let Some(found) = found {
                if found.expires_at > now {
                    return Ok(Some(found));
                }
                unit.delete_idempotency_key(&found);
            }
            unit.insert_idempotency_key(fresh);
            Ok::<_, DirectoryError>(None)
        })
        .await;
    match claimed {
        Ok(None) => Ok(Verdict::Do(fresh.clone())),
        Ok(Some(found)) if found.request_hash != keyed.request_hash => Ok(Verdict::Other),
        Ok(Some(found)) => {
            Ok(found.answer.and_then(|sealed| keyed.open(&sealed)).map_or(Verdict::Running, Verdict::Done))
        }
        // Another request claimed it in the same moment.
        Err(error) if error.violates("idempotency_key_pkey") => Ok(Verdict::Running),
        Err(error) => Err(error),
    }
}

/// Keeps what was answered, sealed, for a day.
pub async fn answered(
    directory: &Directory,
    ids: &Ids,
    keyed: Keyed<'_>,
    claimed: &IdempotencyKey,
    (answer, now): (&[u8], i64),
) -> Result<(), DirectoryError> {
    let Some(sealed) = keyed.seal(ids.bytes(), answer) else { return Ok(()) };
    directory
        .write(|unit| {
            unit.answer_idempotency_key(claimed, sealed.clone(), now.saturating_add(DAY));
            async { Ok(()) }
        })
        .await
}

/// Frees the key of a request that was refused: it made nothing, and may be mended and sent again. Not for one that failed,
/// since it may have made something all the same.
pub async fn refused(directory: &Directory, claimed: &IdempotencyKey) -> Result<(), DirectoryError> {
    directory
        .write(|unit| {
            unit.delete_idempotency_key(claimed);
            async { Ok(()) }
        })
        .await
}
