//! Changes of a connection that move nobody, and the switch that makes people use it (E-1 to E-9).

use rollcall_directory::{Connection, Directory, Scope, Unit};
use rollcall_scim::etag::Preconditions;
use serde_json::json;

use super::settings::Settings;
use super::{changed_names, moved, version};
use crate::app::{Doer, Refusal};

/// Writes settings over the connection, if it still is what the caller has seen. Let the authenticator forget it then.
pub async fn change(
    directory: &Directory,
    doer: Doer<'_>,
    scope: Scope,
    seen: &Preconditions,
    settings: &Settings,
) -> Result<(), Refusal> {
    let subject = format!("connection:{}", scope.connection);
    // Its data is known once the connection was read.
    let entry = &doer.entry("connection_changed", Some(scope.company), subject, &json!({}));
    let outcome = directory
        .write(|unit| async move {
            unit.hold_connection(scope).await?;
            let found = unit.connection(scope.company, scope.connection).await?;
            let stored = found.ok_or(Refusal::NotFound("connection"))?;
            seen.check_write(Some(version(&stored.record))).map_err(|_| Refusal::Moved)?;
            let mut changed = stored.record.clone();
            settings.apply(&mut changed)?;
            if changed == stored.record {
                return Ok(());
            }
            if changed.policy.enforce_sso && !stored.record.policy.enforce_sso {
                check_enforceable(&unit, &stored).await?;
            }
            let mut entry = entry.clone();
            entry.data = json!({"changed": changed_names(&stored.record, &changed)}).to_string();
            changed.updated_at = moved(stored.record.updated_at, doer.now);
            unit.update_connection(&changed, stored.record.updated_at)?;
            unit.insert_activity(&entry);
            Ok(())
        })
        .await;
    outcome.map_err(|refusal: Refusal| {
        refusal.or_taken("connection_name", "the company has a connection of this name already; choose another")
    })
}

/// E-9: nobody is locked out by a connection through which nobody ever came in.
pub(super) async fn check_enforceable(unit: &Unit, connection: &Connection) -> Result<(), Refusal> {
    if !connection.domains.iter().any(|domain| domain.verified) {
        let detail =
            "SSO is enforced for the people of verified domains, and the connection has none; verify one first";
        return Err(Refusal::standing("E-9", detail));
    }
    let scope = Scope { company: connection.record.company, connection: connection.record.id };
    if !unit.has_allowed_sign_in(scope).await? {
        let detail = "nobody has signed in through this connection yet; sign in once, and then enforce it";
        return Err(Refusal::standing("E-9", detail));
    }
    Ok(())
}
