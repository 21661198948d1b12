//! A change of policy with all that comes with it.

use rollcall_directory::{Connection, Unit};

use super::Wish;
use crate::app::activity::Change;
use crate::app::connections::policy::{self, PolicyChange};
use crate::app::mapping::Mapping;
use crate::app::{AppError, Refusal};
use crate::state::Parts;

/// Makes the change in this unit: the policy, and the teams of groups that map from now on (RC-18).
pub(super) async fn make(app: &Parts, unit: &Unit, wish: Wish<'_>) -> Result<Connection, Refusal> {
    let scope = wish.scope();
    let entry = policy::entry(wish.doer, scope, wish.change);
    let after = policy::apply(unit, scope, wish.doer, wish.change, &entry).await?;
    if moves_groups(wish.change) && after.record.policy.group_mapping && after.record.policy.scim {
        let change = Change::by(app, scope.company, wish.doer.actor.to_owned(), "groups_mapped");
        Mapping::apply_connection(app, unit, &after, &change).await.map_err(refused)?;
        unit.flush().await?;
    }
    Ok(after)
}

/// Whether groups that map to nothing now may map to teams then.
pub(super) fn moves_groups(change: &PolicyChange) -> bool {
    change.group_mapping == Some(true) || change.scim == Some(true) || change.organizations.is_some()
}

fn refused(error: AppError) -> Refusal {
    match error {
        AppError::Scim(error) | AppError::NoSeat { refusal: error, .. } => Refusal::standing("RC-16", error.detail()),
        AppError::Directory(error) => error.into(),
    }
}
