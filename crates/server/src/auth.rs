//! Who is calling: bearer tokens become principals (RFC 6750; ). Knows nothing of policy.

mod bearer;
mod denied;
mod throttle;
pub mod token;

pub use denied::Denied;
pub use token::{Minted, Presented, TokenKind};
