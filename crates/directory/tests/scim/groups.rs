//! Groups: look-ups and writes.

use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{DirectoryError, DirectoryGroup, Unit};
use serde_json::json;

use crate::population::{Document, LATER, Population, group, group_id, group_member, scope, user_id, user_member};

async fn insert(directory: &TestDirectory, (group, search): &(DirectoryGroup, Document)) -> Result<(), DirectoryError> {
    let work = |unit: Unit| async move {
        unit.insert_group(group, search);
        Ok(())
    };
    directory.write(work).await
}

async fn a_group_is_found_by_id_and_name(directory: &TestDirectory) {
    let here = scope(1, 1);
    let stored = group(here, 0, &json!({"displayName": " Stra\u{df}e ", "externalId": "G-1"}));
    insert(directory, &stored).await.unwrap();
    let read = directory.read();
    assert_eq!(read.group(here, group_id(0)).await.unwrap(), Some(stored.0.clone()));
    assert_eq!(read.group_by_display_name(here, "strasse").await.unwrap(), Some(stored.0));
    for other in [scope(1, 2), scope(2, 1)] {
        assert_eq!(read.group(other, group_id(0)).await.unwrap(), None);
        assert_eq!(read.group_by_display_name(other, "strasse").await.unwrap(), None);
    }
}

async fn a_display_name_is_taken_once_per_connection(directory: &TestDirectory) {
    insert(directory, &group(scope(1, 1), 0, &json!({"displayName": "Admins"}))).await.unwrap();
    insert(directory, &group(scope(1, 2), 1, &json!({"displayName": "Admins"}))).await.unwrap();
    let taken = insert(directory, &group(scope(1, 1), 2, &json!({"displayName": "ADMINS"}))).await.unwrap_err();
    assert!(taken.violates("directory_group_display_name"), "{taken:?}");
}

async fn a_group_is_changed_under_its_version(directory: &TestDirectory) {
    let here = scope(1, 1);
    insert(directory, &group(here, 0, &json!({"displayName": "a"}))).await.unwrap();
    let mut changed = group(here, 0, &json!({"displayName": "b", "externalId": "x"}));
    (changed.0.version, changed.0.updated_at) = (2, changed.0.updated_at + 1);
    let changed = &changed;
    let update = |unit: Unit| async move {
        unit.update_group(&changed.0, &changed.1, 1);
        Ok::<_, DirectoryError>(())
    };
    directory.write(update).await.unwrap();
    assert_eq!(directory.read().group(here, group_id(0)).await.unwrap(), Some(changed.0.clone()));
    assert_eq!(directory.write(update).await, Err(DirectoryError::VersionMoved));

    // a clock that steps back does not set `lastModified` back.
    for (at, expected) in [(LATER, (3, LATER)), (5, (4, LATER))] {
        let touch = |unit: Unit| async move { unit.touch_group(here, group_id(0), at).await };
        assert_eq!(directory.write(touch).await.unwrap(), Some(expected));
        let touched = directory.read().group(here, group_id(0)).await.unwrap().unwrap();
        assert_eq!((touched.version, touched.updated_at), expected);
    }
    let gone = |unit: Unit| async move { unit.touch_group(here, group_id(99), 78).await };
    assert_eq!(directory.write(gone).await, Err(DirectoryError::VersionMoved));
}

/// D-9: members stay; D-8: groups that had the group change their version.
async fn a_deleted_group_leaves_its_members_and_its_groups(directory: &TestDirectory) {
    let bodies = ["inner", "outer", "other"].map(|name| json!({"displayName": name}));
    let mut population = Population::new(scope(1, 1), &[json!({"userName": "a"})], &bodies);
    population.members = vec![vec![user_member(0)], vec![group_member(0), user_member(0)], vec![user_member(0)]];
    population.store(directory).await;
    let (here, read) = (population.scope, directory.read());
    let delete = |unit: Unit| async move {
        unit.delete_group(here, group_id(0), 1, LATER);
        Ok::<_, DirectoryError>(())
    };
    let before = directory.statements();
    directory.write(delete).await.unwrap();
    assert_eq!(directory.statements() - before, 4);
    assert_eq!(read.group(here, group_id(0)).await.unwrap(), None);
    assert!(read.user(here, user_id(0)).await.unwrap().is_some());
    let outer = read.group(here, group_id(1)).await.unwrap().unwrap();
    assert_eq!((outer.version, outer.updated_at), (2, LATER));
    assert_eq!(read.group(here, group_id(2)).await.unwrap().unwrap().version, 1);
    assert_eq!(read.members(here, group_id(1), None).await.unwrap().len(), 1);
    let groups = read.groups_of_users(here, &[user_id(0)]).await.unwrap();
    assert!(groups[&user_id(0)].iter().all(|group| group.direct));
    assert_eq!(directory.write(delete).await, Err(DirectoryError::VersionMoved));
}

rollcall_directory::on_each_database! {
    a_group_is_found_by_id_and_name
    a_display_name_is_taken_once_per_connection
    a_group_is_changed_under_its_version
    a_deleted_group_leaves_its_members_and_its_groups
}
