//! What happens when the database cannot do what it is asked.

use crate::testing::{self, TestDirectory, account};
use crate::{DirectoryError, Unit};
use std::time::Duration;

async fn put(directory: &TestDirectory, name: &str, value: String) -> Result<(), DirectoryError> {
    let value = &value;
    directory
        .write(|unit| async move {
            unit.put_setting(name, value);
            Ok(())
        })
        .await
}

/// Says a pragma on the write connection, outside of what units usually do.
async fn pragma(directory: &TestDirectory, sql: &'static str) {
    let work = |unit: Unit| async move { unit.query(sql, Vec::new()).await.map(drop) };
    directory.write(work).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_the_writer_goes_on() {
    let directory = testing::sqlite().await;
    put(&directory, "before", "1".to_owned()).await.unwrap();
    // No page more than there are (SQLite does not go below them).
    pragma(&directory, "PRAGMA max_page_count = 1").await;
    let outcome = put(&directory, "big", "x".repeat(200_000)).await;
    assert_eq!(outcome, Err(DirectoryError::Full));
    assert_eq!(directory.read().setting("big").await.unwrap(), None);
    pragma(&directory, "PRAGMA max_page_count = 1000000").await;
    put(&directory, "big", "x".repeat(200_000)).await.unwrap();
    assert_eq!(directory.read().setting("before").await.unwrap().as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_commit_fails_its_whole_batch_and_the_writer_goes_on() {
    let directory = testing::sqlite().await;
    let slow = |number: u32, orphan: bool| {
        let directory = crate::Directory::clone(&directory);
        tokio::spawn(async move {
            let work = |unit: Unit| async move {
                unit.put_setting(&format!("{number}"), "1");
                unit.flush().await?;
                if orphan {
                    // References are judged at the end of the transaction then: the commit is what fails.
                    unit.query("PRAGMA defer_foreign_keys = ON", Vec::new()).await?;
                    let ids = || uuid::Uuid::from_u128(9).into();
                    let sql = "INSERT INTO team_member (company_id, team_id, account_id) VALUES (?, ?, ?)";
                    unit.execute(sql, vec![ids(), ids(), ids()]);
                }
                // Time enough for the others to queue up.
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok::<(), DirectoryError>(())
            };
            directory.write(work).await
        })
    };
    let units = [slow(1, true), slow(2, false), slow(3, false)];
    for unit in units {
        assert!(unit.await.unwrap().is_err());
    }
    for number in 1..=3 {
        assert_eq!(directory.read().setting(&number.to_string()).await.unwrap(), None);
    }
    put(&directory, "after", "1".to_owned()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_that_wait_share_commits() {
    let directory = testing::sqlite().await;
    let before = directory.commits();
    let write = |number: u32| {
        let directory = crate::Directory::clone(&directory);
        tokio::spawn(async move {
            let work = |unit: Unit| async move {
                unit.put_setting(&format!("{number}"), "1");
                Ok::<(), DirectoryError>(())
            };
            directory.write(work).await
        })
    };
    let units: Vec<_> = (0..256).map(write).collect();
    for unit in units {
        unit.await.unwrap().unwrap();
    }
    let commits = directory.commits() - before;
    // 64 units at most in each, and never one each.
    assert!((4..128).contains(&commits), "{commits} commits");
}

#[tokio::test]
async fn a_connection_that_only_reads_says_so() {
    let directory = testing::sqlite().await;
    let outcome = directory.read().query("DELETE FROM setting", Vec::new()).await;
    assert_eq!(outcome.map(drop), Err(DirectoryError::ReadOnly));
    let directory = testing::postgres().await;
    let work = |unit: Unit| async move {
        unit.execute("SET TRANSACTION READ ONLY", Vec::new());
        unit.put_setting("a", "1");
        Ok(())
    };
    assert_eq!(directory.write(work).await, Err(DirectoryError::ReadOnly));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_that_lock_each_other_out_are_both_stored_in_the_end() {
    let directory = testing::postgres().await;
    let (ada, bob) = (account(1, "ada@x"), account(2, "bob@x"));
    let people = (&ada, &bob);
    let insert = |unit: Unit| async move {
        unit.insert_account(people.0);
        unit.insert_account(people.1);
        Ok::<(), DirectoryError>(())
    };
    directory.write(insert).await.unwrap();
    let cross = |first, second, name: &'static str| {
        let directory = crate::Directory::clone(&directory);
        tokio::spawn(async move {
            let work = |unit: Unit| async move {
                unit.lock_account(first).await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
                unit.lock_account(second).await?;
                unit.put_setting(name, "1");
                Ok::<(), DirectoryError>(())
            };
            directory.write(work).await
        })
    };
    let units = [cross(ada.id, bob.id, "one"), cross(bob.id, ada.id, "two")];
    for unit in units {
        unit.await.unwrap().unwrap();
    }
    for name in ["one", "two"] {
        assert!(directory.read().setting(name).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_kind_is_inconsistent_and_names_table_and_column() {
    for directory in [testing::sqlite().await, testing::postgres().await] {
        let work = |unit: Unit| async move {
            let sql = "INSERT INTO token (id, kind, secret_hash, created_at) VALUES (?, ?, ?, ?)";
            unit.execute(sql, vec![uuid::Uuid::from_u128(1).into(), "odd".into(), vec![1_u8].into(), 1_i64.into()]);
            Ok::<(), DirectoryError>(())
        };
        directory.write(work).await.unwrap();
        let found = directory.read().token(rollcall_policy::TokenId::from_u128(1)).await;
        let error = found.unwrap_err();
        assert!(matches!(&error, DirectoryError::Inconsistent { table, .. } if table == "token"), "{error}");
        assert!(error.to_string().contains("kind"), "{error}");
    }
}
