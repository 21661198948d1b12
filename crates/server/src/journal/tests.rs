//! A queue that is full, and a store that takes nothing.

use rollcall_directory::testing::{TestDirectory, sqlite};
use rollcall_directory::{Database, JournalEntry, JournalFilter};
use rollcall_policy::{CompanyId, ConnectionId, JournalEntryId};

use super::*;

const SCOPE: Scope = Scope { company: CompanyId::from_u128(1), connection: ConnectionId::from_u128(2) };

fn start(directory: &TestDirectory) -> Journal {
    Journal::start(Tools {
        directory: Directory::clone(directory),
        config: config::Journal::default(),
        clock: Clock::fixed(1_800_000_000_000_000),
        ids: Ids::system(),
        metrics: Metrics::default(),
        scim_base_url: "https://scim.example/scim/v2".to_owned(),
    })
}

fn captured(body: Part) -> Captured {
    Captured {
        scope: SCOPE,
        mode: Some(Mode::Redacted),
        strict: false,
        at: 1_800_000_000_000_000,
        request_id: "r".to_owned(),
        method: "GET".to_owned(),
        path: "/Users".to_owned(),
        query: None,
        headers: Vec::new(),
        body,
        answer: Part::default(),
        status: 200,
        tolerances: Vec::new(),
        person: None,
        micros: 1,
    }
}

async fn kept(journal: &Journal) -> Vec<JournalEntry> {
    journal.written().await;
    let store = journal.store().await.unwrap();
    store.list(SCOPE, &JournalFilter::default(), None, 10_000).await.unwrap()
}

/// The test has one thread: the writer gets no turn while exchanges are offered.
#[tokio::test]
async fn a_full_queue_delays_nobody_and_is_told() {
    let directory = sqlite().await;
    let journal = start(&directory);
    (0..QUEUE + 100).for_each(|_| journal.offer(captured(Part::default())));
    let entries = kept(&journal).await;
    let (gaps, exchanges): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.lost > 0);
    assert_eq!((exchanges.len(), gaps.iter().map(|gap| gap.lost).sum::<u64>()), (QUEUE, 100));
}

#[tokio::test]
async fn bodies_that_wait_are_bounded_together() {
    let directory = sqlite().await;
    let journal = start(&directory);
    let body = Part::of(vec![b' '; Part::LONGEST].into());
    let room = QUEUE_BYTES / Part::LONGEST;
    (0..room + 3).for_each(|_| journal.offer(captured(body.clone())));
    let entries = kept(&journal).await;
    assert_eq!(entries.iter().map(|entry| entry.lost).sum::<u64>(), 3);
    journal.offer(captured(body));
    assert_eq!(kept(&journal).await.iter().filter(|entry| entry.lost == 0).count(), room + 1, "room is given back");
}

/// Losses are told once the store takes exchanges again.
#[tokio::test]
async fn a_store_that_takes_nothing_holds_up_nobody() {
    let directory = sqlite().await;
    let Database::Sqlite(path) = directory.database() else { panic!("not SQLite") };
    let file = path.with_extension("journal.db");
    std::fs::create_dir(&file).unwrap();
    let journal = start(&directory);
    journal.offer(captured(Part::default()));
    journal.offer(captured(Part::default()));
    journal.written().await;
    assert!(journal.store().await.is_err());
    std::fs::remove_dir(&file).unwrap();
    journal.offer(captured(Part::default()));
    let lost: Vec<u64> = kept(&journal).await.iter().map(|entry| entry.lost).collect();
    assert_eq!((lost.len(), lost.iter().sum::<u64>()), (2, 2));
}

/// One token cannot fill the disk: what a minute may bring has an end, and each turn deletes all that is too much.
#[tokio::test]
async fn what_is_too_much_goes_however_much_it_is() {
    let directory = sqlite().await;
    let journal = start(&directory);
    journal.offer(captured(Part::default()));
    let first = kept(&journal).await.remove(0);
    let many = 2 * u128::from(retention::BATCH) + 7;
    let base = first.id.uuid().as_u128();
    let entries: Vec<JournalEntry> = (1..=many)
        .map(|number| JournalEntry { id: JournalEntryId::from_u128(base + number), ..first.clone() })
        .collect();
    journal.store().await.unwrap().append(&entries).await.unwrap();
    let (settings, now) = (config::Journal { entries: 3, ..config::Journal::default() }, first.at);
    journal.tidy(&settings, now).await.unwrap();
    assert_eq!(kept(&journal).await.len(), 3, "in the first turn, of all connections");
    (0..5).for_each(|_| journal.offer(captured(Part::default())));
    assert_eq!(kept(&journal).await.len(), 8);
    journal.tidy(&settings, now).await.unwrap();
    assert_eq!(kept(&journal).await.len(), 3, "later, of those that grew");
    journal.store().await.unwrap().append(&entries).await.unwrap();
    journal.tidy(&settings, now + 400 * crate::clock::DAY).await.unwrap();
    assert_eq!(kept(&journal).await.len(), 0, "all that is too old, in one turn");
}

#[tokio::test]
async fn a_connection_that_sends_too_much_in_a_minute_has_a_gap() {
    let directory = sqlite().await;
    let journal = start(&directory);
    let most = usize::try_from(shelf::EXCHANGES).unwrap();
    for _ in 0..=most / 1_000 {
        (0..1_000).for_each(|_| journal.offer(captured(Part::default())));
        journal.written().await;
    }
    let entries = kept(&journal).await;
    let (gaps, exchanges): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.lost > 0);
    assert_eq!((exchanges.len(), gaps.iter().map(|gap| gap.lost).sum::<u64>()), (most, 1_000));
}
