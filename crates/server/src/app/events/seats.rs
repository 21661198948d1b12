//! A full organization is told of once a day, at whatever door somebody stays outside (P/A-7, P4-29).

use rollcall_directory::DirectoryError;
use rollcall_policy::OrganizationId;

use super::{Data, Kind, Teller};
use crate::clock::DAY;

/// Tells that the organization is full, unless that was told within a day.
pub async fn tell_of_full(teller: Teller<'_>, organization: OrganizationId, data: Data) -> Result<(), DirectoryError> {
    let since = teller.now.saturating_sub(DAY);
    if !teller.unit.is_shortage_told(teller.company, organization, since).await? {
        teller.tell(Kind::SeatsExhausted, organization, data);
    }
    Ok(())
}
