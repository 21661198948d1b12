//! Sessions: whether one is still good, and ending it (RFC 7662, RFC 7009; RC-3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rollcall_directory::{DirectoryError, MembershipView, SessionView};
use rollcall_policy::{ConnectionId, MembershipState};
use sha2::{Digest, Sha256};

use super::events::{Data, Kind, Teller};
use crate::clock::SECOND;
use crate::state::Parts;

/// How exactly the last use of a session is noted, in microseconds: a write a minute, not one a request.
const NOTED: i64 = 60 * SECOND;

/// A session's id: 256 random bits that only its owner has. Its hash is what is stored.
#[derive(Clone)]
pub struct SessionSecret(String);

impl SessionSecret {
    /// From random bits.
    pub fn new(bits: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bits))
    }

    /// The text that is given out once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionSecret")
    }
}

/// What stands for a session in the database.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Who asks about sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The sign-in key of a connection: it sees that connection's sessions only.
    Connection(ConnectionId),
    /// The product: it sees all.
    Product,
}

/// A session that is good.
#[derive(Clone, Debug)]
pub struct Live {
    /// The session, its account and company.
    pub view: SessionView,
    /// What the person may use right now.
    pub memberships: Vec<MembershipView>,
}

/// The session of this id, if it is good for the asker right now; a foreign one reads like none.
pub async fn introspect(app: &Parts, asker: Asker, secret: &str) -> Result<Option<Live>, DirectoryError> {
    let now = app.clock.now();
    let id_hash = hash(secret);
    let reader = app.directory.read();
    let Some(view) = reader.session(&id_hash).await?.filter(|view| belongs(view, asker) && is_open(view, now)) else {
        return Ok(None);
    };
    let account = view.account.id;
    let memberships = match (view.session.company, view.session.connection) {
        (Some(company), Some(connection)) => reader.memberships_on_connection(company, connection, account).await?,
        _ => reader.memberships(account).await?,
    };
    let gives_access =
        |view: &MembershipView| matches!(view.membership.state, MembershipState::Active | MembershipState::Held);
    let memberships: Vec<MembershipView> = memberships.into_iter().filter(gives_access).collect();
    if view.session.company.is_some() && memberships.is_empty() {
        // Whatever ended the last membership, the session of this company ends with it (RC-2, RC-3).
        return Ok(None);
    }
    if view.session.idle_seconds.is_some() && now - view.session.last_seen_at > NOTED {
        // The session is good whether that can be noted or not; at worst it ends for silence a little early.
        if let Err(error) = note_seen(app, id_hash, now).await {
            tracing::warn!(%error, "could not note the use of a session");
        }
    }
    Ok(Some(Live { view, memberships }))
}

/// Ends the session of this id, if it is the asker's; whether there was one is nobody's business (RFC 7009 §2.2).
pub async fn revoke(app: &Parts, asker: Asker, secret: &str) -> Result<(), DirectoryError> {
    let now = app.clock.now();
    let id_hash = &hash(secret);
    app.directory
        .write(|unit| async move {
            if let Some(view) = unit.session(id_hash).await?.filter(|view| belongs(view, asker)) {
                unit.end_session(id_hash, now);
                // A session of the account alone is the product's, which has just ended it.
                if let Some(company) = view.session.company.filter(|_| view.session.ended_at.is_none()) {
                    let data = Data { connection: view.session.connection, ..Data::of(view.account.id) };
                    let teller = Teller { unit: &unit, ids: &app.ids, now, company };
                    teller.tell(Kind::SessionEnded, view.account.id, data.because("revoked"));
                }
            }
            Ok(())
        })
        .await
}

async fn note_seen(app: &Parts, id_hash: [u8; 32], now: i64) -> Result<(), DirectoryError> {
    app.directory
        .write(|unit| async move {
            unit.note_session_seen(&id_hash, now);
            Ok(())
        })
        .await
}

fn belongs(view: &SessionView, asker: Asker) -> bool {
    match asker {
        Asker::Connection(connection) => view.session.connection == Some(connection),
        Asker::Product => true,
    }
}

fn is_open(view: &SessionView, now: i64) -> bool {
    let session = &view.session;
    let idle_until = session
        .idle_seconds
        .and_then(|seconds| i64::try_from(seconds).ok())
        .map_or(i64::MAX, |seconds| session.last_seen_at.saturating_add(seconds.saturating_mul(SECOND)));
    session.ended_at.is_none() && now < session.expires_at && now < idle_until && !view.account.disabled
}
