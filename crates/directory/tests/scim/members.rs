//! Members of groups: what is changed, what it costs, and what they show.

use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{DirectoryError, Kind, Member, MembersChanged, Unit};
use rollcall_scim::Tolerances;
use rollcall_scim::condition::{Condition, Field, Test, resolve_element};
use rollcall_scim::filter::{self, Filter, Limits};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::population::{
    BASE_URL, Population, group_id, group_member, group_type, reference, scope, user, user_id, user_member,
};

/// So many users, and group 0 with the first `members` of them.
fn crowd(company: u128, users: u128, members: u128) -> Population {
    let bodies: Vec<Value> = (0..users).map(|number| json!({"userName": format!("u{number}")})).collect();
    let mut population = Population::new(scope(company, 1), &bodies, &[json!({"displayName": "g"})]);
    population.members = vec![(0..members).map(user_member).collect()];
    population
}

/// D-10: a repeated add and an absent remove are silent, and say so; a unit sees what it changed before.
async fn changes_tell_what_they_changed(directory: &TestDirectory) {
    let population = crowd(1, 5, 2);
    population.store(directory).await;
    let (here, group) = (population.scope, group_id(0));
    let work = |unit: Unit| async move {
        let [zero, one, two, three] = [0, 1, 2, 3].map(user_member);
        assert_eq!(unit.add_members(here, group, &[one, two, two]).await?, [two]);
        assert_eq!(unit.add_members(here, group, &[one, two]).await?, []);
        assert_eq!(unit.remove_members(here, group, &[two.id, three.id]).await?, [two]);
        assert_eq!(unit.remove_members(here, group, &[]).await?, []);
        let changed = unit.replace_members(here, group, &[one, three]).await?;
        assert_eq!(changed, MembersChanged { added: vec![three], removed: vec![zero] });
        assert!(unit.replace_members(here, group, &[three, one]).await?.is_empty());
        let mut gone = unit.remove_all_members(here, group).await?;
        gone.sort_unstable();
        assert_eq!(gone, [one, three]);
        assert_eq!(unit.add_members(here, group, &[three]).await?, [three]);
        assert_eq!(unit.existing_members(here, group, &[zero.id, three.id]).await?, [three]);
        Ok::<_, DirectoryError>(())
    };
    directory.write(work).await.unwrap();
    assert_eq!(member_ids(directory, &population).await, [user_id(3).uuid()]);
}

async fn member_ids(directory: &TestDirectory, population: &Population) -> Vec<Uuid> {
    let members = directory.read().members(population.scope, group_id(0), None).await.unwrap();
    members.into_iter().map(|member| member.id).collect()
}

/// Nothing of a refused unit stays, not even what went out before its end.
async fn a_refused_unit_changes_no_member(directory: &TestDirectory) {
    let population = crowd(1, 3, 1);
    population.store(directory).await;
    let here = population.scope;
    let refused = |unit: Unit| async move {
        unit.add_members(here, group_id(0), &[user_member(1)]).await?;
        unit.remove_members(here, group_id(0), &[user_id(0).uuid()]).await?;
        Err::<(), _>(DirectoryError::Busy)
    };
    assert_eq!(directory.write(refused).await, Err(DirectoryError::Busy));
    let conflicting = |unit: Unit| async move {
        unit.add_members(here, group_id(0), &[user_member(1)]).await?;
        let (user, search) = user(here, 9, &json!({"userName": "U0"}));
        unit.insert_user(&user, &search);
        Ok::<_, DirectoryError>(())
    };
    assert!(directory.write(conflicting).await.unwrap_err().violates("directory_user_user_name"));
    assert_eq!(member_ids(directory, &population).await, [user_id(0).uuid()]);
}

/// P7: one member costs the same in a small and in a large group; a thousand cost a few statements.
async fn the_cost_of_a_change_does_not_grow_with_the_group(directory: &TestDirectory) {
    let mut costs = Vec::new();
    for (company, size) in [(1, 10), (2, 1_500)] {
        let population = crowd(company, 2_500, size);
        population.store(directory).await;
        let (here, group) = (population.scope, group_id(0));
        let one = |unit: Unit| async move {
            let found = unit.resolve_members(here, &[user_id(2_400).uuid()]).await?;
            assert_eq!(unit.add_members(here, group, &found).await?, found);
            unit.touch_group(here, group, 5).await?;
            Ok::<_, DirectoryError>(())
        };
        let out = |unit: Unit| async move {
            assert_eq!(unit.remove_members(here, group, &[user_id(2_400).uuid()]).await?.len(), 1);
            unit.touch_group(here, group, 6).await?;
            Ok::<_, DirectoryError>(())
        };
        let many = |unit: Unit| async move {
            let ids: Vec<Uuid> = (1_400..2_400).map(|number| user_id(number).uuid()).collect();
            let found = unit.resolve_members(here, &ids).await?;
            assert_eq!(found.len(), 1_000);
            let added = unit.add_members(here, group, &found).await?;
            unit.touch_group(here, group, 7).await?;
            Ok::<_, DirectoryError>(added.len())
        };
        let before = directory.statements();
        directory.write(one).await.unwrap();
        let between = directory.statements();
        directory.write(out).await.unwrap();
        let after = directory.statements();
        let added = directory.write(many).await.unwrap();
        assert_eq!(added, if size == 10 { 1_000 } else { 900 });
        costs.push([between - before, after - between, directory.statements() - after]);
        assert_eq!(directory.read().group(here, group).await.unwrap().unwrap().version, 4);
    }
    // Look-up of users, insertion, version; deletion, version; two batches of 500 each way.
    assert_eq!(costs, [[3, 2, 5], [3, 2, 5]]);
}

/// D-4: only users and groups of the connection can be members.
async fn only_resources_of_the_connection_resolve(directory: &TestDirectory) {
    let mut population = crowd(1, 2, 0);
    population.users[1].0.connection = scope(1, 2).connection;
    population.store(directory).await;
    let here = population.scope;
    let work = |unit: Unit| async move {
        let ids = [group_id(0).uuid(), user_id(0).uuid(), user_id(1).uuid(), user_id(99).uuid(), user_id(0).uuid()];
        unit.resolve_members(here, &ids).await
    };
    assert_eq!(directory.write(work).await.unwrap(), [user_member(0), group_member(0)]);
}

/// D-2, D-13: the names that members show, in the spelling of now.
async fn members_show_their_names(directory: &TestDirectory) {
    let users = [json!({"userName": "Anna", "displayName": "\u{c4}nna \"A\""}), json!({"userName": "BERT"})];
    let groups = [json!({"displayName": "Outer"}), json!({"displayName": "Inner Circle"})];
    let mut population = Population::new(scope(1, 1), &users, &groups);
    population.members[0] = vec![group_member(1), user_member(1), user_member(0)];
    population.store(directory).await;
    let read = directory.read();
    let members = read.members(population.scope, group_id(0), None).await.unwrap();
    let shown: Vec<_> =
        members.iter().map(|member| (member.id, member.kind, member.display.as_deref().unwrap())).collect();
    let expected = [
        (user_id(0).uuid(), Kind::User, "\u{c4}nna \"A\""),
        (user_id(1).uuid(), Kind::User, "BERT"),
        (group_id(1).uuid(), Kind::Group, "Inner Circle"),
    ];
    assert_eq!(shown, expected);
    assert_eq!(read.members(population.scope, group_id(0), Some(2)).await.unwrap(), members[..2]);
    for other in [scope(1, 2), scope(2, 1)] {
        assert_eq!(read.members(other, group_id(0), None).await.unwrap(), []);
        assert_eq!(read.existing_members(other, group_id(0), &[user_id(0).uuid()]).await.unwrap(), []);
    }
}

/// What stands in the brackets of a PATCH path on `members`.
async fn members_are_selected_by_a_condition(directory: &TestDirectory) {
    let users = [json!({"userName": "anna", "displayName": "X"}), json!({"userName": "bert"})];
    let groups = [json!({"displayName": "outer"}), json!({"displayName": "inner"})];
    let mut population = Population::new(scope(1, 1), &users, &groups);
    population.members = vec![vec![user_member(0), user_member(1), group_member(1)], vec![user_member(1)]];
    population.store(directory).await;
    let members = group_type().attribute("members").unwrap().clone();
    let rows: [(&str, &[Member]); 4] = [
        ("type eq \"Group\"", &[group_member(1)]),
        ("display eq \"x\" or display sw \"BE\"", &[user_member(0), user_member(1)]),
        ("not (type eq \"user\")", &[group_member(1)]),
        ("value eq \"nobody\"", &[]),
    ];
    for (text, expected) in rows {
        let tolerances = Tolerances::lenient();
        let parsed = filter::parse(&format!("members[{text}]"), &Limits::default(), &tolerances).unwrap();
        let Filter::Element { filter, .. } = parsed else { panic!("{parsed}") };
        let condition = resolve_element(&filter, &members, &tolerances).unwrap();
        let found =
            directory.read().members_matching(population.scope, group_id(0), &condition, BASE_URL).await.unwrap();
        assert_eq!(found, expected, "{text}");
        let other = directory.read().members_matching(scope(1, 2), group_id(0), &condition, BASE_URL).await.unwrap();
        assert_eq!(other, [], "{text}");
    }
    let of_bert = Condition::Value {
        field: Field { name: "$ref".to_owned(), sub: None },
        test: Test::Equal(reference("User", user_id(1).uuid())),
    };
    let found = directory.read().members_matching(population.scope, group_id(0), &of_bert, BASE_URL).await.unwrap();
    assert_eq!(found, [user_member(1)]);
}

rollcall_directory::on_each_database! {
    changes_tell_what_they_changed
    a_refused_unit_changes_no_member
    the_cost_of_a_change_does_not_grow_with_the_group
    only_resources_of_the_connection_resolve
    members_show_their_names
    members_are_selected_by_a_condition
}
