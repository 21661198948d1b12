//! From a bearer token to the stored token and its connection: one look-up and one hash, remembered for half a second.

use std::sync::Arc;

use axum::http::request::Parts;
use rollcall_directory::{Connection, Directory, DirectoryError, Token};
use rollcall_policy::{CompanyId, ConnectionId, TokenId};

use super::fresh::{Fresh, now as asked_now};
use super::throttle::Throttle;
use super::{Denied, bearer};
use crate::clock::{Clock, DAY};
use crate::edge::{ClientAddress, Failure};
use crate::journal::Noted;
use crate::metrics::Metrics;

/// Checks tokens.
#[derive(Debug)]
pub struct Authenticator {
    directory: Directory,
    clock: Clock,
    metrics: Metrics,
    throttle: Throttle,
    tokens: Fresh<TokenId, Token>,
    connections: Fresh<ConnectionId, Connection>,
}

impl Authenticator {
    pub(crate) fn new(directory: Directory, clock: Clock, metrics: Metrics, failures_per_minute: u32) -> Self {
        let throttle = Throttle::new(failures_per_minute);
        Self { directory, clock, metrics, throttle, tokens: Fresh::default(), connections: Fresh::default() }
    }

    /// The live token of a request, of whatever kind.
    pub async fn token(&self, parts: &Parts) -> Result<Arc<Token>, Failure> {
        let checked = match bearer::presented(parts) {
            Ok(presented) => match self.stored(presented.id).await? {
                Some(token) if presented.matches(&token.secret_hash) && self.is_live(&token, presented.kind) => {
                    Ok(token)
                }
                // Unknown id, wrong secret, expired, revoked: the same answer for all of them.
                Some(token) => {
                    if let Some(noted) = parts.extensions.get::<Noted>() {
                        noted.refused_token(&token);
                    }
                    Err(Denied::Invalid)
                }
                None => Err(Denied::Invalid),
            },
            Err(denied) => Err(denied),
        };
        checked.map_err(|denied| self.refuse(denied, parts))
    }

    /// Turns a caller away, and counts it.
    pub fn refuse(&self, denied: Denied, parts: &Parts) -> Failure {
        let wait = match (denied, parts.extensions.get::<ClientAddress>()) {
            // Only a wrong token is an attempt: who forgot it, or took that of another door, tries nothing.
            (Denied::Invalid, Some(ClientAddress(address))) => self.throttle.failed(*address, self.clock.now()),
            _ => None,
        };
        let denied = wait.map_or(denied, Denied::Throttled);
        self.metrics.authentication_refused(denied.reason());
        denied.into()
    }

    /// A connection with its organizations and domains, at most half a second old.
    pub async fn connection(
        &self,
        company: CompanyId,
        id: ConnectionId,
    ) -> Result<Option<Arc<Connection>>, DirectoryError> {
        if let Some(connection) = self.connections.get(id).filter(|known| known.record.company == company) {
            return Ok(Some(connection));
        }
        let asked_at = asked_now();
        let found = self.directory.read().connection(company, id).await?;
        Ok(found.map(|connection| self.connections.put(id, connection, asked_at)))
    }

    /// Call it after a token was revoked: on this instance it holds at once.
    pub fn forget_token(&self, id: TokenId) {
        self.tokens.forget(id);
    }

    /// Call it after a connection was changed: on this instance it holds at once.
    pub fn forget_connection(&self, id: ConnectionId) {
        self.connections.forget(id);
    }

    fn is_live(&self, token: &Token, claimed: rollcall_directory::TokenKind) -> bool {
        let expired = token.expires_at.is_some_and(|at| at <= self.clock.now());
        token.kind == claimed && token.revoked_at.is_none() && !expired
    }

    async fn stored(&self, id: TokenId) -> Result<Option<Arc<Token>>, DirectoryError> {
        if let Some(token) = self.tokens.get(id) {
            return Ok(Some(token));
        }
        let asked_at = asked_now();
        let Some(token) = self.directory.read().token(id).await? else { return Ok(None) };
        let token = self.tokens.put(id, token, asked_at);
        self.note_use(&token);
        Ok(Some(token))
    }

    /// Notes the day, once a day and off the request's path: nobody waits for it, and losing it loses a day's mark.
    fn note_use(&self, token: &Token) {
        let today = self.clock.now().div_euclid(DAY);
        if token.last_used_day.is_some_and(|day| day >= today) {
            return;
        }
        let (directory, id) = (self.directory.clone(), token.id);
        tokio::spawn(async move {
            let noted = directory
                .write(|unit| async move {
                    unit.note_token_use(id, today);
                    Ok::<(), DirectoryError>(())
                })
                .await;
            if let Err(error) = noted {
                tracing::debug!(%error, "could not note the use of a token");
            }
        });
    }
}
