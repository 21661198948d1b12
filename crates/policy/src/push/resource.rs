//! Under which id a created user lives: a new one, the one kept for the person, or their earlier one (RC-7, RC-8).

use serde::{Deserialize, Serialize};

use super::{PushFacts, PushRefusal, PushedUser, account_of, apply::Return, link::Link};
use crate::{
    brake::Hold,
    connection::ConnectionPolicy,
    draft::Draft,
    effect::Effect,
    facts::{AccountFacts, DirectoryState, DirectoryUserFacts},
    ids::DirectoryUserId,
    rule::Rule,
};

const MICROSECONDS_PER_DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// What becomes of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ResourcePlan {
    /// Store it under an id made by the caller.
    New,
    /// Store it under the id that is kept for the person at this connection (RC-7).
    Adopt {
        /// The id.
        id: DirectoryUserId,
    },
    /// Store it under the id of its tombstone, which an effect drops (RC-8).
    Restore {
        /// The id.
        id: DirectoryUserId,
    },
    /// Replace the inactive user of this id with it and answer 201 (RC-8).
    Reactivate {
        /// The id.
        id: DirectoryUserId,
    },
    /// Update it where it is.
    Keep,
    /// Delete it and leave a tombstone.
    Remove,
}

impl ResourcePlan {
    /// The id under which a created user lives, if it is known before.
    pub(super) const fn id(self) -> Option<DirectoryUserId> {
        match self {
            Self::Adopt { id } | Self::Restore { id } | Self::Reactivate { id } => Some(id),
            Self::New | Self::Keep | Self::Remove => None,
        }
    }
}

/// What a create finds of the same person's earlier life at this connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Earlier<'a> {
    found: Option<ResourcePlan>,
    /// The account of that life.
    pub(super) account: Option<&'a AccountFacts>,
    /// How much of it comes back.
    pub(super) returns: Return,
}

impl Earlier<'_> {
    /// What became of the removal of that life, if it did not act at once (RC-12).
    pub(super) fn hold(&self, facts: &PushFacts) -> Option<Hold> {
        let id = self.found.and_then(ResourcePlan::id)?;
        facts.directory.iter().find(|earlier| earlier.id == id)?.hold
    }

    /// The earlier id, else the one kept for the linked account, else a new one.
    pub(super) fn plan(&self, link: &Link<'_>) -> ResourcePlan {
        let kept = || {
            // After the grace period even the same person starts with a new id.
            let fresh = self.returns == Return::Restored;
            link.account().and_then(|account| account.scim_id).filter(|_| !fresh)
        };
        self.found.or_else(|| kept().map(|id| ResourcePlan::Adopt { id })).unwrap_or(ResourcePlan::New)
    }
}

/// RC-8: who comes back, who is there already, who is somebody else.
pub(super) fn find<'a>(
    policy: &ConnectionPolicy,
    facts: &'a PushFacts,
    user: &PushedUser,
    draft: &mut Draft,
) -> Result<Earlier<'a>, PushRefusal> {
    let own = || facts.directory.iter().filter(|earlier| earlier.connection == facts.connection.id);
    for live in own().filter(|earlier| !is_deleted(earlier)) {
        let same = live.state == DirectoryState::Inactive && same_person(live, user);
        if same && user.active {
            draft.trail.explain(Rule::Rc8, "The same person was inactive here and is active again, under the same id.");
            return Ok(Earlier {
                found: Some(ResourcePlan::Reactivate { id: live.id }),
                account: account_of(facts, live.account),
                returns: Return::Restored,
            });
        }
        if same || live.user_name == user.user_name.key {
            return Err(PushRefusal::UserExists);
        }
    }
    let taken = |earlier: &DirectoryUserFacts| {
        earlier.account.is_some() && own().any(|live| !is_deleted(live) && live.account == earlier.account)
    };
    let tombstone = own()
        .filter(|earlier| is_deleted(earlier) && same_person(earlier, user) && !taken(earlier))
        .max_by_key(|earlier| (deleted_at(earlier), earlier.id));
    let Some(tombstone) = tombstone else {
        return Ok(Earlier { found: None, account: None, returns: Return::Fresh });
    };
    let grace = i64::from(policy.restore_days).saturating_mul(MICROSECONDS_PER_DAY);
    let in_time = facts.now.saturating_sub(deleted_at(tombstone)) <= grace;
    // Later, a recycled mailbox looks just like its last holder; only an `externalId` still names the same person.
    if !in_time && tombstone.external_id.is_none() {
        return Ok(Earlier { found: None, account: None, returns: Return::Fresh });
    }
    draft.because(Rule::Rc8, Effect::DropTombstone { id: tombstone.id });
    Ok(Earlier {
        found: in_time.then_some(ResourcePlan::Restore { id: tombstone.id }),
        account: account_of(facts, tombstone.account),
        returns: Return::Restored,
    })
}

/// RC-8: the same `externalId`; or neither side has one, and both `userName` and address are equal.
pub(super) fn same_person(earlier: &DirectoryUserFacts, user: &PushedUser) -> bool {
    match (&earlier.external_id, &user.external_id) {
        (Some(earlier), Some(pushed)) => earlier == pushed,
        (None, None) => {
            let address = user.address.as_ref().map(|address| &address.key);
            earlier.user_name == user.user_name.key && address.is_some() && earlier.address.as_ref() == address
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

pub(super) fn is_deleted(user: &DirectoryUserFacts) -> bool {
    matches!(user.state, DirectoryState::Deleted { .. })
}

fn deleted_at(user: &DirectoryUserFacts) -> i64 {
    match user.state {
        DirectoryState::Deleted { at } => at,
        DirectoryState::Active | DirectoryState::Inactive => i64::MIN,
    }
}
