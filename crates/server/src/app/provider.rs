//! The identity provider on whose behalf a SCIM request is made.

use std::sync::Arc;

use rollcall_directory::{Connection, Scope};
use rollcall_policy::TokenId;

/// A connection at work: what is stored of it, and the token that speaks for it.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Whose directory.
    pub scope: Scope,
    /// Policy, organizations and domains, as read for this request.
    pub connection: Arc<Connection>,
    /// Who speaks, for the activity log.
    pub actor: String,
    /// What SCIM URLs in answers begin with.
    pub base_url: String,
}

impl Provider {
    /// The provider behind an authenticated token.
    pub fn new(connection: Arc<Connection>, token: TokenId, base_url: String) -> Self {
        Self::of(connection, format!("token:{token}"), base_url)
    }

    /// The operator in the place of a provider: for imports.
    pub fn operator(connection: Arc<Connection>, base_url: String) -> Self {
        Self::of(connection, "operator".to_owned(), base_url)
    }

    fn of(connection: Arc<Connection>, actor: String, base_url: String) -> Self {
        let scope = Scope { company: connection.record.company, connection: connection.record.id };
        Self { scope, connection, actor, base_url }
    }
}
