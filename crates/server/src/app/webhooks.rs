//! Webhooks: where a company's events are sent to, made and changed by its administrators (docs/webhooks.md).

mod attempt;
mod backoff;
mod change;
mod messages;
mod secret;

pub use attempt::{AT_ONCE, serve, take};
pub use change::{NewWebhook, WebhookChange, change, create, delete, rotate};
pub use messages::{ping, resend};
pub use secret::sign;

/// Webhooks of a company at most.
pub const MOST: u64 = 20;
