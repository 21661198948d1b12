//! Bearer tokens of machines and administrators. The secret itself is shown once and never stored.

use crate::bind::{Bind, bind_codes, values};
use crate::row::Row;
use crate::{DirectoryError, Reader, Scope, Unit};
use rollcall_policy::{CompanyId, ConnectionId, TokenId};
use sea_orm::Value;

/// A token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Part of the token's text.
    pub id: TokenId,
    /// Absent for the operator's and the product's.
    pub company: Option<CompanyId>,
    /// The connection that it speaks for, if it is one of a connection.
    pub connection: Option<ConnectionId>,
    /// What it is good for.
    pub kind: TokenKind,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// What an administrator's token may do, with what it is limited to; a word of the auth code.
    pub role: Option<String>,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds; `None`: never.
    pub expires_at: Option<i64>,
    /// UTC microseconds.
    pub revoked_at: Option<i64>,
    /// Days since 1970 (UTC).
    pub last_used_day: Option<i64>,
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenKind {
    /// A provider pushes with it.
    Scim,
    /// A product asks about sign-ins through one connection.
    SignIn,
    /// A product asks about accounts and sessions of all.
    Product,
    /// An administrator works with it.
    Admin,
}

impl TokenKind {
    /// The word that is stored and shown.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::SignIn => "sign_in",
            Self::Product => "product",
            Self::Admin => "admin",
        }
    }

    /// The kind of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Scim, Self::SignIn, Self::Product, Self::Admin].into_iter().find(|kind| kind.code() == code)
    }
}

bind_codes!(TokenKind);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.company_id, t.connection_id, t.kind, t.secret_hash, t.role, t.created_at, t.expires_at, \
             t.revoked_at, t.last_used_day FROM token t ",
            $rest
        )
    };
}

fn record(row: &Row) -> Result<Token, DirectoryError> {
    Ok(Token {
        id: row.id("id")?,
        company: row.optional_id("company_id")?,
        connection: row.optional_id("connection_id")?,
        kind: row.code("kind", TokenKind::from_code)?,
        secret_hash: row.hash("secret_hash")?,
        role: row.get("role")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
        last_used_day: row.get("last_used_day")?,
    })
}

impl Reader {
    /// A token by its id, revoked and expired ones too.
    pub async fn token(&self, id: TokenId) -> Result<Option<Token>, DirectoryError> {
        self.query_one_as(select!("WHERE t.id = ?"), values![id], record).await
    }

    /// A connection's tokens, oldest first, those after `after`; ended ones too.
    pub async fn tokens_of_connection(
        &self,
        scope: Scope,
        after: Option<TokenId>,
        limit: u64,
    ) -> Result<Vec<Token>, DirectoryError> {
        let after = after.unwrap_or(TokenId::from_u128(0));
        let sql = select!("WHERE t.company_id = ? AND t.connection_id = ? AND t.id > ? ORDER BY t.id LIMIT ?");
        self.query_as(sql, values![scope.company, scope.connection, after, limit], record).await
    }

    /// Live tokens that end within the span (UTC microseconds), those that end first, after the one of `after`.
    pub async fn expiring_tokens(
        &self,
        (from, until): (i64, i64),
        after: Option<(i64, TokenId)>,
        limit: u64,
    ) -> Result<Vec<Token>, DirectoryError> {
        let (end, id) = after.unwrap_or((from, TokenId::from_u128(0)));
        let sql = select!(
            "WHERE t.expires_at IS NOT NULL AND t.revoked_at IS NULL AND t.expires_at >= ? AND t.expires_at <= ? \
             AND (t.expires_at > ? OR t.id > ?) ORDER BY t.expires_at, t.id LIMIT ?"
        );
        self.query_as(sql, values![end, until, end, id, limit], record).await
    }

    /// All tokens by id, those after `after`; the operator's list.
    pub async fn tokens(&self, after: Option<TokenId>, limit: u64) -> Result<Vec<Token>, DirectoryError> {
        let after = after.unwrap_or(TokenId::from_u128(0));
        self.query_as(select!("WHERE t.id > ? ORDER BY t.id LIMIT ?"), values![after, limit], record).await
    }
}

impl Unit {
    /// Stores a new token.
    pub fn insert_token(&self, token: &Token) {
        self.execute(
            "INSERT INTO token (id, company_id, connection_id, kind, secret_hash, role, created_at, expires_at, \
             revoked_at, last_used_day) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                token.id,
                token.company,
                token.connection,
                token.kind,
                &token.secret_hash,
                &token.role,
                token.created_at,
                token.expires_at,
                token.revoked_at,
                token.last_used_day,
            ],
        );
    }

    /// Ends a token. One that has ended keeps its instant.
    pub fn revoke_token(&self, id: TokenId, at: i64) {
        let sql = "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
        self.execute(sql, values![at, id]);
    }

    /// Ends every live token, except those created at `at` or later: for new credentials that replace all earlier ones.
    pub fn revoke_tokens_before(&self, at: i64) {
        let sql = "UPDATE token SET revoked_at = ? WHERE created_at < ? AND revoked_at IS NULL";
        self.execute(sql, values![at, at]);
    }

    /// Notes the day on which a token was used; only ever forward.
    pub fn note_token_use(&self, id: TokenId, day: i64) {
        let sql = "UPDATE token SET last_used_day = ? WHERE id = ? AND (last_used_day IS NULL OR last_used_day < ?)";
        self.execute(sql, values![day, id, day]);
    }
}
