//! Keys of requests that make something: claimed before, kept with their answer afterwards, one per token and key.

use crate::bind::values;
use crate::{DirectoryError, Unit};
use rollcall_policy::TokenId;

/// A request with a key, and what was answered. It belongs to a token, as the request does; companies do not share tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Whose.
    pub token: TokenId,
    /// SHA-256 of the key.
    pub key_hash: [u8; 32],
    /// SHA-256 of what was asked.
    pub request_hash: [u8; 32],
    /// UTC microseconds; tells two claims of one key apart.
    pub claimed_at: i64,
    /// UTC microseconds: of a running request, when it is given up; of an answered one, when its key is free again.
    pub expires_at: i64,
    /// Sealed; none while the request runs.
    pub answer: Option<Vec<u8>>,
}

impl Unit {
    /// The claim of this key, if there is one, expired or not.
    pub async fn idempotency_key(
        &self,
        token: TokenId,
        key_hash: &[u8; 32],
    ) -> Result<Option<IdempotencyKey>, DirectoryError> {
        let sql = "SELECT k.token_id, k.key_hash, k.request_hash, k.claimed_at, k.expires_at, k.answer \
             FROM idempotency_key k WHERE k.token_id = ? AND k.key_hash = ?";
        let record = self.query_one_as(sql, values![token, key_hash], |row| {
            Ok(IdempotencyKey {
                token: row.id("token_id")?,
                key_hash: row.hash("key_hash")?,
                request_hash: row.hash("request_hash")?,
                claimed_at: row.get("claimed_at")?,
                expires_at: row.get("expires_at")?,
                answer: row.get("answer")?,
            })
        });
        record.await
    }

    /// Claims a key. Conflicts with `idempotency_key_pkey`.
    pub fn insert_idempotency_key(&self, key: &IdempotencyKey) {
        self.execute(
            "INSERT INTO idempotency_key (token_id, key_hash, request_hash, claimed_at, expires_at, answer) \
             VALUES (?, ?, ?, ?, ?, ?)",
            values![key.token, &key.key_hash, &key.request_hash, key.claimed_at, key.expires_at, key.answer.clone()],
        );
    }

    /// Stores the answer of a claim, if it is still the same one.
    pub fn answer_idempotency_key(&self, claimed: &IdempotencyKey, answer: Vec<u8>, expires_at: i64) {
        self.execute(
            "UPDATE idempotency_key SET answer = ?, expires_at = ? \
             WHERE token_id = ? AND key_hash = ? AND claimed_at = ?",
            values![answer, expires_at, claimed.token, &claimed.key_hash, claimed.claimed_at],
        );
    }

    /// Frees a key, if it is still the same claim.
    pub fn delete_idempotency_key(&self, claimed: &IdempotencyKey) {
        self.execute(
            "DELETE FROM idempotency_key WHERE token_id = ? AND key_hash = ? AND claimed_at = ?",
            values![claimed.token, &claimed.key_hash, claimed.claimed_at],
        );
    }

    /// Forgets at most `limit` keys that expired before `before` (UTC microseconds); how many they were.
    pub async fn forget_idempotency_keys(&self, before: i64, limit: u64) -> Result<u64, DirectoryError> {
        self.counted(
            "DELETE FROM idempotency_key WHERE (token_id, key_hash) IN \
             (SELECT k.token_id, k.key_hash FROM idempotency_key k WHERE k.expires_at < ? LIMIT ?)",
            values![before, limit],
        )
        .await
    }
}
