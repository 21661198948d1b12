//! How many people a directory may remove before an administrator is asked (RC-12).
//!
//! A window slides: at most so many removals pass in any stretch of its length. Passed removals are numbered, so one that
//! asks for room looks at a single earlier one: if the window holds `limit` of them, the oldest of these has the number
//! `passed - limit`, counted after the new one. No removal costs more than another, however many there were.

use crate::code::codes;

/// When removals are held, as a connection's administrators decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brake {
    /// So many removals within the window pass in any case.
    pub count: u32,
    /// So many percent of the active linked people pass.
    pub percent: u32,
    /// Length of the window, in microseconds.
    pub window: i64,
}

codes! {
    /// What became of a removal that did not act at once.
    pub enum Hold {
        /// It waits for an administrator.
        Held = "held",
        /// An administrator rejected it: it does not act until the directory speaks of the person again.
        Rejected = "rejected",
    }
}

/// Whether one more removal passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It does: not so many have ever passed.
    Free,
    /// It does not: none may.
    None,
    /// It does if the passed removal of this number has left the window.
    After(u64),
}

impl Brake {
    /// How many removals pass within the window, of so many active linked people. Not more than that share: a part of a
    /// person is nobody.
    pub fn limit(&self, people: u64) -> u64 {
        let share = u128::from(people) * u128::from(self.percent) / 100;
        u64::from(self.count).max(u64::try_from(share).unwrap_or(u64::MAX))
    }

    /// Whether the removal at `now` begins a window: then the people are counted, and the count holds until it is over.
    pub fn begins(&self, counted_at: Option<i64>, now: i64) -> bool {
        counted_at.is_none_or(|at| self.has_left(at, now))
    }

    /// Whether there is room for the removal that would have the number `number` (the first one has 1).
    pub fn room(&self, people: u64, number: u64) -> Room {
        let limit = self.limit(people);
        match number.checked_sub(limit) {
            _ if limit == 0 => Room::None,
            None | Some(0) => Room::Free,
            Some(earlier) => Room::After(earlier),
        }
    }

    /// Whether what happened at `at` is outside of the window that ends at `now` (UTC microseconds).
    pub fn has_left(&self, at: i64, now: i64) -> bool {
        at <= now.saturating_sub(self.window)
    }
}
