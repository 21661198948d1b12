//! Letters on their way: added to, taken by a sender, settled. Several instances send; each try is one instance's.

use super::letter::{Letter, LetterState};
use crate::bind::values;
use crate::{DirectoryError, Unit};

impl Unit {
    /// Stores a new letter. Conflicts with `letter_open` if another one of its kind is open; the next run finds that one.
    pub fn insert_letter(&self, letter: &Letter) {
        self.execute(
            "INSERT INTO letter (company_id, id, kind, address, address_folded, is_private, items, state, tries, \
             created_at, due_since, next_try_at, settled_at, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                letter.company,
                letter.id,
                &letter.kind,
                &letter.address,
                &letter.address_folded,
                letter.is_private,
                &letter.items,
                letter.state,
                letter.tries,
                letter.created_at,
                letter.due_since,
                letter.next_try_at,
                letter.settled_at,
                &letter.answer,
            ],
        );
    }

    /// Tells more in a letter that is open; if it was taken or changed meanwhile, the unit runs again.
    pub fn add_to_letter(&self, letter: &Letter, items: &str) {
        self.guard(
            "UPDATE letter SET items = ? WHERE company_id = ? AND id = ? AND state = 'open' AND items = ?",
            values![items, letter.company, letter.id, &letter.items],
            1,
        );
    }

    /// Takes a letter for one try until then (UTC microseconds); if somebody else was faster, the unit runs again.
    pub fn take_letter(&self, letter: &Letter, until: i64) {
        self.guard(
            "UPDATE letter SET state = 'waiting', tries = ?, next_try_at = ? WHERE company_id = ? AND id = ? \
             AND state = ? AND tries = ? AND next_try_at = ?",
            values![
                letter.tries + 1,
                until,
                letter.company,
                letter.id,
                letter.state,
                letter.tries,
                letter.next_try_at,
            ],
            1,
        );
    }

    /// Notes how a try ended; nothing if another sender has taken the letter since.
    pub fn settle_letter(&self, letter: &Letter) {
        self.execute(
            "UPDATE letter SET state = ?, next_try_at = ?, settled_at = ?, answer = ? \
             WHERE company_id = ? AND id = ? AND state = 'waiting' AND tries = ?",
            values![
                letter.state,
                letter.next_try_at,
                letter.settled_at,
                &letter.answer,
                letter.company,
                letter.id,
                letter.tries,
            ],
        );
    }

    /// Sends a settled letter again at once; if it is not as it was read, the unit runs again.
    pub fn send_letter_again(&self, letter: &Letter, at: i64) {
        self.guard(
            "UPDATE letter SET state = 'waiting', tries = 0, due_since = ?, next_try_at = ?, settled_at = NULL \
             WHERE company_id = ? AND id = ? AND state = ? AND settled_at = ?",
            values![at, at, letter.company, letter.id, letter.state, letter.settled_at],
            1,
        );
    }

    /// Gives up at most `limit` letters that nobody sends: due before `before` (UTC microseconds), and not taken since; how many they were.
    pub async fn give_up_letters(&self, before: i64, at: i64, answer: &str, limit: u64) -> Result<u64, DirectoryError> {
        self.counted(
            "UPDATE letter SET state = ?, next_try_at = NULL, settled_at = ?, answer = COALESCE(answer, ?) \
             WHERE (company_id, id) IN (SELECT l.company_id, l.id FROM letter l WHERE l.next_try_at IS NOT NULL \
             AND l.next_try_at < ? ORDER BY l.next_try_at LIMIT ?)",
            values![LetterState::Dead, at, answer, before, limit],
        )
        .await
    }

    /// Forgets at most `limit` letters that were settled before `before` (UTC microseconds); how many they were.
    pub async fn forget_letters(&self, before: i64, limit: u64) -> Result<u64, DirectoryError> {
        self.counted(
            "DELETE FROM letter WHERE (company_id, id) IN (SELECT l.company_id, l.id FROM letter l \
             WHERE l.settled_at IS NOT NULL AND l.settled_at < ? ORDER BY l.settled_at LIMIT ?)",
            values![before, limit],
        )
        .await
    }
}
