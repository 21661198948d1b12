//! What becomes known of a request while it is answered.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use rollcall_directory::{DirectoryUser, Scope, Token};
use rollcall_policy::{AccountId, DirectoryUserId};
use rollcall_scim::Tolerance;
use serde_json::Value;

use super::Mode;

/// The note of one request: it travels in the request's extensions, and whoever learns something writes it down.
#[derive(Clone, Debug, Default)]
pub struct Noted(Arc<Mutex<Draft>>);

/// What was written down.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) caller: Option<Caller>,
    pub(crate) tolerances: Vec<Tolerance>,
    pub(crate) body: Option<Bytes>,
    pub(crate) person: Option<Person>,
}

/// Whose request it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) scope: Scope,
    /// `None` if its credentials were refused: then nobody has read the connection's settings yet.
    pub(crate) mode: Option<Mode>,
    pub(crate) strict: bool,
}

/// Whom it is about.
#[derive(Clone, Debug)]
pub struct Person {
    pub(crate) user: DirectoryUserId,
    pub(crate) account: Option<AccountId>,
    pub(crate) user_name: Option<String>,
}

impl From<&DirectoryUser> for Person {
    fn from(user: &DirectoryUser) -> Self {
        let user_name = user.resource.get("userName").and_then(Value::as_str).map(str::to_owned);
        Self { user: user.id, account: user.account, user_name }
    }
}

impl Noted {
    /// The caller is this connection.
    pub(crate) fn caller(&self, scope: Scope, mode: Mode, strict: bool) {
        self.write(|draft| draft.caller = Some(Caller { scope, mode: Some(mode), strict }));
    }

    /// The caller holds credentials that are not, or no longer, good here; of a connection, if they name one.
    pub(crate) fn refused_token(&self, token: &Token) {
        if let Some((company, connection)) = token.company.zip(token.connection) {
            let scope = Scope { company, connection };
            self.write(|draft| draft.caller = Some(Caller { scope, mode: None, strict: false }));
        }
    }

    pub(crate) fn tolerances(&self, used: Vec<Tolerance>) {
        self.write(|draft| draft.tolerances = used);
    }

    pub(crate) fn body(&self, body: Bytes) {
        self.write(|draft| draft.body = Some(body));
    }

    pub(crate) fn person(&self, person: Person) {
        self.write(|draft| draft.person = Some(person));
    }

    pub(crate) fn take(&self) -> Draft {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, note: impl FnOnce(&mut Draft)) {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
