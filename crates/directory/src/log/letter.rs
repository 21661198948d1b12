//! Letters to owners and invitees: what is to be written to whom, and what became of it.

use crate::bind::{Bind, bind_codes, values};
use crate::row::Row;
use crate::{DirectoryError, Reader, Unit};
use rollcall_policy::{CompanyId, LetterId};
use sea_orm::Value;

/// One letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The tenant.
    pub company: CompanyId,
    /// Its id; sorts by time.
    pub id: LetterId,
    /// A stable word.
    pub kind: String,
    /// Where it goes, as given.
    pub address: String,
    /// Under `scim::fold`.
    pub address_folded: String,
    /// Only the operator may know of it: the address is nothing that the company may learn (RC-10).
    pub is_private: bool,
    /// What it tells, as JSON text.
    pub items: String,
    /// Where it stands.
    pub state: LetterState,
    /// How often it was given to the server, or is being given.
    pub tries: i64,
    /// UTC microseconds.
    pub created_at: i64,
    /// From when on it was to be sent, in UTC microseconds.
    pub due_since: i64,
    /// The next try, in UTC microseconds; of a letter that is being sent: when its sender counts as lost.
    pub next_try_at: Option<i64>,
    /// When it was sent or given up, in UTC microseconds.
    pub settled_at: Option<i64>,
    /// What the server said last, or what went wrong.
    pub answer: Option<String>,
}

/// Where a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LetterState {
    /// Not tried yet; what happens meanwhile is added.
    Open,
    /// Tried, or being tried now.
    Waiting,
    /// The server took it.
    Sent,
    /// Given up; it can be sent again.
    Dead,
    /// Nothing to say any more: what it was about is over.
    Void,
}

impl LetterState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Open, Self::Waiting, Self::Sent, Self::Dead, Self::Void];

    /// The word that is stored and shown.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Void => "void",
        }
    }

    /// The state of a word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

bind_codes!(LetterState);

/// Which letters are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct LetterFilter {
    /// Only one company's, and of those only what it may know of.
    pub company: Option<CompanyId>,
    /// Only those in this state.
    pub state: Option<LetterState>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT l.company_id, l.id, l.kind, l.address, l.address_folded, l.is_private, l.items, l.state, l.tries, \
             l.created_at, l.due_since, l.next_try_at, l.settled_at, l.answer FROM letter l ",
            $rest
        )
    };
}

fn record(row: &Row) -> Result<Letter, DirectoryError> {
    Ok(Letter {
        company: row.id("company_id")?,
        id: row.id("id")?,
        kind: row.get("kind")?,
        address: row.get("address")?,
        address_folded: row.get("address_folded")?,
        is_private: row.get("is_private")?,
        items: row.get("items")?,
        state: row.code("state", LetterState::from_code)?,
        tries: row.get("tries")?,
        created_at: row.get("created_at")?,
        due_since: row.get("due_since")?,
        next_try_at: row.get("next_try_at")?,
        settled_at: row.get("settled_at")?,
        answer: row.get("answer")?,
    })
}

impl Reader {
    /// A letter by its id alone; whose it is stands in it.
    pub async fn letter(&self, id: LetterId) -> Result<Option<Letter>, DirectoryError> {
        self.query_one_as(select!("WHERE l.id = ?"), values![id], record).await
    }

    /// Letters that pass the filter, latest first, those before `before`.
    pub async fn letters(
        &self,
        filter: LetterFilter,
        before: Option<LetterId>,
        limit: u64,
    ) -> Result<Vec<Letter>, DirectoryError> {
        let before = before.unwrap_or(LetterId::from_u128(u128::MAX));
        match (filter.company, filter.state) {
            (None, None) => {
                self.query_as(select!("WHERE l.id < ? ORDER BY l.id DESC LIMIT ?"), values![before, limit], record)
                    .await
            }
            (None, Some(state)) => {
                let sql = select!("WHERE l.id < ? AND l.state = ? ORDER BY l.id DESC LIMIT ?");
                self.query_as(sql, values![before, state, limit], record).await
            }
            (Some(company), None) => {
                let sql =
                    select!("WHERE l.company_id = ? AND l.id < ? AND l.is_private = ? ORDER BY l.id DESC LIMIT ?");
                self.query_as(sql, values![company, before, false, limit], record).await
            }
            (Some(company), Some(state)) => {
                let sql = select!(
                    "WHERE l.company_id = ? AND l.id < ? AND l.is_private = ? AND l.state = ? ORDER BY l.id DESC LIMIT ?"
                );
                self.query_as(sql, values![company, before, false, state, limit], record).await
            }
        }
    }

    /// Letters of all companies that are due, those that wait longest first.
    pub async fn due_letters(&self, now: i64, limit: u64) -> Result<Vec<Letter>, DirectoryError> {
        let sql = select!("WHERE l.next_try_at IS NOT NULL AND l.next_try_at <= ? ORDER BY l.next_try_at LIMIT ?");
        self.query_as(sql, values![now, limit], record).await
    }

    /// Letters like this one (its company, address, kind and privacy): the open one however old, then those since then
    /// (UTC microseconds), latest first; few.
    pub async fn letters_like(&self, letter: &Letter, since: i64) -> Result<Vec<Letter>, DirectoryError> {
        let Letter { company, address_folded, kind, is_private, .. } = letter;
        let sql = select!(
            "WHERE l.company_id = ? AND l.address_folded = ? AND l.kind = ? AND l.is_private = ? \
             AND (l.due_since > ? OR l.state = 'open') \
             ORDER BY CASE WHEN l.state = 'open' THEN 0 ELSE 1 END, l.due_since DESC, l.id DESC LIMIT 32"
        );
        self.query_as(sql, values![*company, address_folded, kind, *is_private, since], record).await
    }

    /// How many letters that count together with this one went, or are to go, to its address since then (UTC
    /// microseconds): those of its company and privacy, invitations apart from the rest; counted up to `most`.
    pub async fn letters_to(&self, letter: &Letter, since: i64, most: u64) -> Result<u64, DirectoryError> {
        let Letter { company, address_folded, is_private, .. } = letter;
        let sql = "SELECT COUNT(*) AS letters FROM (SELECT l.id FROM letter l WHERE l.company_id = ? \
             AND l.address_folded = ? AND l.due_since > ? AND l.is_private = ? \
             AND CASE WHEN l.kind = 'invitation' THEN 1 ELSE 0 END = ? LIMIT ?) counted";
        let values =
            values![*company, address_folded, since, *is_private, i64::from(letter.kind == "invitation"), most];
        let counted = self.query_one_as(sql, values, |row| row.count("letters")).await?;
        Ok(counted.unwrap_or(0))
    }

    /// The same to all addresses.
    pub async fn letters_beside(&self, letter: &Letter, since: i64, most: u64) -> Result<u64, DirectoryError> {
        let Letter { company, is_private, .. } = letter;
        let sql = "SELECT COUNT(*) AS letters FROM (SELECT l.id FROM letter l WHERE l.company_id = ? \
             AND l.due_since > ? AND l.is_private = ? \
             AND CASE WHEN l.kind = 'invitation' THEN 1 ELSE 0 END = ? LIMIT ?) counted";
        let values = values![*company, since, *is_private, i64::from(letter.kind == "invitation"), most];
        let counted = self.query_one_as(sql, values, |row| row.count("letters")).await?;
        Ok(counted.unwrap_or(0))
    }
}

const DUE: &str =
    select!("WHERE l.next_try_at IS NOT NULL AND l.next_try_at <= ? ORDER BY l.next_try_at, l.id LIMIT 1");
/// The same for whoever was too slow before: what others are taking is left to them.
const DUE_LOCKING: &str = select!(
    "WHERE l.next_try_at IS NOT NULL AND l.next_try_at <= ? ORDER BY l.next_try_at, l.id LIMIT 1 FOR UPDATE SKIP LOCKED"
);

impl Unit {
    /// The letter of all companies that is due longest, to be taken by this unit.
    pub async fn due_letter(&self, now: i64) -> Result<Option<Letter>, DirectoryError> {
        self.query_one_as(self.to_change(DUE, DUE_LOCKING), values![now], record).await
    }
}
