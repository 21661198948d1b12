//! Decides stored decisions again, by their own facts and policy, and compares byte for byte (design.md 9).

use rollcall_directory::{DecisionFilter, DirectoryError, Reader, StoredDecision};
use rollcall_policy::{
    ConnectionId, ConnectionPolicy, DECISION_VERSION, DecisionId, SignInDecision, SignInFacts, decide_sign_in,
};
use serde::Deserialize;

/// How many decisions are read at a time.
const PAGE: u64 = 500;

/// What became of one stored decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// The same, byte for byte.
    Same,
    /// It was made by other rules than these: nothing to compare.
    OtherVersion,
    /// The same rules decide otherwise now: a fault of this program.
    Differs {
        /// What is stored.
        stored: String,
        /// What these rules say.
        now: String,
    },
    /// What is stored cannot be read.
    Unreadable(String),
}

/// What came of many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Decisions that were looked at.
    pub decisions: u64,
    /// Those that came out the same.
    pub same: u64,
    /// Those of another version of the rules.
    pub other_version: u64,
    /// Those that came out otherwise or cannot be read.
    pub differences: Vec<(DecisionId, Replayed)>,
}

/// The text of column `facts`.
#[derive(Deserialize)]
struct Recorded {
    policy: ConnectionPolicy,
    facts: SignInFacts,
}

/// The part of a decision that every version has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Replays one decision.
pub fn replay(stored: &StoredDecision) -> Replayed {
    let version = serde_json::from_str::<Versioned>(&stored.decision).map(|decision| decision.version);
    match version {
        Ok(DECISION_VERSION) => {}
        Ok(_) => return Replayed::OtherVersion,
        Err(error) => return Replayed::Unreadable(format!("the decision: {error}")),
    }
    let recorded: Recorded = match serde_json::from_str(&stored.facts) {
        Ok(recorded) => recorded,
        Err(error) => return Replayed::Unreadable(format!("the facts: {error}")),
    };
    let decision: SignInDecision = decide_sign_in(&recorded.policy, &recorded.facts);
    match serde_json::to_string(&decision) {
        Ok(now) if now == stored.decision => Replayed::Same,
        Ok(now) => Replayed::Differs { stored: stored.decision.clone(), now },
        Err(error) => Replayed::Unreadable(format!("the new decision: {error}")),
    }
}

/// Replays all stored decisions, latest first; only a connection's, if one is named. `done` hears of so many more each time.
pub async fn replay_all(
    reader: &Reader,
    connection: Option<ConnectionId>,
    done: impl Fn(u64),
) -> Result<Report, DirectoryError> {
    let filter = DecisionFilter { connections: connection.map(|id| vec![id]), ..DecisionFilter::default() };
    let (mut report, mut before) = (Report::default(), None);
    loop {
        let page = reader.decisions_passing(&filter, before, PAGE).await?;
        let Some(last) = page.last() else { return Ok(report) };
        before = Some(last.id);
        for stored in &page {
            done(1);
            report.decisions += 1;
            match replay(stored) {
                Replayed::Same => report.same += 1,
                Replayed::OtherVersion => report.other_version += 1,
                other @ (Replayed::Differs { .. } | Replayed::Unreadable(_)) => {
                    report.differences.push((stored.id, other));
                }
            }
        }
    }
}
