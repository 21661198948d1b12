//! Where exchanges go, and the count of those that did not get there.

use std::collections::BTreeMap;
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
    refusals: Mutex<(i64, BTreeMap<Key, u32>)>,
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
        let minute = at.div_euclid(60 * SECOND);
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if refusals.0 != minute {
            *refusals = (minute, BTreeMap::new());
        }
        if refusals.1.len() >= CONNECTIONS {
            return false;
        }
        let count = refusals.1.entry(key(scope)).or_default();
        *count += 1;
        *count <= REFUSALS
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
