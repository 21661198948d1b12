//! Connections to identity providers and their domains; tokens, sessions, used evidence.

mod connection;
mod connection_end;
mod domain;
mod evidence;
mod session;
mod token;

pub use connection::{Connection, ConnectionDomain, ConnectionRecord, ConnectionState, ServedOrganization};
pub use domain::{Domain, DomainState};
pub use session::{Session, SessionView};
pub use token::{Token, TokenKind};
