//! Use cases, one a file: gather facts, decide, apply. The only place where an edge meets the directory for writing.
//!
//! Nothing here knows HTTP. A failed use case has changed nothing.

pub mod account_effects;
pub mod account_facts;
pub mod account_sign_in;
pub mod accounts;
pub mod activity;
pub mod address;
pub mod brake;
pub mod companies;
pub mod company_owners;
pub mod configuration;
pub mod connection_settings;
pub mod connections;
pub mod csv;
pub mod directory_users;
pub mod doer;
pub mod domains;
pub mod effects;
pub mod error;
pub mod events;
pub mod evidence;
pub mod explain;
pub mod facts;
pub mod group_members;
pub mod groups;
mod hand;
pub mod import;
pub mod invitations;
mod leavers;
pub mod letters;
pub mod mapping;
pub mod members;
pub mod names;
pub mod nullable;
pub mod organizations;
pub mod plans;
pub mod provider;
pub mod pushed;
pub mod quickstart;
pub mod refusal;
pub mod repeats;
pub mod replay;
pub mod sessions;
pub mod sign_in;
pub mod teams;
pub mod tokens;
pub mod users;
pub mod version;
pub mod webhooks;

pub use doer::Doer;
pub use error::AppError;
pub use evidence::{Evidence, Once};
pub use nullable::Nullable;
pub use provider::Provider;
pub use refusal::Refusal;
