//! What Rollcall stores: records and units of work in front, SQLite or PostgreSQL behind.
//!
//! [`Directory::read`] asks, [`Directory::write`] runs a unit of work that is stored whole or not at all. No type of the
//! database libraries shows through, and no text of SQL is anywhere else in Rollcall but here and in the migrations.

mod access;
mod backend;
mod backup;
mod bind;
mod constraint;
mod directory;
mod error;
mod fault;
mod foreseen;
mod health;
mod journal;
mod log;
mod open;
mod people;
mod postgres;
mod reader;
mod row;
mod scim;
mod shared;
mod snapshot;
mod sql;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
mod text_search;
mod unit;
mod unit_connection;

pub use access::{
    Arrival, Connection, ConnectionDomain, ConnectionRecord, ConnectionState, Coverage, Domain, DomainCheck,
    DomainChecks, DomainPerson, DomainState, HeldPerson, HoldingConnection, IdempotencyKey, KnownPerson, LastEvidence,
    Plan, PlanPerson, PushedPerson, RehearsalDifference, RemovalTurn, ServedOrganization, Session, SessionView, Token,
    TokenKind, UncoveredMember, watermark_of_changes,
};
pub use backend::Backend;
pub use backup::{Column, ColumnKind, Table};
pub use directory::Directory;
pub use error::DirectoryError;
pub use journal::{JournalEntry, JournalFilter, JournalStore};
pub use log::{
    AccountDecision, Activity, ActivityFilter, DecisionFilter, Delivery, DeliveryState, DisabledBecause, Event, Letter,
    LetterFilter, LetterState, Stored, StoredDecision, Webhook,
};
pub use open::{DATABASE_FILE, Database, LOCK_FILE, OpenError, Options, prepare_data_directory};
pub use people::{
    Account, Candidate, Company, CompanyOwner, Identity, Invitation, InvitationState, MappingGroup, Membership,
    MembershipView, Organization, OrganizationMember, Person, Seats, SentInvitation, Sought, Team,
};
pub use reader::Reader;
pub use scim::{
    Anchors, DirectoryGroup, DirectoryUser, Found, Kind, ListRequest, Member, MemberRow, MembersChanged, Position,
    ResourceRow, Scope, ServingConnection, Tombstone, Trace, TraceState, Window,
};
pub use snapshot::Snapshot;
pub use unit::Unit;
