//! Users: look-ups, writes, what deletion takes with it and leaves behind.

use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{DirectoryError, DirectoryUser, Scope, Tombstone, Unit};
use rollcall_policy::{AccountId, Finding};
use rollcall_scim::condition::Condition;
use rollcall_scim::fold::fold;
use serde_json::{Value, json};

use crate::population::{Document, LATER, Population, group_id, scope, user, user_id, user_member};

pub(crate) async fn insert(
    directory: &TestDirectory,
    (user, search): &(DirectoryUser, Document),
) -> Result<(), DirectoryError> {
    let work = |unit: Unit| async move {
        unit.insert_user(user, search);
        Ok(())
    };
    directory.write(work).await
}

async fn update(
    directory: &TestDirectory,
    (user, search): &(DirectoryUser, Document),
    expected: u64,
) -> Result<(), DirectoryError> {
    let work = |unit: Unit| async move {
        unit.update_user(user, search, expected);
        Ok(())
    };
    directory.write(work).await
}

async fn delete(directory: &TestDirectory, scope: Scope, tombstone: &Tombstone) -> Result<(), DirectoryError> {
    let work = |unit: Unit| async move {
        unit.delete_user(scope, tombstone);
        Ok(())
    };
    directory.write(work).await
}

pub(crate) fn tombstone_of(user: &DirectoryUser, deleted_at: i64) -> Tombstone {
    Tombstone {
        id: user.id,
        user_name_folded: user.user_name_folded.clone(),
        external_id: user.external_id.clone(),
        address_folded: Some("a@example.com".to_owned()),
        account: user.account,
        version: user.version,
        created_at: user.created_at,
        deleted_at,
    }
}

fn anna() -> Value {
    json!({"userName": "Anna Stra\u{df}e", "externalId": "X-1", "displayName": "A\u{301}nna ",
        "emails": [{"value": "A@Example.com"}, {"value": "b@example.com"}, {"value": "a@example.COM", "type": "work"}]})
}

async fn a_user_is_found_by_every_name(directory: &TestDirectory) {
    let here = scope(1, 1);
    let mut stored = user(here, 0, &anna());
    stored.0.account = Some(AccountId::from_u128(7));
    stored.0.finding = Some(Finding::EmailTaken);
    stored.0.updated_at += 1;
    insert(directory, &stored).await.unwrap();
    let (anna, read) = (stored.0, directory.read());
    assert_eq!(read.user(here, anna.id).await.unwrap().as_ref(), Some(&anna), "byte-true");
    let name = fold("ANNA STRASSE");
    assert_eq!(read.user_by_user_name(here, &name).await.unwrap().as_ref(), Some(&anna));
    assert_eq!(read.users_by_external_id(here, "X-1").await.unwrap(), std::slice::from_ref(&anna));
    assert_eq!(read.users_by_external_id(here, "x-1").await.unwrap(), []);
    for address in ["a@example.com", "b@example.com"] {
        assert_eq!(read.users_with_address(here, address).await.unwrap(), std::slice::from_ref(&anna));
    }
    assert_eq!(
        read.users_of_account(here.company, AccountId::from_u128(7)).await.unwrap(),
        std::slice::from_ref(&anna)
    );
    let names = read.manager_display_names(here, &[user_id(5), anna.id]).await.unwrap();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), [(anna.id, "A\u{301}nna ".to_owned())]);

    for other in [scope(1, 2), scope(2, 1)] {
        assert_eq!(read.user(other, anna.id).await.unwrap(), None);
        assert_eq!(read.user_by_user_name(other, &name).await.unwrap(), None);
        assert_eq!(read.users_by_external_id(other, "X-1").await.unwrap(), []);
        assert_eq!(read.users_with_address(other, "a@example.com").await.unwrap(), []);
        assert!(read.manager_display_names(other, &[anna.id]).await.unwrap().is_empty());
    }
    assert_eq!(read.users_of_account(scope(2, 1).company, AccountId::from_u128(7)).await.unwrap(), []);
}

async fn a_user_name_is_taken_once_per_connection(directory: &TestDirectory) {
    insert(directory, &user(scope(1, 1), 0, &json!({"userName": "stra\u{df}e"}))).await.unwrap();
    insert(directory, &user(scope(1, 2), 1, &json!({"userName": "strasse"}))).await.unwrap();
    let taken = insert(directory, &user(scope(1, 1), 2, &json!({"userName": "STRASSE"}))).await.unwrap_err();
    assert!(taken.violates("directory_user_user_name"), "{taken:?}");
    assert_eq!(directory.read().user(scope(1, 1), user_id(2)).await.unwrap(), None);
}

async fn an_update_changes_columns_addresses_and_document(directory: &TestDirectory) {
    let here = scope(1, 1);
    insert(directory, &user(here, 0, &anna())).await.unwrap();
    let body = json!({"userName": "bert", "active": false, "emails": [{"value": "b@example.com"}, {"value": "c@example.com"}]});
    let mut changed = user(here, 0, &body);
    changed.0.version = 2;
    changed.0.updated_at += 5;
    update(directory, &changed, 1).await.unwrap();
    let read = directory.read();
    assert_eq!(read.user(here, user_id(0)).await.unwrap(), Some(changed.0.clone()));
    assert_eq!(read.users_by_external_id(here, "X-1").await.unwrap(), []);
    for (address, found) in [("a@example.com", 0), ("b@example.com", 1), ("c@example.com", 1)] {
        assert_eq!(read.users_with_address(here, address).await.unwrap().len(), found, "{address}");
    }
    // a version that moved is never written over.
    assert_eq!(update(directory, &changed, 1).await, Err(DirectoryError::VersionMoved));
    let mut without = user(here, 0, &json!({"userName": "bert"}));
    without.0.version = 3;
    update(directory, &without, 2).await.unwrap();
    assert_eq!(read.users_with_address(here, "b@example.com").await.unwrap(), []);
}

/// D-8: deletion in a constant number of statements, in however many groups the user was.
async fn a_deleted_user_leaves_all_groups_and_a_tombstone(directory: &TestDirectory) {
    let mut counts = Vec::new();
    for (case, groups) in [(1, 1_u128), (2, 60)] {
        let bodies: Vec<Value> = (0..=groups).map(|number| json!({"displayName": format!("g{number}")})).collect();
        let mut population = Population::new(scope(case, 1), &[anna(), json!({"userName": "b"})], &bodies);
        for (number, members) in population.members.iter_mut().enumerate() {
            *members = vec![user_member(1)];
            if number as u128 != groups {
                members.push(user_member(0));
            }
        }
        population.store(directory).await;
        let (here, read) = (population.scope, directory.read());
        let tombstone = tombstone_of(&population.users[0].0, LATER);
        let stale = Tombstone { version: 7, ..tombstone.clone() };
        assert_eq!(delete(directory, here, &stale).await, Err(DirectoryError::VersionMoved));
        let before = directory.statements();
        delete(directory, here, &tombstone).await.unwrap();
        counts.push(directory.statements() - before);

        assert_eq!(read.user(here, user_id(0)).await.unwrap(), None);
        assert_eq!(read.users_with_address(here, "a@example.com").await.unwrap(), []);
        let left = read.group(here, group_id(0)).await.unwrap().unwrap();
        assert_eq!((left.version, left.updated_at), (2, LATER));
        let untouched = read.group(here, group_id(groups)).await.unwrap().unwrap();
        assert_eq!(untouched, population.groups.last().unwrap().0);
        let members = read.members(here, group_id(0), None).await.unwrap();
        assert_eq!(members.iter().map(|member| member.id).collect::<Vec<_>>(), [user_id(1).uuid()]);
        let found = read.tombstone_matching(here, Some("X-1"), "", None).await.unwrap();
        assert_eq!(found.as_ref(), Some(&tombstone));
        assert_eq!(read.tombstone_matching(scope(case, 2), Some("X-1"), "", None).await.unwrap(), None);
    }
    assert_eq!(counts, [5, 5]);
}

/// RC-8: who is the same person again.
async fn a_tombstone_matches_the_same_person_only(directory: &TestDirectory) {
    let here = scope(1, 1);
    let bury = |number: u128, external_id: Option<&str>, user_name: &str, address: Option<&str>| Tombstone {
        id: user_id(number),
        user_name_folded: user_name.to_owned(),
        external_id: external_id.map(ToOwned::to_owned),
        address_folded: address.map(ToOwned::to_owned),
        account: Some(AccountId::from_u128(number)),
        version: 3,
        created_at: 1,
        deleted_at: 10 + i64::try_from(number).unwrap(),
    };
    let graves = [
        bury(0, Some("X-1"), "anna", Some("a@example.com")),
        bury(1, None, "bert", Some("b@example.com")),
        bury(2, None, "carl", None),
        bury(3, None, "bert", Some("b@example.com")),
    ];
    let graves = &graves;
    let work = |unit: Unit| async move {
        for grave in graves {
            unit.insert_tombstone(here, grave);
        }
        Ok::<_, DirectoryError>(())
    };
    directory.write(work).await.unwrap();
    for (external_id, user_name, address, expected) in [
        (Some("X-1"), "somebody", None, Some(0)),
        (Some("x-1"), "anna", Some("a@example.com"), None),
        (None, "anna", Some("a@example.com"), None),
        (Some("X-2"), "bert", Some("b@example.com"), None),
        (None, "bert", Some("b@example.com"), Some(3)),
        (None, "bert", Some("c@example.com"), None),
        (None, "berta", Some("b@example.com"), None),
        (None, "carl", None, None),
    ] {
        let found = directory.read().tombstone_matching(here, external_id, user_name, address).await.unwrap();
        let found = found.map(|tombstone| tombstone.id);
        assert_eq!(found, expected.map(user_id), "{external_id:?} {user_name} {address:?}");
    }
    let restore = |unit: Unit| async move {
        unit.delete_tombstone(here, user_id(3));
        Ok::<_, DirectoryError>(())
    };
    directory.write(restore).await.unwrap();
    // Of several that restore, one does.
    assert_eq!(directory.write(restore).await, Err(DirectoryError::VersionMoved));
    let found = directory.read().tombstone_matching(here, None, "bert", Some("b@example.com")).await.unwrap().unwrap();
    assert_eq!(found.id, user_id(1));
}

/// RC-7: one SCIM id for each person on a connection.
async fn a_scim_id_is_minted_once(directory: &TestDirectory) {
    let (here, account) = (scope(1, 1), AccountId::from_u128(7));
    assert_eq!(directory.read().scim_id(here, account).await.unwrap(), None);
    let mint = |before, number| {
        move |unit: Unit| async move {
            unit.set_scim_id(here, account, before, user_id(number));
            Ok::<_, DirectoryError>(())
        }
    };
    directory.write(mint(None, 1)).await.unwrap();
    assert!(directory.write(mint(None, 2)).await.unwrap_err().violates("scim_id_pkey"));
    assert_eq!(directory.read().scim_id(here, account).await.unwrap(), Some(user_id(1)));
    // It gives way only to who knows it.
    assert_eq!(directory.write(mint(Some(user_id(2)), 3)).await, Err(DirectoryError::VersionMoved));
    directory.write(mint(Some(user_id(1)), 2)).await.unwrap();
    assert_eq!(directory.read().scim_id(here, account).await.unwrap(), Some(user_id(2)));
    for other in [scope(1, 2), scope(2, 1)] {
        assert_eq!(directory.read().scim_id(other, account).await.unwrap(), None);
    }
}

/// A create costs as many statements as it has tables to write to.
async fn a_create_costs_two_statements(directory: &TestDirectory) {
    let before = directory.statements();
    insert(directory, &user(scope(1, 1), 0, &anna())).await.unwrap();
    assert_eq!(directory.statements() - before, 2);
    let everybody = crate::population::matching(rollcall_directory::Kind::User, Condition::Constant(true));
    assert_eq!(directory.read().list(scope(1, 1), &everybody).await.unwrap().total, Some(1));
}

rollcall_directory::on_each_database! {
    a_user_is_found_by_every_name
    a_user_name_is_taken_once_per_connection
    an_update_changes_columns_addresses_and_document
    a_deleted_user_leaves_all_groups_and_a_tombstone
    a_tombstone_matches_the_same_person_only
    a_scim_id_is_minted_once
    a_create_costs_two_statements
}
