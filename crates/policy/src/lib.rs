//! Decides who may come in and what a directory's push means.
//!
//! Pure and total: no I/O, no clock, no randomness, no async. Whatever comes from outside (facts, the instant, random
//! digits) is an argument; every decision carries the rules that made it, so it can be stored, explained and replayed.
#![deny(missing_docs)]

pub mod assertion;
pub mod brake;
mod code;
pub mod connection;
mod draft;
pub mod effect;
pub mod email;
pub mod facts;
pub mod finding;
pub mod folded;
pub mod group_push;
pub mod ids;
pub mod mapping;
pub mod membership;
pub mod person_name;
pub mod plan;
pub mod push;
pub mod reason;
pub mod roster;
pub mod rule;
#[cfg(feature = "schemas")]
mod schemas;
pub mod sign_in;
pub mod trail;
pub mod username;
pub mod warning;

pub use assertion::{Assertion, AttributeValue};
pub use brake::{Brake, Hold, Room};
pub use connection::{ConnectionPolicy, Mode, OnNewSubject, Protocol, UnverifiedDomains};
pub use effect::{Effect, Event};
pub use facts::{
    AccountFacts, ConnectionFacts, DirectoryState, DirectoryUserFacts, InvitationFacts, MembershipFacts,
    OrganizationFacts, Seats, TeamFacts,
};
pub use finding::Finding;
pub use folded::Folded;
pub use group_push::GroupPlace;
pub use ids::{
    AccountId, ActivityId, CompanyId, ConnectionId, DecisionId, DirectoryGroupId, DirectoryUserId, EventId,
    InvitationId, JournalEntryId, LetterId, OrganizationId, PlanId, SessionId, TeamId, TokenId, WebhookId,
};
pub use mapping::{Attributes, GroupName};
pub use membership::{MembershipState, Origin, Role, SuspendedBy};
pub use push::{
    Answer, AnswerDecision, Push, PushDecision, PushFacts, PushRefusal, PushedUser, Removal, ResourcePlan, StoredUser,
    decide_answer, decide_push,
};
pub use reason::{Outcome, Reason};
pub use roster::Membership;
pub use rule::Rule;
pub use sign_in::{
    AccountSignInFacts, Client, CompanyFacts, DECISION_VERSION, DomainFacts, SessionPlan, SignInDecision, SignInFacts,
    decide_account_sign_in, decide_sign_in,
};
pub use trail::{Step, Trail};
pub use warning::{Warning, WarningCode};
