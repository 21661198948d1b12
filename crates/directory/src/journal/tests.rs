//! What the store promises, on both databases.

use super::{JournalEntry, JournalFilter, JournalStore};
use crate::on_each_database;
use crate::testing::TestDirectory;
use crate::{Database, Scope};
use rollcall_policy::{CompanyId, ConnectionId, JournalEntryId};

on_each_database! {
    what_is_appended_reads_back
    filters_find_what_they_say
    old_entries_go_by_age_and_by_number
    a_file_of_another_version_is_emptied
}

const OURS: Scope = Scope { company: CompanyId::from_u128(1), connection: ConnectionId::from_u128(2) };
const THEIRS: Scope = Scope { company: CompanyId::from_u128(9), connection: ConnectionId::from_u128(2) };

fn entry(scope: Scope, number: u128) -> JournalEntry {
    JournalEntry {
        company: scope.company,
        id: JournalEntryId::from_u128(number),
        connection: scope.connection,
        at: i64::try_from(number).unwrap(),
        request_id: format!("r{number}"),
        method: "POST".to_owned(),
        target: "/Users".to_owned(),
        status: 201,
        scim_type: None,
        tolerances: Vec::new(),
        people: Vec::new(),
        user: None,
        account: None,
        user_name: Some("Ada".to_owned()),
        micros: 7,
        lost: 0,
        exchange: "{}".to_owned(),
    }
}

async fn store(directory: &TestDirectory, entries: &[JournalEntry]) -> JournalStore {
    let store = directory.open_journal().await.unwrap();
    store.append(entries).await.unwrap();
    store
}

async fn found(store: &JournalStore, filter: &JournalFilter) -> Vec<u128> {
    let found = store.list(OURS, filter, None, 1_000).await.unwrap();
    found.into_iter().map(|entry| entry.id.uuid().as_u128()).collect()
}

async fn what_is_appended_reads_back(directory: &TestDirectory) {
    let rich = JournalEntry {
        tolerances: vec!["operation_case".to_owned(), "dotted_keys".to_owned()],
        people: vec!["ada".to_owned(), "two words".to_owned()],
        scim_type: Some("uniqueness".to_owned()),
        ..entry(OURS, 1)
    };
    let many: Vec<JournalEntry> = (2..200).map(|number| entry(OURS, number)).collect();
    let store = store(directory, &[&[rich.clone(), entry(THEIRS, 1)], many.as_slice()].concat()).await;
    assert_eq!(store.entry(OURS, rich.id).await.unwrap(), Some(rich));
    assert_eq!(store.entry(THEIRS, JournalEntryId::from_u128(2)).await.unwrap(), None, "another company's");
    assert_eq!(found(&store, &JournalFilter::default()).await, (1..200).rev().collect::<Vec<_>>());
    store.forget_connection(OURS).await.unwrap();
    assert_eq!(found(&store, &JournalFilter::default()).await, Vec::<u128>::new());
    assert!(store.entry(THEIRS, JournalEntryId::from_u128(1)).await.unwrap().is_some());
}

async fn filters_find_what_they_say(directory: &TestDirectory) {
    let one = JournalEntry { people: vec!["ada".to_owned()], status: 409, ..entry(OURS, 1) };
    let two = JournalEntry { people: vec!["ada lovelace".to_owned()], ..entry(OURS, 2) };
    let three = JournalEntry { tolerances: vec!["operation_case".to_owned()], ..entry(OURS, 3) };
    let gap = JournalEntry { lost: 5, status: 0, ..entry(OURS, 4) };
    let store = store(directory, &[one, two, three, gap]).await;
    let all = JournalFilter::default();
    for (filter, expected) in [
        (JournalFilter { person: Some("ada".to_owned()), ..all.clone() }, vec![4, 1]),
        (JournalFilter { person: Some("lovelace".to_owned()), ..all.clone() }, vec![4]),
        (JournalFilter { person: Some("ada\nx".to_owned()), ..all.clone() }, vec![4]),
        (JournalFilter { status: Some(400..=499), ..all.clone() }, vec![4, 1]),
        (JournalFilter { tolerance: Some("operation_case".to_owned()), ..all.clone() }, vec![4, 3]),
        (JournalFilter { tolerance: Some("operation".to_owned()), ..all.clone() }, vec![4]),
        (JournalFilter { from: Some(2), to: Some(4), ..all.clone() }, vec![3, 2]),
    ] {
        assert_eq!(found(&store, &filter).await, expected, "{filter:?}");
    }
    let page = store.list(OURS, &all, Some(JournalEntryId::from_u128(3)), 1).await.unwrap();
    assert_eq!(page.first().map(|entry| entry.at), Some(2));
}

async fn old_entries_go_by_age_and_by_number(directory: &TestDirectory) {
    let ours: Vec<JournalEntry> = (1..=10).map(|number| entry(OURS, number)).collect();
    let store = store(directory, &ours).await;
    store.append(&[entry(THEIRS, 50)]).await.unwrap();
    assert_eq!(store.forget_before(4, 2).await.unwrap(), 2);
    assert_eq!(found(&store, &JournalFilter::default()).await.len(), 8, "no more than the limit at a time");
    assert_eq!(store.forget_before(4, 100).await.unwrap(), 1);
    assert_eq!(found(&store, &JournalFilter::default()).await, [10, 9, 8, 7, 6, 5, 4]);
    assert_eq!(store.forget_beyond(OURS, 3, 3).await.unwrap(), 3, "no more than the limit at a time");
    assert_eq!(store.forget_beyond(OURS, 3, 100).await.unwrap(), 1);
    assert_eq!(found(&store, &JournalFilter::default()).await, [10, 9, 8]);
    assert_eq!(store.forget_beyond(OURS, 3, 100).await.unwrap(), 0);
    assert_eq!(found(&store, &JournalFilter::default()).await, [10, 9, 8]);
    let (mut connections, mut after) = (Vec::new(), None);
    while let Some(next) = store.next_connection(after).await.unwrap() {
        connections.push(next);
        after = Some(next);
    }
    assert_eq!(connections, [OURS, THEIRS]);
}

async fn a_file_of_another_version_is_emptied(directory: &TestDirectory) {
    let first = store(directory, &[entry(OURS, 1)]).await;
    let again = directory.open_journal().await.unwrap();
    assert_eq!(found(&again, &JournalFilter::default()).await, [1], "opening it again changes nothing");
    if let Database::Sqlite(path) = directory.database() {
        let file = path.with_extension("journal.db");
        #[cfg(unix)]
        for name in [file.display().to_string(), format!("{}-wal", file.display())] {
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&name).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{name} is for its owner alone");
        }
        first.delete("PRAGMA user_version = 7", Vec::new()).await.unwrap();
        let emptied = directory.open_journal().await.unwrap();
        assert_eq!(found(&emptied, &JournalFilter::default()).await, Vec::<u128>::new());
    }
}
