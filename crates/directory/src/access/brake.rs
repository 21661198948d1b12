//! What the brake remembers (RC-12): removals that passed, and those that are held or rejected.

use crate::bind::{Bind, values};
use crate::row::Row;
use crate::scim::batches::{batches, repeated};
use crate::{Backend, DirectoryError, Reader, Scope, Unit};
use rollcall_policy::{AccountId, CompanyId, ConnectionId, DirectoryUserId, Hold};

/// A removal that asks for room: what is known of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovalTurn {
    /// The number it has if it passes; the first one of a connection has 1.
    pub number: u64,
    /// When it happens (UTC microseconds): never before the one before it, whatever the instances' clocks say.
    pub at: i64,
    /// Active linked people when they were counted last.
    pub people: u64,
    /// UTC microseconds.
    pub counted_at: Option<i64>,
    /// Since when people are held without a break (UTC microseconds); owners were told then.
    pub braking_since: Option<i64>,
}

/// Somebody whose removal is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPerson {
    /// The directory user, alive or deleted.
    pub user: DirectoryUserId,
    /// Who.
    pub account: AccountId,
    /// The account's address.
    pub email: String,
    /// UTC microseconds.
    pub since: i64,
}

/// A connection that holds people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldingConnection {
    /// Which.
    pub scope: Scope,
    /// Since when the longest held one waits (UTC microseconds).
    pub since: i64,
}

/// What [`held`] reads.
macro_rules! held_where {
    ($condition:literal) => {
        concat!(
            "SELECT h.user_id, h.account_id, a.email, h.since FROM brake_hold h JOIN account a ON a.id = h.account_id \
             WHERE h.company_id = ? AND h.connection_id = ? AND h.state = 'held' AND ",
            $condition
        )
    };
}

fn held(row: &Row) -> Result<HeldPerson, DirectoryError> {
    Ok(HeldPerson {
        user: row.id("user_id")?,
        account: row.id("account_id")?,
        email: row.get("email")?,
        since: row.get("since")?,
    })
}

impl Reader {
    /// Active users of the connection that are linked to somebody.
    pub async fn active_linked_people(&self, scope: Scope) -> Result<u64, DirectoryError> {
        // As the index says it, so that SQLite knows it again.
        let sql = "SELECT COUNT(*) AS people FROM directory_user u WHERE u.company_id = ? AND u.connection_id = ? \
             AND u.active = TRUE AND u.account_id IS NOT NULL";
        let people =
            self.query_one_as(sql, values![scope.company, scope.connection], |row| row.count("people")).await?;
        Ok(people.unwrap_or(0))
    }

    /// When the removal of this number passed (UTC microseconds); `None` where that is too long ago to be remembered.
    pub async fn passed_removal(&self, scope: Scope, number: u64) -> Result<Option<i64>, DirectoryError> {
        let sql = "SELECT r.at FROM brake_removal r WHERE r.company_id = ? AND r.connection_id = ? AND r.number = ?";
        self.query_one_as(sql, values![scope.company, scope.connection, number], |row| row.get("at")).await
    }

    /// Those of the connection's people who have been held since `until` (UTC microseconds) or longer, longest first.
    pub async fn held_people(&self, scope: Scope, until: i64, limit: u64) -> Result<Vec<HeldPerson>, DirectoryError> {
        let sql = held_where!("h.since <= ? ORDER BY h.since, h.user_id LIMIT ?");
        self.query_as(sql, values![scope.company, scope.connection, until, limit], held).await
    }

    /// Those of these accounts who are held at the connection.
    pub async fn held_accounts(&self, scope: Scope, accounts: &[AccountId]) -> Result<Vec<HeldPerson>, DirectoryError> {
        let mut people = Vec::new();
        for batch in batches(accounts) {
            let sql = format!(
                "{}({}) ORDER BY h.since, h.user_id",
                held_where!("h.account_id IN "),
                repeated("?", batch.len())
            );
            let mut values = values![scope.company, scope.connection];
            values.extend(batch.into_iter().map(Bind::bind));
            for row in self.query(sql, values).await? {
                people.push(held(&row)?);
            }
        }
        Ok(people)
    }

    /// How many people the connection has held since `until` (UTC microseconds) or longer.
    pub async fn count_held(&self, scope: Scope, until: i64) -> Result<u64, DirectoryError> {
        let sql = "SELECT COUNT(*) AS held FROM brake_hold h WHERE h.company_id = ? AND h.connection_id = ? \
             AND h.state = 'held' AND h.since <= ?";
        let values = values![scope.company, scope.connection, until];
        let held = self.query_one_as(sql, values, |row| row.count("held")).await?;
        Ok(held.unwrap_or(0))
    }

    /// Whether the connection holds anybody.
    pub async fn holds_anybody(&self, scope: Scope) -> Result<bool, DirectoryError> {
        let sql = "SELECT h.user_id FROM brake_hold h WHERE h.company_id = ? AND h.connection_id = ? \
             AND h.state = 'held' LIMIT 1";
        Ok(self.query_one(sql, values![scope.company, scope.connection]).await?.is_some())
    }

    /// The connections of all companies that hold anybody, longest first.
    pub async fn holding_connections(&self, limit: u64) -> Result<Vec<HoldingConnection>, DirectoryError> {
        let sql = "SELECT h.company_id, h.connection_id, MIN(h.since) AS since FROM brake_hold h WHERE h.state = 'held' \
             GROUP BY h.company_id, h.connection_id ORDER BY 3 LIMIT ?";
        self.query_as(sql, values![limit], |row| {
            let (company, connection): (CompanyId, ConnectionId) = (row.id("company_id")?, row.id("connection_id")?);
            Ok(HoldingConnection { scope: Scope { company, connection }, since: row.get("since")? })
        })
        .await
    }
}

impl Unit {
    /// Takes the next number for a removal. Whoever else removes somebody through the connection waits until this unit
    /// ends: the one row at which removals meet.
    pub async fn next_removal(&self, scope: Scope, now: i64) -> Result<RemovalTurn, DirectoryError> {
        let sql = "INSERT INTO brake (company_id, connection_id, passed, latest_at, people) VALUES (?, ?, 1, ?, 0) \
             ON CONFLICT (company_id, connection_id) DO UPDATE SET passed = brake.passed + 1, latest_at = \
             CASE WHEN brake.latest_at < excluded.latest_at THEN excluded.latest_at ELSE brake.latest_at END \
             RETURNING passed, latest_at, people, counted_at, braking_since";
        let rows = self.returning(sql, values![scope.company, scope.connection, now]).await?;
        let row = rows.first().ok_or_else(|| DirectoryError::Inconsistent {
            table: "brake".to_owned(),
            row: scope.connection.to_string(),
        })?;
        Ok(RemovalTurn {
            number: row.count("passed")?,
            at: row.get("latest_at")?,
            people: row.count("people")?,
            counted_at: row.get("counted_at")?,
            braking_since: row.get("braking_since")?,
        })
    }

    /// Remembers how many active linked people there were when a window began.
    pub fn note_people(&self, scope: Scope, people: u64, at: i64) {
        let sql = "UPDATE brake SET people = ?, counted_at = ? WHERE company_id = ? AND connection_id = ?";
        self.execute(sql, values![people, at, scope.company, scope.connection]);
    }

    /// The removal passes.
    pub fn pass_removal(&self, scope: Scope, turn: &RemovalTurn) {
        let sql = "INSERT INTO brake_removal (company_id, connection_id, number, at) VALUES (?, ?, ?, ?)";
        self.execute(sql, values![scope.company, scope.connection, turn.number, turn.at]);
    }

    /// The removal is held: its number goes to the next one. `braking_since` is since when people are held.
    pub fn give_number_back(&self, scope: Scope, braking_since: i64) {
        let sql = "UPDATE brake SET passed = passed - 1, braking_since = ? WHERE company_id = ? AND connection_id = ?";
        self.execute(sql, values![braking_since, scope.company, scope.connection]);
    }

    /// The braking is over if nobody is held any more: whom the brake holds next, owners are told of anew.
    pub fn end_braking(&self, scope: Scope) {
        self.execute(
            "UPDATE brake SET braking_since = NULL WHERE company_id = ? AND connection_id = ? AND NOT EXISTS \
             (SELECT 1 FROM brake_hold h WHERE h.company_id = brake.company_id \
             AND h.connection_id = brake.connection_id AND h.state = 'held')",
            values![scope.company, scope.connection],
        );
    }

    /// The removal of this user is held from now on.
    pub fn hold_removal(&self, scope: Scope, user: DirectoryUserId, account: AccountId, since: i64) {
        self.execute(
            "INSERT INTO brake_hold (company_id, user_id, connection_id, account_id, state, since) \
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (company_id, user_id) \
             DO UPDATE SET account_id = excluded.account_id, state = excluded.state, since = excluded.since",
            values![scope.company, user, scope.connection, account, Hold::Held, since],
        );
    }

    /// The removal of this user is neither held nor rejected any more, nor is any other that holds no membership of the
    /// account. What was collected before it counts.
    pub fn end_hold(&self, company: CompanyId, user: DirectoryUserId, account: AccountId) {
        self.execute(END, values![company, account, user]);
    }

    /// The removal of this user is rejected, and so is any other that holds no membership of the account.
    pub fn reject_hold(&self, company: CompanyId, user: DirectoryUserId, account: AccountId) {
        self.execute(REJECT, values![company, account, user]);
    }

    /// What a change by hand means for removals that hold no membership of the account any more: whoever keeps their
    /// access keeps it although the directory says that they are gone.
    pub fn settle_holds(&self, company: CompanyId, account: AccountId, keeps_access: bool) {
        let nobody = DirectoryUserId::from_u128(0);
        self.execute(if keeps_access { REJECT } else { END }, values![company, account, nobody]);
    }

    /// Makes this the only unit that asks the connection's brake, until it ends.
    pub async fn lock_brake(&self, scope: Scope) -> Result<(), DirectoryError> {
        if self.backend() == Backend::Postgres {
            let sql = "SELECT b.passed FROM brake b WHERE b.company_id = ? AND b.connection_id = ? FOR NO KEY UPDATE";
            self.query(sql, values![scope.company, scope.connection]).await?;
        }
        Ok(())
    }

    /// Takes the connection's unanswered removals for this instance until `until`; false if another one has them at `now`.
    pub async fn lease_brake(&self, scope: Scope, now: i64, until: i64) -> Result<bool, DirectoryError> {
        let sql = "UPDATE brake SET leased_until = ? WHERE company_id = ? AND connection_id = ? \
             AND (leased_until IS NULL OR leased_until <= ?) RETURNING passed";
        let taken = self.returning(sql, values![until, scope.company, scope.connection, now]).await?;
        Ok(!taken.is_empty())
    }

    /// Gives them back.
    pub fn return_brake(&self, scope: Scope) {
        let sql = "UPDATE brake SET leased_until = NULL WHERE company_id = ? AND connection_id = ?";
        self.execute(sql, values![scope.company, scope.connection]);
    }

    /// Forgets at most `limit` removals that passed before `before` (UTC microseconds); how many they were.
    pub async fn forget_removals(&self, before: i64, limit: u64) -> Result<u64, DirectoryError> {
        self.counted(
            "DELETE FROM brake_removal WHERE (company_id, connection_id, number) IN \
             (SELECT r.company_id, r.connection_id, r.number FROM brake_removal r WHERE r.at < ? ORDER BY r.at LIMIT ?)",
            values![before, limit],
        )
        .await
    }
}

/// The person's removals that end: one that is named, and those that hold nothing.
macro_rules! settled {
    ($statement:literal) => {
        concat!(
            $statement,
            " WHERE company_id = ? AND account_id = ? AND (user_id = ? OR (state = 'held' AND NOT EXISTS \
             (SELECT 1 FROM membership m JOIN connection_organization co \
             ON co.company_id = m.company_id AND co.organization_id = m.organization_id \
             WHERE m.company_id = brake_hold.company_id AND m.account_id = brake_hold.account_id AND m.state = 'held' \
             AND co.connection_id = brake_hold.connection_id)))"
        )
    };
}

const END: &str = settled!("DELETE FROM brake_hold");
const REJECT: &str = settled!("UPDATE brake_hold SET state = 'rejected'");
