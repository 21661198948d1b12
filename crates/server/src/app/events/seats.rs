//! A full organization is told of once a day, at whatever door somebody stays outside (P/A-7, P4-29).

use rollcall_directory::{DirectoryError, Scope};
use rollcall_policy::OrganizationId;

use super::{Data, Kind, Teller};
use crate::app::AppError;
use crate::clock::DAY;
use crate::state::Parts;

/// Tells that the organization is full, unless that was told within a day.
pub async fn tell_of_full(teller: Teller<'_>, organization: OrganizationId, data: Data) -> Result<(), DirectoryError> {
    let since = teller.now.saturating_sub(DAY);
    if !teller.unit.is_shortage_told(teller.company, organization, since).await? {
        teller.tell(Kind::SeatsExhausted, organization, data);
    }
    Ok(())
}

/// What came of a push; if it was refused for want of a seat, owners hear of that, although nothing of the push is stored.
pub async fn tell_if_full<T>(app: &Parts, scope: Scope, outcome: Result<T, AppError>) -> Result<T, AppError> {
    if let Err(AppError::NoSeat { organization, .. }) = &outcome
        && let Err(error) = tell_of_refused(app, scope, organization).await
    {
        tracing::warn!(%error, "owners could not be told that their organization is full");
    }
    outcome
}

async fn tell_of_refused(app: &Parts, scope: Scope, name: &str) -> Result<(), DirectoryError> {
    let now = app.clock.now();
    app.directory
        .write(|unit| async move {
            let found = unit.organization_by_name(name).await?;
            let Some(full) = found.filter(|found| found.company == scope.company) else { return Ok(()) };
            // Several pushes may be refused at once, and only one tells.
            unit.lock_organization(scope.company, full.id).await?;
            let teller = Teller { unit: &unit, ids: &app.ids, now, company: scope.company };
            let data = Data { organization: Some(full.name), ..Data::default() };
            tell_of_full(teller, full.id, data.by(scope.connection)).await
        })
        .await
}
