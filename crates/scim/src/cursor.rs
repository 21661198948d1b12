//! Cursors: where a client stopped reading, sealed (RFC 9865; F-15 to F-27).
//!
//! The server keeps nothing. A cursor is the position, encrypted and authenticated (XChaCha20-Poly1305), in the URL-safe
//! alphabet of Base64 without padding (F-16). The digest of the query is authenticated with it and not part of it, so
//! that a cursor of another connection, endpoint or filter is exactly as unreadable as a made-up one (F-24).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};

use crate::error::{ScimError, ScimType};

const NONCE_LENGTH: usize = 24;
/// First byte of the plain text. Another layout gets another number, and the old cursors become invalid.
const LAYOUT: u8 = 1;

/// A position in a result, and what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorState {
    /// See [`digest`].
    pub query: [u8; 32],
    /// Resources a page.
    pub count: u64,
    /// UTC microseconds.
    pub issued_at: i64,
    /// Value of the last resource under the requested order; `Some(None)` if it had none, `None` without an order.
    pub sort_value: Option<Option<String>>,
    /// Id of the last resource.
    pub id: String,
}

/// The request that brings a cursor back.
#[derive(Clone, Copy, Debug)]
pub struct Follow<'a> {
    /// See [`digest`].
    pub query: &'a [u8; 32],
    /// Resources a page, after defaults and limits.
    pub count: u64,
    /// UTC microseconds.
    pub now: i64,
    /// How long a cursor is good for at least (F-27).
    pub timeout_seconds: u64,
}

/// Everything that may not change between pages, as one digest: endpoint, connection, and the canonical text of all
/// parameters but `cursor` and `count` (F-17, F-24).
pub fn digest(endpoint: &str, connection: &str, parameters: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in [endpoint, connection, parameters] {
        // With the length in front, no two triples give the same bytes.
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

/// The `nextCursor` for a position. The nonce must be random and never used again.
#[expect(clippy::missing_panics_doc, reason = "the only failure is a plain text of 256 GiB")]
pub fn seal(key: &[u8; 32], nonce: [u8; NONCE_LENGTH], state: &CursorState) -> String {
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    let plain = encode(state);
    let payload = Payload { msg: &plain, aad: &state.query };
    #[expect(clippy::expect_used, reason = "an empty cursor would send the client back to the first page for ever")]
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).expect("a position is far below 256 GiB");
    let mut bytes = nonce.to_vec();
    bytes.extend(sealed);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a cursor that [`seal`] made.
///
/// `invalidCursor` if it was made by nobody or for another query, in the same words (F-19, F-24); `expiredCursor` if it
/// is too old; `invalidCount` if it was made for another page size (F-17).
pub fn open(key: &[u8; 32], cursor: &str, follow: &Follow<'_>) -> Result<CursorState, ScimError> {
    let state = unseal(key, cursor, follow.query).ok_or_else(|| {
        let detail = "`cursor` is not one that this query gave; start again with an empty `cursor`";
        ScimError::new(ScimType::InvalidCursor, detail)
    })?;
    let lifetime = i64::try_from(follow.timeout_seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    if follow.now.saturating_sub(state.issued_at) > lifetime {
        let detail =
            format!("`cursor` is older than {} seconds; start again with an empty `cursor`", follow.timeout_seconds);
        return Err(ScimError::new(ScimType::ExpiredCursor, detail));
    }
    if state.count != follow.count {
        let detail = format!("`count` must stay {} while a cursor is followed", state.count);
        return Err(ScimError::new(ScimType::InvalidCount, detail));
    }
    Ok(state)
}

fn unseal(key: &[u8; 32], cursor: &str, query: &[u8; 32]) -> Option<CursorState> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>()?;
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    let plain = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: query }).ok()?;
    decode(&plain, *query)
}

/// Layout, count, instant, the sort value with its kind and length, and the id as the rest.
fn encode(state: &CursorState) -> Vec<u8> {
    let mut plain = vec![LAYOUT];
    plain.extend(state.count.to_be_bytes());
    plain.extend(state.issued_at.to_be_bytes());
    let (kind, value) = match &state.sort_value {
        None => (0, ""),
        Some(None) => (1, ""),
        Some(Some(value)) => (2, value.as_str()),
    };
    plain.push(kind);
    plain.extend((value.len() as u64).to_be_bytes());
    plain.extend(value.as_bytes());
    plain.extend(state.id.as_bytes());
    plain
}

fn decode(plain: &[u8], query: [u8; 32]) -> Option<CursorState> {
    let (&[layout], plain) = plain.split_first_chunk::<1>()?;
    if layout != LAYOUT {
        return None;
    }
    let (count, plain) = plain.split_first_chunk()?;
    let (issued_at, plain) = plain.split_first_chunk()?;
    let (&[kind], plain) = plain.split_first_chunk::<1>()?;
    let (length, plain) = plain.split_first_chunk()?;
    let (value, id) = plain.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
    let sort_value = match kind {
        0 => None,
        1 => Some(None),
        2 => Some(Some(String::from_utf8(value.to_vec()).ok()?)),
        _ => return None,
    };
    Some(CursorState {
        query,
        count: u64::from_be_bytes(*count),
        issued_at: i64::from_be_bytes(*issued_at),
        sort_value,
        id: String::from_utf8(id.to_vec()).ok()?,
    })
}
