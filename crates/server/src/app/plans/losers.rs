//! People who lose their access lose their sessions at once (design.md 5.2).

use std::collections::BTreeSet;

use rollcall_directory::{DirectoryError, Unit};
use rollcall_policy::AccountId;

use super::Wish;
use crate::app::events::{Data, Kind, Teller};

/// Ends the sessions that these people opened through the connection, in the unit that makes the change; those of other
/// connections, and of their accounts alone, live on.
pub(super) async fn end_sessions(unit: &Unit, wish: Wish<'_>, losers: &[AccountId]) -> Result<(), DirectoryError> {
    if losers.is_empty() {
        return Ok(());
    }
    let (scope, doer) = (wish.scope(), wish.doer);
    // A sign-in that has one of them comes first, and its session ends, too.
    unit.lock_accounts(losers).await?;
    let here: BTreeSet<AccountId> = unit.accounts_with_sessions(scope).await?.into_iter().collect();
    let teller = Teller { unit, ids: doer.ids, now: doer.now, company: scope.company };
    for account in losers.iter().filter(|account| here.contains(*account)) {
        let data = Data::of(*account).because("access_ended");
        teller.tell(Kind::SessionEnded, *account, data.by(scope.connection));
    }
    unit.end_sessions_of_accounts(scope, losers, doer.now);
    Ok(())
}
