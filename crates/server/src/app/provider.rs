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
    pub token: TokenId,
    /// What SCIM URLs in answers begin with.
    pub base_url: String,
}

impl Provider {
    /// The provider behind an authenticated token.
    pub fn new(connection: Arc<Connection>, token: TokenId, base_url: String) -> Self {
        let scope = Scope { company: connection.record.company, connection: connection.record.id };
        Self { scope, connection, token, base_url }
    }
}
