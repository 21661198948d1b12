//! What the activity log says of a mapped team's changes, bounded however many people moved (L-3).

use std::collections::BTreeSet;

use rollcall_policy::group_push::PeopleDecision;
use rollcall_policy::{AccountId, DirectoryGroupId, GroupPlace, Rule, TeamId};
use serde_json::{Map, Value, json};

use super::Mapping;
use crate::app::activity::note_with;

/// How many people an entry names; the count says how many there were.
const MOST_NAMED: usize = 100;

/// What a push did to one team so far.
#[derive(Debug)]
pub(super) struct Report {
    group: DirectoryGroupId,
    rules: BTreeSet<Rule>,
    joined: Tally,
    added: Tally,
    removed: Tally,
}

/// People, counted, the first of them by id.
#[derive(Debug, Default)]
struct Tally {
    count: usize,
    named: Vec<AccountId>,
}

impl Tally {
    fn add(&mut self, people: &[AccountId]) {
        self.count += people.len();
        self.named.extend(people.iter().take(MOST_NAMED.saturating_sub(self.named.len())));
    }

    fn json(&self) -> Value {
        json!({"count": self.count, "accounts": self.named})
    }
}

impl Report {
    pub(super) fn new(group: DirectoryGroupId, rules: Vec<Rule>) -> Self {
        let (joined, added, removed) = (Tally::default(), Tally::default(), Tally::default());
        Self { group, rules: rules.into_iter().collect(), joined, added, removed }
    }

    pub(super) fn add(&mut self, decision: &PeopleDecision) {
        self.joined.add(&decision.join_organization);
        self.added.add(&decision.join_team);
        self.removed.add(&decision.leave_team);
        self.rules.extend(decision.trail.rules());
    }

    /// Notes what happened at a team, and begins anew.
    pub(super) fn finish(&mut self, mapping: &Mapping<'_>, place: &GroupPlace, team: TeamId) {
        let (joined, added, removed) =
            (std::mem::take(&mut self.joined), std::mem::take(&mut self.added), std::mem::take(&mut self.removed));
        for (action, subject, tally) in [
            ("organization.member_added", place.organization.to_string(), &joined),
            ("team.member_added", team.to_string(), &added),
            ("team.member_removed", team.to_string(), &removed),
        ] {
            if tally.count > 0 {
                self.note(mapping, action, &subject, [("people", tally.json())]);
            }
        }
    }

    /// G-3.
    pub(super) fn team_made(&self, mapping: &Mapping<'_>, place: &GroupPlace, team: TeamId) {
        self.note(mapping, "team.created", &team.to_string(), [("organization", json!(place.organization))]);
    }

    /// RC-17: the group is stored and its team is not made; the next write of the group tries again.
    pub(super) fn over_limit(&self, mapping: &Mapping<'_>, place: &GroupPlace) {
        let subject = place.organization.to_string();
        self.note(mapping, "team.not_created", &subject, [("team", json!(place.team.text))]);
        tracing::warn!(connection = %mapping.scope.connection, group = %self.group, "too many new teams in this hour");
    }

    fn note<const N: usize>(
        &self,
        mapping: &Mapping<'_>,
        action: &'static str,
        subject: &str,
        more: [(&str, Value); N],
    ) {
        let mut data: Map<String, Value> = more.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        data.insert("group".to_owned(), json!(self.group));
        data.insert("rules".to_owned(), json!(self.rules));
        note_with(mapping.unit, &mapping.change.also(mapping.app, action), subject, data);
    }
}
