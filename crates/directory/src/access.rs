//! Connections to identity providers and their domains; tokens, sessions, evidence, plans.

mod arrival;
mod brake;
mod connection;
mod connection_end;
mod coverage;
mod domain;
mod domain_accounts;
mod domain_check;
mod evidence;
mod idempotency_key;
mod plan;
mod population;
mod rehearsal;
mod session;
mod token;

pub use arrival::Arrival;
pub use brake::{HeldPerson, HoldingConnection, RemovalTurn};
pub use connection::{Connection, ConnectionDomain, ConnectionRecord, ConnectionState, ServedOrganization};
pub use coverage::{Coverage, PushedPerson, UncoveredMember};
pub use domain::{Domain, DomainState};
pub use domain_accounts::DomainPerson;
pub use domain_check::{DomainCheck, DomainChecks};
pub use idempotency_key::IdempotencyKey;
pub use plan::{Plan, PlanPerson, watermark_of_changes};
pub use population::{KnownPerson, LastEvidence};
pub use rehearsal::RehearsalDifference;
pub use session::{Session, SessionView};
pub use token::{Token, TokenKind};
