//! The one task that stores exchanges. Whatever goes wrong here is counted and logged, and holds up nobody.

use std::collections::BTreeMap;
use std::sync::Arc;

use rollcall_directory::{JournalEntry, Scope};
use rollcall_policy::{CompanyId, ConnectionId, JournalEntryId};
use tokio::sync::mpsc;

use super::Mode;
use super::prepare::{Captured, Keeper};
use super::queue::{Batch, Job};
use super::shelf::Shelf;
use crate::clock::Clock;
use crate::ids::Ids;

/// What the task works with.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) shelf: Arc<Shelf>,
    pub(super) body_bytes: usize,
    pub(super) scim_base_url: String,
    pub(super) ids: Ids,
    pub(super) clock: Clock,
    /// The instant in the last id: ids sort as exchanges were answered, also within a microsecond.
    pub(super) latest: i64,
}

impl Writer {
    /// Writes until nobody can offer anything any more.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(Batch { exchanges, told }) = Batch::next(&mut queue).await {
            self.write(exchanges).await;
            for done in told {
                // Whoever asked may have gone.
                let _ = done.send(());
            }
        }
    }

    async fn write(&mut self, exchanges: Vec<Captured>) {
        let bytes = exchanges.iter().map(Captured::size).sum();
        let kept = self.with_modes(exchanges).await;
        let kept: Vec<_> = kept.into_iter().map(|(captured, mode)| (self.id(captured.at), captured, mode)).collect();
        let scopes: Vec<Scope> = kept.iter().map(|(_, captured, _)| captured.scope).collect();
        let keeper = Keeper { body_bytes: self.body_bytes, scim_base_url: self.scim_base_url.clone() };
        // Reading and blanking bodies takes time that requests need.
        let prepared = tokio::task::spawn_blocking(move || {
            kept.into_iter().map(|(id, captured, mode)| keeper.entry(id, captured, mode)).collect::<Vec<_>>()
        });
        let prepared = prepared.await.map_err(|error| error.to_string());
        self.shelf.release(bytes);
        let lost = self.shelf.take_lost();
        let stored = match prepared {
            Ok(entries) => self.store(entries, &lost).await,
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            tracing::warn!(error, exchanges = scopes.len(), "the journal does not take exchanges; they are lost");
            for scope in scopes {
                self.shelf.lose(scope, 1);
            }
            for (scope, count) in lost {
                self.shelf.put_back(scope, count);
            }
        }
    }

    fn id(&mut self, at: i64) -> JournalEntryId {
        self.latest = at.max(self.latest.saturating_add(1));
        self.ids.uuid(self.latest).into()
    }

    async fn store(&mut self, mut entries: Vec<JournalEntry>, lost: &[(Scope, u64)]) -> Result<(), String> {
        let now = self.clock.now();
        entries.extend(lost.iter().map(|(scope, count)| gap(*scope, *count, self.id(now), now)));
        if entries.is_empty() {
            return Ok(());
        }
        let store = self.shelf.store().await.map_err(|error| error.to_string())?;
        store.append(&entries).await.map_err(|error| error.to_string())?;
        self.shelf.grew(entries.iter().map(|entry| (entry.company, entry.connection)));
        Ok(())
    }

    /// Settings of connections whose credentials were refused are looked up here, where nobody waits.
    async fn with_modes(&self, exchanges: Vec<Captured>) -> Vec<(Captured, Mode)> {
        let mut asked: BTreeMap<(CompanyId, ConnectionId), Mode> = BTreeMap::new();
        let mut kept = Vec::with_capacity(exchanges.len());
        for captured in exchanges {
            let Scope { company, connection } = captured.scope;
            let mode = match (captured.mode, asked.get(&(company, connection))) {
                (Some(mode), _) | (None, Some(&mode)) => mode,
                (None, None) => {
                    let mode = self.mode_of(captured.scope).await;
                    asked.insert((company, connection), mode);
                    mode
                }
            };
            if mode != Mode::Off {
                kept.push((captured, mode));
            }
        }
        kept
    }

    /// A connection that is not there, or cannot be asked, keeps nothing.
    async fn mode_of(&self, scope: Scope) -> Mode {
        let found = self.shelf.directory.read().connection(scope.company, scope.connection).await;
        let known = found.ok().flatten();
        known.map_or(Mode::Off, |connection| Mode::of(&connection.record.details, self.shelf.default_mode))
    }
}

/// An entry that says how many others are missing.
fn gap(scope: Scope, lost: u64, id: JournalEntryId, at: i64) -> JournalEntry {
    JournalEntry {
        company: scope.company,
        id,
        connection: scope.connection,
        at,
        request_id: String::new(),
        method: String::new(),
        target: String::new(),
        status: 0,
        scim_type: None,
        tolerances: Vec::new(),
        people: Vec::new(),
        user: None,
        account: None,
        user_name: None,
        micros: 0,
        lost,
        exchange: "{}".to_owned(),
    }
}
