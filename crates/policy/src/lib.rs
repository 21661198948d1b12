//! Decides who may come in and what a directory's push means.
//!
//! Pure and total: no I/O, no clock, no randomness, no async. Whatever comes from outside (facts, the instant, random
//! digits) is an argument; every decision carries the rules that made it, so it can be stored, explained and replayed.
#![deny(missing_docs)]

mod code;
pub mod connection;
pub mod finding;
pub mod ids;
pub mod membership;
pub mod reason;
pub mod rule;
pub mod trail;

pub use connection::{ConnectionPolicy, Mode, OnNewSubject, Protocol, UnverifiedDomains};
pub use finding::Finding;
pub use ids::{
    AccountId, ActivityId, CompanyId, ConnectionId, DecisionId, DirectoryGroupId, DirectoryUserId, EventId,
    InvitationId, OrganizationId, PlanId, SessionId, TeamId, TokenId,
};
pub use membership::{MembershipState, Origin, Role, SuspendedBy};
pub use reason::{Outcome, Reason};
pub use rule::Rule;
pub use trail::{Step, Trail};
