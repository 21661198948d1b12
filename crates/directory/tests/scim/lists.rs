//! Order, pages and totals (F-2 to F-14, F-18, F-21), against the same done on full search documents.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rollcall_directory::testing::TestDirectory;
use rollcall_directory::{Kind, ListRequest, Position, Window};
use rollcall_scim::condition::{Condition, Field};
use rollcall_scim::sort::{SortKey, SortTarget};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::filters::{condition, population, random_filter};
use crate::population::{
    CUSTOM, Document, Population, all_of, group_id, group_member, ids, matching, scope, user_id, user_member,
};
use rollcall_directory::testing::{Dice, rounds};

fn single(name: &str, sub: Option<&str>) -> SortTarget {
    SortTarget::Value(Field { name: name.to_owned(), sub: sub.map(ToOwned::to_owned) })
}

fn first(attribute: &str, sub: &str) -> SortTarget {
    SortTarget::FirstElement { attribute: attribute.to_owned(), sub: sub.to_owned() }
}

fn random_target(dice: &mut Dice, kinds: &[Kind]) -> SortTarget {
    let custom = |name: &str| format!("{}:{name}", CUSTOM.to_lowercase());
    let common = [
        single("id", None),
        single("displayname", None),
        single("externalid", None),
        single("meta", Some("created")),
        single("meta", Some("lastmodified")),
        single("meta", Some("version")),
        single("meta", Some("location")),
        single("meta", Some("resourcetype")),
    ];
    let users = [
        single("username", None),
        single("title", None),
        single("active", None),
        single("name", Some("familyname")),
        single(&custom("count"), None),
        single(&custom("ratio"), None),
        single(&custom("at"), None),
        single(&custom("box"), Some("label")),
        first("emails", "value"),
        first("emails", "type"),
        first(&custom("tags"), "value"),
        first(&custom("numbers"), "value"),
        first("groups", "value"),
        first("groups", "display"),
        first("groups", "type"),
    ];
    let groups = [first("members", "value"), first("members", "type"), first("members", "display")];
    let mut all: Vec<SortTarget> = common.into();
    if kinds.contains(&Kind::User) {
        all.extend(users);
    }
    if kinds.contains(&Kind::Group) {
        all.extend(groups);
    }
    all.swap_remove(dice.below(all.len()))
}

/// The value to sort by, as F-3 and F-5 have it.
fn sort_value<'a>(document: &'a Document, target: &SortTarget) -> Option<&'a str> {
    match target {
        SortTarget::Value(Field { name, sub: None }) => document.get(name)?.as_str(),
        SortTarget::Value(Field { name, sub: Some(sub) }) => document.get(name)?.get(sub)?.as_str(),
        SortTarget::FirstElement { attribute, sub } => document.get(attribute)?.get(0)?.get(sub)?.as_str(),
    }
}

/// F-4 and F-7: missing last, or first when descending; equal ones by id.
fn compare(left: &(Uuid, Document), right: &(Uuid, Document), key: &SortKey) -> Ordering {
    let (one, other) = (sort_value(&left.1, &key.target), sort_value(&right.1, &key.target));
    let ascending = (one.is_none(), one).cmp(&(other.is_none(), other));
    (if key.descending { ascending.reverse() } else { ascending }).then(left.0.cmp(&right.0))
}

/// Everything that the request finds, page after page by keyset.
async fn walk(directory: &TestDirectory, population: &Population, request: &ListRequest, dice: &mut Dice) -> Vec<Uuid> {
    let mut found = Vec::new();
    let mut window = Window::Offset { offset: 0, limit: 1 + dice.below(4) as u64 };
    loop {
        let request = ListRequest { window, ..request.clone() };
        let page = directory.read().list(population.scope, &request).await.unwrap();
        found.extend(ids(&page.rows));
        match page.next {
            Some(position) => window = Window::After { position, limit: 1 + dice.below(4) as u64 },
            None => return found,
        }
    }
}

async fn any_order_is_walked_completely_by_offset_and_by_keyset(directory: &TestDirectory) {
    for case in 0..rounds(8, 120) {
        let dice = &mut Dice::new(5_000 + case);
        let population = population(dice, case);
        population.store(directory).await;
        for _ in 0..10 {
            let kinds =
                dice.pick(&[&[Kind::User] as &[Kind], &[Kind::User], &[Kind::Group], &[Kind::User, Kind::Group]]);
            let target = random_target(dice, kinds);
            let key = SortKey { target, descending: dice.chance(50) };
            let conditions: Vec<(Kind, Condition)> = kinds
                .iter()
                .map(|kind| {
                    (*kind, if dice.chance(70) { Condition::Constant(true) } else { random_filter(dice, *kind).1 })
                })
                .collect();
            let mut documents: Vec<_> = conditions
                .iter()
                .flat_map(|(kind, condition)| {
                    population.documents(*kind).into_iter().filter(|(_, document)| condition.matches(document))
                })
                .collect();
            documents.sort_by(|left, right| compare(left, right, &key));
            let expected: Vec<Uuid> = documents.into_iter().map(|(id, _)| id).collect();
            let about = format!("case {case}: {kinds:?} by {key:?}");

            let request = ListRequest { kinds: conditions, sort: Some(key), ..all_of(Kind::User) };
            assert_eq!(walk(directory, &population, &request, dice).await, expected, "by keyset, {about}");
            let limit = 1 + dice.below(5) as u64;
            let mut found = Vec::new();
            for page in 0..=expected.len() as u64 / limit {
                let window = Window::Offset { offset: page * limit, limit };
                let page =
                    directory.read().list(population.scope, &ListRequest { window, ..request.clone() }).await.unwrap();
                assert_eq!(page.total, Some(expected.len() as u64), "{about}");
                found.extend(ids(&page.rows));
            }
            assert_eq!(found, expected, "by offset, {about}");
        }
    }
}

/// Users named `a` to `e` in the order of their numbers, two of them with a title.
fn letters() -> Population {
    let users: Vec<Value> = ["a", "b", "c", "d", "e"].map(|name| json!({"userName": name})).into();
    Population::new(scope(1, 1), &users, &[])
}

async fn a_list_without_order_is_ordered_by_id(directory: &TestDirectory) {
    let population = letters();
    population.store(directory).await;
    let found = directory.read().list(population.scope, &all_of(Kind::User)).await.unwrap();
    assert_eq!(ids(&found.rows), (0..5).map(|number| user_id(number).uuid()).collect::<Vec<_>>());
    assert_eq!(found.next, None);
    let dice = &mut Dice::new(1);
    assert_eq!(walk(directory, &population, &all_of(Kind::User), dice).await, ids(&found.rows), "F-12");
}

/// F-9 to F-11: totals without a page, pages beyond the end, and the next page's position.
async fn windows_and_totals(directory: &TestDirectory) {
    let population = letters();
    population.store(directory).await;
    let after =
        |number| Window::After { position: Position { sort_value: None, id: user_id(number).uuid() }, limit: 2 };
    for (window, expected, next) in [
        (Window::Offset { offset: 0, limit: 0 }, 0..0, None),
        (Window::Offset { offset: 0, limit: 2 }, 0..2, Some(1)),
        (Window::Offset { offset: 0, limit: 5 }, 0..5, None),
        (Window::Offset { offset: 3, limit: 2 }, 3..5, None),
        (Window::Offset { offset: 3, limit: u64::MAX }, 3..5, None),
        (Window::Offset { offset: 5, limit: 2 }, 0..0, None),
        (Window::Offset { offset: u64::MAX, limit: 2 }, 0..0, None),
        (after(0), 1..3, Some(2)),
        (after(2), 3..5, None),
        (after(4), 0..0, None),
        // A position stays good when its resource is gone.
        (after(17), 0..0, None),
    ] {
        let request = ListRequest { window: window.clone(), ..all_of(Kind::User) };
        let found = directory.read().list(population.scope, &request).await.unwrap();
        assert_eq!(ids(&found.rows), expected.map(|number| user_id(number).uuid()).collect::<Vec<_>>(), "{window:?}");
        assert_eq!(found.next.map(|position| position.id), next.map(|number| user_id(number).uuid()), "{window:?}");
        assert_eq!(found.total, Some(5), "{window:?}");
        let request = ListRequest { count_total: false, ..request };
        assert_eq!(directory.read().list(population.scope, &request).await.unwrap().total, None, "{window:?}");
    }
}

/// An offset counts resources, however many of their elements a filter finds.
async fn an_offset_counts_resources_not_elements(directory: &TestDirectory) {
    let emails: Vec<Value> =
        (0..4).map(|number| json!({"value": format!("{number}@example.com"), "type": "work"})).collect();
    let users: Vec<Value> = ["a", "b", "c"].map(|name| json!({"userName": name, "emails": emails})).into();
    let groups: Vec<Value> = ["a", "b", "c"].map(|name| json!({"displayName": name})).into();
    let mut population = Population::new(scope(1, 1), &users, &groups);
    population.members = vec![(0..3).map(user_member).collect(); 3];
    population.store(directory).await;
    for (kind, filter, sort) in [
        (Kind::User, "emails.type eq \"work\"", "username"),
        (Kind::User, "groups.type ew \"direct\"", "username"),
        (Kind::Group, "members.type ew \"user\"", "displayname"),
    ] {
        for descending in [None, Some(false), Some(true)] {
            let sort = descending.map(|descending| SortKey { target: single(sort, None), descending });
            let request = ListRequest { sort, ..matching(kind, condition(kind, filter).unwrap()) };
            let all = ids(&directory.read().list(population.scope, &request).await.unwrap().rows);
            assert_eq!(all.len(), 3, "{filter}");
            for offset in 0..3 {
                let request = ListRequest { window: Window::Offset { offset, limit: 5 }, ..request.clone() };
                let found = directory.read().list(population.scope, &request).await.unwrap();
                assert_eq!(ids(&found.rows), all[usize::try_from(offset).unwrap()..], "{filter} {request:?}");
            }
        }
    }
}

/// A list costs one statement, and one more only where the page does not tell the total.
async fn a_list_costs_at_most_two_statements(directory: &TestDirectory) {
    let mut population = letters();
    population.groups = Population::new(population.scope, &[], &[json!({"displayName": "g"})]).groups;
    population.members = vec![vec![user_member(0)]];
    population.store(directory).await;
    let by_name = matching(Kind::User, condition(Kind::User, "userName eq \"c\"").unwrap());
    let broad =
        matching(Kind::User, condition(Kind::User, "groups.display co \"g\" or emails[type eq \"x\"]").unwrap());
    let page = |limit| Window::Offset { offset: 1, limit };
    for (request, statements) in [
        (by_name.clone(), 1),
        (ListRequest { window: page(1), ..by_name }, 2),
        (broad, 1),
        (ListRequest { window: page(2), ..all_of(Kind::User) }, 2),
        (ListRequest { window: page(2), count_total: false, ..all_of(Kind::User) }, 1),
        (ListRequest { window: page(9), ..all_of(Kind::User) }, 1),
        (ListRequest { window: Window::Offset { offset: 0, limit: 0 }, ..all_of(Kind::User) }, 1),
    ] {
        let before = directory.statements();
        directory.read().list(population.scope, &request).await.unwrap();
        assert_eq!(directory.statements() - before, statements, "{request:?}");
    }
}

/// D-7: groups in a circle end neither a list nor the groups of a user.
async fn groups_in_a_circle_are_walked_once(directory: &TestDirectory) {
    let groups: Vec<Value> = (0..3).map(|number| json!({"displayName": format!("g{number}")})).collect();
    let mut population = Population::new(scope(1, 1), &[json!({"userName": "a"}), json!({"userName": "b"})], &groups);
    population.members = vec![vec![user_member(0), group_member(2)], vec![group_member(0)], vec![group_member(1)]];
    population.store(directory).await;
    for (filter, expected) in [
        (format!("groups eq \"{}\"", group_id(2)), vec![user_id(0).uuid()]),
        ("groups.display eq \"G1\"".to_owned(), vec![user_id(0).uuid()]),
        (format!("groups[value eq \"{}\" and type eq \"direct\"]", group_id(2)), vec![]),
        (format!("groups[value eq \"{}\" and type eq \"direct\"]", group_id(0)), vec![user_id(0).uuid()]),
        ("not (groups pr)".to_owned(), vec![user_id(1).uuid()]),
    ] {
        let request = matching(Kind::User, condition(Kind::User, &filter).unwrap());
        let found = directory.read().list(population.scope, &request).await.unwrap();
        assert_eq!(ids(&found.rows), expected, "{filter}");
    }
    let of_users = directory.read().groups_of_users(population.scope, &[user_id(0), user_id(1)]).await.unwrap();
    assert_eq!(of_users.keys().copied().collect::<BTreeSet<_>>(), [user_id(0)].into());
    let direct: Vec<(String, bool)> =
        of_users[&user_id(0)].iter().map(|group| (group.display.clone(), group.direct)).collect();
    assert_eq!(direct, [("g0".to_owned(), true), ("g1".to_owned(), false), ("g2".to_owned(), false)]);
}

rollcall_directory::on_each_database! {
    any_order_is_walked_completely_by_offset_and_by_keyset
    a_list_without_order_is_ordered_by_id
    windows_and_totals
    an_offset_counts_resources_not_elements
    a_list_costs_at_most_two_statements
    groups_in_a_circle_are_walked_once
}
