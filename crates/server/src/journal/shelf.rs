//! Where exchanges go, and the count of those that did not get there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rollcall_directory::{Directory, JournalStore, OpenError, Scope};
use rollcall_policy::{CompanyId, ConnectionId};
use tokio::sync::OnceCell;

use super::{Mode, QUEUE_BYTES};
use crate::clock::SECOND;
use crate::metrics::Metrics;

/// Refused credentials of one connection that are kept within a minute: whoever tries tokens must not push real exchanges
/// out of the journal.
const REFUSALS: u32 = 30;
/// Exchanges of one connection that a server keeps within a minute: a provider sends less, and who sends more must fill no
/// disk.
pub(super) const EXCHANGES: u32 = 6_000;
/// A clock that was set back by more than so many minutes begins to count anew.
const SET_BACK: i64 = 10;
/// Connections that are counted at a time.
const CONNECTIONS: usize = 10_000;

type Key = (CompanyId, ConnectionId);

/// What those who offer share with the one who writes.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) directory: Directory,
    pub(super) metrics: Metrics,
    pub(super) default_mode: Mode,
    store: OnceCell<JournalStore>,
    waiting_bytes: AtomicUsize,
    lost: Mutex<BTreeMap<Key, u64>>,
    refusals: Mutex<Minute>,
    exchanges: Mutex<Minute>,
    /// Connections to which something was added; nothing if that is not known.
    grown: Mutex<Option<BTreeSet<Key>>>,
}

/// What each connection sent in the current minute.
#[derive(Debug, Default)]
struct Minute {
    number: i64,
    counts: BTreeMap<Key, u32>,
}

impl Minute {
    /// Whether the connection may have one more at this instant (UTC microseconds). One that began in an earlier minute and
    /// took long counts as of now: it must not begin the count anew.
    fn takes(&mut self, key: Key, at: i64, most: u32) -> bool {
        let number = at.div_euclid(60 * SECOND);
        if number > self.number || number < self.number - SET_BACK {
            *self = Self { number, counts: BTreeMap::new() };
        }
        if self.counts.len() >= CONNECTIONS && !self.counts.contains_key(&key) {
            return false;
        }
        let count = self.counts.entry(key).or_default();
        *count = count.saturating_add(1);
        *count <= most
    }
}

impl Shelf {
    pub(super) fn new(directory: Directory, metrics: Metrics, default_mode: Mode) -> Self {
        Self {
            directory,
            metrics,
            default_mode,
            store: OnceCell::new(),
            waiting_bytes: AtomicUsize::new(0),
            lost: Mutex::default(),
            refusals: Mutex::default(),
            exchanges: Mutex::default(),
            grown: Mutex::default(),
        }
    }

    /// The store, opened when it is first needed; one that cannot be opened is tried again the next time.
    pub(super) async fn store(&self) -> Result<&JournalStore, OpenError> {
        self.store.get_or_try_init(|| self.directory.open_journal()).await
    }

    pub(super) async fn close(&self) {
        if let Some(store) = self.store.get() {
            store.clone().close().await;
        }
    }

    /// Whether there is room for so many bytes more; if so, they are taken.
    pub(super) fn reserve(&self, bytes: usize) -> bool {
        let room = |waiting: usize| waiting.checked_add(bytes).filter(|sum| *sum <= QUEUE_BYTES);
        self.waiting_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_ok()
    }

    pub(super) fn release(&self, bytes: usize) {
        self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Whether one more refusal is kept at this instant (UTC microseconds).
    pub(super) fn takes_refusal(&self, scope: Scope, at: i64) -> bool {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).takes(key(scope), at, REFUSALS)
    }

    /// Whether one more exchange of any kind is kept at this instant (UTC microseconds).
    pub(super) fn takes(&self, scope: Scope, at: i64) -> bool {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).takes(key(scope), at, EXCHANGES)
    }

    /// Notes to which connections something was added.
    pub(super) fn grew(&self, keys: impl Iterator<Item = Key>) {
        let mut grown = self.grown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = grown.as_mut() {
            known.extend(keys);
        }
        if grown.as_ref().is_some_and(|known| known.len() > CONNECTIONS) {
            *grown = None;
        }
    }

    /// To which connections something was added since this was asked before; nothing if that is not known.
    pub(super) fn take_grown(&self) -> Option<Vec<Scope>> {
        let grown = self.grown.lock().unwrap_or_else(PoisonError::into_inner).replace(BTreeSet::new());
        let scope = |(company, connection)| Scope { company, connection };
        grown.map(|known| known.into_iter().map(scope).collect())
    }

    /// Any connection may have too much.
    pub(super) fn forget_grown(&self) {
        *self.grown.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Counts exchanges that are not kept.
    pub(super) fn lose(&self, scope: Scope, count: u64) {
        self.metrics.journal_lost(count);
        self.put_back(scope, count);
    }

    /// The same for those that were counted before.
    pub(super) fn put_back(&self, scope: Scope, count: u64) {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        if lost.len() < CONNECTIONS || lost.contains_key(&key(scope)) {
            *lost.entry(key(scope)).or_default() += count;
        }
    }

    /// What was lost since this was asked before.
    pub(super) fn take_lost(&self) -> Vec<(Scope, u64)> {
        let lost = std::mem::take(&mut *self.lost.lock().unwrap_or_else(PoisonError::into_inner));
        lost.into_iter().map(|((company, connection), count)| (Scope { company, connection }, count)).collect()
    }
}

fn key(scope: Scope) -> Key {
    (scope.company, scope.connection)
}

#[cfg(test)]
mod tests;
