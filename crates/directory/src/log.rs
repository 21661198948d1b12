//! What happened: decisions, the audit log, events to deliver; and single settings of the installation.

mod account_decision;
mod activity;
mod decision;
mod filter;
mod outbox;
mod setting;

pub use account_decision::AccountDecision;
pub use activity::Activity;
pub use decision::StoredDecision;
pub use filter::{ActivityFilter, DecisionFilter};
pub use outbox::Event;
