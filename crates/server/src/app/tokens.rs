//! Making and ending tokens.

use rollcall_directory::{Activity, Directory, DirectoryError, Token, TokenKind, Unit};
use rollcall_policy::{CompanyId, ConnectionId, TokenId};
use serde_json::json;

pub use super::doer::Doer;
use crate::auth::{AdminRole, Minted};
use crate::ids::Ids;

/// Whom a new token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A connection's provider.
    Scim(CompanyId, ConnectionId),
    /// A connection's sign-in.
    SignIn(CompanyId, ConnectionId),
    /// The product.
    Product,
    /// An administrator.
    Admin(AdminRole),
}

/// Makes a token for `holder`; it is not stored yet. Instants in UTC microseconds.
pub fn mint(holder: Holder, expires_at: Option<i64>, ids: &Ids, now: i64) -> Minted {
    let mut minted = match holder {
        Holder::Scim(..) => Minted::new(TokenKind::Scim, ids, now),
        Holder::SignIn(..) => Minted::new(TokenKind::SignIn, ids, now),
        Holder::Product => Minted::new(TokenKind::Product, ids, now),
        Holder::Admin(_) => Minted::new(TokenKind::Admin, ids, now),
    };
    let record = &mut minted.record;
    record.expires_at = expires_at;
    match holder {
        Holder::Scim(company, connection) | Holder::SignIn(company, connection) => {
            record.company = Some(company);
            record.connection = Some(connection);
        }
        Holder::Product => {}
        Holder::Admin(role) => {
            record.company = role.company();
            record.role = Some(role.word());
        }
    }
    minted
}

/// Stores a token.
pub async fn create(directory: &Directory, token: &Token, doer: Doer<'_>) -> Result<(), DirectoryError> {
    let activity = activity("token_created", token, doer);
    directory
        .write(|unit| {
            unit.insert_token(token);
            unit.insert_activity(&activity);
            async { Ok(()) }
        })
        .await
}

/// Ends a token; `None` if there is no such token, and nothing new for one that has ended.
pub async fn revoke(directory: &Directory, id: TokenId, doer: Doer<'_>) -> Result<Option<Token>, DirectoryError> {
    let entry = doer.ids.uuid(doer.now).into();
    directory
        .write(|unit: Unit| async move {
            let Some(mut token) = unit.token(id).await? else { return Ok(None) };
            if token.revoked_at.is_none() {
                unit.revoke_token(id, doer.now);
                unit.insert_activity(&Activity { id: entry, ..activity("token_revoked", &token, doer) });
                token.revoked_at = Some(doer.now);
            }
            Ok(Some(token))
        })
        .await
}

pub(super) fn activity(action: &str, token: &Token, doer: Doer<'_>) -> Activity {
    Activity {
        company: token.company,
        id: doer.ids.uuid(doer.now).into(),
        at: doer.now,
        action: action.to_owned(),
        actor: doer.actor.to_owned(),
        subject: format!("token:{}", token.id),
        data: json!({"kind": token.kind.code(), "connection": token.connection, "role": token.role}).to_string(),
    }
}
