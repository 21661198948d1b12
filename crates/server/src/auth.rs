//! Who is calling: bearer tokens become principals (RFC 6750; ). Decides nothing but that.

mod authenticator;
mod bearer;
mod denied;
mod fresh;
mod principal;
mod throttle;
pub mod token;

pub use authenticator::Authenticator;
pub use denied::Denied;
pub use principal::{AdminCaller, AdminRole, SignInCaller};
pub use token::{Minted, Presented};
