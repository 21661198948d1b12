//! Tokens of ours: `prefix_id_secret`, 256 random bits, of which only a SHA-256 is stored.
//!
//! The prefix tells people, and scanners of leaked secrets, what they have found. The id finds the one row to compare
//! with, so no token costs more than one look-up and one hash.

use std::fmt;

use rollcall_directory::{Token, TokenKind};
use rollcall_policy::TokenId;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::ids::Ids;

/// All kinds of tokens.
pub const KINDS: [TokenKind; 4] = [TokenKind::Scim, TokenKind::SignIn, TokenKind::Product, TokenKind::Admin];

/// What tokens of a kind begin with.
pub const fn prefix(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Scim => "rcscim",
        TokenKind::SignIn => "rcsignin",
        TokenKind::Product => "rcproduct",
        TokenKind::Admin => "rcadmin",
    }
}

/// A fresh token. Its text is shown once; only the hash is stored.
#[derive(Debug)]
pub struct Minted {
    /// The token, for the one place that shows it.
    pub text: SecretString,
    /// What is stored of it; whom it speaks for is filled in by its maker.
    pub record: Token,
}

impl Minted {
    /// Makes a token of nobody at the instant `now` (UTC microseconds), without expiry.
    pub fn new(kind: TokenKind, ids: &Ids, now: i64) -> Self {
        let id = ids.uuid(now);
        let secret = ids.secret();
        let text = format!("{}_{}_{}", prefix(kind), id.simple(), hexadecimal(&secret));
        let record = Token {
            id: id.into(),
            company: None,
            connection: None,
            kind,
            secret_hash: Sha256::digest(secret).into(),
            role: None,
            created_at: now,
            expires_at: None,
            revoked_at: None,
            last_used_day: None,
        };
        Self { text: text.into(), record }
    }

    /// The token, for the one place that shows it.
    pub fn reveal(&self) -> &str {
        self.text.expose_secret()
    }
}

/// A token as a client presents it, not checked yet.
pub struct Presented {
    /// What it claims to open; the stored kind decides.
    pub kind: TokenKind,
    /// The row to compare with.
    pub id: TokenId,
    secret: [u8; 32],
}

impl Presented {
    /// Takes a token apart. It has one spelling only: lower-case hexadecimal.
    pub fn parse(text: &str) -> Option<Self> {
        let (start, rest) = text.split_once('_')?;
        let kind = KINDS.into_iter().find(|kind| prefix(*kind) == start)?;
        let (id, secret) = rest.split_once('_')?;
        Some(Self { kind, id: Uuid::from_bytes(bytes(id)?).into(), secret: bytes(secret)? })
    }

    /// Whether the secret is the one that was stored, in constant time.
    pub fn matches(&self, stored_hash: &[u8]) -> bool {
        let hash: [u8; 32] = Sha256::digest(self.secret).into();
        hash.as_slice().ct_eq(stored_hash).into()
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; N];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000_000;

    ///
    #[test]
    fn a_token_survives_the_way_to_the_client_and_back() {
        for kind in KINDS {
            let minted = Minted::new(kind, &Ids::system(), NOW);
            let presented = Presented::parse(minted.reveal()).unwrap();
            assert_eq!((presented.kind, presented.id), (kind, minted.record.id));
            assert!(presented.matches(&minted.record.secret_hash));
            assert!(minted.reveal().starts_with(prefix(kind)));
        }
    }

    #[test]
    fn another_secret_or_a_cut_hash_does_not_match() {
        let ids = Ids::seeded(1);
        let (one, other) = (Minted::new(TokenKind::Scim, &ids, NOW), Minted::new(TokenKind::Scim, &ids, NOW));
        let presented = Presented::parse(one.reveal()).unwrap();
        assert!(!presented.matches(&other.record.secret_hash));
        assert!(!presented.matches(&one.record.secret_hash[..31]));
        assert!(!presented.matches(&[]));
    }

    #[test]
    fn a_token_has_one_spelling() {
        let text = Minted::new(TokenKind::Scim, &Ids::seeded(1), NOW).reveal().to_owned();
        let (cut, longer) = (&text[..text.len() - 1], format!("{text}0"));
        for wrong in [
            "",
            "rcscim",
            "rcscim__",
            &text.to_uppercase(),
            &text.replace("rcscim", "rcother"),
            &text.replace('_', "-"),
            cut,
            &longer,
            &format!("{text} "),
            &text.replace(|c: char| c.is_ascii_digit(), "ä"),
        ] {
            assert!(Presented::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn neither_half_prints_its_secret() {
        let minted = Minted::new(TokenKind::Scim, &Ids::seeded(1), NOW);
        let secret = minted.reveal().rsplit('_').next().unwrap();
        let presented = Presented::parse(minted.reveal()).unwrap();
        assert!(!format!("{minted:?}{presented:?}").contains(secret));
    }
}
