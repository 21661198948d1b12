//! What happened: decisions, the audit log, events and where they are delivered; and single settings of the installation.

mod account_decision;
mod activity;
mod decision;
mod delivery;
mod filter;
mod letter;
mod letter_unit;
mod outbox;
mod setting;
mod told;
mod webhook;

pub use account_decision::AccountDecision;
pub use activity::Activity;
pub use decision::StoredDecision;
pub use delivery::{Delivery, DeliveryState};
pub(crate) use filter::Conditions;
pub use filter::{ActivityFilter, DecisionFilter};
pub use letter::{Letter, LetterFilter, LetterState};
pub use outbox::{Event, Stored};
pub(crate) use outbox::{event_record, insertions};
pub use webhook::{DisabledBecause, Webhook};
