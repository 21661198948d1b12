//! The end of a connection (C-4, E-7, P4-26).
//!
//! Its sessions and tokens end. What its provider pushed goes with it: users, groups, ids, tombstones, subjects; nothing is
//! left that points to it but decisions and the audit log. People stay members as they are, teams included, and are
//! managed by nobody from then on; what the directory had suspended stays so until an administrator lifts it (RC-4).

use rollcall_directory::{Directory, DirectoryError, Scope, Unit};
use rollcall_scim::etag::Preconditions;
use serde_json::json;

use super::version;
use crate::app::events::{Data, Kind, Teller};
use crate::app::{Doer, Refusal, brake};

/// Removes the connection, if it still is what the caller has seen. Let the authenticator forget it then.
pub async fn delete(directory: &Directory, doer: Doer<'_>, scope: Scope, seen: &Preconditions) -> Result<(), Refusal> {
    let subject = format!("connection:{}", scope.connection);
    let entry = &doer.entry("connection_deleted", Some(scope.company), subject, &json!({}));
    directory
        .write(|unit| async move {
            unit.hold_connection(scope).await?;
            let found = unit.connection(scope.company, scope.connection).await?;
            let record = found.ok_or(Refusal::NotFound("connection"))?.record;
            seen.check_write(Some(version(&record))).map_err(|_| Refusal::Moved)?;
            if record.policy.enforce_sso {
                let detail = "people must use this connection; turn `enforce_sso` off first, and then delete it";
                return Err(Refusal::standing("E-7", detail));
            }
            brake::refuse_holding(&unit, scope, "and then delete it").await?;
            tell(&unit, doer, scope, &record.name).await?;
            unit.end_sessions_of_connection(scope, doer.now);
            unit.revoke_tokens_of_connection(scope, doer.now);
            unit.delete_connection(scope);
            let mut entry = entry.clone();
            entry.data = json!({"name": record.name, "protocol": record.protocol}).to_string();
            unit.insert_activity(&entry);
            Ok(())
        })
        .await
}

/// Whoever had a session through the connection has none any more.
async fn tell(unit: &Unit, doer: Doer<'_>, scope: Scope, name: &str) -> Result<(), DirectoryError> {
    let teller = Teller { unit, ids: doer.ids, now: doer.now, company: scope.company };
    for account in unit.accounts_with_sessions(scope).await? {
        let data = Data::of(account).because("connection_ended");
        teller.tell(Kind::SessionEnded, account, data.by(scope.connection));
    }
    let data = Data { name: Some(name.to_owned()), ..Data::default() };
    teller.tell(Kind::ConnectionEnded, scope.connection, data.by(scope.connection));
    Ok(())
}
