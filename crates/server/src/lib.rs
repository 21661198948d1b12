//! Rollcall's server: the edges, the use cases and the binary's commands, as a library that tests run in process.
//!
//! [`start`] gives a running server; `routes`, below, is the one place where edges plug in.

pub mod admin;
pub mod app;
pub mod auth;
mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod dns;
pub mod doctor;
pub mod edge;
mod health;
pub mod ids;
pub mod jobs;
pub mod journal;
mod log;
pub mod mail;
pub mod metrics;
mod open_api;
pub mod outbound;
mod running;
pub mod scim;
mod sso;
mod state;
mod store;

use axum::Router;

pub use edge::Stopped;
pub use running::{Running, Sources, StartError, start, start_with};
pub use state::{AppState, Parts};

/// Every route of the server. An edge has one line here, and all that is common to edges is put around the whole.
fn routes(state: &AppState) -> Router<AppState> {
    let described = admin::served(state).into_iter().chain(sso::described()).collect();
    Router::new().merge(health::routes()).merge(scim::routes(state)).merge(open_api::routes(described))
}

/// What is missing or wrong in the description of the interfaces: for tests.
pub fn faults_of_the_description() -> Vec<String> {
    let described: Vec<open_api::Route> = admin::described().into_iter().chain(sso::described()).collect();
    open_api::faults(&described)
}
