//! A short memory for what every request asks: tokens and connections.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crate::clock::Clock;

/// Revocations and policy changes of other instances hold within a second (design.md 6): this, and the look-up itself.
const FRESH: Duration = Duration::from_millis(500);

/// Entries remembered at a time.
const REMEMBERED: usize = 10_000;

/// Remembers values for half a second.
pub(super) struct Fresh<K, V>(RwLock<BTreeMap<K, (Instant, Arc<V>)>>);

impl<K: Ord + Copy, V> Fresh<K, V> {
    pub(super) fn get(&self, key: K) -> Option<Arc<V>> {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (read_at, value) = entries.get(&key)?;
        (read_at.elapsed() < FRESH).then(|| Arc::clone(value))
    }

    /// Remembers what was asked for at `asked_at`: a change that came after the question must not be outlived.
    pub(super) fn put(&self, key: K, value: V, asked_at: Instant) -> Arc<V> {
        let value = Arc::new(value);
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= REMEMBERED {
            entries.retain(|_, (read_at, _)| read_at.elapsed() < FRESH);
            if entries.len() >= REMEMBERED {
                entries.pop_first();
            }
        }
        entries.insert(key, (asked_at, Arc::clone(&value)));
        value
    }

    /// Forgets one entry: this instance knows that it changed.
    pub(super) fn forget(&self, key: K) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

impl<K, V> Default for Fresh<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K, V> fmt::Debug for Fresh<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fresh")
    }
}

/// The point from which an answer's age counts.
pub(super) fn now() -> Instant {
    Clock::instant()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_remembered_for_half_a_second_or_until_forgotten() {
        let fresh = Fresh::default();
        fresh.put(1, "one", now());
        fresh.put(2, "two", now().checked_sub(FRESH).unwrap());
        assert_eq!((fresh.get(1).as_deref(), fresh.get(2)), (Some(&"one"), None));
        fresh.forget(1);
        assert_eq!(fresh.get(1), None);
    }

    #[test]
    fn memory_is_bounded() {
        let fresh = Fresh::default();
        (0..2 * REMEMBERED).for_each(|key| drop(fresh.put(key, (), now())));
        assert!(fresh.0.read().unwrap().len() <= REMEMBERED);
    }
}
