//! What units of work promise, on both databases: the engine below the records.

use crate::testing::TestDirectory;
use crate::{DirectoryError, Unit};
use std::sync::atomic::{AtomicU32, Ordering};

const INSERT: &str = "INSERT INTO setting (name, value) VALUES (?, ?)";
const READ: &str = "SELECT value FROM setting WHERE name = ?";

crate::on_each_database! {
    a_failed_unit_leaves_no_trace
    writes_are_collected_until_flushed
    a_taken_key_is_a_conflict_with_its_name
    a_guard_that_misses_runs_the_unit_again
    units_of_many_tasks_are_all_stored
    a_dropped_unit_leaves_no_trace_and_blocks_nobody
    acknowledged_units_are_stored_and_abandoned_ones_are_whole
    a_kept_unit_answers_errors_after_its_end
    a_swallowed_failure_stores_nothing
}

fn insert(unit: &Unit, name: &str, value: &str) {
    unit.execute(INSERT, vec![name.into(), value.into()]);
}

async fn value(reader: &crate::Reader, name: &str) -> Option<String> {
    reader.query_one(READ, vec![name.into()]).await.unwrap().map(|row| row.get("value").unwrap())
}

async fn a_failed_unit_leaves_no_trace(directory: &TestDirectory) {
    let outcome: Result<(), DirectoryError> = directory
        .write(|unit| async move {
            insert(&unit, "a", "1");
            unit.flush().await?;
            Err(DirectoryError::ReadOnly)
        })
        .await;
    assert_eq!(outcome, Err(DirectoryError::ReadOnly));
    assert_eq!(value(&directory.read(), "a").await, None);
    let stored: Result<(), DirectoryError> = directory
        .write(|unit| async move {
            insert(&unit, "a", "2");
            Ok(())
        })
        .await;
    assert_eq!(stored, Ok(()));
    assert_eq!(value(&directory.read(), "a").await.as_deref(), Some("2"));
}

async fn writes_are_collected_until_flushed(directory: &TestDirectory) {
    let before = directory.statements();
    let seen: Result<_, DirectoryError> = directory
        .write(|unit| async move {
            for name in ["a", "b", "c"] {
                insert(&unit, name, "1");
            }
            let collected = value(&unit, "a").await;
            unit.flush().await?;
            insert(&unit, "d", "1");
            Ok((collected, value(&unit, "a").await, value(&unit, "d").await))
        })
        .await;
    assert_eq!(seen, Ok((None, Some("1".to_owned()), None)));
    assert_eq!(directory.statements() - before, 7);
    assert_eq!(value(&directory.read(), "d").await.as_deref(), Some("1"));
}

async fn a_taken_key_is_a_conflict_with_its_name(directory: &TestDirectory) {
    let company = "INSERT INTO company (id, name, created_at) VALUES (?, ?, ?)";
    let write = |id: u128, name: &'static str| async move {
        let values = move || vec![uuid::Uuid::from_u128(id).into(), name.into(), 1_i64.into()];
        let unit = |unit: Unit| async move {
            unit.execute(company, values());
            Ok::<(), DirectoryError>(())
        };
        directory.write(unit).await
    };
    assert_eq!(write(1, "acme").await, Ok(()));
    let conflict = |constraint: &str| Err(DirectoryError::Conflict { constraint: constraint.to_owned() });
    assert_eq!(write(2, "acme").await, conflict("company_name"));
    assert_eq!(write(1, "other").await, conflict("company_pkey"));
    let orphan = directory.write(|unit| async move {
        let sql = "INSERT INTO organization (company_id, id, name, display_name, created_at) VALUES (?, ?, ?, ?, ?)";
        let id = uuid::Uuid::from_u128(9);
        unit.execute(sql, vec![id.into(), id.into(), "o".into(), "O".into(), 1_i64.into()]);
        Ok::<(), DirectoryError>(())
    });
    assert_eq!(orphan.await, conflict(DirectoryError::REFERENCE));
}

async fn a_guard_that_misses_runs_the_unit_again(directory: &TestDirectory) {
    let runs = &AtomicU32::new(0);
    let unit = |unit: Unit| async move {
        insert(&unit, "made", "1");
        // The first run misses, as if somebody had been faster.
        let name = if runs.fetch_add(1, Ordering::SeqCst) == 0 { "missing" } else { "made" };
        unit.guard("UPDATE setting SET value = ? WHERE name = ?", vec!["2".into(), name.into()], 1);
        insert(&unit, "after", "1");
        Ok::<(), DirectoryError>(())
    };
    assert_eq!(directory.write(unit).await, Ok(()));
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(value(&directory.read(), "made").await.as_deref(), Some("2"));
    let never = directory.write(|unit| async move {
        insert(&unit, "never", "1");
        unit.guard("DELETE FROM setting WHERE name = ?", vec!["missing".into()], 1);
        Ok::<(), DirectoryError>(())
    });
    assert_eq!(never.await, Err(DirectoryError::VersionMoved));
    assert_eq!(value(&directory.read(), "never").await, None);
}

async fn units_of_many_tasks_are_all_stored(directory: &TestDirectory) {
    let write = |number: u32| {
        let directory = (**directory).clone();
        tokio::spawn(async move {
            let name = format!("{number}");
            let unit = |unit: Unit| {
                let name = name.clone();
                async move {
                    let before = value(&unit, &name).await;
                    insert(&unit, &name, "1");
                    // Some refuse after they have written: their neighbours in the same commit must not care.
                    unit.flush().await?;
                    if number.is_multiple_of(5) { Err(DirectoryError::ReadOnly) } else { Ok(before) }
                }
            };
            directory.write(unit).await
        })
    };
    let tasks: Vec<_> = (0..200).map(write).collect();
    for (number, task) in tasks.into_iter().enumerate() {
        let expected = if number % 5 == 0 { Err(DirectoryError::ReadOnly) } else { Ok(None) };
        assert_eq!(task.await.unwrap(), expected);
    }
    let rows = directory.read().query("SELECT name FROM setting", Vec::new()).await.unwrap();
    assert_eq!(rows.len(), 160);
}

async fn a_dropped_unit_leaves_no_trace_and_blocks_nobody(directory: &TestDirectory) {
    for round in 0..40_u64 {
        let name = format!("dropped {round}");
        let unit = |unit: Unit| {
            let name = name.clone();
            async move {
                value(&unit, "x").await;
                insert(&unit, &name, "1");
                unit.flush().await?;
                insert(&unit, "never", "1");
                std::future::pending::<()>().await;
                Ok::<(), DirectoryError>(())
            }
        };
        // The caller goes away at different moments, some of them in the middle of a statement.
        let patience = std::time::Duration::from_micros(round * 50);
        assert!(tokio::time::timeout(patience, directory.write(unit)).await.is_err());
        let kept = format!("kept {round}");
        let unit = |unit: Unit| {
            let kept = kept.clone();
            async move {
                insert(&unit, &kept, "1");
                Ok::<(), DirectoryError>(())
            }
        };
        assert_eq!(directory.write(unit).await, Ok(()));
    }
    let rows = directory.read().query("SELECT name FROM setting WHERE value = '1'", Vec::new()).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get("name").unwrap()).collect();
    assert_eq!(names.len(), 40);
    assert!(names.iter().all(|name| name.starts_with("kept")), "{names:?}");
}

async fn acknowledged_units_are_stored_and_abandoned_ones_are_whole(directory: &TestDirectory) {
    let write = |number: u64| {
        let directory = (**directory).clone();
        tokio::spawn(async move {
            let work = |unit: Unit| async move {
                insert(&unit, &format!("{number} first"), "1");
                unit.flush().await?;
                value(&unit, "x").await;
                insert(&unit, &format!("{number} second"), "1");
                Ok::<(), DirectoryError>(())
            };
            let patience = std::time::Duration::from_micros(number * 37 % 20_000);
            match tokio::time::timeout(patience, directory.write(work)).await {
                Ok(answer) => answer.map(|()| true),
                Err(_) => Ok(false),
            }
        })
    };
    let tasks: Vec<_> = (0..400).map(write).collect();
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.push(task.await.unwrap().unwrap());
    }
    // Whoever was abandoned last may still be at work: a unit after them waits for them on SQLite; ask until it is quiet.
    assert_eq!(directory.write(|_| async { Ok::<(), DirectoryError>(()) }).await, Ok(()));
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let rows = directory.read().query("SELECT name FROM setting", Vec::new()).await.unwrap();
    let names: std::collections::BTreeSet<String> = rows.iter().map(|row| row.get("name").unwrap()).collect();
    for (number, acknowledged) in acknowledged.into_iter().enumerate() {
        let [first, second] = ["first", "second"].map(|part| names.contains(&format!("{number} {part}")));
        assert_eq!(first, second, "unit {number} is half there");
        assert!(first || !acknowledged, "unit {number} was acknowledged and is not there");
    }
}

async fn a_kept_unit_answers_errors_after_its_end(directory: &TestDirectory) {
    let kept: Unit = directory.write(|unit| async move { Ok::<_, DirectoryError>(unit) }).await.unwrap();
    let answer = kept.query(READ, vec!["a".into()]).await;
    assert!(matches!(answer, Err(DirectoryError::Unavailable(_))), "{answer:?}");
    let stored = directory.write(|_| async { Ok::<(), DirectoryError>(()) }).await;
    assert_eq!(stored, Ok(()));
}

async fn a_swallowed_failure_stores_nothing(directory: &TestDirectory) {
    let outcome = directory.write(|unit| async move {
        insert(&unit, "a", "1");
        unit.flush().await?;
        assert!(unit.query("SELECT nothing FROM nowhere", Vec::new()).await.is_err());
        Ok::<(), DirectoryError>(())
    });
    assert!(matches!(outcome.await, Err(DirectoryError::Unavailable(_))));
    assert_eq!(value(&directory.read(), "a").await, None);
}
