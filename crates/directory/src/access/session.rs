//! Sessions of people in the product. The session's id is a secret; its hash is stored.

use crate::bind::{Bind, values};
use crate::people::Account;
use crate::people::account::{account_columns, record as account_record};
use crate::row::Row;
use crate::{DirectoryError, Reader, Scope, Unit};
use rollcall_policy::{AccountId, CompanyId, ConnectionId};
use sea_orm::Value;
use std::collections::BTreeMap;

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the id.
    pub id_hash: [u8; 32],
    /// Whose it is.
    pub account: AccountId,
    /// The company that it was opened for (RC-3); `None`: the account alone.
    pub company: Option<CompanyId>,
    /// The connection through which it was opened.
    pub connection: Option<ConnectionId>,
    /// UTC microseconds.
    pub created_at: i64,
    /// UTC microseconds.
    pub expires_at: i64,
    /// Ends after so much silence; `None`: never for silence.
    pub idle_seconds: Option<u64>,
    /// UTC microseconds.
    pub last_seen_at: i64,
    /// UTC microseconds.
    pub ended_at: Option<i64>,
}

/// A session with whom introspection names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The session, ended and expired ones too.
    pub session: Session,
    /// Whose it is.
    pub account: Account,
    /// The name of the company.
    pub company_name: Option<String>,
}

const BY_HASH: &str = concat!(
    "SELECT s.id_hash, s.account_id, s.company_id, s.connection_id, s.created_at AS opened_at, s.expires_at, \
     s.idle_seconds, s.last_seen_at, s.ended_at, c.name AS company_name, ",
    account_columns!(),
    " FROM session s JOIN account a ON a.id = s.account_id LEFT JOIN company c ON c.id = s.company_id \
     WHERE s.id_hash = ?"
);

fn view(row: &Row) -> Result<SessionView, DirectoryError> {
    let session = Session {
        id_hash: row.hash("id_hash")?,
        account: row.id("account_id")?,
        company: row.optional_id("company_id")?,
        connection: row.optional_id("connection_id")?,
        created_at: row.get("opened_at")?,
        expires_at: row.get("expires_at")?,
        idle_seconds: row.optional_count("idle_seconds")?,
        last_seen_at: row.get("last_seen_at")?,
        ended_at: row.get("ended_at")?,
    };
    Ok(SessionView { session, account: account_record(row)?, company_name: row.get("company_name")? })
}

impl Reader {
    /// A session by the hash of its id, with its account, in one statement.
    pub async fn session(&self, id_hash: &[u8; 32]) -> Result<Option<SessionView>, DirectoryError> {
        self.query_one_as(BY_HASH, values![id_hash], view).await
    }

    /// When each of these accounts last signed in through the connection (UTC microseconds); who never did is not in it.
    pub async fn last_sign_ins(
        &self,
        scope: Scope,
        accounts: &[AccountId],
    ) -> Result<BTreeMap<AccountId, i64>, DirectoryError> {
        let mut last = BTreeMap::new();
        for batch in accounts.chunks(ACCOUNTS) {
            let places = vec!["?"; batch.len()].join(", ");
            let sql = format!(
                "SELECT s.account_id, MAX(s.created_at) AS signed_in_at FROM session s \
                 WHERE s.account_id IN ({places}) AND s.company_id = ? AND s.connection_id = ? GROUP BY s.account_id"
            );
            let mut values: Vec<Value> = batch.iter().map(|account| account.bind()).collect();
            values.extend(values![scope.company, scope.connection]);
            for row in self.query(sql, values).await? {
                last.insert(row.id("account_id")?, row.get("signed_in_at")?);
            }
        }
        Ok(last)
    }
}

/// Accounts of one statement at most.
const ACCOUNTS: usize = 500;

impl Unit {
    /// Stores a new session.
    pub fn insert_session(&self, session: &Session) {
        self.execute(
            "INSERT INTO session (id_hash, account_id, company_id, connection_id, created_at, expires_at, idle_seconds, \
             last_seen_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                &session.id_hash,
                session.account,
                session.company,
                session.connection,
                session.created_at,
                session.expires_at,
                session.idle_seconds,
                session.last_seen_at,
                session.ended_at,
            ],
        );
    }

    /// Notes that a session was seen; only ever forward.
    pub fn note_session_seen(&self, id_hash: &[u8; 32], at: i64) {
        let sql = "UPDATE session SET last_seen_at = ? WHERE id_hash = ? AND last_seen_at < ?";
        self.execute(sql, values![at, id_hash, at]);
    }

    /// Ends one session. One that has ended keeps its instant.
    pub fn end_session(&self, id_hash: &[u8; 32], at: i64) {
        let sql = "UPDATE session SET ended_at = ? WHERE id_hash = ? AND ended_at IS NULL";
        self.execute(sql, values![at, id_hash]);
    }

    /// Ends an account's sessions of one company (RC-2, RC-3); those of others and of the account alone live on.
    pub fn end_sessions_of_company(&self, account: AccountId, company: CompanyId, at: i64) {
        let sql = "UPDATE session SET ended_at = ? WHERE account_id = ? AND company_id = ? AND ended_at IS NULL";
        self.execute(sql, values![at, account, company]);
    }

    /// Ends those sessions of accounts that were opened through the connection: these people come in through it no more.
    pub fn end_sessions_of_accounts(&self, scope: Scope, accounts: &[AccountId], at: i64) {
        for batch in accounts.chunks(ACCOUNTS) {
            let places = vec!["?"; batch.len()].join(", ");
            let mut values = values![at];
            values.extend(batch.iter().map(|account| account.bind()));
            values.extend(values![scope.company, scope.connection]);
            let sql = format!(
                "UPDATE session SET ended_at = ? WHERE account_id IN ({places}) AND company_id = ? \
                 AND connection_id = ? AND ended_at IS NULL"
            );
            self.execute(sql, values);
        }
    }

    /// Ends all sessions of an account: it was claimed (RC-10) or disabled.
    pub fn end_sessions(&self, account: AccountId, at: i64) {
        let sql = "UPDATE session SET ended_at = ? WHERE account_id = ? AND ended_at IS NULL";
        self.execute(sql, values![at, account]);
    }

    /// Deletes sessions that ended or expired before `before`: housekeeping, bounded by `limit`; how many they were.
    pub async fn forget_sessions(&self, before: i64, limit: u64) -> Result<u64, DirectoryError> {
        let sql = "DELETE FROM session WHERE id_hash IN (SELECT s.id_hash FROM session s \
             WHERE s.expires_at < ? OR s.ended_at < ? LIMIT ?)";
        self.counted(sql, values![before, before, limit]).await
    }
}
