//! Many at once: nobody is lost, nobody is there twice, nothing dangles (A-39, D-8, design 9).

use std::sync::Arc;

use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{Directory, DirectoryError, Scope, Unit};
use rollcall_policy::DirectoryUserId;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::population::{Population, group_id, scope, user, user_id, user_member};
use crate::users::tombstone_of;

async fn add_if_there(directory: &Directory, scope: Scope, id: DirectoryUserId) -> Result<(), DirectoryError> {
    let work = |unit: Unit| async move {
        let found = unit.resolve_members(scope, &[id.uuid()]).await?;
        if !unit.add_members(scope, group_id(0), &found).await?.is_empty() {
            unit.touch_group(scope, group_id(0), 5).await?;
        }
        Ok(())
    };
    directory.write(work).await
}

async fn concurrent_adds_leave_every_member(directory: &TestDirectory) {
    const MEMBERS: u128 = 40;
    let users: Vec<Value> = (0..MEMBERS).map(|number| json!({"userName": format!("u{number}")})).collect();
    let population = Population::new(scope(1, 1), &users, &[json!({"displayName": "g"})]);
    population.store(directory).await;
    let here = population.scope;
    let mut tasks = JoinSet::new();
    for number in 0..MEMBERS {
        let directory = Directory::clone(directory);
        tasks.spawn(async move { add_if_there(&directory, here, user_id(number)).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(directory.read().members(here, group_id(0), None).await.unwrap().len(), 40);
    assert_eq!(directory.read().group(here, group_id(0)).await.unwrap().unwrap().version, 41);
}

/// Whoever is deleted while being added to a group is in no group afterwards.
async fn a_user_deleted_meanwhile_is_no_member(directory: &TestDirectory) {
    const USERS: u128 = 20;
    let users: Vec<Value> = (0..USERS).map(|number| json!({"userName": format!("u{number}")})).collect();
    let population = Arc::new(Population::new(scope(1, 1), &users, &[json!({"displayName": "g"})]));
    population.store(directory).await;
    let here = population.scope;
    let mut tasks = JoinSet::new();
    for number in 0..USERS {
        let (adding, deleting, population) =
            (Directory::clone(directory), Directory::clone(directory), population.clone());
        tasks.spawn(async move { add_if_there(&adding, here, user_id(number)).await });
        tasks.spawn(async move {
            let tombstone = &tombstone_of(&population.users[usize::try_from(number).unwrap()].0, 9);
            let work = |unit: Unit| async move {
                unit.delete_user(here, tombstone);
                Ok(())
            };
            deleting.write(work).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(directory.read().members(here, group_id(0), None).await.unwrap(), []);
    let ids: Vec<_> = (0..USERS).map(|number| user_member(number).id).collect();
    assert_eq!(directory.read().existing_members(here, group_id(0), &ids).await.unwrap(), []);
}

async fn of_concurrent_creates_one_wins(directory: &TestDirectory) {
    let mut tasks = JoinSet::new();
    for number in 0..16 {
        let directory = Directory::clone(directory);
        tasks.spawn(async move {
            let (user, search) = &user(scope(1, 1), number, &json!({"userName": "same"}));
            let work = |unit: Unit| async move {
                unit.insert_user(user, search);
                Ok::<_, DirectoryError>(())
            };
            directory.write(work).await
        });
    }
    let outcomes = tasks.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for error in outcomes.into_iter().filter_map(Result::err) {
        assert!(error.violates("directory_user_user_name"), "{error:?}");
    }
}

rollcall_directory::on_each_database! {
    concurrent_adds_leave_every_member
    a_user_deleted_meanwhile_is_no_member
    of_concurrent_creates_one_wins
}
