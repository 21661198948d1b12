//! Whatever the references of a job are: each operation happens once or not at all, and completely.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Store, post_group, run, statuses};

/// Groups that have one another as members; some are refused by the store.
#[derive(Clone, Debug)]
struct Groups {
    members: Vec<BTreeSet<usize>>,
    refused: Vec<bool>,
}

fn groups() -> impl Strategy<Value = Groups> {
    (1usize..9).prop_flat_map(|length| {
        let others = proptest::collection::btree_set(0..length, 0..3);
        let members = proptest::collection::vec(others, length);
        let refused = proptest::collection::vec(proptest::bool::weighted(0.15), length);
        (members, refused).prop_map(|(mut members, refused)| {
            // A group in itself is refused by the store (D-7); that is another story.
            for (index, members) in members.iter_mut().enumerate() {
                members.remove(&index);
            }
            Groups { members, refused }
        })
    })
}

impl Groups {
    fn operations(&self) -> Vec<Value> {
        let operation = |(index, members): (usize, &BTreeSet<usize>)| {
            let references: Vec<String> = members.iter().map(|other| format!("bulkId:{other}")).collect();
            let references: Vec<&str> = references.iter().map(String::as_str).collect();
            post_group(&index.to_string(), &self.name(index), &references)
        };
        self.members.iter().enumerate().map(operation).collect()
    }

    fn name(&self, index: usize) -> String {
        if self.refused[index] { format!("refused {index}") } else { format!("group {index}") }
    }

    /// The operation and everything it needs, however indirectly.
    fn needs(&self, index: usize) -> BTreeSet<usize> {
        let mut needed = BTreeSet::from([index]);
        let mut open = vec![index];
        while let Some(next) = open.pop() {
            open.extend(self.members[next].iter().filter(|other| needed.insert(**other)));
        }
        needed
    }

    fn succeeds(&self, index: usize) -> bool {
        self.needs(index).iter().all(|needed| !self.refused[*needed])
    }
}

/// The store has exactly these groups, each with all its members.
fn check_store(groups: &Groups, store: &Store, expected: &BTreeSet<usize>) {
    assert_eq!(store.resources.len(), expected.len(), "H-15");
    let ids: BTreeMap<usize, &str> =
        expected.iter().map(|index| (*index, store.named(&groups.name(*index)).unwrap().0)).collect();
    for index in expected {
        let members: Vec<Value> = groups.members[*index].iter().map(|other| json!({"value": ids[other]})).collect();
        let stored = &store.data(ids[index])["members"];
        // A list that was left empty is the same as none.
        assert!(*stored == json!(members) || (members.is_empty() && stored.is_null()), "H-9: {stored}");
    }
}

proptest! {
    /// H-9, H-10, H-12, H-13
    #[test]
    fn every_operation_happens_once_with_all_its_references(groups in groups()) {
        let mut store = Store::default();
        let entries = run(&mut store, &json!({"Operations": groups.operations()}));
        let succeeded: BTreeSet<usize> = (0..groups.refused.len()).filter(|index| groups.succeeds(*index)).collect();
        let expected: Vec<&str> =
            (0..entries.len()).map(|index| if succeeded.contains(&index) { "201" } else { "409" }).collect();
        prop_assert_eq!(statuses(&entries), expected);
        check_store(&groups, &store, &succeeded);
        let created: Vec<usize> = store.log.iter().filter(|(_, what)| *what == "create").map(|(index, _)| *index).collect();
        let once: BTreeSet<usize> = created.iter().copied().collect();
        prop_assert_eq!(created.len(), once.len());
        prop_assert!(once.is_superset(&succeeded));
    }

    /// H-8
    #[test]
    fn errors_are_counted_in_request_order(groups in groups(), limit in 1usize..4) {
        let mut store = Store::default();
        let entries = run(&mut store, &json!({"failOnErrors": limit, "Operations": groups.operations()}));
        let length = groups.refused.len();
        let end = (0..length).filter(|index| !groups.succeeds(*index)).nth(limit - 1).unwrap_or(length - 1);
        let needed: BTreeSet<usize> = (0..=end).flat_map(|index| groups.needs(index)).collect();
        let answered: Vec<usize> =
            (0..length).filter(|index| *index <= end || (needed.contains(index) && groups.succeeds(*index))).collect();
        let got: Vec<usize> = entries.iter().map(|entry| entry["bulkId"].as_str().unwrap().parse().unwrap()).collect();
        prop_assert_eq!(&got, &answered);
        let stored = answered.into_iter().filter(|index| groups.succeeds(*index)).collect();
        check_store(&groups, &store, &stored);
    }

    /// H-13: without forward references, the order of the request is the order of execution.
    #[test]
    fn request_order_is_kept_where_it_can_be(groups in groups()) {
        let backward = |(index, members): (usize, BTreeSet<usize>)| members.into_iter().filter(|other| *other < index).collect();
        let members = groups.members.into_iter().enumerate().map(backward).collect();
        let groups = Groups { members, refused: groups.refused };
        let mut store = Store::default();
        run(&mut store, &json!({"Operations": groups.operations()}));
        prop_assert!(store.log.is_sorted());
        prop_assert!(store.log.iter().all(|(_, what)| *what == "create"));
    }
}
