//! Decides what one push of a directory user means: for the resource, for the person, for their memberships.
//!
//! The resource itself is stored as pushed by the caller. Here stands whether it may be (`PushRefusal`), under which id
//! (`resource`, RC-7 and RC-8), whose it is (`link`, RC-1, RC-5, RC-10), and what follows (`apply`, RC-2, RC-4, RC-15).

pub mod address;
mod apply;
mod groups;
mod held;
mod link;
mod refusal;
mod resource;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use held::{Answer, AnswerDecision, decide_answer};
pub use refusal::PushRefusal;
pub use resource::ResourcePlan;

use crate::{
    brake::Hold,
    connection::ConnectionPolicy,
    draft::Draft,
    effect::Effect,
    facts::{AccountFacts, ConnectionFacts, DirectoryUserFacts},
    finding::Finding,
    folded::Folded,
    group_push::GroupPlace,
    ids::{AccountId, DirectoryUserId},
    mapping::Attributes,
    sign_in::DECISION_VERSION,
    trail::Trail,
    warning::Warning,
};

/// Everything one push is decided by, beside the connection's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushFacts {
    /// The instant of the decision, in UTC microseconds.
    pub now: i64,
    /// What the provider asks for.
    pub push: Push,
    /// The connection.
    pub connection: ConnectionFacts,
    /// The account of the pushed address, the one that the resource is linked to, and those of `directory`, if any.
    pub accounts: Vec<AccountFacts>,
    /// Directory users and tombstones of the company's connections that serve any of this connection's organizations:
    /// those linked to one of `accounts`, and this connection's own ones that may be the pushed user's earlier life: the
    /// one of that `userName`, inactive ones of that `externalId`, the latest tombstones of either. Never the resource of
    /// an update or delete itself.
    pub directory: Vec<DirectoryUserFacts>,
    /// Existing teams that groups of the pushed user, and of live users of `directory`, map to (RC-14).
    #[serde(default)]
    pub groups: Vec<(DirectoryUserId, GroupPlace)>,
    /// Random numbers for username candidates, a handful; used only if an account is made.
    pub username_digits: Vec<u32>,
    /// What a removal comes to. A decision that suspends nobody never asked.
    #[serde(default)]
    pub removal: Removal,
    /// Those of `accounts` that no push removes (RC-12).
    #[serde(default)]
    pub protected: BTreeSet<AccountId>,
}

/// What the brake says to a removal (RC-12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// It acts at once.
    #[default]
    Passes,
    /// It waits for an administrator.
    IsHeld,
}

/// What the provider asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Push {
    /// POST.
    Create {
        /// The user.
        user: PushedUser,
    },
    /// PUT or PATCH.
    Update {
        /// As stored.
        before: StoredUser,
        /// As it would be stored.
        user: PushedUser,
    },
    /// DELETE.
    Delete {
        /// As stored.
        before: StoredUser,
    },
}

impl Push {
    /// The user as it is stored, if it is.
    pub const fn before_mut(&mut self) -> Option<&mut StoredUser> {
        match self {
            Self::Create { .. } => None,
            Self::Update { before, .. } | Self::Delete { before } => Some(before),
        }
    }

    /// Whether the directory says afterwards that the person is gone.
    pub const fn leaves(&self) -> bool {
        match self {
            Self::Create { user } | Self::Update { user, .. } => !user.active,
            Self::Delete { .. } => true,
        }
    }
}

/// A user as the provider wants it to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedUser {
    /// `userName`.
    pub user_name: Folded,
    /// `externalId`, compared exactly.
    pub external_id: Option<String>,
    /// The address, as `address::address_of` finds it (RC-6).
    pub address: Option<Folded>,
    /// The full name, as `person_name::pushed_name` finds it.
    pub full_name: Option<String>,
    /// `active`; true if a create does not say.
    pub active: bool,
    /// Organization, team and role of our extension, else of its documented alias.
    pub attributes: Attributes,
}

/// A user as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredUser {
    /// Its SCIM id.
    pub id: DirectoryUserId,
    /// `active`.
    pub active: bool,
    /// The account it is linked to.
    pub account: Option<AccountId>,
    /// Folded address (RC-6).
    pub address: Option<String>,
    /// The attributes of its extension.
    pub attributes: Attributes,
    /// What became of its removal, if that did not act at once (RC-12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
}

/// What a push comes to. The same facts and policy give the same decision, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushDecision {
    /// The rules' version.
    pub version: u32,
    /// What becomes of the resource.
    pub resource: ResourcePlan,
    /// The account that the effects are about, if it exists already; else it is nobody's or made by the first effect.
    pub account: Option<AccountId>,
    /// What is to be done, in order; nothing at all for an unlinked user.
    pub effects: Vec<Effect>,
    /// What to store as the directory user's finding: this replaces an earlier one.
    pub finding: Option<Finding>,
    /// What an administrator should know.
    pub warnings: Vec<Warning>,
    /// The rules that fired, in order.
    pub trail: Trail,
}

impl PushDecision {
    /// Whether it takes access from somebody: then the brake is asked, and it be decided again if that holds (RC-12).
    pub fn removes(&self) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Suspend { .. }))
    }
}

/// Decides a push, or refuses it: then nothing may be stored. Total: all facts have an answer.
pub fn decide_push(policy: &ConnectionPolicy, facts: &PushFacts) -> Result<PushDecision, PushRefusal> {
    if !policy.scim {
        return Err(PushRefusal::ScimOff);
    }
    let mut draft = Draft::default();
    let (resource, account, finding) = match &facts.push {
        Push::Delete { before } => {
            let account = account_of(facts, before.account);
            if let Some(account) = account {
                apply::remove(facts, account, before, &mut draft)?;
            }
            (ResourcePlan::Remove, account, None)
        }
        Push::Update { before, user } => {
            let linked = account_of(facts, before.account);
            let link = link::link(policy, facts, user, linked, &mut draft)?;
            let (id, hold, returns) = (Some(before.id), before.hold, apply::Return::Same);
            let comes = apply::Comes { before: Some(before), id, hold, returns };
            let finding = apply::apply(facts, user, comes, &link, &mut draft)?;
            (ResourcePlan::Keep, link.account(), finding)
        }
        Push::Create { user } => {
            let earlier = resource::find(policy, facts, user, &mut draft)?;
            let link = link::link(policy, facts, user, earlier.account, &mut draft)?;
            let plan = earlier.plan(&link);
            let (id, hold, returns) = (plan.id(), earlier.hold(facts), earlier.returns);
            let comes = apply::Comes { before: None, id, hold, returns };
            let finding = apply::apply(facts, user, comes, &link, &mut draft)?;
            (plan, link.account(), finding)
        }
    };
    Ok(PushDecision {
        version: DECISION_VERSION,
        resource,
        account: account.map(|account| account.id),
        effects: draft.effects,
        finding,
        warnings: draft.warnings,
        trail: draft.trail,
    })
}

fn account_of(facts: &PushFacts, id: Option<AccountId>) -> Option<&AccountFacts> {
    facts.accounts.iter().find(|account| Some(account.id) == id)
}
