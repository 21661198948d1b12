//! What happened: decisions, the audit log, events to deliver; and single settings of the installation.

mod activity;
mod decision;
mod filter;
mod outbox;
mod setting;

pub use activity::Activity;
pub use decision::StoredDecision;
pub use filter::{ActivityFilter, DecisionFilter};
pub use outbox::Event;
